package stack

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// A change set is the same in whichever order it is told, and another one with anything else in it.
func TestContentIsOfWhatIsSaid(t *testing.T) {
	said := func() *cloudformation.DescribeChangeSetOutput {
		change := func(id string) types.Change {
			return types.Change{ResourceChange: &types.ResourceChange{LogicalResourceId: aws.String(id), Action: types.ChangeActionModify, AfterContext: aws.String("{}")}}
		}
		tag := func(key string) types.Tag { return types.Tag{Key: aws.String(key), Value: aws.String("v")} }
		return &cloudformation.DescribeChangeSetOutput{
			ChangeSetId: aws.String("arn"), StackId: aws.String("stack"), Changes: []types.Change{change("A"), change("B")}, Tags: []types.Tag{tag("a"), tag("b")},
			Parameters: []types.Parameter{{ParameterKey: aws.String("P"), ParameterValue: aws.String("1")}, {ParameterKey: aws.String("Q"), ParameterValue: aws.String("2")}},
		}
	}
	want := content(said())
	turned := said()
	turned.Changes[0], turned.Changes[1] = turned.Changes[1], turned.Changes[0]
	turned.Tags[0], turned.Tags[1] = turned.Tags[1], turned.Tags[0]
	turned.Parameters[0], turned.Parameters[1] = turned.Parameters[1], turned.Parameters[0]
	if content(turned) != want {
		t.Error("another order is another change set")
	}
	for what, change := range map[string]func(*cloudformation.DescribeChangeSetOutput){
		"a value": func(o *cloudformation.DescribeChangeSetOutput) {
			o.Changes[1].ResourceChange.AfterContext = aws.String(`{"a":1}`)
		},
		"a change":    func(o *cloudformation.DescribeChangeSetOutput) { o.Changes = o.Changes[:1] },
		"a parameter": func(o *cloudformation.DescribeChangeSetOutput) { o.Parameters[0].ParameterValue = aws.String("3") },
		"two swapped": func(o *cloudformation.DescribeChangeSetOutput) {
			o.Parameters[0].ParameterValue, o.Parameters[1].ParameterValue = o.Parameters[1].ParameterValue, o.Parameters[0].ParameterValue
		},
		"a tag": func(o *cloudformation.DescribeChangeSetOutput) { o.Tags[0].Value = aws.String("w") },
		"a capability": func(o *cloudformation.DescribeChangeSetOutput) {
			o.Capabilities = []types.Capability{types.CapabilityCapabilityIam}
		},
		"the mode":    func(o *cloudformation.DescribeChangeSetOutput) { o.DeploymentMode = types.DeploymentModeRevertDrift },
		"another one": func(o *cloudformation.DescribeChangeSetOutput) { o.ChangeSetId = aws.String("other") },
	} {
		o := said()
		if change(o); content(o) == want {
			t.Errorf("%s: it is taken for the same", what)
		}
	}
}
