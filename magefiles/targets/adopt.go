package targets

import (
	"context"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// InfraAdopt is InfraDeploy for an account in which something exists already under the names of the infra stack:
// cluster, repository, log group. The stack begins with these, and then gets the rest. What belongs to another stack has to
// be let go by that one first. Its outputs go to stdout as Key=Value lines.
func (t Set) InfraAdopt(ctx context.Context, env string) error {
	return t.run(ctx, "infra:adopt", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		if err := s.adopt(ctx); err != nil {
			return err
		}
		return s.deployInfra(ctx)
	})
}

// adopt makes a stack of what exists. A stack that is there already has begun.
func (s *session) adopt(ctx context.Context) error {
	present, err := s.stacks().Describe(ctx, s.names.InfraStack)
	if err != nil && !stack.IsGone(err) {
		return err
	}
	if action := stack.Decide(present.Status); action != stack.Create && action != stack.Recreate {
		s.console.Note("stack %s is there already: nothing to take over", s.names.InfraStack)
		return nil
	}
	t, err := cfn.Adoption(s.App, s.env)
	if err != nil {
		return err
	}
	body, err := cfn.Render(t)
	if err != nil {
		return err
	}
	_, err = s.deployStack(ctx, stack.Spec{Name: s.names.InfraStack, Template: body, Tags: s.tags(), Adopt: true}, s.approver)
	return err
}
