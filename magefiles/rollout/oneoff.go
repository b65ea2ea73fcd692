package rollout

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// OneOff is a task that runs a command once.
type OneOff struct {
	Command []string
	// Variables are added to those of the container.
	Variables map[string]string
}

// Run starts a one-off task beside the service: with its task definition, in its network. It returns the task's id.
func (r *Rollouts) Run(ctx context.Context, task OneOff) (id string, err error) {
	s, err := r.describe(ctx)
	if err != nil {
		return "", err
	}
	override := types.ContainerOverride{Name: aws.String(r.Service.Container), Command: task.Command}
	for name, value := range task.Variables {
		override.Environment = append(override.Environment, types.KeyValuePair{Name: aws.String(name), Value: aws.String(value)})
	}
	out, err := r.ECS.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: aws.String(r.Service.Cluster), TaskDefinition: s.TaskDefinition, LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: s.NetworkConfiguration, StartedBy: aws.String("splitecs"),
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{override}},
	})
	if err != nil {
		return "", fmt.Errorf("run task of %s: %w", r.Service.Name, err)
	}
	for _, f := range out.Failures {
		return "", fmt.Errorf("run task of %s: %s %s", r.Service.Name, aws.ToString(f.Reason), aws.ToString(f.Detail))
	}
	return last(aws.ToString(out.Tasks[0].TaskArn)), nil
}

// Ended describes a task; ended is false as long as it is not STOPPED. The exit code is the application's container's, if
// it ran: that is what the command ran in.
func (r *Rollouts) Ended(ctx context.Context, id string) (t Task, state string, ended bool, err error) {
	out, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(r.Service.Cluster), Tasks: []string{id}})
	if err != nil {
		return t, "", false, fmt.Errorf("describe task %s: %w", id, err)
	}
	if len(out.Tasks) == 0 {
		return t, "", false, fmt.Errorf("describe task %s: ECS does not know it any more", id)
	}
	state = aws.ToString(out.Tasks[0].LastStatus)
	t = taskFromAPI(out.Tasks[0], r.Service.Container)
	for _, c := range out.Tasks[0].Containers {
		if aws.ToString(c.Name) == r.Service.Container && c.ExitCode != nil {
			t.Container, t.Sidecar, t.Exit, t.Detail = r.Service.Container, false, c.ExitCode, aws.ToString(c.Reason)
		}
	}
	return t, state, state == "STOPPED", nil
}
