package targets

import (
	"context"
	"errors"

	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// foreign is why something of ours is not there, where that is because a stack of its name is somebody else's; else the
// error that it is given.
func (s *session) foreign(ctx context.Context, err error) error {
	_, noService := errors.AsType[*rollout.NotFoundError](err)
	if !noService && !stack.IsGone(err) {
		return err
	}
	for _, name := range []string{s.place.Names.InfraStack, s.place.Names.ServiceStack} {
		_, told := s.stacks().Describe(ctx, name)
		if _, ok := errors.AsType[*stack.ForeignError](told); ok {
			return told
		}
	}
	return err
}
