package rollout

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// taskDefinition describes one, by its ARN or family:revision.
func (r *Rollouts) taskDefinition(ctx context.Context, name string) (types.TaskDefinition, error) {
	out, err := r.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(name)})
	if err != nil {
		return types.TaskDefinition{}, fmt.Errorf("describe task definition %s: %w", last(name), err)
	}
	return *out.TaskDefinition, nil
}

// container is the application's in a task definition: the one with its name, or where it had another name then the first, as
// templates have it.
func (r *Rollouts) container(d types.TaskDefinition) types.ContainerDefinition {
	for _, c := range d.ContainerDefinitions {
		if aws.ToString(c.Name) == r.Service.Container {
			return c
		}
	}
	if len(d.ContainerDefinitions) > 0 {
		return d.ContainerDefinitions[0]
	}
	return types.ContainerDefinition{}
}

// Changes are the differences between two revisions, from the first to the second.
func (r *Rollouts) Changes(ctx context.Context, from, to Revision) ([]Change, error) {
	before, err := r.taskDefinition(ctx, from.TaskDefinition)
	if err != nil {
		return nil, err
	}
	after, err := r.taskDefinition(ctx, to.TaskDefinition)
	if err != nil {
		return nil, err
	}
	return Differences(before, after), nil
}

// inLine is what a task definition says, in a line: values of variables are left out. Pure.
func inLine(d types.TaskDefinition, c types.ContainerDefinition) string {
	line := fmt.Sprintf("%s CPU, %s MiB", aws.ToString(d.Cpu), aws.ToString(d.Memory))
	if p := d.RuntimePlatform; p != nil && p.CpuArchitecture != "" {
		line += ", " + string(p.CpuArchitecture)
	}
	for _, p := range c.PortMappings {
		line += fmt.Sprintf(", port %d", aws.ToInt32(p.ContainerPort))
	}
	var variables, secrets []string
	for _, v := range c.Environment {
		variables = append(variables, aws.ToString(v.Name))
	}
	for _, s := range c.Secrets {
		secrets = append(secrets, aws.ToString(s.Name))
	}
	if len(variables) > 0 {
		line += "; variables " + strings.Join(variables, ", ")
	}
	if len(secrets) > 0 {
		line += "; secrets " + strings.Join(secrets, ", ")
	}
	return line
}
