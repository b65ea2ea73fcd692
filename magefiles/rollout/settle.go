package rollout

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Deployment is where a service's deployment stands.
type Deployment struct {
	ID             string
	TaskDefinition string // ARN
	State          string // rolloutState: IN_PROGRESS, COMPLETED, FAILED
	Reason         string
	Desired        int
	Running        int
	Pending        int
	Failed         int  // tasks
	Leaving        bool // tasks of a deployment before it have not all stopped
}

// Complete tells whether the service runs what it should, as many as it should.
func (d Deployment) Complete() bool {
	return d.State == string(types.DeploymentRolloutStateCompleted) && d.Running >= d.Desired
}

// Revision is family:revision.
func (d Deployment) Revision() string { return last(d.TaskDefinition) }

// Standing is where the service's deployment is; over tells that it is COMPLETED, with as many tasks running as there
// should be, or FAILED. The tasks before it may still be leaving then: that is for ECS to say, which completes a deployment
// with them, or without where it has early success criteria. A deployment that ECS rolled back is seen as the one that took
// its place: compare the task definition.
func (r *Rollouts) Standing(ctx context.Context) (d Deployment, over bool, err error) {
	s, err := r.describe(ctx)
	if err != nil {
		return d, false, err
	}
	d = standingOf(s)
	return d, d.State == string(types.DeploymentRolloutStateFailed) || d.Complete(), nil
}

func standingOf(s types.Service) Deployment {
	d := deploymentFromAPI(primary(s))
	d.Leaving = len(s.Deployments) > 1 // ECS lists a deployment as long as it has tasks
	return d
}

// Settle waits until the service's deployment is over, and returns it. What does not show what was just written, expected,
// is not the end of it as long as the answers may lag behind; nil expects nothing.
func (r *Rollouts) Settle(ctx context.Context, expected Expected) (Deployment, error) {
	var told Deployment
	lagging := r.Lagging()
	for {
		d, over, err := r.Standing(ctx)
		if err != nil {
			return told, err
		}
		if d != told {
			r.tell(r.Service.Name, d.State, fmt.Sprintf("%s, %d of %d tasks running", d.Revision(), d.Running, d.Desired))
			told = d
		}
		if over && (expected == nil || expected(d) || !lagging()) {
			return d, nil
		}
		if err := r.pause(ctx); err != nil {
			return d, context.Cause(ctx)
		}
	}
}

func deploymentFromAPI(d types.Deployment) Deployment {
	return Deployment{
		ID: aws.ToString(d.Id), TaskDefinition: aws.ToString(d.TaskDefinition),
		State: string(d.RolloutState), Reason: aws.ToString(d.RolloutStateReason),
		Desired: int(d.DesiredCount), Running: int(d.RunningCount), Pending: int(d.PendingCount), Failed: int(d.FailedTasks),
	}
}
