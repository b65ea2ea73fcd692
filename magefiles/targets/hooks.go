package targets

import (
	"context"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// before calls App.BeforeDeploy, the last step before anything changes.
func (s *session) before(ctx context.Context, d cfn.Deployment) error {
	err := s.App.BeforeDeploy.Call(ctx, "BeforeDeploy", d)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return &console.Failure{
		Code: console.Preflight, What: s.title(), Why: err.Error() + "; nothing was changed", Err: err,
		Next: []string{"mend what BeforeDeploy says, then run the same command again"},
	}
}

// after calls App.AfterDeploy once everything runs. Its error does not take the deployment back.
func (s *session) after(ctx context.Context, d cfn.Deployment) error {
	err := s.App.AfterDeploy.Call(ctx, "AfterDeploy", d)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		s.console.Note("%v; the deployment was complete before, and stands", err)
		return ctx.Err()
	}
	return &console.Failure{
		Code: console.Unexpected, What: s.title() + ": the deployment is complete and stands, what came after it failed", Why: err.Error(), Err: err,
		Next: []string{
			"mend what AfterDeploy says",
			command("service:deploy", s.place) + "   # changes nothing, and calls AfterDeploy again",
			command("service:rollback", s.place) + "   # takes the deployment back",
		},
	}
}
