package cloudformation_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

func reverting(in *cfn.CreateChangeSetInput) { in.DeploymentMode = types.DeploymentModeRevertDrift }

// TestRevertDrift: an equal template brings back what was deleted and what was changed, and only what a drift-aware change
// set says.
func TestRevertDrift(t *testing.T) {
	r := newRig(t)
	body := resources("A: Thing {Name: a, Size: 3}", "B: Thing {Name: b, Label: !Ref A}", "C: Thing {Name: c, Label: x}", "D: Thing {Name: d}")
	r.created(body)
	r.change("a", nil)
	r.change("c", map[string]any{"Name": "c", "Label": "y"})
	if c := r.changeSet("app", types.ChangeSetTypeUpdate, body); c.Status != types.ChangeSetStatusFailed {
		t.Errorf("without the mode, there is something to change: %s", c.Status)
	}
	c := r.changeSet("app", types.ChangeSetTypeUpdate, body, reverting)
	if c.DeploymentMode != types.DeploymentModeRevertDrift {
		t.Errorf("mode %q", c.DeploymentMode)
	}
	var got []string
	for _, one := range c.Changes {
		x := one.ResourceChange
		line := fmt.Sprint(x.Action, " ", *x.LogicalResourceId, " ", x.ResourceDriftStatus)
		for _, d := range x.Details {
			line += fmt.Sprint(" ", aws.ToString(d.Target.Path), ":", aws.ToString(d.Target.BeforeValue), ">", aws.ToString(d.Target.AfterValue))
		}
		got = append(got, line)
	}
	want := []string{
		"Add A DELETED", "Modify B IN_SYNC /Properties/Label:a>{{changeSet:KNOWN_AFTER_APPLY}}", "Modify C MODIFIED /Properties/Label:y>x",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	r.execute(c)
	r.settle()
	if st := r.stack("app"); st.StackStatus != types.StackStatusUpdateComplete {
		t.Fatalf("stack is %s", st.StackStatus)
	}
	r.detect()
	if d := cmp.Diff([]string{"A IN_SYNC", "B IN_SYNC", "C IN_SYNC", "D IN_SYNC"}, r.drifts()); d != "" {
		t.Error(d)
	}
	if c := r.changeSet("app", types.ChangeSetTypeUpdate, body, reverting); c.Status != types.ChangeSetStatusFailed {
		t.Errorf("nothing has drifted, and the change set is %s", c.Status)
	}
}

// TestRevertDriftRollsBack to what there was before, and not to what the template said.
func TestRevertDriftRollsBack(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Name: a, Label: x}", "B: Thing {Name: b}"))
	r.change("a", map[string]any{"Name": "a", "Label": "y"})
	r.change("b", nil)
	c := r.changeSet("app", types.ChangeSetTypeUpdate, resources("A: Thing {Name: a, Label: x}", "B: Thing {Name: b}", "Z: Thing {Name: z, Fail: create, Label: !Ref A}"), reverting)
	r.execute(c)
	r.settle()
	if st := r.stack("app"); st.StackStatus != types.StackStatusUpdateRollbackComplete {
		t.Fatalf("stack is %s", st.StackStatus)
	}
	if got := r.thing("a").Properties["Label"]; got != "y" {
		t.Errorf("the label is %v", got)
	}
	r.updated(resources("A: Thing {Name: a, Label: x}", "B: Thing {Name: b}")) // what was gone is made by any update
	if r.thing("b").Properties["Name"] != "b" {
		t.Error("it was not made")
	}
}
