package rollout

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// Raise sets the desired count of a service that stands at 0 to n, which starts it. Any other count is
// auto-scaling's and stays.
func (r *Rollouts) Raise(ctx context.Context, n int) (raised bool, err error) {
	s, err := r.describe(ctx)
	if err != nil || s.DesiredCount > 0 {
		return false, err
	}
	return true, r.Scale(ctx, n)
}

// Scale sets the desired count. Auto-scaling goes on from there.
func (r *Rollouts) Scale(ctx context.Context, n int) error {
	if _, err := r.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name), DesiredCount: aws.Int32(int32(n)), // validated: at most a few thousand
	}); err != nil {
		return fmt.Errorf("set desired count of %s to %d: %w", r.Service.Name, n, r.absent(err))
	}
	return nil
}

// Point lets the service run a task definition, past its stack, which then says otherwise: only for a stack that
// cannot be updated.
func (r *Rollouts) Point(ctx context.Context, definition string) error {
	if _, err := r.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name), TaskDefinition: aws.String(definition),
	}); err != nil {
		return fmt.Errorf("let service %s run %s: %w", r.Service.Name, last(definition), r.absent(err))
	}
	return nil
}
