package targets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceDeploy deploys an image, pinned by digest, and waits until ECS says that the deployment is complete.
// A service that stands at 0 tasks is started. Outputs go to stdout.
func (t Set) ServiceDeploy(ctx context.Context, env string) error {
	return t.run(ctx, "service:deploy", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.deployService(ctx, s.settings.image)
	})
}

// deployService deploys the image that text names; empty is the image of the current commit.
func (s *session) deployService(ctx context.Context, text string) error {
	infra, err := s.infra(ctx)
	if err != nil {
		return err
	}
	img, err := s.resolve(ctx, infra, text)
	if err != nil {
		return err
	}
	spec, err := s.serviceSpec(infra, img.Reference)
	if err != nil {
		return err
	}
	s.console.Note("image %s", img.Reference)
	return s.release(ctx, spec, func(p stack.Plan) error {
		if p.Waited {
			return s.newest(ctx, repository(infra).URI, img.Reference)
		}
		return nil
	})
}

// infra is the infra stack, complete and recent enough for the service.
func (s *session) infra(ctx context.Context) (stack.Stack, error) {
	infra, err := s.stacks().Describe(ctx, s.names.InfraStack)
	if err != nil {
		return infra, err
	}
	return infra, s.App.CheckInfra(s.env, infra.Outputs)
}

// resolve finds the image in the environment's repository.
func (s *session) resolve(ctx context.Context, infra stack.Stack, text string) (image.Resolved, error) {
	if text == "" {
		commit, err := image.Describe(ctx, s.Dir)
		if err != nil {
			return image.Resolved{}, err
		}
		text = commit.Tag()
	}
	return image.Resolve(ctx, s.ecr(), repository(infra), text)
}

func repository(infra stack.Stack) image.Repository {
	return image.Repository{Name: infra.Outputs[cfn.OutputRepository], URI: infra.Outputs[cfn.OutputRepositoryURI]}
}

// serviceSpec is the wanted service stack: no revision is pinned, and what the infra stack knows is filled in.
func (s *session) serviceSpec(infra stack.Stack, reference string) (stack.Spec, error) {
	t, err := cfn.Service(s.rehearsed(), s.env)
	if err != nil {
		return stack.Spec{}, err
	}
	body, err := cfn.Render(t)
	if err != nil {
		return stack.Spec{}, err
	}
	parameters := map[string]string{cfn.ParameterImage: reference, cfn.ParameterPinned: ""}
	for name := range t.Parameters {
		if v, ok := infra.Outputs[name]; ok {
			parameters[name] = v
		}
	}
	return stack.Spec{
		Name: s.names.ServiceStack, Template: body, Parameters: parameters, Keep: []string{cfn.ParameterRestart},
		Tags: s.tags(), Protected: s.environment.Protected,
	}, nil
}

// rehearsed is the App with the failure to rehearse: on the embedded AWS, a variable of the container says how
// its program behaves. Being in the task definition, it belongs to one revision and no other.
func (s *session) rehearsed() cfn.App {
	app := s.App
	if s.env == cfn.Local && s.settings.scenario != "" && !awslocal.IsFault(s.settings.scenario) {
		app.Container.Variables = maps.Clone(app.Container.Variables)
		if app.Container.Variables == nil {
			app.Container.Variables = map[string]string{}
		}
		app.Container.Variables["SPLITECS_LOCAL_SCENARIO"] = s.settings.scenario
	}
	return app
}

// release brings the service stack to its wanted state while it watches the service, and sees to it that what
// was asked for is what runs. check may refuse the plan.
func (s *session) release(ctx context.Context, spec stack.Spec, check func(stack.Plan) error) error {
	var watched *watch // nil as long as nothing changes
	result, err := s.deployStack(ctx, spec, func(p stack.Plan) error {
		err := check(p)
		if err == nil {
			err = s.approver(p)
		}
		if err == nil {
			err = s.start(ctx)
		}
		if err == nil {
			watched, err = s.watch(ctx)
		}
		return err
	})
	if err == nil {
		err = s.start(ctx) // also where nothing had to change
	}
	var settled rollout.Deployment
	if err == nil {
		settled, err = s.rollouts().Settle(ctx)
	}
	before, seen := watched.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, failed := errors.AsType[*stack.FailedError](err); failed {
		return s.failed(ctx, err, before, seen)
	}
	if err != nil {
		return err
	}
	if want := result.Stack.Outputs[cfn.OutputDeployedTaskDefinition]; settled.TaskDefinition != want || !settled.Complete() {
		return s.failed(ctx, fmt.Errorf("the service runs %s and not %s, which the stack asks for: %s",
			settled.Revision(), want, settled.Reason), before, seen)
	}
	s.console.Note("service %s: %s complete, %d of %d tasks running", s.names.Service, settled.Revision(), settled.Running, settled.Desired)
	s.results(result.Stack.Outputs)
	return nil
}

// watch is evidence being collected beside a release.
type watch struct {
	before   rollout.Deployment // what ran when it began
	done     chan struct{}
	evidence chan rollout.Evidence
}

// watch begins to collect evidence.
func (s *session) watch(ctx context.Context) (*watch, error) {
	before, err := s.running(ctx)
	if err != nil {
		return nil, err
	}
	r := s.rollouts()
	r.Speed = s.faster
	watcher, err := r.Watcher(ctx)
	if err != nil {
		return nil, err
	}
	w := &watch{before: before, done: make(chan struct{}), evidence: make(chan rollout.Evidence, 1)}
	go func() { w.evidence <- watcher.Until(ctx, w.done) }()
	return w, nil
}

// end waits for the last look and returns what was seen.
func (w *watch) end() (before rollout.Deployment, seen rollout.Evidence) {
	if w == nil {
		return before, seen
	}
	close(w.done)
	return w.before, <-w.evidence
}

// start starts a service that stands at 0 tasks, before anything else changes: a deployment of no tasks is complete
// without any of them having run, and would count as successful. Where there is no service there is nothing to start.
func (s *session) start(ctx context.Context) error {
	raised, err := s.rollouts().Raise(ctx, s.environment.MinTasks)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
		return nil
	}
	if raised {
		s.console.Note("service %s stood at 0 tasks: starting %d", s.names.Service, s.environment.MinTasks)
	}
	return err
}

// running is the deployment that the service runs; its zero value where there is no service.
func (s *session) running(ctx context.Context) (rollout.Deployment, error) {
	st, err := s.rollouts().Status(ctx)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
		return rollout.Deployment{}, nil
	}
	if err != nil || len(st.Deployments) == 0 {
		return rollout.Deployment{}, err
	}
	return st.Deployments[0].Deployment, nil
}

// failed is how a release ends that did not succeed: the verdict, and where the service is now.
func (s *session) failed(ctx context.Context, cause error, before rollout.Deployment, seen rollout.Evidence) error {
	seen.Stack = cause.Error()
	v := rollout.Judge(seen)
	f := &console.Failure{Code: console.Unhealthy, What: s.title() + ": the deployment failed", Why: v.Signature + ": " + v.Why, Evidence: v.Evidence, Err: cause}
	for _, change := range v.Likely {
		f.Why += "\nlikely: " + change.String()
	}
	if v.Signature == "unknown" {
		f.Why = cause.Error()
	} else {
		f.Evidence = append(f.Evidence, cause.Error())
	}
	if v.Advice != "" {
		f.Next = append(f.Next, strings.ReplaceAll(v.Advice, "{env}", s.env))
	}
	now, err := s.running(ctx)
	switch {
	case err != nil:
		f.Evidence = append(f.Evidence, "where the service is now cannot be told: "+err.Error())
	case before.TaskDefinition != "" && now.TaskDefinition == before.TaskDefinition && now.Complete():
		f.Code = console.RolledBack
		f.What += fmt.Sprintf("; the service is back on %s, %d of %d tasks running", now.Revision(), now.Running, now.Desired)
	case now.TaskDefinition == "":
		f.What += "; there is no service, this was its first deployment"
	default:
		f.What += fmt.Sprintf("; the service is on %s, %s, %d of %d tasks running", now.Revision(), now.State, now.Running, now.Desired)
		f.Next = append(f.Next, command("service:rollback", s.env))
	}
	f.Next = append(f.Next, command("service:status", s.env))
	return f
}

// ServiceSynth writes the service template to stdout. It needs no credentials.
func (t Set) ServiceSynth(ctx context.Context, env string) error {
	return t.run(ctx, "service:synth", env, func(_ context.Context, s *session) error {
		t, err := cfn.Service(s.rehearsed(), s.env)
		if err != nil {
			return err
		}
		body, err := cfn.Render(t)
		if err != nil {
			return err
		}
		s.console.Raw(body)
		return nil
	})
}

// ServiceDiff shows on stdout what ServiceDeploy would change. Where SPLITECS_IMAGE is not set and the image of
// the current commit is not in the repository, the comparison is made with the image that is deployed.
func (t Set) ServiceDiff(ctx context.Context, env string) error {
	return t.run(ctx, "service:diff", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		infra, err := s.infra(ctx)
		if err != nil {
			return err
		}
		reference, err := s.comparedImage(ctx, infra)
		if err != nil {
			return err
		}
		spec, err := s.serviceSpec(infra, reference)
		if err != nil {
			return err
		}
		s.console.Note("compared with image %s", reference)
		return s.diff(ctx, spec)
	})
}

func (s *session) comparedImage(ctx context.Context, infra stack.Stack) (string, error) {
	img, err := s.resolve(ctx, infra, s.settings.image)
	if err == nil || s.settings.image != "" {
		return img.Reference, err
	}
	present, there := s.stacks().Describe(ctx, s.names.ServiceStack)
	if there != nil || present.Parameters[cfn.ParameterImage] == "" {
		return "", err
	}
	s.console.Note("%v: taking the image that the stack has", err)
	return present.Parameters[cfn.ParameterImage], nil
}
