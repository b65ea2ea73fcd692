package targets

import (
	"context"
	"fmt"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// keptRevisions is how many good revisions stay for rollbacks.
const keptRevisions = 10

// ServicePrune deregisters revisions that no rollback can need, once that is approved: those older than what runs, but
// for the ten latest good ones. Their number is on stdout.
func (t Set) ServicePrune(ctx context.Context, env string) error {
	return t.run(ctx, "service:prune", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
		if err != nil {
			return err
		}
		var inUse []string
		for _, arn := range []string{present.Outputs[cfn.OutputTaskDefinition], present.Outputs[cfn.OutputDeployedTaskDefinition], present.Parameters[cfn.ParameterPinned]} {
			if arn != "" {
				inUse = append(inUse, arn)
			}
		}
		r := s.rollouts()
		superfluous, err := r.Prunable(ctx, inUse, keptRevisions)
		if err != nil {
			return err
		}
		if len(superfluous) > 0 && !s.settings.approve && (!s.interactive() || s.ask(fmt.Sprintf("Deregister %d revisions, %s to %s? Type the environment's name: ",
			len(superfluous), name(superfluous[0]), name(superfluous[len(superfluous)-1]))) != s.place.String()) {
			f := &console.Failure{
				Code: console.Preflight, What: s.title, Why: "a revision that is deregistered cannot be deployed again, and nobody approved it",
				Next: []string{"SPLITECS_APPROVE=1 " + s.command(s.name)},
			}
			for _, arn := range superfluous {
				f.Evidence = append(f.Evidence, name(arn))
			}
			return f
		}
		for _, arn := range superfluous {
			if err := r.Deregister(ctx, arn); err != nil {
				return err
			}
			s.console.Progress(console.Progress{Subject: name(arn), State: "INACTIVE"})
		}
		s.console.Result("%d", len(superfluous))
		return nil
	})
}
