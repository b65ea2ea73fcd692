package rollout

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Planned is a task definition that a deployment is about to make.
type Planned struct {
	types.TaskDefinition
	// Tags of the revision: those of the release, and of its stack.
	Tags []types.Tag
}

// PlanDefinition is the task definition of these properties, as CloudFormation has them, with its tags besides. The error
// names the property that is not known before the deployment, or not known to ECS's API. Pure.
func PlanDefinition(properties map[string]any, tags map[string]string) (*Planned, error) {
	p, own, all := &Planned{}, maps.Clone(properties), maps.Clone(tags)
	var more []types.Tag
	if of, ok := own["Tags"]; ok {
		if err := read(of, reflect.ValueOf(&more).Elem(), "Tags"); err != nil {
			return nil, fmt.Errorf("read planned task definition: %w", err)
		}
		delete(own, "Tags")
	}
	for _, tag := range more { // a resource's own come before its stack's
		all[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		p.Tags = append(p.Tags, types.Tag{Key: aws.String(key), Value: aws.String(all[key])})
	}
	if err := read(own, reflect.ValueOf(&p.TaskDefinition).Elem(), "TaskDefinition"); err != nil {
		return nil, fmt.Errorf("read planned task definition: %w", err)
	}
	return p, nil
}

// PlanNetwork is the network that a service of these properties gives its tasks; nil where they say nothing of it. Pure.
func PlanNetwork(properties map[string]any) (*types.NetworkConfiguration, error) {
	of, ok := properties["NetworkConfiguration"]
	if !ok {
		return nil, nil
	}
	n := &types.NetworkConfiguration{}
	if err := read(of, reflect.ValueOf(n).Elem(), "NetworkConfiguration"); err != nil {
		return nil, fmt.Errorf("read planned network: %w", err)
	}
	return n, nil
}
