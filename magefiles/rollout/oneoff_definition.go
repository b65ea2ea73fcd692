package rollout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// OneOffFamily is the family of the revisions that one-off tasks have for themselves. It is not the service's, whose
// history and rollbacks so never meet one.
func OneOffFamily(family string) string { return family + "-run" }

// registerOneOff registers the revision of a one-off task and returns its ARN.
func (r *Rollouts) registerOneOff(ctx context.Context, task OneOff) (string, error) {
	of := task.Definition
	if of == nil {
		present, err := r.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: aws.String(task.TaskDefinition), Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
		})
		if err != nil {
			return "", fmt.Errorf("describe task definition %s: %w", last(task.TaskDefinition), err)
		}
		of = &Planned{TaskDefinition: *present.TaskDefinition, Tags: present.Tags}
	}
	in := oneOffDefinition(of.TaskDefinition, of.Tags, r.Service.Container, task)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	ctx, cancel := untilItAnswers(ctx) // a revision whose name is not known cannot be deregistered
	defer cancel()
	out, err := r.ECS.RegisterTaskDefinition(ctx, in)
	if err != nil {
		return "", fmt.Errorf("register task definition %s: %w", aws.ToString(in.Family), err)
	}
	return aws.ToString(out.TaskDefinition.TaskDefinitionArn), nil
}

// oneOffDefinition is a revision's definition for a task that runs a command once: all is as it is, but that the
// container is not started again when it ends, is not asked for its health, and executes the command's program in place
// of what its image says, where that is asked for. Tags of AWS's own cannot be given. Pure.
func oneOffDefinition(d types.TaskDefinition, tags []types.Tag, container string, task OneOff) *ecs.RegisterTaskDefinitionInput {
	in := &ecs.RegisterTaskDefinitionInput{
		Family: aws.String(OneOffFamily(aws.ToString(d.Family))), ContainerDefinitions: slices.Clone(d.ContainerDefinitions),
		Cpu: d.Cpu, Memory: d.Memory, EnableFaultInjection: d.EnableFaultInjection, EphemeralStorage: d.EphemeralStorage,
		ExecutionRoleArn: d.ExecutionRoleArn, TaskRoleArn: d.TaskRoleArn,
		IpcMode: d.IpcMode, PidMode: d.PidMode, NetworkMode: d.NetworkMode, PlacementConstraints: d.PlacementConstraints,
		ProxyConfiguration: d.ProxyConfiguration, RequiresCompatibilities: d.RequiresCompatibilities,
		RuntimePlatform: d.RuntimePlatform, Volumes: d.Volumes,
	}
	for _, tag := range tags {
		if !strings.HasPrefix(aws.ToString(tag.Key), "aws:") {
			in.Tags = append(in.Tags, tag)
		}
	}
	for i := range in.ContainerDefinitions {
		c := &in.ContainerDefinitions[i]
		if aws.ToString(c.Name) == container {
			c.Image, c.HealthCheck, c.RestartPolicy = aws.String(cmp.Or(task.Image, aws.ToString(c.Image))), nil, nil
			if task.InPlace {
				c.EntryPoint, c.Command = task.Command[:1], nil
			}
		}
		c.DependsOn = slices.Clone(c.DependsOn)
		for j := range c.DependsOn { // without a health check, it would never become healthy
			if on := &c.DependsOn[j]; aws.ToString(on.ContainerName) == container && on.Condition == types.ContainerConditionHealthy {
				on.Condition = types.ContainerConditionStart
			}
		}
	}
	return in
}
