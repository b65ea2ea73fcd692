package targets

import (
	"context"
	"fmt"

	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// ServiceScale sets how many tasks the service runs now, within the environment's bounds, and waits until they do; 0
// stops the service until the next deployment. Auto-scaling, which owns the count, goes on from there. No stack has
// it, so none drifts.
func (t Set) ServiceScale(ctx context.Context, env string, count int) error {
	return t.run(ctx, "service:scale", env, func(ctx context.Context, s *session) error {
		least, most := s.place.Environment.MinTasks, s.place.Environment.MaxTasks
		if count != 0 && (count < least || count > most) {
			return &console.Failure{
				Code: console.Usage, What: fmt.Sprintf("service:scale %s %d", s.place.String(), count),
				Why:  fmt.Sprintf("auto-scaling holds environment %s between %d and %d tasks, and would set it back", s.place.String(), least, most),
				Next: []string{fmt.Sprintf("change %s or MaxTasks in the App, then %s", s.place.Origin("ScalableTarget", "MinCapacity"), s.command("service:deploy"))},
			}
		}
		if err := s.connect(ctx); err != nil {
			return err
		}
		watched, err := s.watch(ctx, true)
		if err != nil {
			return err
		}
		var settled rollout.Deployment
		if err = s.rollouts().Scale(ctx, count); err == nil {
			settled, err = s.rollouts().Settle(watched.waiting, rollout.Count(count))
		}
		before, seen := s.seen(watched)
		if watched.isHopeless() {
			return s.failed(ctx, err, before, seen)
		}
		if err != nil {
			return err
		}
		s.console.Note("service %s: %d of %d tasks running", s.place.Names.Service, settled.Running, settled.Desired)
		s.tellNotExecuted(ctx)
		return nil
	})
}
