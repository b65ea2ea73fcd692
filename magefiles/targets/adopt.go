package targets

import (
	"context"

	"github.com/bellyfed/splitecs/cfn"
)

// InfraAdopt is InfraDeploy for an account in which something exists already under the names of the infra stack:
// cluster, repository, log group. The stack takes it over as it is, and makes the rest. What belongs to another stack has to be
// let go by that one first. Its outputs go to stdout as Key=Value lines.
func (t Set) InfraAdopt(ctx context.Context, env string) error {
	return t.run(ctx, "infra:adopt", env, func(ctx context.Context, s *session) error {
		made, err := cfn.Infra(s.App, s.env)
		if err != nil {
			return err
		}
		cfn.Adopting(made)
		body, err := cfn.Render(made)
		if err != nil {
			return err
		}
		spec, err := s.infraSpec()
		if err != nil {
			return err
		}
		spec.Template, spec.Adopt = body, true
		if err := s.connect(ctx); err != nil {
			return err
		}
		result, err := s.deployStack(ctx, spec, s.approver)
		if err != nil {
			return err
		}
		if err := s.noteDrift(ctx); err != nil {
			return err
		}
		s.console.Note("%s puts the deletion policies of the environment in place", command("infra:deploy", s.env))
		s.results(result.Stack.Outputs)
		return nil
	})
}

// noteDrift tells how what was taken over differs from the template: CloudFormation leaves it as it is, and changes no
// property whose value in the template stays the same.
func (s *session) noteDrift(ctx context.Context) error {
	drifts, err := s.stacks().Drifts(ctx, s.names.InfraStack)
	if err != nil {
		return err
	}
	for _, d := range drifts {
		s.console.Note("drift: %s", driftLine(d))
	}
	if len(drifts) > 0 {
		s.console.Note("what drifted stays as it is until somebody changes it by hand; %s shows it", command("infra:status", s.env))
	}
	return nil
}
