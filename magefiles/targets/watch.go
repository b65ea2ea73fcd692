package targets

import (
	"context"
	"errors"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceWatch follows the deployment that is under way to its end, and ends as the target that began it would.
// Nothing under way is a success.
func (t Set) ServiceWatch(ctx context.Context, env string) error {
	return t.run(ctx, "service:watch", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
		if err != nil {
			return err
		}
		if stack.Decide(present.Status) != stack.Wait {
			running, err := s.running(ctx)
			if err != nil {
				return err
			}
			if running.Complete() {
				s.console.Note("nothing is under way: stack %s is %s, and service %s runs %s, %d of %d tasks",
					present.Name, present.Status, s.place.Names.Service, running.Revision(), running.Running, running.Desired)
				return nil
			}
		}
		return s.attach(ctx)
	})
}

// attach follows what is under way on the service stack, and on the service, as the target that began it does.
func (s *session) attach(ctx context.Context) error {
	watched, err := s.watch(ctx, true)
	if err != nil {
		return err
	}
	present, err := s.stacks().Finish(ctx, s.place.Names.ServiceStack)
	if _, failed := errors.AsType[*stack.FailedError](err); failed {
		// What ran before is not known here: it is what the stack asks for again.
		watched.before.TaskDefinition = present.Outputs[cfn.OutputDeployedTaskDefinition]
	}
	return s.ends(ctx, present, watched, err)
}
