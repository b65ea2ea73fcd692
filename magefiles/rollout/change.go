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

// Point lets the service run a revision, past its stack, which then says otherwise: only for a stack that cannot be updated.
// Requests go where that revision takes them.
func (r *Rollouts) Point(ctx context.Context, to Revision) error {
	s, err := r.describe(ctx)
	if err != nil {
		return err
	}
	in := &ecs.UpdateServiceInput{Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name), TaskDefinition: aws.String(to.TaskDefinition)}
	for _, b := range s.LoadBalancers {
		if to.Port != 0 && (aws.ToString(b.ContainerName) != to.Container || int(aws.ToInt32(b.ContainerPort)) != to.Port) {
			b.ContainerName, b.ContainerPort = aws.String(to.Container), aws.Int32(int32(to.Port)) // a port
			in.LoadBalancers = append(in.LoadBalancers, b)
		}
	}
	if _, err := r.ECS.UpdateService(ctx, in); err != nil {
		return fmt.Errorf("let service %s run %s: %w", r.Service.Name, to.Name(), r.absent(err))
	}
	return nil
}
