package cloudformation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

// console is the aws CLI before a rig.
type console struct {
	*rig
	*awstest.CLI
}

// ok runs an operation of CloudFormation, and returns what the query finds.
func (c *console) ok(query string, args ...string) string {
	c.t.Helper()
	args = append([]string{"cloudformation"}, args...)
	if query != "" {
		args = append(args, "--query", query)
	}
	return c.Run(append(args, "--output", "text")...)
}

// want is ok with the expected answer.
func (c *console) want(want, query string, args ...string) {
	c.t.Helper()
	if got := c.ok(query, args...); got != want {
		c.t.Errorf("aws cloudformation %s: %s\ngot  %q\nwant %q", strings.Join(args, " "), query, got, want)
	}
}

func (c *console) no(code string, args ...string) {
	c.t.Helper()
	c.Fail(code, append([]string{"cloudformation"}, args...)...)
}

// file is a template where the CLI can read it.
func (c *console) file(body string) string {
	c.t.Helper()
	name := filepath.Join(c.t.TempDir(), "template.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return "file://" + name
}

// TestTheCLIDrivesEveryOperation: the aws CLI parses every answer, and every operation is seen to succeed and to be
// refused.
func TestTheCLIDrivesEveryOperation(t *testing.T) {
	r := newRig(t)
	c := &console{r, awstest.NewCLI(t, r.url)}
	for _, chapter := range []func(){c.templates, c.stacks, c.changeSets, c.rollbacks, c.drift, c.imports, c.lists, c.leave} {
		chapter()
	}
	r.record.Complete(t, nil)
}

const simple = "Description: simple\nParameters: {P: {Type: String, Default: p, AllowedValues: [p, q]}}\n"

func (c *console) templates() {
	body := c.file(simple + resources("A: Thing {Name: n, Label: !Ref P}") + "Outputs: {O: {Value: !Ref A, Export: {Name: e}}}\n")
	c.want("simple\tP\tp", "[Description,Parameters[0].ParameterKey,Parameters[0].DefaultValue]", "validate-template", "--template-body", body)
	c.no("ValidationError", "validate-template", "--template-body", "{}")
	c.want("Test::Unit::Thing\tq\tName", "[ResourceTypes[0],Parameters[0].ParameterConstraints.AllowedValues[1],ResourceIdentifierSummaries[0].ResourceIdentifiers[0]]",
		"get-template-summary", "--template-body", body)
	c.no("ValidationError", "get-template-summary", "--stack-name", "none")

	id := c.ok("StackId", "create-stack", "--stack-name", "app", "--template-body", body, "--parameters", "ParameterKey=P,ParameterValue=q",
		"--tags", "Key=team,Value=x", "--client-request-token", "one")
	if !strings.HasPrefix(id, acct.ARN("cloudformation", "stack/app/")) {
		c.t.Errorf("stack id %s", id)
	}
	c.no("AlreadyExistsException", "create-stack", "--stack-name", "app", "--template-body", body)
	c.settle()
	if got := c.ok("TemplateBody", "get-template", "--stack-name", "app"); !strings.HasPrefix(got, "Description: simple") {
		c.t.Errorf("template %s", got)
	}
	c.no("ValidationError", "get-template", "--stack-name", "none")
}

func (c *console) stacks() {
	c.want("CREATE_COMPLETE\tn\te\tq\tx\tNOT_CHECKED", "Stacks[0].[StackStatus,Outputs[0].OutputValue,Outputs[0].ExportName,Parameters[0].ParameterValue,Tags[0].Value,DriftInformation.StackDriftStatus]",
		"describe-stacks", "--stack-name", "app")
	c.no("ValidationError", "describe-stacks", "--stack-name", "none")
	c.want("5", "length(StackEvents)", "describe-stack-events", "--stack-name", "app")
	c.no("ValidationError", "describe-stack-events", "--stack-name", "none")
	c.want("STACK_EVENT\tCREATE_STACK\tSUCCEEDED", "OperationEvents[0].[EventType,OperationType,OperationStatus]", "describe-events", "--stack-name", "app")
	c.no("ValidationError", "describe-events", "--stack-name", "none")
	c.want("n\tCREATE_COMPLETE", "StackResourceDetail.[PhysicalResourceId,ResourceStatus]", "describe-stack-resource", "--stack-name", "app", "--logical-resource-id", "A")
	c.no("ValidationError", "describe-stack-resource", "--stack-name", "app", "--logical-resource-id", "X")
	c.want("A", "StackResources[0].LogicalResourceId", "describe-stack-resources", "--physical-resource-id", "n")
	c.no("ValidationError", "describe-stack-resources", "--stack-name", "none")
	c.want("A", "StackResourceSummaries[0].LogicalResourceId", "list-stack-resources", "--stack-name", "app")
	c.no("ValidationError", "list-stack-resources", "--stack-name", "none")
	policy := `{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}`
	c.ok("", "set-stack-policy", "--stack-name", "app", "--stack-policy-body", policy)
	c.no("ValidationError", "set-stack-policy", "--stack-name", "app", "--stack-policy-body", "{}")
	c.want(policy, "StackPolicyBody", "get-stack-policy", "--stack-name", "app")
	c.no("ValidationError", "get-stack-policy", "--stack-name", "none")
	c.ok("", "update-termination-protection", "--stack-name", "app", "--enable-termination-protection")
	c.no("ValidationError", "update-termination-protection", "--stack-name", "none", "--enable-termination-protection")
	c.no("ValidationError", "delete-stack", "--stack-name", "app")
	c.ok("", "update-termination-protection", "--stack-name", "app", "--no-enable-termination-protection")
}

func (c *console) changeSets() {
	body := c.file(simple + resources("A: Thing {Name: n, Label: new}") + "Outputs: {O: {Value: !Ref A, Export: {Name: e}}}\n")
	id := c.ok("Id", "create-change-set", "--stack-name", "app", "--change-set-name", "one", "--template-body", body, "--parameters", "ParameterKey=P,UsePreviousValue=true")
	c.no("AlreadyExistsException", "create-change-set", "--stack-name", "app", "--change-set-name", "one", "--template-body", body)
	c.no("InvalidChangeSetStatus", "delete-change-set", "--change-set-name", id)
	c.settle()
	c.want("CREATE_COMPLETE\tModify\tFalse\tq\tnew", "[Status,Changes[0].ResourceChange.Action,Changes[0].ResourceChange.Replacement,Changes[0].ResourceChange.Details[0].Target.BeforeValue,Changes[0].ResourceChange.Details[0].Target.AfterValue]",
		"describe-change-set", "--change-set-name", "one", "--stack-name", "app", "--include-property-values")
	c.no("ChangeSetNotFound", "describe-change-set", "--change-set-name", "none", "--stack-name", "app")
	c.ok("", "create-change-set", "--stack-name", "app", "--change-set-name", "two", "--use-previous-template", "--parameters", "ParameterKey=P,ParameterValue=p")
	c.settle()
	c.want("2", "length(Summaries)", "list-change-sets", "--stack-name", "app")
	c.no("ValidationError", "list-change-sets", "--stack-name", "none")
	c.ok("", "delete-change-set", "--change-set-name", "two", "--stack-name", "app")
	c.ok("", "execute-change-set", "--change-set-name", id)
	c.no("InvalidChangeSetStatus", "execute-change-set", "--change-set-name", id)
	c.settle()
	c.want("UPDATE_COMPLETE", "Stacks[0].StackStatus", "describe-stacks", "--stack-name", "app")
}

func (c *console) rollbacks() {
	old, bad := c.file(resources("A: Slow {Label: old}")), c.file(resources("A: Slow {Label: new, Polls: 9}"))
	c.ok("", "create-stack", "--stack-name", "back", "--template-body", old)
	c.settle()
	c.ok("StackId", "update-stack", "--stack-name", "back", "--template-body", bad)
	c.no("ValidationError", "update-stack", "--stack-name", "back", "--template-body", old)
	c.pass(20 * time.Second)
	c.ok("", "cancel-update-stack", "--stack-name", "back")
	c.settle()
	c.no("ValidationError", "cancel-update-stack", "--stack-name", "back")
	c.want("UPDATE_ROLLBACK_COMPLETE", "Stacks[0].StackStatus", "describe-stacks", "--stack-name", "back")

	c.ok("", "update-stack", "--stack-name", "back", "--disable-rollback", "--template-body", c.file(resources("A: Slow {Label: new, Fail: update}")))
	c.settle()
	c.want("UPDATE_FAILED", "Stacks[0].StackStatus", "describe-stacks", "--stack-name", "back")
	c.ok("OperationId", "rollback-stack", "--stack-name", "back")
	c.settle()
	c.no("ValidationError", "rollback-stack", "--stack-name", "back")

	c.ok("", "update-stack", "--stack-name", "back", "--template-body", c.file(resources("A: Slow {Label: new, Fail: restore}", "B: Thing {Label: !Ref A, Fail: create}")))
	c.settle()
	c.want("UPDATE_ROLLBACK_FAILED", "Stacks[0].StackStatus", "describe-stacks", "--stack-name", "back")
	c.ok("", "continue-update-rollback", "--stack-name", "back", "--resources-to-skip", "A")
	c.settle()
	c.no("ValidationError", "continue-update-rollback", "--stack-name", "back")
}

func (c *console) drift() {
	c.change("n", map[string]any{"Name": "n", "Label": "changed"})
	id := c.ok("StackDriftDetectionId", "detect-stack-drift", "--stack-name", "app")
	c.no("ValidationError", "detect-stack-drift", "--stack-name", "app")
	c.want("DETECTION_IN_PROGRESS\tNone", "[DetectionStatus,DriftedStackResourceCount]", "describe-stack-drift-detection-status", "--stack-drift-detection-id", id)
	c.no("ValidationError", "describe-stack-drift-detection-status", "--stack-drift-detection-id", "none")
	c.settle()
	c.want("DETECTION_COMPLETE\tDRIFTED\t1", "[DetectionStatus,StackDriftStatus,DriftedStackResourceCount]", "describe-stack-drift-detection-status", "--stack-drift-detection-id", id)
	c.want("MODIFIED\t/Label\tnew\tchanged\tNOT_EQUAL", "StackResourceDrifts[0].[StackResourceDriftStatus,PropertyDifferences[0].PropertyPath,PropertyDifferences[0].ExpectedValue,PropertyDifferences[0].ActualValue,PropertyDifferences[0].DifferenceType]",
		"describe-stack-resource-drifts", "--stack-name", "app", "--stack-resource-drift-status-filters", "MODIFIED", "DELETED")
	c.no("ValidationError", "describe-stack-resource-drifts", "--stack-name", "none")
	c.want("MODIFIED", "StackResourceDrift.StackResourceDriftStatus", "detect-stack-resource-drift", "--stack-name", "app", "--logical-resource-id", "A")
	c.no("ValidationError", "detect-stack-resource-drift", "--stack-name", "app", "--logical-resource-id", "X")
}

func (c *console) imports() {
	c.foreign("x")
	body := c.file(resources("A: Thing {Name: x}" + kept))
	list := `[{"ResourceType":"Test::Unit::Thing","LogicalResourceId":"A","ResourceIdentifier":{"Name":"x"}}]`
	c.ok("", "create-change-set", "--stack-name", "adopted", "--change-set-name", "i", "--change-set-type", "IMPORT", "--template-body", body, "--resources-to-import", list)
	c.settle()
	c.want("Import\tx", "Changes[0].ResourceChange.[Action,PhysicalResourceId]", "describe-change-set", "--stack-name", "adopted", "--change-set-name", "i")
	c.ok("", "execute-change-set", "--stack-name", "adopted", "--change-set-name", "i")
	c.settle()
	c.want("IMPORT_COMPLETE", "Stacks[0].StackStatus", "describe-stacks", "--stack-name", "adopted")
}

func (c *console) lists() {
	c.want("3", "length(StackSummaries)", "list-stacks")
	c.no("ValidationError", "list-stacks", "--starting-token", "eyJOZXh0VG9rZW4iOiAibm9uc2Vuc2UifQ==") // {"NextToken": "nonsense"}
	c.want("e\tn", "Exports[0].[Name,Value]", "list-exports")
	c.no("ValidationError", "list-exports", "--starting-token", "eyJOZXh0VG9rZW4iOiAibm9uc2Vuc2UifQ==")
	c.no("ValidationError", "list-imports", "--export-name", "e")
	c.ok("", "create-stack", "--stack-name", "user", "--template-body", c.file(resources("B: Thing {Label: !ImportValue e}")))
	c.settle()
	c.want("user", "Imports[0]", "list-imports", "--export-name", "e")
	c.no("ValidationError", "delete-stack", "--stack-name", "app") // its export is in use
}

func (c *console) leave() {
	for _, name := range []string{"user", "app", "back", "adopted"} {
		c.ok("", "delete-stack", "--stack-name", name)
		c.settle()
	}
	c.want("4", "length(StackSummaries)", "list-stacks", "--stack-status-filter", "DELETE_COMPLETE")
}
