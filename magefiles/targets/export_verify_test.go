package targets

import "context"

// BeforeDeployment is the first step of a deployment of the image that reference names.
func (t Set) BeforeDeployment(ctx context.Context, env, reference string) error {
	return t.run(ctx, "service:deploy", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		infra, err := s.infra(ctx)
		if err != nil {
			return err
		}
		return s.verify(ctx, infra, reference)
	})
}
