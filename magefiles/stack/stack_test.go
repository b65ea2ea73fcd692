package stack_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// fixture is a stack's client on an embedded AWS, with what it told.
type fixture struct {
	*stack.Stacks
	t      *testing.T
	server *awslocal.Test
	events []stack.Event
	notes  []string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	server := awslocal.Start(t)
	f := &fixture{t: t, server: server}
	f.Stacks = &stack.Stacks{
		API:   cloudformation.NewFromConfig(server.Config()),
		Pause: server.Pause,
		Event: func(e stack.Event) { f.events = append(f.events, e) },
		Note:  func(text string) { f.notes = append(f.notes, text) },
	}
	return f
}

func approve(stack.Plan) error { return nil }

func (f *fixture) deploy(spec stack.Spec) (stack.Result, error) {
	f.t.Helper()
	f.events, f.notes = nil, nil
	return f.Deploy(context.Background(), spec, approve)
}

func (f *fixture) mustDeploy(spec stack.Spec) stack.Result {
	f.t.Helper()
	result, err := f.deploy(spec)
	if err != nil {
		f.t.Fatal(err)
	}
	return result
}

// groups is a template of log groups with these names, one after the other.
func groups(names ...string) []byte {
	var b strings.Builder
	b.WriteString("Parameters: {Days: {Type: Number, Default: 7}}\nResources:\n")
	for i, name := range names {
		fmt.Fprintf(&b, "  Group%d:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: %s, RetentionInDays: !Ref Days}\n", i, name)
		if i > 0 {
			fmt.Fprintf(&b, "    DependsOn: Group%d\n", i-1)
		}
	}
	b.WriteString("Outputs: {First: {Value: !Ref Group0}, Days: {Value: !Ref Days}}\n")
	return []byte(b.String())
}

func TestCreateUpdateNothing(t *testing.T) {
	f := newFixture(t)
	spec := stack.Spec{Name: "S", Template: groups("a", "b"), Tags: map[string]string{"team": "x"}, Protected: true}
	result := f.mustDeploy(spec)
	if !result.Changed || result.Stack.Status != types.StackStatusCreateComplete || result.Stack.Outputs["First"] != "a" {
		t.Errorf("got %+v", result)
	}
	if last := f.events[len(f.events)-1]; !last.OfStack || last.Status != "CREATE_COMPLETE" {
		t.Errorf("the last event is %+v", last)
	}
	present, err := f.Describe(context.Background(), "S")
	if err != nil || !present.Protected || present.Tags["team"] != "x" {
		t.Errorf("got %+v, %v", present, err)
	}

	if again := f.mustDeploy(spec); again.Changed || again.Stack.Outputs["First"] != "a" {
		t.Errorf("got %+v", again)
	}
	if len(f.events) > 0 {
		t.Errorf("events of a deployment without changes: %+v", f.events)
	}

	spec.Parameters = map[string]string{"Days": "14"}
	if updated := f.mustDeploy(spec); !updated.Changed || updated.Stack.Outputs["Days"] != "14" {
		t.Errorf("got %+v", updated)
	}
	keep := stack.Spec{Name: "S", Keep: []string{"Days"}, Tags: spec.Tags}
	if kept := f.mustDeploy(keep); kept.Changed || kept.Stack.Parameters["Days"] != "14" {
		t.Errorf("got %+v", kept)
	}
}

func TestAFailedCreationNamesTheFirstCauseAndCanBeRepeated(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "Other", Template: groups("taken")})
	_, err := f.deploy(stack.Spec{Name: "S", Template: groups("a", "taken")})
	failed, ok := errors.AsType[*stack.FailedError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if failed.Status != types.StackStatusRollbackComplete || failed.First.Resource != "Group1" || !strings.Contains(failed.First.Reason, "already exists") {
		t.Errorf("got %+v", failed)
	}
	result := f.mustDeploy(stack.Spec{Name: "S", Template: groups("a", "b")})
	if result.Stack.Status != types.StackStatusCreateComplete || len(f.notes) != 1 || !strings.Contains(f.notes[0], "ROLLBACK_COMPLETE") {
		t.Errorf("got %+v with notes %q", result, f.notes)
	}
}

func TestAFailedUpdateLeavesTheStackAsItWas(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "Other", Template: groups("taken")})
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	_, err := f.deploy(stack.Spec{Name: "S", Template: groups("a", "taken")})
	failed, ok := errors.AsType[*stack.FailedError](err)
	if !ok || failed.Status != types.StackStatusUpdateRollbackComplete || failed.First.Resource != "Group1" {
		t.Fatalf("got %v", err)
	}
	// The same wish once more is tried once more.
	if _, err := f.deploy(stack.Spec{Name: "S", Template: groups("a", "taken")}); err == nil {
		t.Error("the second try succeeded without having been made")
	}
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a", "b")})
}

func TestRefusalLeavesNothingBehind(t *testing.T) {
	f := newFixture(t)
	no := errors.New("no")
	refuse := func(p stack.Plan) error {
		if !p.Creates || len(p.Changes) != 1 || p.Changes[0].Action != "Add" {
			t.Errorf("plan %+v", p)
		}
		return no
	}
	if _, err := f.Deploy(context.Background(), stack.Spec{Name: "S", Template: groups("a")}, refuse); !errors.Is(err, no) {
		t.Fatalf("got %v", err)
	}
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	present, err := f.Describe(context.Background(), "S")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Deploy(context.Background(), stack.Spec{Name: "S", Template: groups("b")}, func(stack.Plan) error { return no }); !errors.Is(err, no) {
		t.Fatalf("got %v", err)
	}
	sets, err := f.API.ListChangeSets(context.Background(), &cloudformation.ListChangeSetsInput{StackName: aws.String("S")})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets.Summaries {
		if s.ExecutionStatus == types.ExecutionStatusAvailable {
			t.Errorf("change set %s was left", aws.ToString(s.ChangeSetName))
		}
	}
	after, err := f.Describe(context.Background(), "S")
	if err != nil || after.Status != present.Status || after.Outputs["First"] != "a" {
		t.Errorf("got %+v, %v", after, err)
	}
}

func TestPlanShowsAReplacement(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	p, err := f.Plan(context.Background(), stack.Spec{Name: "S", Template: groups("b")})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Losses()) != 1 || p.Changes[0].Replacement != "True" || p.Changes[0].Properties[0].Path != "LogGroupName" ||
		p.Changes[0].Properties[0].Before != "a" || p.Changes[0].Properties[0].After != "b" {
		t.Errorf("plan %+v", p)
	}
	if same, err := f.Plan(context.Background(), stack.Spec{Name: "S", Template: groups("a")}); err != nil || !same.Empty() {
		t.Errorf("got %+v, %v", same, err)
	}
}

func TestWhatCloudFormationDoesNotAcceptIsInvalid(t *testing.T) {
	f := newFixture(t)
	for _, spec := range []stack.Spec{
		{Name: "S", Template: []byte("Resources: {A: {Type: 'AWS::Nothing::Known'}}")},
		{Name: "S", Template: groups("a"), Parameters: map[string]string{"Unknown": "1"}},
		{Name: "S", Template: []byte("Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {Colour: red}}}")},
	} {
		_, err := f.deploy(spec)
		_, invalid := errors.AsType[*stack.InvalidError](err)
		_, failed := errors.AsType[*stack.FailedError](err)
		if !invalid && !failed {
			t.Errorf("%s: got %v", spec.Template, err)
		}
	}
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
}

func TestDelete(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	if _, err := f.Delete(ctx, "S"); err != nil {
		t.Errorf("a stack that is not there: %v", err)
	}
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a"), Protected: true})
	if _, refused := errors.AsType[*stack.RefusedError](second(f.Delete(ctx, "S"))); !refused {
		t.Error("a protected stack was deleted")
	}
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	if kept, err := f.Delete(ctx, "S"); err != nil || len(kept) > 0 {
		t.Fatal(kept, err)
	}
	f.mustDeploy(stack.Spec{Name: "Kept", Template: []byte("Resources: {G: {Type: 'AWS::Logs::LogGroup', DeletionPolicy: Retain, Properties: {LogGroupName: kept}}}")})
	if kept, err := f.Delete(ctx, "Kept"); err != nil || len(kept) != 1 || kept[0].Resource != "G" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if _, err := f.Describe(ctx, "S"); !stack.IsGone(err) {
		t.Errorf("got %v", err)
	}
}

func TestAnOperationUnderWayIsFollowedFirst(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	if _, err := f.API.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: aws.String("S"), TemplateBody: aws.String(string(groups("a")))}); err != nil {
		t.Fatal(err)
	}
	result := f.mustDeploy(stack.Spec{Name: "S", Template: groups("a", "b")})
	if !result.Changed || result.Stack.Status != types.StackStatusUpdateComplete || !strings.Contains(f.notes[0], "CREATE_IN_PROGRESS") {
		t.Errorf("got %+v with notes %q", result, f.notes)
	}
}

func second[A, B any](_ A, b B) B { return b }

func TestABusyStackIsToldWithItsAuthor(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	f.Event = func(stack.Event) { cancel() }
	if _, err := f.Deploy(ctx, stack.Spec{Name: "S", Template: groups("a"), Author: "jane@laptop"}, approve); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	f.Event = nil
	_, err := f.deploy(stack.Spec{Name: "S", Template: groups("a", "b"), RefuseBusy: true})
	busy, ok := errors.AsType[*stack.BusyError](err)
	if !ok || busy.Who != "jane@laptop" || busy.Status != types.StackStatusCreateInProgress {
		t.Fatalf("got %v", err)
	}
	waited := false
	if _, err := f.Deploy(context.Background(), stack.Spec{Name: "S", Template: groups("a", "b")}, func(p stack.Plan) error { waited = p.Waited; return nil }); err != nil || !waited {
		t.Errorf("waited %t, %v", waited, err)
	}
}

func TestTheEndOfTheContextEndsTheWait(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	f.Event = func(stack.Event) { cancel() }
	if _, err := f.Deploy(ctx, stack.Spec{Name: "S", Template: groups("a")}, approve); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	f.Event = nil
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a", "b")})
}
