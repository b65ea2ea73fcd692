package targets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
)

const exporting = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: theirs}}}\nOutputs: {O: {Value: x, Export: {Name: shared}}}"

// What only the stack's own event tells: it is on the screen, on GitHub and in the status, and the advice is not to do the
// same again.
func TestTheReasonIsAlwaysOnTheScreen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		extend  func(*cloudformation.Template)
		warning string
		reason  string
	}{
		"an export of another stack": {
			func(t *cloudformation.Template) {
				t.Outputs["Shared"] = cloudformation.Output{Value: "y", Export: &cloudformation.Export{Name: "shared"}}
			}, "", "Export with name shared is already exported by stack Theirs.",
		},
		"an attribute that the type lacks": {
			func(t *cloudformation.Template) {
				t.Outputs["Wrong"] = cloudformation.Output{Value: cloudformation.GetAtt("LogGroup", "Colour")}
			}, "", "[Error] /Outputs/Wrong/Value/Fn::GetAtt: Resource type AWS::Logs::LogGroup does not support attribute {Colour}.",
		},
		"an import of nothing": {
			func(t *cloudformation.Template) {
				t.Resources["Imported"] = &logs.LogGroup{LogGroupName: cloudformation.ImportValuePtr("nothing")}
			}, "! CloudFormation warns: [WARN] --include-property-values option can return incomplete ChangeSet data", "No export named nothing found",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.otherStack("Theirs", exporting)
			extend := func(_ string, t *cloudformation.Template) error { c.extend(t); return nil }
			w.app.ExtendInfra = extend
			for _, status := range []string{"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"} {
				summary := filepath.Join(t.TempDir(), "summary.md")
				w.run(infraDeploy, "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+summary)
				w.want(6, "ended in "+status+": "+c.reason, c.warning)
				markdown, err := os.ReadFile(summary)
				must(t, err)
				if !strings.Contains(string(markdown), c.reason) {
					t.Errorf("the summary does not tell the reason:\n%s", markdown)
				}
				annotated := false
				for line := range strings.Lines(w.err.String()) {
					annotated = annotated || strings.HasPrefix(line, "::error") && strings.Contains(line, c.reason)
				}
				if !annotated {
					t.Errorf("no annotation tells the reason:\n%s", &w.err)
				}
				_, next, _ := strings.Cut(w.err.String(), "next: ")
				if strings.HasPrefix(next, "go tool mage infra:deploy") {
					t.Errorf("the advice is what has just failed: %s", next)
				}
				w.run(infraStatus)
				w.want(0)
				w.prints("reason    " + c.reason)
				if status == "ROLLBACK_COMPLETE" { // and once more, as an update
					w.app.ExtendInfra = nil
					w.run(infraDeploy)
					w.want(0)
					w.app.ExtendInfra = extend
				}
			}
			w.run(infraDiff)
			w.want(0)
			w.prints(c.warning)
		})
	}
}

// The same of a service stack: what its tasks did is not the cause.
func TestTheReasonOfAServiceStack(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.otherStack("Theirs", exporting)
	w.app.ExtendService = func(_ string, t *cloudformation.Template) error {
		t.Outputs["Shared"] = cloudformation.Output{Value: "y", Export: &cloudformation.Export{Name: "shared"}}
		return nil
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(7, "why:  stack ShopEcsServiceStack-local ended in UPDATE_ROLLBACK_COMPLETE: Export with name shared is already exported by stack Theirs.")
	w.run(serviceStatus)
	w.want(0)
	w.prints("Export with name shared is already exported by stack Theirs.")
}
