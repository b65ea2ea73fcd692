package stack

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// planUnlessEqual is an empty plan where the stack has the very template, parameters and tags that are wanted,
// which takes one call, and else what CloudFormation computes, which takes four or more. CloudFormation compares
// with the same three things, not with the resources.
func (s *Stacks) planUnlessEqual(ctx context.Context, spec Spec, present Stack) (Plan, error) {
	if settled(present.Status) && sameInput(spec, present) {
		if spec.Template == nil {
			return Plan{Stack: spec.Name}, nil
		}
		out, err := s.API.GetTemplate(ctx, &cloudformation.GetTemplateInput{
			StackName: aws.String(present.ID), TemplateStage: types.TemplateStageOriginal,
		})
		if err != nil {
			return Plan{}, operation("get template of", spec.Name, err)
		}
		if aws.ToString(out.TemplateBody) == string(spec.Template) {
			return Plan{Stack: spec.Name}, nil
		}
	}
	return s.plan(ctx, spec, present)
}

// settled are the statuses in which the template and the parameters of a stack are those of its resources.
func settled(status types.StackStatus) bool {
	return succeeded(status) || status == types.StackStatusUpdateRollbackComplete
}

// sameInput tells whether the stack has the wanted parameters and tags. Pure. A parameter that is wanted by
// default is not known here to be equal, and one that the stack has beyond the wanted ones neither.
func sameInput(spec Spec, present Stack) bool {
	if !maps.Equal(spec.Tags, present.Tags) || len(spec.Parameters)+len(spec.Keep) != len(present.Parameters) {
		return false
	}
	for name, value := range spec.Parameters {
		if had, ok := present.Parameters[name]; !ok || had != value {
			return false
		}
	}
	return !slices.ContainsFunc(spec.Keep, func(name string) bool {
		_, ok := present.Parameters[name]
		return !ok
	})
}
