package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// conformance is a story with the outcome that AWS documents or was seen to give. The stack is called app.
type conformance struct {
	name   string
	do     func(r *rig) error // the last call's error; the world is settled afterwards
	err    string             // "Code: message"; empty: none
	status string             // of the stack; empty: there is none
	reason string             // of the stack's status
	events string             // all events after the stack's *_IN_PROGRESS one of the last operation, oldest first
}

// fewestCases that the suite must have.
const fewestCases = 60

// TestConformance runs all stories. The cases of TestConformanceTemplates, TestConformanceValues and TestChanges, which
// are about one answer each, are counted with them.
func TestConformance(t *testing.T) {
	groups := map[string][]conformance{
		"create": createCases, "update": updateCases, "rollback": rollbackCases, "delete": deleteCases, "import": importCases,
		"parameters": parameterCases, "policies": policyCases, "at a time": exclusionCases,
	}
	stories := 0
	for name, cases := range groups {
		stories += len(cases)
		t.Run(name, func(t *testing.T) { runConformance(t, cases) })
	}
	all := stories + len(templateCases) + len(valueCases) + len(changeCases)
	t.Logf("%d conformance cases: %d stories, %d templates that are refused, %d values, %d change sets", all, stories, len(templateCases), len(valueCases), len(changeCases))
	if stories < fewestCases {
		t.Errorf("want at least %d stories", fewestCases)
	}
}

func runConformance(t *testing.T, cases []conformance) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			got := ""
			if err := c.do(r); err != nil {
				got = said(err)
			}
			if got != c.err {
				t.Errorf("error\ngot  %s\nwant %s", got, c.err)
			}
			r.settle()
			r.wantStack(c)
		})
	}
}

func (r *rig) wantStack(c conformance) {
	r.t.Helper()
	st := r.stack("app")
	if st == nil {
		if c.status != "" {
			r.t.Errorf("there is no stack, want it %s", c.status)
		}
		return
	}
	if string(st.StackStatus) != c.status || aws.ToString(st.StackStatusReason) != c.reason {
		r.t.Errorf("status\ngot  %s %q\nwant %s %q", st.StackStatus, aws.ToString(st.StackStatusReason), c.status, c.reason)
	}
	if c.events == "" {
		return
	}
	events := r.events("app")
	last := 0
	for i, e := range events {
		if strings.HasPrefix(e, "app ") && strings.HasSuffix(e, "_IN_PROGRESS User Initiated") {
			last = i
		}
	}
	if diff := cmp.Diff(lines(c.events), events[last:]); diff != "" {
		r.t.Errorf("events (-want +got):\n%s", diff)
	}
}

func lines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// create makes the stack app in one call.
func (r *rig) create(body string, more ...func(*cfn.CreateStackInput)) error {
	in := &cfn.CreateStackInput{StackName: aws.String("app"), TemplateBody: &body}
	for _, f := range more {
		f(in)
	}
	_, err := r.CreateStack(background, in)
	return err
}

// created is create, and all that follows.
func (r *rig) created(body string, more ...func(*cfn.CreateStackInput)) {
	r.t.Helper()
	if err := r.create(body, more...); err != nil {
		r.t.Fatalf("create stack: %v", err)
	}
	r.settle()
}

func (r *rig) update(body string, more ...func(*cfn.UpdateStackInput)) error {
	in := &cfn.UpdateStackInput{StackName: aws.String("app"), TemplateBody: &body}
	for _, f := range more {
		f(in)
	}
	_, err := r.UpdateStack(background, in)
	return err
}

func (r *rig) updated(body string, more ...func(*cfn.UpdateStackInput)) {
	r.t.Helper()
	if err := r.update(body, more...); err != nil {
		r.t.Fatalf("update stack: %v", err)
	}
	r.settle()
}

func (r *rig) remove(more ...func(*cfn.DeleteStackInput)) error {
	in := &cfn.DeleteStackInput{StackName: aws.String("app")}
	for _, f := range more {
		f(in)
	}
	_, err := r.DeleteStack(background, in)
	return err
}

func disableRollback(in *cfn.CreateStackInput)       { in.DisableRollback = aws.Bool(true) }
func disableUpdateRollback(in *cfn.UpdateStackInput) { in.DisableRollback = aws.Bool(true) }
func onFailureDelete(in *cfn.CreateStackInput)       { in.OnFailure = types.OnFailureDelete }
func protected(in *cfn.CreateStackInput)             { in.EnableTerminationProtection = aws.Bool(true) }

// forgetID puts ID in the place of the stack's id in an error.
func forgetID(r *rig, err error) error {
	if err == nil {
		return nil
	}
	code, message, _ := strings.Cut(said(err), ": ")
	return &smithy.GenericAPIError{Code: code, Message: strings.ReplaceAll(message, *r.stack("app").StackId, "ID")}
}
