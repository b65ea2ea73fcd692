package cloudformation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

func sorted(s []string) []string { slices.Sort(s); return s }

var deleteCases = []conformance{
	{
		name: "in reverse order",
		do: func(r *rig) error {
			r.created(resources("A: Thing", "B: Thing {Label: !Ref A}"))
			id := *r.stack("app").StackId
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			want := "B DELETE_IN_PROGRESS, B DELETE_COMPLETE, A DELETE_IN_PROGRESS, A DELETE_COMPLETE, app DELETE_COMPLETE"
			if got := r.events(id); !strings.HasSuffix(strings.Join(got, ", "), want) {
				r.t.Errorf("events:\n%s", strings.Join(got, "\n"))
			}
			if st := r.stack(id); st.StackStatus != "DELETE_COMPLETE" || st.DeletionTime == nil {
				r.t.Errorf("stack is %s", st.StackStatus)
			}
			_, err := r.DescribeStacks(background, &cfn.DescribeStacksInput{StackName: aws.String("app")})
			wantError(r.t, err, "ValidationError: Stack with id app does not exist")
			return nil
		},
	},
	{
		name: "Retain",
		do: func(r *rig) error {
			r.created(resources("A: Thing | DeletionPolicy: Retain"))
			id := *r.stack("app").StackId
			err := r.remove()
			r.settle()
			if got := r.events(id); got[len(got)-2] != "A DELETE_SKIPPED" {
				r.t.Errorf("events: %v", got)
			}
			return err
		},
	},
	{
		name: "something cannot go",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Fail: delete}", "B: Thing {Label: !Ref A}", "C: Thing"))
			return r.remove()
		},
		status: "DELETE_FAILED", reason: "The following resource(s) failed to delete: [A]. ",
		events: `app DELETE_IN_PROGRESS User Initiated
				B DELETE_IN_PROGRESS
				C DELETE_IN_PROGRESS
				B DELETE_COMPLETE
				A DELETE_IN_PROGRESS
				C DELETE_COMPLETE
				A DELETE_FAILED Resource handler returned message: "it fails on delete" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app DELETE_FAILED The following resource(s) failed to delete: [A].`,
	},
	{
		name: "and is retained then",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Fail: delete}"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			return r.remove(func(in *cfn.DeleteStackInput) { in.RetainResources = []string{"A"} })
		},
	},
	{
		name: "or the deletion is forced",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Fail: delete}"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			return r.remove(func(in *cfn.DeleteStackInput) { in.DeletionMode = types.DeletionModeForceDeleteStack })
		},
	},
	{
		name: "retaining too early",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			return forgetID(r, r.remove(func(in *cfn.DeleteStackInput) { in.RetainResources = []string{"A"} }))
		},
		err:    "ValidationError: Invalid operation on stack [ID]. Resources to retain can only be specified when the stack is in the DELETE_FAILED state.",
		status: "CREATE_COMPLETE",
	},
	{
		name: "termination protection",
		do: func(r *rig) error {
			r.created(resources("A: Thing"), protected)
			return r.remove()
		},
		err: "ValidationError: Stack [app] cannot be deleted while TerminationProtection is enabled", status: "CREATE_COMPLETE",
	},
	{
		name: "termination protection is lifted",
		do: func(r *rig) error {
			r.created(resources("A: Thing"), protected)
			if _, err := r.UpdateTerminationProtection(background, &cfn.UpdateTerminationProtectionInput{StackName: aws.String("app"), EnableTerminationProtection: aws.Bool(false)}); err != nil {
				return err
			}
			return r.remove()
		},
	},
	{
		name: "while it is updated",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			if err := r.update(resources("A: Thing {Label: x}")); err != nil {
				return err
			}
			return forgetID(r, r.remove())
		},
		err: "ValidationError: Stack [ID] cannot be deleted while in status UPDATE_IN_PROGRESS", status: "UPDATE_COMPLETE",
	},
	{name: "what is not there", do: func(r *rig) error { return r.remove() }},
	{
		name: "in review",
		do: func(r *rig) error {
			r.changeSet("app", "CREATE", resources("A: Thing"))
			return r.remove()
		},
	},
	{
		name: "after a failed creation, and created again",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: x, Fail: create}"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			return r.create(resources("A: Thing {Name: x}"))
		},
		status: "CREATE_COMPLETE",
	},
	{
		name: "an export that is imported",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: n}") + "Outputs: {O: {Value: !Ref A, Export: {Name: e}}}\n")
			r.run("user", "CREATE", resources("B: Thing {Label: !ImportValue e}"))
			return r.remove()
		},
		err: "ValidationError: Export e cannot be deleted as it is in use by user", status: "CREATE_COMPLETE",
	},
}

func TestEventsArePaged(t *testing.T) {
	r := newRig(t)
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("A%02d: Thing", i))
	}
	r.created(resources(many...))
	first, err := r.DescribeStackEvents(background, &cfn.DescribeStackEventsInput{StackName: aws.String("app")})
	if err != nil || len(first.StackEvents) != 100 || first.NextToken == nil {
		t.Fatalf("first page: %d events, %v", len(first.StackEvents), err)
	}
	all := r.events("app")
	if len(all) != 182 || all[0] != "app CREATE_IN_PROGRESS User Initiated" || all[181] != "app CREATE_COMPLETE" {
		t.Errorf("%d events, from %s to %s", len(all), all[0], all[len(all)-1])
	}
	_, err = r.DescribeStackEvents(background, &cfn.DescribeStackEventsInput{StackName: aws.String("app"), NextToken: aws.String("x")})
	wantError(t, err, "ValidationError: Invalid nextToken: x")
}

func TestEventIDsAreUnique(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing"))
	for i := range 5 {
		r.updated(resources(fmt.Sprintf("A: Thing {Label: x%d}", i)))
	}
	out, err := r.DescribeStackEvents(background, &cfn.DescribeStackEventsInput{StackName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range out.StackEvents {
		if seen[*e.EventId] {
			t.Errorf("%s comes twice", *e.EventId)
		}
		seen[*e.EventId] = true
	}
}

func TestTagsReachResources(t *testing.T) {
	r := newRig(t)
	r.run("app", "CREATE", resources("A: Thing {Name: n}"), tags("team", "x"))
	_ = r.world.Do(background, func() error {
		got := r.things.state.Things["n"].Tags
		want := map[string]string{"team": "x", "aws:cloudformation:stack-name": "app", "aws:cloudformation:logical-id": "A", "aws:cloudformation:stack-id": got["aws:cloudformation:stack-id"]}
		if fmt.Sprint(got) != fmt.Sprint(want) || !strings.HasPrefix(got["aws:cloudformation:stack-id"], "arn:aws:cloudformation:ap-southeast-1:000000000000:stack/app/") {
			t.Errorf("tags %v", got)
		}
		return nil
	})
}

func TestNoEcho(t *testing.T) {
	r := newRig(t)
	r.run("app", "CREATE", "Parameters: {P: {Type: String, NoEcho: true}}\n"+resources("A: Thing {Label: !Ref P}"), parameters("P", "secret"))
	if got := *r.stack("app").Parameters[0].ParameterValue; got != "****" {
		t.Errorf("got %s", got)
	}
}

func TestDescribeResources(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Name: n} | Metadata: {a: 1}", "B: Thing"))
	one, err := r.DescribeStackResource(background, &cfn.DescribeStackResourceInput{StackName: aws.String("app"), LogicalResourceId: aws.String("A")})
	if err != nil {
		t.Fatal(err)
	}
	if d := one.StackResourceDetail; *d.PhysicalResourceId != "n" || *d.Metadata != `{"a":1}` || d.ResourceStatus != "CREATE_COMPLETE" {
		t.Errorf("got %+v", d)
	}
	_, err = r.DescribeStackResource(background, &cfn.DescribeStackResourceInput{StackName: aws.String("app"), LogicalResourceId: aws.String("X")})
	wantError(t, err, "ValidationError: Resource X does not exist for stack app")
	all, err := r.DescribeStackResources(background, &cfn.DescribeStackResourcesInput{PhysicalResourceId: aws.String("n")})
	if err != nil || len(all.StackResources) != 2 {
		t.Errorf("got %v %v", all, err)
	}
	list, err := r.ListStackResources(background, &cfn.ListStackResourcesInput{StackName: aws.String("app")})
	if err != nil || len(list.StackResourceSummaries) != 2 {
		t.Errorf("got %v %v", list, err)
	}
}

func TestTemplatesComeBack(t *testing.T) {
	r := newRig(t)
	body := "# as it was\n" + resources("A: Thing")
	r.created(body)
	got, err := r.GetTemplate(background, &cfn.GetTemplateInput{StackName: aws.String("app")})
	if err != nil || *got.TemplateBody != body {
		t.Errorf("got %v %v", got, err)
	}
	_, err = r.GetTemplate(background, &cfn.GetTemplateInput{StackName: aws.String("no")})
	wantError(t, err, "ValidationError: Stack with id no does not exist")
	_, err = r.GetTemplate(background, &cfn.GetTemplateInput{})
	wantError(t, err, "ValidationError: StackName is required if ChangeSetName is not specified.")
	r.changeSet("new", "CREATE", body)
	_, err = r.GetTemplateSummary(background, &cfn.GetTemplateSummaryInput{StackName: aws.String("new")})
	wantError(t, err, "ValidationError: GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
}

func TestStackPolicy(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing"))
	body := `{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}`
	if _, err := r.SetStackPolicy(background, &cfn.SetStackPolicyInput{StackName: aws.String("app"), StackPolicyBody: &body}); err != nil {
		t.Fatal(err)
	}
	got, err := r.GetStackPolicy(background, &cfn.GetStackPolicyInput{StackName: aws.String("app")})
	if err != nil || *got.StackPolicyBody != body {
		t.Errorf("got %v %v", got, err)
	}
	_, err = r.SetStackPolicy(background, &cfn.SetStackPolicyInput{StackName: aws.String("app"), StackPolicyBody: aws.String("{}")})
	wantError(t, err, "ValidationError: Error validating stack policy: Invalid stack policy")
}

func TestListStacksAndExports(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Name: n}") + "Outputs: {O: {Value: !Ref A, Export: {Name: e}}}\n")
	r.run("two", "CREATE", resources("A: Thing"))
	if err := r.remove(func(in *cfn.DeleteStackInput) { in.StackName = aws.String("two") }); err != nil {
		t.Fatal(err)
	}
	r.settle()
	all, err := r.ListStacks(background, &cfn.ListStacksInput{})
	if err != nil || len(all.StackSummaries) != 2 {
		t.Errorf("got %v %v", all, err)
	}
	gone, err := r.ListStacks(background, &cfn.ListStacksInput{StackStatusFilter: []types.StackStatus{"DELETE_COMPLETE"}})
	if err != nil || len(gone.StackSummaries) != 1 || *gone.StackSummaries[0].StackName != "two" {
		t.Errorf("got %v %v", gone, err)
	}
	exports, err := r.ListExports(background, &cfn.ListExportsInput{})
	if err != nil || len(exports.Exports) != 1 || *exports.Exports[0].Value != "n" {
		t.Errorf("got %v %v", exports, err)
	}
	_, err = r.ListImports(background, &cfn.ListImportsInput{ExportName: aws.String("e")})
	wantError(t, err, "ValidationError: Export 'e' is not imported by any stack.")
}
