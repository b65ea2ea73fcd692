package stack

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

func TestLossesAreWhatHoldsDataOrAnAddress(t *testing.T) {
	p := Plan{Changes: []ResourceChange{
		{Action: "Add", Resource: "New", Type: "AWS::ECR::Repository"},
		{Action: "Modify", Resource: "Tagged", Type: "AWS::ECR::Repository", Replacement: "False"},
		{Action: "Modify", Resource: "Renamed", Type: "AWS::ECR::Repository", Replacement: "True"},
		{Action: "Modify", Resource: "Maybe", Type: "AWS::Logs::LogGroup", Replacement: "Conditional", Properties: []PropertyChange{{Path: "X", Replace: "Conditionally"}}},
		{Action: "Modify", Resource: "Later", Type: "AWS::ECS::Service", Replacement: "Conditional", Properties: []PropertyChange{{Path: "TaskDefinition", Replace: "Never"}}},
		{Action: "Remove", Resource: "Gone", Type: "AWS::EC2::VPC"},
		{Action: "Remove", Resource: "Route", Type: "AWS::EC2::Route"},
		{Action: "Modify", Resource: "TaskDefinition", Type: "AWS::ECS::TaskDefinition", Replacement: "True"},
	}}
	var got []string
	for _, l := range p.Losses() {
		got = append(got, l.Change.Resource)
	}
	if want := []string{"Renamed", "Maybe", "Gone"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChangesNameEachPropertyOnce(t *testing.T) {
	target := func(before, after string) *types.ResourceTargetDefinition {
		d := &types.ResourceTargetDefinition{Attribute: types.ResourceAttributeProperties, Name: aws.String("Cpu"), Path: aws.String("/Properties/Cpu"), RequiresRecreation: types.RequiresRecreationAlways}
		if before != "" {
			d.BeforeValue, d.AfterValue = aws.String(before), aws.String(after)
		}
		return d
	}
	got := changesFromAPI([]types.Change{{ResourceChange: &types.ResourceChange{
		Action: types.ChangeActionModify, LogicalResourceId: aws.String("T"), ResourceType: aws.String("AWS::ECS::TaskDefinition"),
		PhysicalResourceId: aws.String("arn"), Replacement: types.ReplacementTrue,
		Details: []types.ResourceChangeDetail{{Target: target("", "")}, {Target: target("256", "512")}, {}},
	}}, {}})
	want := []ResourceChange{{
		Action: "Modify", Resource: "T", Type: "AWS::ECS::TaskDefinition", PhysicalID: "arn", Replacement: "True",
		Properties: []PropertyChange{{Path: "Cpu", Before: "256", After: "512", Replace: "Always"}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFailureNamesTheFirstCause(t *testing.T) {
	events := []Event{
		{Resource: "A", Status: "CREATE_IN_PROGRESS"},
		{Resource: "B", Type: "AWS::X::B", Status: "CREATE_FAILED", Reason: "no room"},
		{Resource: "A", Status: "CREATE_FAILED", Reason: "Resource creation cancelled"},
		{Resource: "S", Status: "ROLLBACK_IN_PROGRESS", OfStack: true},
		{Resource: "C", Status: "DELETE_FAILED", Reason: "stays"},
	}
	err := failure(Stack{Name: "S", Status: types.StackStatusRollbackFailed}, events)
	if want := "stack S ended in ROLLBACK_FAILED: B (AWS::X::B) CREATE_FAILED: no room"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if len(err.Failures) != 2 || err.Failures[1].Resource != "C" {
		t.Errorf("failures %+v", err.Failures)
	}
}

func TestTokenIsTheSameForTheSameWishOnTheSameState(t *testing.T) {
	spec := Spec{Name: "S", Template: []byte("a"), Parameters: map[string]string{"x": "1", "y": "2"}}
	stack := Stack{ID: "id", Status: types.StackStatusCreateComplete}
	again := Spec{Name: "S", Template: []byte("a"), Parameters: map[string]string{"y": "2", "x": "1"}}
	if token(spec, stack) != token(again, stack) {
		t.Error("two tokens for one wish")
	}
	other := stack
	other.Status = types.StackStatusUpdateRollbackComplete
	if token(spec, stack) == token(spec, other) {
		t.Error("after a failed update the same wish has the token of the first try, and would not be tried again")
	}
	in := changeSetInput(spec, stack, types.ChangeSetTypeUpdate, "n")
	if aws.ToString(in.ClientToken) != aws.ToString(in.ChangeSetName) || len(in.Parameters) != 2 || aws.ToString(in.Parameters[0].ParameterKey) != "x" {
		t.Errorf("got %+v", in)
	}
}
