package cloudformation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

// detect runs a detection of drift to its end.
func (r *rig) detect(only ...string) *cfn.DescribeStackDriftDetectionStatusOutput {
	r.t.Helper()
	started, err := r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: aws.String("app"), LogicalResourceIds: only})
	if err != nil {
		r.t.Fatal(said(err))
	}
	r.settle()
	out, err := r.DescribeStackDriftDetectionStatus(background, &cfn.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: started.StackDriftDetectionId})
	if err != nil {
		r.t.Fatal(said(err))
	}
	return out
}

// drifts are the stack's checked resources, one line each, and one below for each difference.
func (r *rig) drifts(filters ...types.StackResourceDriftStatus) []string {
	r.t.Helper()
	var out []string
	p := cfn.NewDescribeStackResourceDriftsPaginator(r.Client, &cfn.DescribeStackResourceDriftsInput{
		StackName: aws.String("app"), StackResourceDriftStatusFilters: filters, MaxResults: aws.Int32(1),
	})
	for p.HasMorePages() {
		page, err := p.NextPage(background)
		if err != nil {
			r.t.Fatal(said(err))
		}
		for _, d := range page.StackResourceDrifts {
			out = append(out, strings.TrimSpace(fmt.Sprint(*d.LogicalResourceId, " ", d.StackResourceDriftStatus, " ", aws.ToString(d.DriftStatusReason))))
			for _, one := range d.PropertyDifferences {
				out = append(out, fmt.Sprint("- ", *one.PropertyPath, " ", one.DifferenceType, " ", *one.ExpectedValue, " > ", *one.ActualValue))
			}
		}
	}
	return out
}

func TestDrift(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Name: a, Size: 3, List: [x], Nested: {Depth: 1}}", "B: Thing {Name: b}", "C: Thing {Name: c}", "D: Blind"))
	if got := r.stack("app").DriftInformation; got.StackDriftStatus != "NOT_CHECKED" || got.LastCheckTimestamp != nil {
		t.Errorf("before: %+v", got)
	}
	started, err := r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	now, err := r.DescribeStackDriftDetectionStatus(background, &cfn.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: started.StackDriftDetectionId})
	if err != nil || now.DetectionStatus != "DETECTION_IN_PROGRESS" || now.DriftedStackResourceCount != nil || now.StackDriftStatus != "" {
		t.Errorf("at once: %+v %v", now, err)
	}
	_, err = r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: aws.String("app")})
	wantError(t, err, "ValidationError: Drift detection is already in progress for stack ["+*r.stack("app").StackId+"]")
	r.settle()
	if diff := cmp.Diff([]string{"A IN_SYNC", "B IN_SYNC", "C IN_SYNC"}, r.drifts()); diff != "" {
		t.Error(diff)
	}

	r.change("a", map[string]any{"Name": "a", "Size": 4.0, "Label": "a default", "List": []any{"x", "y"}, "Nested": map[string]any{"Depth": 1.0, "Key": "k"}})
	r.change("b", nil)
	got := r.detect()
	if got.DetectionStatus != "DETECTION_COMPLETE" || got.StackDriftStatus != "DRIFTED" || *got.DriftedStackResourceCount != 2 {
		t.Errorf("detection: %+v", got)
	}
	want := []string{"A MODIFIED", "- /List/1 ADD null > y", "- /Size NOT_EQUAL 3 > 4", "B DELETED", "C IN_SYNC"}
	if diff := cmp.Diff(want, r.drifts()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"B DELETED"}, r.drifts("DELETED", "UNKNOWN")); diff != "" {
		t.Error(diff)
	}
	if got := r.stack("app").DriftInformation; got.StackDriftStatus != "DRIFTED" || got.LastCheckTimestamp == nil {
		t.Errorf("stack: %+v", got)
	}
	list, err := r.ListStackResources(background, &cfn.ListStackResourcesInput{StackName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for _, s := range list.StackResourceSummaries {
		statuses = append(statuses, string(s.DriftInformation.StackResourceDriftStatus))
	}
	if diff := cmp.Diff([]string{"MODIFIED", "DELETED", "IN_SYNC", "NOT_CHECKED"}, statuses); diff != "" {
		t.Error(diff)
	}

	one, err := r.DetectStackResourceDrift(background, &cfn.DetectStackResourceDriftInput{StackName: aws.String("app"), LogicalResourceId: aws.String("A")})
	if err != nil {
		t.Fatal(err)
	}
	if d := one.StackResourceDrift; *d.ExpectedProperties != `{"List":["x"],"Name":"a","Nested":{"Depth":1},"Size":3}` ||
		*d.ActualProperties != `{"List":["x","y"],"Name":"a","Nested":{"Depth":1,"Key":"k"},"Size":4}` {
		t.Errorf("%s\n%s", *d.ExpectedProperties, *d.ActualProperties)
	}
	r.updated(resources("A: Thing {Name: a, Size: 5}", "C: Thing {Name: c}", "D: Blind")) // what it updates is not checked any more
	if diff := cmp.Diff([]string{"C IN_SYNC"}, r.drifts()); diff != "" {
		t.Error(diff)
	}
}

func TestDriftOfSome(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Name: a}", "B: Thing {Name: b}"))
	r.change("a", nil)
	if got := r.detect("B"); got.StackDriftStatus != "IN_SYNC" || *got.DriftedStackResourceCount != 0 {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{"B IN_SYNC"}, r.drifts()); diff != "" {
		t.Error(diff)
	}
}

func TestDriftThatCannotBeRead(t *testing.T) {
	r := newRig(t)
	r.created(resources("A: Thing {Name: a, Fail: read}", "B: Thing {Name: b}"))
	got := r.detect()
	if got.DetectionStatus != "DETECTION_FAILED" || *got.DetectionStatusReason != "Failed to detect drift on resource [A]" || got.StackDriftStatus != "UNKNOWN" {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{"A UNKNOWN it fails on read", "B IN_SYNC"}, r.drifts()); diff != "" {
		t.Error(diff)
	}
}

// TestDriftOfWhatWasSkipped: a resource that a continued rollback went on without is not checked.
func TestDriftOfWhatWasSkipped(t *testing.T) {
	r := newRig(t)
	r.failedRollback()
	if _, err := r.ContinueUpdateRollback(background, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("app"), ForceRollback: aws.Bool(true)}); err != nil {
		t.Fatal(said(err))
	}
	r.settle()
	if st := r.stack("app"); st.StackStatus != "UPDATE_ROLLBACK_COMPLETE" {
		t.Errorf("stack is %s", st.StackStatus)
	}
	r.detect()
	if diff := cmp.Diff([]string{"Z IN_SYNC"}, r.drifts()); diff != "" {
		t.Error(diff)
	}
}

func TestDriftRefusals(t *testing.T) {
	r := newRig(t)
	if err := r.create(resources("A: Blind")); err != nil {
		t.Fatal(err)
	}
	app := aws.String("app")
	_, err := r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: app})
	wantError(t, forgetID(r, err), "ValidationError: Drift detection cannot be performed on stack [ID] in CREATE_IN_PROGRESS state")
	r.settle()
	_, err = r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: app, LogicalResourceIds: []string{"X"}})
	wantError(t, err, "ValidationError: Resource X does not exist for stack app")
	_, err = r.DetectStackResourceDrift(background, &cfn.DetectStackResourceDriftInput{StackName: app, LogicalResourceId: aws.String("A")})
	wantError(t, err, "ValidationError: Resource [A] of type Test::Unit::Blind does not support drift detection")
	_, err = r.DescribeStackResourceDrifts(background, &cfn.DescribeStackResourceDriftsInput{StackName: app, MaxResults: aws.Int32(101)})
	wantError(t, err, "ValidationError: 1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 100")
	_, err = r.DescribeStackDriftDetectionStatus(background, &cfn.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: aws.String("no")})
	wantError(t, err, "ValidationError: Drift detection [no] does not exist")
	if _, err = r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: app}); err != nil { // the stack goes while it runs
		t.Fatal(err)
	}
	if err := r.remove(); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Hour)
}
