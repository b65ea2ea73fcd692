package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/google/go-cmp/cmp"
)

// What CloudFormation finds out only while it carries a change out, and tells by the stack's own event alone. Recorded from
// AWS on 2025-08-05 (imports) and 2023-08-01 (attributes in outputs).
func TestReasonsThatTheStackAloneTells(t *testing.T) {
	for name, c := range map[string]struct{ body, warning, reason string }{
		"a missing import": {
			resources("A: Thing {Label: !ImportValue nothing}"),
			"[WARN] --include-property-values option can return incomplete ChangeSet data because: ChangeSet creation failed for resource [A] because: No export named nothing found",
			"No export named nothing found.",
		},
		"an attribute that the type lacks": {
			resources("A: Thing") + "Outputs: {O: {Value: !GetAtt A.Colour}}", "",
			"[Error] /Outputs/O/Value/Fn::GetAtt: Resource type Test::Unit::Thing does not support attribute {Colour}.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			got := r.changeSet("app", "CREATE", c.body)
			if got.ExecutionStatus != "AVAILABLE" || aws.ToString(got.StatusReason) != c.warning {
				t.Errorf("change set is %s, %s: %s", got.Status, got.ExecutionStatus, aws.ToString(got.StatusReason))
			}
			r.execute(got)
			r.settle()
			if st := r.stack("app"); st.StackStatus != "ROLLBACK_COMPLETE" || st.StackStatusReason != nil {
				t.Errorf("the stack is %s: %s", st.StackStatus, aws.ToString(st.StackStatusReason))
			}
			told := false
			for _, e := range r.events("app") {
				told = told || e == "app ROLLBACK_IN_PROGRESS "+c.reason+" Rollback requested by user."
				if strings.Contains(e, "_FAILED") {
					t.Errorf("a resource failed: %s", e)
				}
			}
			if !told {
				t.Errorf("no event tells the reason: %q", r.events("app"))
			}

			r.run("whole", "CREATE", resources("A: Thing {Name: whole}"))
			r.run("whole", "UPDATE", c.body)
			if st := r.stack("whole"); st.StackStatus != "UPDATE_ROLLBACK_COMPLETE" {
				t.Errorf("the stack is %s", st.StackStatus)
			}
		})
	}
}

// Recorded from AWS on 2025-04-08: asked for values, it leaves out what follows from an attribute that may or may not change.
func TestWhatMayChangeIsToldWithoutValuesOnly(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Label: x}", "B: Thing {Label: !GetAtt A.Label}", "C: Thing {Name: !GetAtt A.Label}"))
	with := r.changeSet("app", "UPDATE", resources("A: Thing {Label: y}", "B: Thing {Label: !GetAtt A.Label}", "C: Thing {Name: !GetAtt A.Label}"))
	without, err := r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: with.ChangeSetId})
	if err != nil {
		t.Fatal(err)
	}
	want := lines(`Modify A False [Properties]
		-  Never Static DirectModification   >
		Modify B False [Properties]
		-  Never Dynamic ResourceAttribute A.Label  >
		Modify C Conditional [Properties]
		-  Always Dynamic ResourceAttribute A.Label  >`)
	if d := cmp.Diff(want, summary(without)); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if len(with.Changes) != 1 {
		t.Errorf("with values: %q", summary(with))
	}
}
