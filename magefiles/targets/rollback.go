package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceRollback returns the service to the last revision that was deployed successfully before the present
// one, by pinning it in the stack. The next deployment clears the pin. A deployment that is under way is taken back
// instead, and that is all.
func (t Set) ServiceRollback(ctx context.Context, env string) error {
	return t.run(ctx, "service:rollback", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.rollback(ctx, "-1")
	})
}

// ServiceRollbackTo returns the service to a revision: its number (7) or name, -n for the nth good one before the
// present, or the tag, commit or digest of an image. Only a revision that was deployed successfully, and whose image is
// still there, is accepted.
func (t Set) ServiceRollbackTo(ctx context.Context, env, to string) error {
	return t.run(ctx, "service:rollbackTo", env, func(ctx context.Context, s *session) error {
		if to == "" {
			return &console.Failure{Code: console.Usage, What: s.title, Why: "no revision is named", Next: []string{s.command("service:history")}}
		}
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.rollback(ctx, to)
	})
}

// rollback first takes back the deployment that is under way, where there is one, which counts as one step; a rollback
// that is under way is followed. Then it pins the wanted revision. How a deployment is taken back is told in recall.go.
func (s *session) rollback(ctx context.Context, to string) error {
	s.memory.resume = s.command("service:status") // a repeated rollback would go one further back
	recalled := false
	present, how, err := s.stacks().Undo(ctx, s.place.Names.ServiceStack, isPinned, func(ctx context.Context, st stack.Stack) (bool, error) {
		var err error
		recalled, err = s.recall(ctx, st)
		return recalled, err
	})
	if past, ok := s.past(err); ok {
		return s.rollbackPast(ctx, past, to)
	}
	if err != nil {
		return err
	}
	if to == "-1" && how != stack.AtRest {
		return s.wentBack(ctx, present)
	}
	if recalled && how == stack.AtRest {
		if to, err = s.returned(ctx, present, to); err != nil {
			return err
		}
	}
	if how == stack.TakenBack {
		to = oneStepLess(to)
	}
	now, good, err := s.choose(ctx, to)
	if err != nil {
		return err
	}
	s.memory.resume = s.command("service:rollbackTo", good.Name())
	pin := good.TaskDefinition
	if pin == present.Outputs[cfn.OutputTaskDefinition] {
		pin = "" // the stack's own needs none
	}
	s.console.Step("rolling back %s → %s, deployed %s", now.Name(), good.Name(), good.Deployed.Format("2006-01-02 15:04 MST"))
	changes, err := s.rollouts().Changes(ctx, now, good)
	if err != nil {
		return err
	}
	for _, c := range changes {
		s.console.Note("  undone: %s", c)
	}
	infra, err := s.describeInfra(ctx)
	if err == nil {
		err = s.startable(ctx, infra, present, good)
	}
	if err != nil {
		return err
	}
	return s.release(ctx, rollbackSpec(present, pin, good, s.place.Environment.Protected), func(p stack.Plan) error {
		if !p.Waited {
			return s.approver(p)
		}
		// What was running is not what the rollback was chosen for.
		return &console.Failure{
			Code: console.Conflict, What: s.title, Why: "another operation ended while this one waited: what is to be rolled back has changed",
			Next: []string{s.command("service:status"), s.command("service:rollback")},
		}
	})
}

func isPinned(st stack.Stack) bool { return st.Parameters[cfn.ParameterPinned] != "" }

// oneStepLess is -2 for -3, and other texts as they are.
func oneStepLess(to string) string {
	if n, err := strconv.Atoi(to); err == nil && n < -1 {
		return strconv.Itoa(n + 1)
	}
	return to
}

// returned is what is to be pinned where ECS has returned the service, and the stack is complete all the same: then the step
// back is done, and the stack does not know it.
func (s *session) returned(ctx context.Context, present stack.Stack, to string) (string, error) {
	running, err := s.running(ctx)
	if err != nil || running.TaskDefinition == present.Outputs[cfn.OutputDeployedTaskDefinition] {
		return to, err
	}
	if to == "-1" {
		return running.Revision(), nil
	}
	return oneStepLess(to), nil
}

// digitsOfACommit may be the name of a commit, as one of 27 commits has it in seven digits, or the number of a revision.
var digitsOfACommit = lazyregexp.New(`^[0-9]{7,}$`)

// choose finds the revision that is named, and makes sure of its image.
func (s *session) choose(ctx context.Context, to string) (now, good rollout.Revision, err error) {
	now, known, err := s.rollouts().Known(ctx)
	if err != nil {
		return now, good, err
	}
	infra, err := s.describeInfra(ctx)
	if err != nil {
		return now, good, err
	}
	wanted := to
	digits := digitsOfACommit.MatchString(to) && !slices.ContainsFunc(known, func(v rollout.Revision) bool { return strings.HasSuffix(v.Name(), ":"+to) })
	if digits || !rollout.IsRevision(to) {
		img, err := s.find(ctx, infra, to)
		if _, absent := errors.AsType[*image.ImageNotFoundError](err); err != nil && !(absent && digits) {
			return now, good, err
		}
		wanted = cmp.Or(img.Digest, to)
	}
	if to == "-1" {
		wanted = ""
	}
	if good, err = rollout.Choose(s.place.Names.Service, now, known, wanted); err != nil {
		return now, good, err
	}
	_, err = image.Resolve(ctx, s.clients.ecr(), repository(infra), good.Image)
	return now, good, err
}

// wentBack ends a rollback that is done once the stack is: the service has to run what the stack says.
func (s *session) wentBack(ctx context.Context, present stack.Stack) error {
	want := present.Outputs[cfn.OutputDeployedTaskDefinition]
	settled, err := s.rollouts().Settle(ctx, rollout.Runs(want))
	if err != nil {
		return err
	}
	if settled.TaskDefinition != want || !settled.Complete() {
		return s.failed(ctx, fmt.Errorf("the service runs %s and not %s, which the stack asks for: %s",
			settled.Revision(), name(want), settled.Reason), rollout.Deployment{}, rollout.Evidence{})
	}
	s.console.Note("service %s is back on %s, %d of %d tasks running", s.place.Names.Service, settled.Revision(), settled.Running, settled.Desired)
	s.tellNotExecuted(ctx)
	s.results(present.Outputs)
	return nil
}

// rollbackSpec is the stack as it is, but for the pinned revision, and where requests go with it. Pure.
func rollbackSpec(present stack.Stack, pin string, good rollout.Revision, protected bool) stack.Spec {
	spec := unchangedSpec(present, protected)
	spec.Parameters = map[string]string{cfn.ParameterPinned: pin}
	if _, has := present.Parameters[cfn.ParameterPort]; has && good.Port != 0 { // stacks of older versions have none
		spec.Parameters[cfn.ParameterContainer], spec.Parameters[cfn.ParameterPort] = good.Container, strconv.Itoa(good.Port)
	}
	for name := range spec.Parameters {
		spec.Keep = without(spec.Keep, name)
	}
	return spec
}

// unchangedSpec is the stack as it is. Pure.
func unchangedSpec(present stack.Stack, protected bool) stack.Spec {
	return stack.Spec{Name: present.Name, Keep: slices.Sorted(maps.Keys(present.Parameters)), Tags: present.Tags, Protected: protected}
}

// past tells whether an error means that the stack cannot be updated, though its service may well run.
func (s *session) past(err error) (why error, ok bool) {
	if e, stuck := errors.AsType[*stack.StuckError](err); stuck {
		return e, true
	}
	if e, failed := errors.AsType[*stack.FailedError](err); failed {
		return e, true
	}
	if e, refused := errors.AsType[*stack.RefusedError](err); refused && stack.Decide(e.Status) == stack.Refuse {
		return e, true
	}
	return nil, false
}

// rollbackPast rolls back a service whose stack cannot be updated: it ends the deployment that is under way, and where
// that is not enough lets the service run the revision directly. It says which way was taken, and what that leaves to do.
func (s *session) rollbackPast(ctx context.Context, why error, to string) error {
	s.console.Note("%v: rolling back past the stack", why)
	r := s.rollouts()
	stopped, err := r.Stop(ctx, time.Time{})
	if err != nil {
		return err
	}
	way := "ECS returned it there when the deployment that was under way ended"
	settled, err := r.Settle(ctx, nil)
	if err != nil {
		return err
	}
	returned := stopped == rollout.Stopped || stopped == rollout.Returning
	if !returned || to != "-1" || !settled.Complete() {
		_, good, err := s.choose(ctx, to)
		if err != nil {
			return err
		}
		way = "the service was told to run " + good.Name()
		if err := r.Point(ctx, good); err != nil {
			return err
		}
		if settled, err = r.Settle(ctx, rollout.Runs(good.TaskDefinition)); err != nil {
			return err
		}
		if settled.TaskDefinition != good.TaskDefinition {
			return s.failed(ctx, fmt.Errorf("the service runs %s and not %s: %s", settled.Revision(), good.Name(), settled.Reason), rollout.Deployment{}, rollout.Evidence{})
		}
	}
	s.console.Note("service %s runs %s, %d of %d tasks: %s, past stack %s, which does not know it", s.place.Names.Service, settled.Revision(), settled.Running, settled.Desired, way, s.place.Names.ServiceStack)
	s.console.Note("what is left to do: mend the stack (%v), then %s", why, s.command("service:deploy"))
	return nil
}
