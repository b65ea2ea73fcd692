package targets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// failure turns any error into the one message and exit code with which a target ends.
func (s *session) failure(ctx context.Context, err error) *console.Failure {
	if f, ok := errors.AsType[*console.Failure](err); ok && !s.memory.unanswered {
		return f
	}
	f := &console.Failure{What: s.title, Why: err.Error(), Err: err}
	if lost, ok := errors.AsType[*executionError](context.Cause(ctx)); ok {
		f.Why, f.Err = lost.Error(), lost // not that what waited was ended for it
		f.Code, f.Next = s.classify(lost)
		return f
	}
	switch context.Cause(ctx) {
	case nil:
	case context.DeadlineExceeded:
		f.Code = console.TimedOut
		f.Why = fmt.Sprintf("not done after SPLITECS_TIMEOUT=%s; what was begun in AWS goes on", s.settings.timeout)
		f.Next = s.followUp()
		return f
	default:
		f.Code, f.Why = console.Interrupted, "interrupted; what was begun in AWS goes on"
		f.Next = s.followUp()
		return f
	}
	f.Code, f.Next = s.classify(err)
	return f
}

// followUp are the commands that show how an operation goes on, and take it up again.
func (s *session) followUp() []string {
	if s.memory.followed != "" {
		return []string{s.memory.followed, s.same() + "   # calls the hook again"}
	}
	switch of := namespace(s.name); of {
	case "infra", "service":
		status := s.command(of + ":status")
		if s.memory.resume != "" {
			return slices.Compact([]string{status, s.memory.resume})
		}
		return []string{status, s.command(s.name) + "   # waits for what is under way, then goes on"}
	}
	return []string{command(s.name)}
}

// classify is the exit code of an error and what to do next.
func (s *session) classify(err error) (console.Code, []string) {
	if _, ok := errors.AsType[*cfn.EnvironmentError](err); ok {
		return console.Usage, []string{command("-h", s.name)}
	}
	if _, ok := errors.AsType[*cfn.ServiceError](err); ok {
		return console.Usage, []string{command("-h", s.name)}
	}
	if _, ok := errors.AsType[*infraPlaceError](err); ok {
		return console.Usage, []string{s.command(s.name)}
	}
	if _, ok := errors.AsType[*cfn.ValidationError](err); ok {
		return console.Usage, []string{"mend the App in the magefile, then run the same command again"}
	}
	if e, ok := errors.AsType[*cfn.ExtensionError](err); ok {
		return console.Usage, []string{"mend " + e.Field + " of the App in the magefile, then run the same command again"}
	}
	if _, ok := errors.AsType[*settingError](err); ok {
		return console.Usage, []string{"mend the variable or unset it, then run the same command again"}
	}
	if e, ok := errors.AsType[*private.FolderError](err); ok {
		return console.Usage, ownFolder(e, "SPLITECS_LOCAL_DIR")
	}
	if code, next, ok := s.classifyAccess(err); ok {
		return code, next
	}
	if code, next, ok := s.classifyImage(err); ok {
		return code, next
	}
	if e, ok := errors.AsType[*stack.NotFoundError](err); ok {
		if e.Stack == s.place.Names.InfraStack {
			return console.Preflight, []string{s.command("infra:deploy")}
		}
		return console.Preflight, []string{s.command("service:deploy")}
	}
	if _, ok := errors.AsType[*cfn.OutdatedInfraError](err); ok {
		return console.Preflight, []string{s.command("infra:diff"), s.command("infra:deploy")}
	}
	if _, ok := errors.AsType[*rollout.NotFoundError](err); ok {
		return console.Preflight, []string{s.command("service:deploy")}
	}
	if e, ok := errors.AsType[*rollout.NoGoodRevisionError](err); ok {
		if forward := e.Forward(); forward != "" && s.name == "service:rollback" {
			return console.Preflight, []string{s.command("service:rollbackTo", forward) + "   # forward again", s.command("service:history")}
		}
		return console.Preflight, []string{s.command("service:history"), s.command("image:list") + "   # SPLITECS_IMAGE=TAG in front of service:deploy takes one of these"}
	}
	if _, ok := errors.AsType[*stack.BusyError](err); ok || stack.IsRace(err) {
		return console.Conflict, s.followUp()
	}
	if _, ok := errors.AsType[*stack.ChangedPlanError](err); ok {
		return console.Conflict, []string{s.of("diff"), s.of("status") + "   # who else is at work"}
	}
	if e, ok := errors.AsType[*stack.FullError](err); ok {
		return console.Preflight, []string{
			"aws cloudformation list-change-sets --stack-name " + e.Stack + "   # delete-change-set removes those that nobody needs", s.same(),
		}
	}
	if e, ok := errors.AsType[*clashError](err); ok {
		return console.Preflight, append(e.next(), s.of("diff")+"   # shows whether the plan can succeed")
	}
	if e, ok := errors.AsType[*stack.ForeignError](err); ok {
		field := "InfraStack"
		if e.Stack != s.place.Names.InfraStack {
			field = "ServiceStack"
		}
		return console.Preflight, []string{
			fmt.Sprintf("give ours another name in the magefile: Names.%s of Environments[%q]   # docs/migration.md tells how what is there is taken over", field, s.place.Env),
			s.command("infra:diff"),
		}
	}
	if _, ok := errors.AsType[*stack.InvalidError](err); ok {
		return console.Preflight, []string{"mend the App in the magefile, then run the same command again"}
	}
	if e, ok := errors.AsType[*stack.FailedError](err); ok {
		return console.StackFailed, s.afterFailure(e)
	}
	if e, ok := errors.AsType[*stack.StuckError](err); ok {
		return console.StackFailed, []string{
			"aws cloudformation describe-stack-events --stack-name " + e.Stack,
			"SPLITECS_APPROVE=1 " + s.command(s.name) + "   # goes on without these resources",
		}
	}
	if e, ok := errors.AsType[*stack.RefusedError](err); ok {
		return s.classifyRefusal(e)
	}
	if strings.HasPrefix(s.name, "image:") {
		if !isPassing(err) {
			return console.ImageFailed, []string{s.hint(err)}
		}
		return console.ImageFailed, []string{s.again()}
	}
	if !isPassing(err) {
		return console.Unexpected, []string{s.hint(err)}
	}
	// AWS did not answer, or not with what is documented: the same command finds out how things are, and goes on.
	return console.Unexpected, s.followUp()
}

// same is the command of this run.
func (s *session) same() string {
	if s.name == "local:up" {
		return command(s.name)
	}
	return s.command(s.name)
}

// again is the command of this run, of the image: most of these targets take their environment from a variable.
func (s *session) again() string {
	switch {
	case s.repeated != "":
		return s.repeated
	case s.name == "image:list":
		return s.command(s.name)
	}
	return command(s.name)
}

// classifyRefusal is what to do about a stack that does not allow what was asked for.
func (s *session) classifyRefusal(e *stack.RefusedError) (console.Code, []string) {
	deploy := s.command("service:deploy")
	if e.Stack == s.place.Names.InfraStack {
		deploy = s.command("infra:deploy")
	}
	switch {
	case stack.Decide(e.Status) == stack.Wait && e.Stack == s.place.Names.InfraStack && namespace(s.name) != "infra":
		return console.Conflict, []string{deploy + "   # waits for what is under way", s.same()}
	case stack.Decide(e.Status) == stack.Wait:
		return console.Conflict, s.followUp()
	case s.name == "infra:destroy":
		return console.Preflight, []string{deploy + "   # takes over that the environment is not protected", s.command(s.name)}
	case stack.Decide(e.Status) == stack.Recreate, stack.Decide(e.Status) == stack.Create:
		return console.Preflight, []string{deploy}
	}
	return console.StackFailed, []string{"aws cloudformation describe-stack-events --stack-name " + e.Stack, s.command("infra:destroy")}
}
