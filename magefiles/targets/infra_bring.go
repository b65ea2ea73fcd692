package targets

import (
	"context"
	"errors"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// bringInfra brings the infra stack to what is configured, in two steps where priorities move between listener rules.
// What services that run rely on goes on to be there until they have moved, and what was deleted outside of the stack is
// put back. Where the stack is as configured, and nobody has found yet that something was changed by other means, there is
// nothing to look at.
func (s *session) bringInfra(ctx context.Context) (stack.Result, error) {
	plain, err := s.infraSpec()
	if err != nil {
		return stack.Result{}, err
	}
	present, same, err := s.stacks().Equal(ctx, plain)
	if err != nil {
		return stack.Result{}, err
	}
	if same {
		s.unchanged(present)
		return stack.Result{Stack: present}, nil
	}
	err = s.lookAround(ctx)
	if err == nil {
		err = s.checkOwn(ctx)
	}
	if err == nil {
		err = s.lookForMissing(ctx)
	}
	if err != nil {
		return stack.Result{}, err
	}
	for _, line := range s.memory.reached.lines(s.place) {
		s.console.Note("%s", line)
	}
	spec, err := s.infraSpec()
	if err != nil {
		return stack.Result{}, err
	}
	result, err := s.deployStack(ctx, spec, s.approver)
	if clash, ok := errors.AsType[*clashError](err); ok && onlyPriorities(clash.clashes) {
		return s.throughInterim(ctx, spec, clash)
	}
	if err != nil || result.Changed || spec.RevertDrift {
		return result, err
	}
	if changed, err := s.changedOutside(ctx, result.Stack); err != nil || !changed {
		return result, err
	}
	spec.RevertDrift = true
	return s.deployStack(ctx, spec, s.approver)
}
