package targets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/argv"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceVerify looks at all that a deployment relies on and writes what it finds to stdout, a line each. It changes
// nothing. Errors, with which a deployment cannot succeed, end it with exit code 4.
func (t Set) ServiceVerify(ctx context.Context, env string) error {
	return t.run(ctx, "service:verify", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		infra, err := s.describeInfra(ctx)
		if err != nil {
			return err
		}
		img, absent := s.resolve(ctx, infra, s.settings.image)
		if absent == nil {
			absent = s.follow(ctx, infra, img)
		}
		released, err := s.releasedStack(ctx)
		if err != nil {
			return err
		}
		findings, err := s.findings(ctx, infra, released, func(context.Context) (string, error) { return img.Reference, absent })
		if err != nil {
			return err
		}
		for _, f := range findings {
			s.console.Result("%s", f)
		}
		if slices.ContainsFunc(findings, func(f preflight.Finding) bool { return f.Unseen }) {
			s.compareService(ctx, released)
		}
		if err := s.refuse(findings); err != nil {
			return err
		}
		for _, f := range findings { // warnings
			s.compareNamed(ctx, []string{f.Next})
		}
		s.console.Result("%s", checked(findings))
		return nil
	})
}

// verify is the first step of a deployment of the image that reference names: what speaks against it ends it, with exit
// code 4, and warnings and notes are told.
func (s *session) verify(ctx context.Context, infra stack.Stack, reference string) error {
	// What was deleted outside of the service stack is about to be made again.
	findings, err := s.findings(ctx, infra, stack.Stack{}, func(context.Context) (string, error) { return reference, nil })
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Level != preflight.Error {
			s.console.Note("%s", f)
		}
	}
	if err := s.refuse(findings); err != nil {
		return err
	}
	s.console.Note("%s", checked(findings))
	return nil
}

// checked sums up what has no errors. Pure.
func checked(findings []preflight.Finding) string {
	line := fmt.Sprintf("%d checks, %d warnings", len(preflight.Checks()), preflight.Count(findings, preflight.Warning))
	if notes := preflight.Count(findings, preflight.Note); notes > 0 {
		return fmt.Sprintf("checked: %s, %d not checked", line, notes)
	}
	return "everything checked: " + line
}

// refuse is the failure that the errors among findings make; nil where there are none.
func (s *session) refuse(findings []preflight.Finding) error {
	n := preflight.Count(findings, preflight.Error)
	if n == 0 {
		return nil
	}
	f := &console.Failure{Code: console.Preflight, What: s.title, Why: "a deployment cannot succeed, nothing was changed: 1 error"}
	if n > 1 {
		f.Why = fmt.Sprintf("a deployment cannot succeed, nothing was changed: %d errors", n)
	}
	for _, one := range findings {
		if one.Level == preflight.Error {
			f.Evidence = append(f.Evidence, one.What+": "+one.Why)
			f.Next = append(f.Next, one.Next)
		}
	}
	slices.Sort(f.Next)
	f.Next = slices.Compact(f.Next)
	return f
}

// findings are what is found before the image that resolve gives is deployed. The error is that of a context that
// ended, or of the configuration. released is the stack that is to have the service and the rest of it; its zero value where these need not be there.
func (s *session) findings(ctx context.Context, infra, released stack.Stack, resolve func(context.Context) (string, error)) ([]preflight.Finding, error) {
	w, err := s.wanted(infra)
	if err != nil {
		return nil, err
	}
	w.Stack = released.Name
	facts := preflight.Facts{Wanted: w, Infra: preflight.Infra{Stack: infra.Name, Status: string(infra.Status), Changed: infra.Created}}
	if !infra.Updated.IsZero() {
		facts.Infra.Changed = infra.Updated
	}
	err = s.place.CheckInfra(infra.Outputs)
	if old, ok := errors.AsType[*cfn.OutdatedInfraError](err); ok {
		facts.Infra.Missing = old.Missing
	} else if err != nil {
		return nil, err
	}
	r := s.reader(infra, resolve)
	r.Deleted = func(ctx context.Context) ([]preflight.Deleted, error) { return s.lost(ctx, released) }
	facts = r.Read(ctx, facts)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return preflight.Check(facts), nil
}

// reader reads what preflight judges; where resolve is nil, without an image.
func (s *session) reader(infra stack.Stack, resolve func(context.Context) (string, error)) preflight.Reader {
	r := preflight.Reader{
		Caller: s.clients.sts(), Roles: preflight.IAM{Config: s.clients.config}, Secrets: s.clients.secrets(),
		Parameters: preflight.SSM{Config: s.clients.config}, Logs: s.clients.logs(), Balancing: s.clients.elb(),
		Network: preflight.EC2{Config: s.clients.config}, Containers: s.clients.ecs(), Certificates: preflight.ACM{Config: s.clients.config},
		Running: s.runningNeeds,
	}
	if resolve != nil {
		r.Image, r.ImageThere = s.imageReader(infra, resolve), s.imageThere(infra, resolve)
	}
	return r
}

// imageReader reads the image that resolve names.
func (s *session) imageReader(infra stack.Stack, resolve func(context.Context) (string, error)) func(context.Context, string) (preflight.Image, error) {
	return func(ctx context.Context, architecture string) (preflight.Image, error) {
		reference, err := resolve(ctx)
		if err != nil {
			return preflight.Image{}, unseen(err)
		}
		img, err := image.Open(ctx, reference, architecture, s.accessOf(reference, repository(infra).URI))
		if err != nil {
			return otherPlatforms(err)
		}
		found, err := image.InspectImage(img)
		if err != nil {
			return preflight.Image{}, unseen(fmt.Errorf("inspect image %s: %w", reference, err))
		}
		seen := s.imageSeen(found)
		w, err := templateWants(s.place)
		if err != nil {
			return preflight.Image{}, err
		}
		stuck, err := image.Startable(ctx, img, argv.Of(w.EntryPoint, w.Command, found.Entrypoint, found.Command), s.imageCache())
		if err != nil && ctx.Err() != nil {
			return preflight.Image{}, err
		}
		if stuck != nil { // an image that cannot be listed is not known to be so
			seen.NotStartable, seen.StartNext = stuck.Reason, stuck.Next[0]
		}
		unhealthy, err := image.HealthCheckable(ctx, img, askedByImage(w), s.imageCache())
		if err != nil && ctx.Err() != nil {
			return preflight.Image{}, err
		}
		if unhealthy != nil {
			seen.NoHealthCheck, seen.HealthCheckNext = unhealthy.Reason, strings.Join(unhealthy.Next, "; ")
		}
		return seen, nil
	}
}

// runningNeeds is what a start of the revision that runs takes.
func (s *session) runningNeeds(ctx context.Context) (preflight.Running, error) {
	n, err := s.rollouts().Needs(ctx)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
		return preflight.Running{}, &preflight.ReadError{Absent: true, Err: err}
	}
	return preflight.Running{
		Name: n.Revision, Active: n.Active, Image: n.Image,
		ExecutionRole: n.ExecutionRole, TaskRole: n.TaskRole, LogGroup: n.LogGroup, Secrets: n.Secrets,
	}, err
}

// otherPlatforms is what is known of an index that has no image for the task: which platforms it is for.
func otherPlatforms(err error) (preflight.Image, error) {
	if other, ok := errors.AsType[*image.ArchitectureError](err); ok {
		return preflight.Image{Platforms: other.Found, Starts: true}, nil
	}
	return preflight.Image{}, unseen(err)
}

// unseen says of an error whether it means that there is no image, or that it may not be looked at.
func unseen(err error) error {
	_, noImage := errors.AsType[*image.ImageNotFoundError](err)
	_, noRepository := errors.AsType[*image.RepositoryNotFoundError](err)
	_, noCommit := errors.AsType[*image.NoCommitError](err)
	_, noReference := errors.AsType[*image.ReferenceError](err)
	_, several := errors.AsType[*image.SeveralImagesError](err)
	if noImage || noRepository || noCommit || noReference || several {
		return &preflight.ReadError{Absent: true, Infra: noRepository, Err: err}
	}
	if _, denied := errors.AsType[*image.AccessDeniedError](err); denied {
		return &preflight.ReadError{Operation: "ecr:BatchGetImage", Denied: true, Err: err}
	}
	return err
}

// wanted is what the service stack will ask for: what its template says, and what the infra stack fills in.
func (s *session) wanted(infra stack.Stack) (preflight.Wanted, error) {
	w, err := templateWants(s.place)
	if err != nil {
		return w, err
	}
	w.Place, w.Environment, w.Account, w.Region = s.place.String(), s.place.Env, s.place.Environment.AccountID, s.place.Environment.Region
	w.MinTasks, w.MaxTasks, w.Secrets = s.place.Environment.MinTasks, s.place.Environment.MaxTasks, s.place.Environment.TaskSecrets()
	w.SidecarRepositories = s.place.Environment.SidecarRepositories()
	out := infra.Outputs
	w.ExecutionRole, w.TaskRole, w.LogGroup = out[cfn.OutputExecutionRole], out[cfn.OutputTaskRole], out[cfn.OutputLogGroup]
	w.Repository, w.TargetGroup, w.VPC = out[cfn.OutputRepository], out[cfn.OutputTargetGroup], out[cfn.OutputVPC]
	if s.place.Environment.Network.VPCID != "" {
		w.OwnNetwork = s.place.Field() + ".Network"
	}
	w.Cluster, w.Service = out[cfn.OutputCluster], s.place.Names.Service
	w.Subnets, w.SecurityGroups = list(out[cfn.OutputPrivateSubnets]), list(out[cfn.OutputServiceSecurity])
	return w, nil
}

// list splits what is separated by commas; nothing is an empty list.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

// imageThere looks for the image of a revision that may have to be started again. That of the deployment is looked at anyway.
func (s *session) imageThere(infra stack.Stack, resolve func(context.Context) (string, error)) func(context.Context, string) error {
	return func(ctx context.Context, reference string) error {
		if deployed, err := resolve(ctx); err == nil && deployed == reference {
			return nil
		}
		if _, err := image.Resolve(ctx, s.clients.ecr(), repository(infra), reference); err != nil {
			return unseen(err)
		}
		return nil
	}
}
