package cloudformation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

// summary of a change set: one line a change, one below it for each detail.
func summary(c *cfn.DescribeChangeSetOutput) []string {
	var out []string
	for _, one := range c.Changes {
		rc := one.ResourceChange
		line := string(rc.Action) + " " + *rc.LogicalResourceId
		for _, word := range []string{string(rc.Replacement), string(rc.PolicyAction)} {
			if word != "" {
				line += " " + word
			}
		}
		for _, s := range rc.Scope {
			line += " [" + string(s) + "]"
		}
		out = append(out, line)
		for _, d := range rc.Details {
			out = append(out, strings.TrimSpace("- "+aws.ToString(d.Target.Path)+" "+string(d.Target.RequiresRecreation)+" "+string(d.Evaluation)+" "+
				string(d.ChangeSource)+" "+aws.ToString(d.CausingEntity)+" "+aws.ToString(d.Target.BeforeValue)+" > "+aws.ToString(d.Target.AfterValue)))
		}
	}
	return out
}

const parameterP = "Parameters: {P: {Type: String, Default: one}}\n"

// changeCases are what an update's change set lists.
var changeCases = map[string]struct {
	before, after string
	more          []func(*cfn.CreateChangeSetInput)
	want          string
}{
	"in place": {
		resources("A: Thing {Label: x}"), resources("A: Thing {Label: y}"), nil,
		`Modify A False [Properties]
			- /Properties/Label Never Static DirectModification  x > y`,
	},
	"field of an object": {
		resources("A: Thing {Nested: {Depth: 1}}"), resources("A: Thing {Nested: {Depth: 2}}"), nil,
		`Modify A False [Properties]
			- /Properties/Nested/Depth Never Static DirectModification  1 > 2`,
	},
	"conditional": {
		resources("A: Thing {Mode: a}"), resources("A: Thing {Mode: b}"), nil,
		`Modify A Conditional [Properties]
			- /Properties/Mode Conditionally Static DirectModification  a > b`,
	},
	"replacement, and who refers to it": {
		resources("A: Thing {Name: x}", "B: Thing {Label: !Ref A}", "C: Thing {Label: !GetAtt A.Arn}"),
		resources("A: Thing {Name: y}", "B: Thing {Label: !Ref A}", "C: Thing {Label: !GetAtt A.Arn}"), nil,
		`Modify A True ReplaceAndDelete [Properties]
			- /Properties/Name Always Static DirectModification  x > y
			Modify B False [Properties]
			- /Properties/Label Never Static ResourceReference A x > {{changeSet:KNOWN_AFTER_APPLY}}
			Modify C False [Properties]
			- /Properties/Label Never Static ResourceAttribute A.Arn arn:test:x > {{changeSet:KNOWN_AFTER_APPLY}}`,
	},
	"an attribute of what is updated may change": {
		resources("A: Thing {Label: x}", "B: Thing {Label: !GetAtt A.Label}", "C: Thing {Name: !GetAtt A.Label}"),
		resources("A: Thing {Label: y}", "B: Thing {Label: !GetAtt A.Label}", "C: Thing {Name: !GetAtt A.Label}"), nil,
		`Modify A False [Properties]
			- /Properties/Label Never Static DirectModification  x > y`, // without values there is more: see TestWhatMayChangeIsToldWithoutValuesOnly
	},
	"a parameter": {
		parameterP + resources("A: Thing {Name: !Ref P}"), parameterP + resources("A: Thing {Name: !Ref P}"), []func(*cfn.CreateChangeSetInput){parameters("P", "two")},
		`Modify A True ReplaceAndDelete [Properties]
			- /Properties/Name Always Static ParameterReference P one > two
			- /Properties/Name Always Dynamic DirectModification  one > two`,
	},
	"added and removed": {
		resources("A: Thing", "B: Thing | DeletionPolicy: Retain"), resources("N: Thing"), nil,
		`Remove A Delete
			Remove B Retain
			Add N`,
	},
	"retained replacement": {
		resources("A: Fixed {Label: x} | UpdateReplacePolicy: Retain"), resources("A: Fixed {Label: y} | UpdateReplacePolicy: Retain"), nil,
		`Modify A True ReplaceAndRetain [Properties]
			- /Properties/Label Always Static DirectModification  x > y`,
	},
	"tags of the stack": {
		resources("A: Thing", "B: Fixed {Label: x}"), resources("A: Thing", "B: Fixed {Label: x}"), []func(*cfn.CreateChangeSetInput){tags("k", "v")},
		`Modify A False [Tags]
			- /Tags Never Static DirectModification  {} > {"k":"v"}`,
	},
	"policy": {
		resources("A: Thing"), resources("A: Thing | DeletionPolicy: Retain"), nil,
		`Modify A False [DeletionPolicy]
			- /DeletionPolicy Never Static DirectModification   > Retain`,
	},
	"outputs only": {resources("A: Thing"), resources("A: Thing") + "Outputs: {O: {Value: x}}\n", nil, ``},
	"a condition that turns something on": {
		"Parameters: {P: {Type: String, Default: no}}\nConditions: {On: !Equals [!Ref P, 'yes']}\n" + resources("A: Thing", "B: Thing | Condition: On"),
		"Parameters: {P: {Type: String, Default: no}}\nConditions: {On: !Equals [!Ref P, 'yes']}\n" + resources("A: Thing", "B: Thing | Condition: On"),
		[]func(*cfn.CreateChangeSetInput){parameters("P", "yes")}, `Add B`,
	},
}

func TestChanges(t *testing.T) {
	for name, c := range changeCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.created(c.before)
			got := r.changeSet("app", "UPDATE", c.after, c.more...)
			if got.Status != "CREATE_COMPLETE" || got.ExecutionStatus != "AVAILABLE" {
				t.Errorf("change set is %s, %s", got.Status, got.ExecutionStatus)
			}
			if diff := cmp.Diff(lines(c.want), summary(got)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValuesOnlyWhereAskedFor(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Label: x, Nested: {Depth: 1}}"))
	c := r.changeSet("app", "UPDATE", resources("A: Thing {Label: y, Nested: {Depth: 1}}"))
	rc := c.Changes[0].ResourceChange
	if *rc.BeforeContext != `{"Properties":{"Label":"x","Nested":{"Depth":1}}}` || *rc.AfterContext != `{"Properties":{"Label":"y","Nested":{"Depth":1}}}` {
		t.Errorf("context %s > %s", *rc.BeforeContext, *rc.AfterContext)
	}
	plain, err := r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: c.ChangeSetName, StackName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	rc = plain.Changes[0].ResourceChange
	if rc.BeforeContext != nil || rc.Details[0].Target.BeforeValue != nil || rc.Details[0].Target.Path != nil {
		t.Error("values were not asked for")
	}
}

func TestChangeSetLife(t *testing.T) {
	r := newRig(t)
	body := resources("A: Thing")
	in := &cfn.CreateChangeSetInput{StackName: aws.String("app"), ChangeSetName: aws.String("one"), ChangeSetType: "CREATE", TemplateBody: &body, ClientToken: aws.String("t")}
	made, err := r.CreateChangeSet(background, in)
	if err != nil {
		t.Fatal(err)
	}
	status := func() string {
		t.Helper()
		out, err := r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: made.Id})
		if err != nil {
			t.Fatal(err)
		}
		return string(out.Status) + " " + string(out.ExecutionStatus)
	}
	if got := status(); got != "CREATE_PENDING UNAVAILABLE" {
		t.Error(got)
	}
	if st := r.stack("app"); st.StackStatus != "REVIEW_IN_PROGRESS" || *st.StackStatusReason != "User Initiated" {
		t.Errorf("stack is %s", st.StackStatus)
	}
	r.pass(time.Second)
	if got := status(); got != "CREATE_IN_PROGRESS UNAVAILABLE" {
		t.Error(got)
	}
	_, err = r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: made.Id})
	wantError(t, err, "InvalidChangeSetStatus: ChangeSet ["+*made.Id+"] cannot be executed in its current status of [CREATE_IN_PROGRESS]")
	r.pass(3 * time.Second)
	if got := status(); got != "CREATE_COMPLETE AVAILABLE" {
		t.Error(got)
	}
	again, err := r.CreateChangeSet(background, in)
	if err != nil || *again.Id != *made.Id {
		t.Errorf("the same request again: %v %v", again, err)
	}
	other := resources("A: Thing {Label: x}")
	in.TemplateBody = &other
	_, err = r.CreateChangeSet(background, in)
	wantError(t, err, "AlreadyExistsException: ChangeSet one cannot be created due to a mismatch with existing attribute Template")
	in.ClientToken = nil
	_, err = r.CreateChangeSet(background, in)
	wantError(t, err, "AlreadyExistsException: ChangeSet [one] already exists")
	in.ChangeSetName = aws.String("two")
	if _, err = r.CreateChangeSet(background, in); err != nil {
		t.Fatal(err)
	}
	r.pass(3 * time.Second)
	for range 2 { // the second by its token
		if _, err := r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: made.Id, ClientRequestToken: aws.String("go")}); err != nil {
			t.Fatal(err)
		}
	}
	r.settle()
	if got := status(); got != "CREATE_COMPLETE EXECUTE_COMPLETE" {
		t.Error(got)
	}
	_, err = r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: aws.String("two"), StackName: aws.String("app")})
	wantError(t, err, "ChangeSetNotFound: ChangeSet [two] does not exist") // executing one deletes the others
	next := r.changeSet("app", "UPDATE", other)
	_, err = r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: next.ChangeSetId, ClientRequestToken: aws.String("go")})
	wantError(t, err, "TokenAlreadyExistsException: A client request token already exists: go")
	events, err := r.DescribeStackEvents(background, &cfn.DescribeStackEventsInput{StackName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	if e := events.StackEvents[0]; aws.ToString(e.ClientRequestToken) != "go" || e.ResourceStatus != "CREATE_COMPLETE" {
		t.Errorf("newest event: %s %v", e.ResourceStatus, aws.ToString(e.ClientRequestToken))
	}
	r.updated(resources("A: Thing {Label: z}")) // a stack that is updated otherwise makes them obsolete
	_, err = r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: next.ChangeSetId})
	wantError(t, err, "InvalidChangeSetStatus: ChangeSet ["+*next.ChangeSetId+"] cannot be executed in its current execution status of [OBSOLETE]")
}

func TestChangeSetRefusals(t *testing.T) {
	r := newRig(t)
	body := resources("A: Thing")
	make := func(stack, kind string) error {
		_, err := r.CreateChangeSet(background, &cfn.CreateChangeSetInput{StackName: &stack, ChangeSetName: aws.String("c"), ChangeSetType: types.ChangeSetType(kind), TemplateBody: &body})
		return err
	}
	wantError(t, make("app", "UPDATE"), "ValidationError: Stack [app] does not exist")
	r.run("app", "CREATE", body)
	wantError(t, make("app", "CREATE"), "ValidationError: Stack [app] already exists and cannot be created again with the changeSet [c].")
	empty := r.changeSet("app", "UPDATE", body)
	if empty.Status != "FAILED" || empty.ExecutionStatus != "UNAVAILABLE" || len(empty.Changes) != 0 ||
		*empty.StatusReason != "The submitted information didn't contain changes. Submit different information to create a change set." {
		t.Errorf("empty change set: %s %s %q", empty.Status, empty.ExecutionStatus, *empty.StatusReason)
	}
	_, err := r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: empty.ChangeSetId})
	wantError(t, err, "InvalidChangeSetStatus: ChangeSet ["+*empty.ChangeSetId+"] cannot be executed in its current status of [FAILED]")
	_, err = r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: aws.String("c")})
	wantError(t, err, "ValidationError: StackName must be specified if ChangeSetName is not specified as an ARN.")
	_, err = r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: aws.String("c"), StackName: aws.String("app")})
	wantError(t, err, "ChangeSetNotFound: ChangeSet [c] does not exist")
	if _, err = r.DeleteChangeSet(background, &cfn.DeleteChangeSetInput{ChangeSetName: empty.ChangeSetId}); err != nil {
		t.Error(err)
	}
	if _, err = r.DeleteChangeSet(background, &cfn.DeleteChangeSetInput{ChangeSetName: empty.ChangeSetId}); err != nil {
		t.Error(err)
	}
	list, err := r.ListChangeSets(background, &cfn.ListChangeSetsInput{StackName: aws.String("app")})
	if err != nil || len(list.Summaries) != 1 || list.Summaries[0].ExecutionStatus != "EXECUTE_COMPLETE" {
		t.Errorf("left: %v %v", list, err)
	}
	_, err = r.CreateChangeSet(background, &cfn.CreateChangeSetInput{
		StackName: aws.String("app"), ChangeSetName: aws.String("d"), TemplateBody: &body, Parameters: []types.Parameter{{ParameterKey: aws.String("X"), ParameterValue: aws.String("y")}},
	})
	wantError(t, err, "ValidationError: Parameters: [X] do not exist in the template")
}

func TestPreviousTemplateAndValues(t *testing.T) {
	r := newRig(t)
	body := "Parameters: {P: {Type: String}, Q: {Type: String}}\n" + resources("A: Thing {Label: !Sub '${P}-${Q}'}")
	r.run("app", "CREATE", body, parameters("P", "p1", "Q", "q1"))
	previous := func(in *cfn.CreateChangeSetInput) { in.UsePreviousTemplate = aws.Bool(true) }
	c := r.changeSet("app", "UPDATE", "", previous, parameters("P", "<previous>", "Q", "q2"))
	if got := aws.ToString(c.Changes[0].ResourceChange.Details[0].Target.AfterValue); got != "p1-q2" {
		t.Errorf("got %q", got)
	}
	r.execute(c)
	r.settle()
	st := r.stack("app")
	if st.StackStatus != "UPDATE_COMPLETE" || *st.Parameters[1].ParameterValue != "q2" {
		t.Errorf("stack is %s, %v", st.StackStatus, st.Parameters)
	}
}

func TestEarlyValidation(t *testing.T) {
	r := newRig(t)
	c := r.changeSet("app", "CREATE", resources("A: Thing {Nmae: x, Nested: {}}"))
	if c.Status != "FAILED" || !strings.HasPrefix(*c.StatusReason, "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation].") {
		t.Fatalf("change set is %s: %s", c.Status, *c.StatusReason)
	}
	out, err := r.DescribeEvents(background, &cfn.DescribeEventsInput{ChangeSetName: c.ChangeSetId, Filters: &types.EventFilter{FailedEvents: aws.Bool(true)}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range out.OperationEvents {
		got = append(got, string(e.EventType)+" "+*e.ValidationStatusReason+" "+*e.ValidationPath)
	}
	want := []string{
		"VALIDATION_ERROR Unsupported property [Nmae] /Resources/A/Properties",
		"VALIDATION_ERROR Required property [Depth] not found /Resources/A/Properties/Nested",
	}
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Error(diff)
	}
}
