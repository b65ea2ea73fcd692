package stack

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// planUnlessEqual is an empty plan where the stack has the very template, parameters and tags that are wanted, which takes
// one call, and else what CloudFormation computes, which takes five or more. CloudFormation compares with the same three
// things, not with the resources, unless the template has something that it looks up elsewhere.
func (s *Stacks) planUnlessEqual(ctx context.Context, spec Spec, present Stack) (Plan, error) {
	same, err := s.equal(ctx, spec, present)
	if err != nil {
		return Plan{}, err
	}
	if same {
		return Plan{Stack: spec.Name}, nil
	}
	return s.plan(ctx, spec, present)
}

// Equal tells whether a stack is what spec wants, its protection included, so that [Stacks.Deploy] would do nothing. Nothing
// is looked at but what CloudFormation knows: where somebody changed a resource by other means, it knows after a comparison
// ([Stacks.Drifts]). A stack that is not there, or in the middle of something, is not equal.
func (s *Stacks) Equal(ctx context.Context, spec Spec) (present Stack, same bool, err error) {
	present, err = s.Describe(ctx, spec.Name)
	if IsGone(err) {
		return present, false, nil
	}
	if err != nil || present.Drifted || present.Protected != spec.Protected {
		return present, false, err
	}
	same, err = s.equal(ctx, spec, present)
	return present, same, err
}

func (s *Stacks) equal(ctx context.Context, spec Spec, present Stack) (bool, error) {
	if spec.RevertDrift || !settled(present.Status) || !sameInput(spec, present) {
		return false, nil
	}
	out, err := s.API.GetTemplate(ctx, &cloudformation.GetTemplateInput{
		StackName: aws.String(present.ID), TemplateStage: types.TemplateStageOriginal,
	})
	if err != nil {
		return false, operation("get template of", spec.Name, err)
	}
	had := aws.ToString(out.TemplateBody)
	return (spec.Template == nil || had == string(spec.Template)) && !looksElsewhere(had), nil
}

// looksElsewhere tells whether CloudFormation may make something else of the same template: parameters that name a value
// of the Systems Manager, dynamic references, macros, nested templates, outputs of other stacks. Where a text only looks
// like one of these, that costs a change set. Pure.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html#systems-manager-parameter-types
func looksElsewhere(template string) bool {
	return slices.ContainsFunc([]string{
		"AWS::SSM::Parameter::", "{{resolve:", "Transform", "AWS::CloudFormation::Stack", "Fn::GetStackOutput",
	}, func(mark string) bool { return strings.Contains(template, mark) })
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
