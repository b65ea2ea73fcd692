package targets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// release brings the service stack to its wanted state while it watches the service, and sees to it that what
// was asked for is what runs. approve may refuse the plan.
func (s *session) release(ctx context.Context, spec stack.Spec, approve func(stack.Plan) error) error {
	var watched *watch // nil as long as nothing changes
	result, err := s.deployStack(ctx, spec, func(p stack.Plan) error {
		err := approve(p)
		if err == nil {
			_, err = s.start(ctx)
		}
		if err == nil {
			watched, err = s.watch(ctx, false)
		}
		return err
	})
	return s.ends(ctx, result.Stack, watched, err)
}

// ends waits for the end of a release whose stack ended with err, and tells how it went.
func (s *session) ends(ctx context.Context, st stack.Stack, watched *watch, err error) error {
	var settled rollout.Deployment
	if err == nil {
		settled, watched, err = s.settle(ctx, watched, st.Outputs[cfn.OutputDeployedTaskDefinition])
	}
	before, seen := s.seen(watched)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, failed := errors.AsType[*stack.FailedError](err); failed || watched.isHopeless() && err != nil {
		return s.failed(ctx, err, before, seen)
	}
	if err != nil {
		return err
	}
	if want := st.Outputs[cfn.OutputDeployedTaskDefinition]; settled.TaskDefinition != want || !settled.Complete() {
		return s.failed(ctx, fmt.Errorf("the service runs %s and not %s, which the stack asks for: %s",
			settled.Revision(), name(want), settled.Reason), before, seen)
	}
	s.console.Note("service %s: %s complete, %d of %d tasks running%s", s.place.Names.Service, settled.Revision(), settled.Running, settled.Desired, leaving(settled))
	s.tellNotExecuted(ctx)
	s.results(st.Outputs)
	return nil
}

// leaving tells of the tasks before, where some have not gone yet: they get no new requests, and the deployment does not
// wait for them.
func leaving(d rollout.Deployment) string {
	if !d.Leaving {
		return ""
	}
	return "; those of the revision before answer what they have begun, and stop"
}

// settle waits until the service's deployment of a revision is over. Where nothing had to change, the service may stand
// at 0 or be on its way all the same: then it is watched from now on.
func (s *session) settle(ctx context.Context, watched *watch, definition string) (rollout.Deployment, *watch, error) {
	if d := s.memory.stood; d.Complete() && d.Desired > 0 && d.TaskDefinition == definition {
		return d, watched, nil
	}
	r := s.rollouts()
	standing, over, err := r.Standing(ctx)
	if err == nil && standing.Desired == 0 {
		_, err = s.start(ctx)
	}
	if err != nil || over && standing.Desired > 0 && standing.TaskDefinition == definition {
		return standing, watched, err
	}
	if watched == nil {
		if watched, err = s.watch(ctx, true); err != nil {
			return standing, watched, err
		}
	}
	runs, started := rollout.Runs(definition), rollout.Started()
	settled, err := r.Settle(watched.waiting, func(d rollout.Deployment) bool { return runs(d) && started(d) })
	return settled, watched, err
}

// start starts a service that stands at 0 tasks, before anything else changes: a deployment of no tasks is complete
// without any of them having run, and would count as successful. Where there is no service there is nothing to start.
func (s *session) start(ctx context.Context) (raised bool, err error) {
	raised, err = s.rollouts().Raise(ctx, s.place.Environment.MinTasks)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
		return false, nil
	}
	if raised {
		s.console.Note("service %s stood at 0 tasks: starting %d", s.place.Names.Service, s.place.Environment.MinTasks)
	}
	return raised, err
}

// watch is evidence being collected beside a release.
type watch struct {
	before   rollout.Deployment // what ran when it began
	done     chan struct{}
	evidence chan rollout.Evidence
	waiting  context.Context // ends when waiting for the service is hopeless
	giveUp   context.CancelCauseFunc
	tried    bool // to end the deployment
}

// errHopeless ends the wait for a service that cannot become what it should.
var errHopeless = errors.New("the same failure, which waiting does not mend, was seen twice")

// enough is how often the same failure has to be seen.
const enough = 2

// watch begins to collect evidence. The second failure that is the same, and that waiting does not mend, ends the
// deployment. joining tells that the one that is under way already is meant, where there is one.
func (s *session) watch(ctx context.Context, joining bool) (*watch, error) {
	before, err := s.running(ctx)
	if err != nil {
		return nil, err
	}
	r := s.rollouts()
	watcher, err := r.Watcher(ctx)
	if err == nil && joining {
		err = watcher.Join(ctx)
	}
	if err != nil {
		return nil, err
	}
	w := &watch{before: before, done: make(chan struct{}), evidence: make(chan rollout.Evidence, 1)}
	w.waiting, w.giveUp = context.WithCancelCause(ctx)
	ended := false
	watcher.Seen = func(e rollout.Evidence) {
		if v, hopeless := rollout.Hopeless(e, enough); hopeless && !ended {
			ended = s.giveUp(ctx, w, v, e.Revision)
		}
	}
	leave := s.join()
	go func() {
		defer leave()
		w.evidence <- watcher.Until(ctx, w.done)
	}()
	return w, nil
}

// isHopeless tells whether the wait for the service was given up.
func (w *watch) isHopeless() bool {
	return w != nil && context.Cause(w.waiting) == errHopeless
}

// seen waits for the last look and returns what was seen; nothing where nothing was watched.
func (s *session) seen(w *watch) (before rollout.Deployment, seen rollout.Evidence) {
	if w == nil {
		return before, seen
	}
	close(w.done)
	seen = <-w.evidence // it does not pause any more
	w.giveUp(nil)       // frees the context; a cause that is there stays
	return w.before, seen
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

// landed is the deployment that the service runs after a failure. A return to the one before that is on its way gets a little
// time: a stack may have failed before its service is back.
func (s *session) landed(ctx context.Context, before rollout.Deployment) (now rollout.Deployment, err error) {
	for soon := s.rollouts().Lagging(); ; {
		now, err = s.running(ctx)
		returning := now.TaskDefinition == before.TaskDefinition && now.State == string(types.DeploymentRolloutStateInProgress)
		if err != nil || !returning || !soon() || s.pause(ctx, recallEvery) != nil {
			return now, err
		}
	}
}

// advice is the verdict's, with the environment in it: the infra stack is that of all services in it.
func (s *session) advice(v rollout.Verdict) string {
	return strings.NewReplacer("infra:deploy {env}", "infra:deploy "+s.place.Env, "{env}", s.place.String()).Replace(v.Advice)
}

// failed is how a release ends that did not succeed: the verdict, and where the service is now.
func (s *session) failed(ctx context.Context, cause error, before rollout.Deployment, seen rollout.Evidence) error {
	seen.Stack = cause.Error()
	v := rollout.Judge(seen)
	f := &console.Failure{Code: console.Unhealthy, What: s.title + ": the deployment failed", Why: v.Signature + ": " + v.Why, Evidence: v.Evidence, Err: cause}
	for _, change := range v.Likely {
		f.Why += "\nlikely: " + change.String()
	}
	if e, ok := errors.AsType[*stack.FailedError](cause); v.Signature == "unknown" || ok && e.ByStack() {
		f.Why, v.Advice = cause.Error(), ""
		if ok && e.ByStack() {
			f.Next = append(f.Next, "mend what the reason names in the App of the magefile, then "+s.command("service:diff"))
		}
	} else {
		f.Evidence = append(f.Evidence, cause.Error())
	}
	if v.Advice != "" {
		f.Next = append(f.Next, s.advice(v))
	}
	logs := "SPLITECS_TASK=stopped " + s.command("service:logs")
	told := func(next string) bool { return strings.HasPrefix(next, logs) }
	if s.settings.withoutLines && len(seen.Stopped) > 0 && !slices.ContainsFunc(f.Next, told) {
		f.Next = append(f.Next, logs+"   # the lines that SPLITECS_EVIDENCE=off leaves out")
	}
	now, err := s.landed(ctx, before)
	switch {
	case err != nil:
		f.Evidence = append(f.Evidence, "where the service is now cannot be told: "+err.Error())
	case before.TaskDefinition != "" && now.TaskDefinition == before.TaskDefinition && now.Complete():
		f.Code = console.RolledBack
		f.What += fmt.Sprintf("; the service is back on %s, %d of %d tasks running", now.Revision(), now.Running, now.Desired)
	case now.TaskDefinition == "":
		f.What += "; there is no service, "
		if s.memory.remade {
			f.What += "which was deleted outside of its stack"
		} else {
			f.What += "this was its first deployment"
		}
	default:
		f.What += fmt.Sprintf("; the service is on %s, %s, %d of %d tasks running", now.Revision(), now.State, now.Running, now.Desired)
		f.Next = append(f.Next, s.command("service:rollback"))
	}
	f.Next = append(f.Next, s.command("service:status"))
	s.tellClock(f)
	return f
}

// spans are times in a verdict, such as 120 s.
var spans = lazyregexp.New(`\b\d+ s\b`)

// tellClock says whose times a verdict has, where AWS's seconds are not those of the lines before.
func (s *session) tellClock(f *console.Failure) {
	if s.faster > 1 && !(s.machine != nil && s.settings.scenario == "") && spans.MatchString(f.Why+strings.Join(f.Evidence, "\n")) {
		f.Evidence = append(f.Evidence, fmt.Sprintf("these are seconds of the embedded AWS, which are %g times as fast as those of the run (SPLITECS_LOCAL_SPEED)", s.faster))
	}
}
