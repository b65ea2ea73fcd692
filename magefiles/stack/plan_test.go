package stack

import (
	"slices"
	"testing"
	"time"

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

func TestLastTookIsTheLatestOperationThatEndedWell(t *testing.T) {
	at := func(second int, status string, ofStack bool) Event {
		return Event{Time: time.Unix(int64(second), 0), Status: status, OfStack: ofStack}
	}
	created := []Event{at(90, "CREATE_COMPLETE", true), at(80, "CREATE_COMPLETE", false), at(10, "CREATE_IN_PROGRESS", true), at(0, "REVIEW_IN_PROGRESS", true)}
	updated := append([]Event{at(150, "UPDATE_COMPLETE", true), at(140, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", true), at(100, "UPDATE_IN_PROGRESS", true)}, created...)
	failed := append([]Event{at(190, "UPDATE_ROLLBACK_COMPLETE", true), at(180, "UPDATE_ROLLBACK_IN_PROGRESS", true), at(160, "UPDATE_IN_PROGRESS", true)}, updated...)
	for name, c := range map[string]struct {
		events []Event
		want   time.Duration
	}{
		"created": {created, 80 * time.Second}, "updated": {updated, 50 * time.Second}, "failed": {failed, 50 * time.Second},
		"unknown": {created[:2], 0}, "none": {nil, 0},
	} {
		if got := lastTook(c.events); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
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
	in := changeSetInput(spec, stack, types.ChangeSetTypeUpdate)
	if aws.ToString(in.ClientToken) != aws.ToString(in.ChangeSetName) || len(in.Parameters) != 2 || aws.ToString(in.Parameters[0].ParameterKey) != "x" {
		t.Errorf("got %+v", in)
	}
}
