package targets

import (
	"context"
	"errors"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// before calls App.BeforeDeploy, the last step before anything changes.
func (s *session) before(ctx context.Context, d cfn.Deployment, p stack.Plan) error {
	d.Run = s.runner(&p)
	err := s.place.App.BeforeDeploy.Call(ctx, "BeforeDeploy", d)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	f := &console.Failure{
		Code: console.Preflight, What: s.title, Why: err.Error() + "; nothing was changed", Err: err,
		Next: []string{"mend what BeforeDeploy says, then run the same command again"},
	}
	run, _ := errors.AsType[*runError](err)
	switch {
	case run == nil:
	case errors.Is(run.err, context.DeadlineExceeded), errors.Is(run.err, context.Canceled): // the hook's own limit
		f.Next = s.followUp()
	case run.ended != nil:
		f.Evidence = run.ended.Evidence
		f.Next = append(run.ended.Next, s.same()+"   # once that is mended: calls BeforeDeploy again")
	default: // AWS's trouble is not the hook's
		if code, next := s.classify(run.err); code != console.Unexpected || isPassing(run.err) {
			f.Code, f.Next = code, next
		}
	}
	return f
}

// after calls App.AfterDeploy once everything runs. Its error does not take the deployment back.
func (s *session) after(ctx context.Context, d cfn.Deployment) error {
	d.Run = s.runner(nil)
	err := s.place.App.AfterDeploy.Call(ctx, "AfterDeploy", d)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		s.console.Note("%v; the deployment was complete before, and stands", err)
		return ctx.Err()
	}
	f := &console.Failure{
		Code: console.Unexpected, What: s.title + ": the deployment is complete and stands, what came after it failed", Why: err.Error(), Err: err,
		Next: []string{"mend what AfterDeploy says"},
	}
	if run, ok := errors.AsType[*runError](err); ok && run.ended != nil {
		f.Evidence, f.Next = run.ended.Evidence, run.ended.Next
	}
	f.Next = append(f.Next,
		s.command("service:deploy")+"   # changes nothing, and calls AfterDeploy again",
		s.command("service:rollback")+"   # takes the deployment back")
	return f
}
