package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Stopping is what became of ending a deployment.
type Stopping string

// What [Rollouts.Stop] comes to.
const (
	NothingToStop Stopping = "nothing to stop" // none is under way, or it ended meanwhile
	Stopped       Stopping = "stopped"         // ECS returns the service to the revision before
	Returning     Stopping = "returning"       // ECS does so already, whoever asked for it
	NoWayBack     Stopping = "no way back"     // it goes on: ECS knows no revision to return to
)

// Stop ends the service deployment that is under way, unless it was created before since; the zero time means any. ECS then
// returns the service to the revision that was deployed successfully before: where tasks of it still run, none has to be
// started for that. It does not wait for the return.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
func (r *Rollouts) Stop(ctx context.Context, since time.Time) (Stopping, error) {
	arn, how, err := r.stoppable(ctx, since)
	if err != nil || arn == "" {
		return how, err
	}
	_, err = r.ECS.StopServiceDeployment(ctx, &ecs.StopServiceDeploymentInput{
		ServiceDeploymentArn: aws.String(arn), StopType: types.StopServiceDeploymentStopTypeRollback,
	})
	if err == nil {
		return Stopped, nil
	}
	_, conflict := errors.AsType[*types.ConflictException](err)
	_, gone := errors.AsType[*types.ServiceDeploymentNotFoundException](err)
	if !conflict && !gone {
		return "", fmt.Errorf("stop deployment of service %s: %w", r.Service.Name, err)
	}
	// It ended, or is ended by somebody else, since it was looked at; or there is nothing to return to.
	now, how, err := r.stoppable(ctx, since)
	if err == nil && now == arn {
		return NoWayBack, nil
	}
	if now != "" {
		return NothingToStop, err // another one, which nobody asked to stop
	}
	return how, err
}

// stoppable is the ARN of the service deployment that can be stopped; where it is empty, how tells why there is none.
func (r *Rollouts) stoppable(ctx context.Context, since time.Time) (arn string, how Stopping, err error) {
	briefs, err := r.briefs(ctx, unfinished)
	briefs = slices.DeleteFunc(briefs, func(b types.ServiceDeploymentBrief) bool { return aws.ToTime(b.CreatedAt).Before(since) })
	if err != nil || len(briefs) == 0 {
		return "", NothingToStop, err
	}
	newest := slices.MaxFunc(briefs, func(a, b types.ServiceDeploymentBrief) int {
		return aws.ToTime(a.CreatedAt).Compare(aws.ToTime(b.CreatedAt))
	})
	if isReturning(newest) {
		return "", Returning, nil
	}
	return aws.ToString(newest.ServiceDeploymentArn), "", nil
}

// unfinished are the statuses of service deployments that are under way.
var unfinished = []types.ServiceDeploymentStatus{
	types.ServiceDeploymentStatusPending, types.ServiceDeploymentStatusInProgress, types.ServiceDeploymentStatusStopRequested,
	types.ServiceDeploymentStatusRollbackRequested, types.ServiceDeploymentStatusRollbackInProgress,
}

// isReturning tells of one that is under way whether ECS returns from it already.
func isReturning(b types.ServiceDeploymentBrief) bool {
	return b.Status != types.ServiceDeploymentStatusPending && b.Status != types.ServiceDeploymentStatusInProgress
}
