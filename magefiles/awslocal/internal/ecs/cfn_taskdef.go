package ecs

import (
	"cmp"
	"context"
	"reflect"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// taskDefinitionUnmodelled cannot be used on Fargate.
var taskDefinitionUnmodelled = unmodelled{"InferenceAccelerators", "ProxyConfiguration"}

// taskDefinitionType is https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html
func (s *Service) taskDefinitionType() resource.Type {
	ctx := context.Background()
	properties := schemaOf(reflect.TypeFor[registerTaskDefinitionInput]())
	taskDefinitionUnmodelled.in(properties)
	for name, p := range properties {
		properties[name] = p.Fixed()
	}
	properties["Tags"] = resource.Tags // the one property whose change makes no new revision
	return resource.Type{
		Name:       "AWS::ECS::TaskDefinition",
		Properties: properties,
		Attributes: []string{"TaskDefinitionArn"},
		Takes:      2 * time.Second,
		Deletes:    2 * time.Second,
		Create: func(r resource.Request) (string, error) {
			if err := taskDefinitionUnmodelled.refuse(r.Properties); err != nil {
				return "", err
			}
			in, err := resource.Decode[registerTaskDefinitionInput](r.Properties)
			if err != nil {
				return "", err
			}
			in.Family = cmp.Or(in.Family, s.physicalName(r))
			in.Tags = tagsOfRequest(in.Tags, r.Tags)
			out, err := s.registerTaskDefinition(ctx, &in)
			if err != nil {
				return "", s.handlerError(err)
			}
			return out.TaskDefinition.TaskDefinitionARN, nil
		},
		Update: func(r resource.Request) error {
			in, err := resource.Decode[registerTaskDefinitionInput](r.Properties)
			if err != nil {
				return err
			}
			s.state.Tags.Put(r.PhysicalID, toMap(tagsOfRequest(in.Tags, r.Tags)))
			s.w.Changed()
			return nil
		},
		Delete: func(r resource.Request) error {
			if _, err := s.taskDefinition(r.PhysicalID); err != nil {
				return nil
			}
			if _, err := s.deregisterTaskDefinition(ctx, &deregisterTaskDefinitionInput{TaskDefinition: r.PhysicalID}); err != nil {
				return s.handlerError(err)
			}
			return nil
		},
		Attribute: func(id, _ string) (any, error) { return id, nil },
		Read:      s.readTaskDefinition, Identifiers: []string{"TaskDefinitionArn"}, Retag: s.retagTaskDefinition,
	}
}
