package stack_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// How an operation on a stack in some status ends.
const (
	done    = "done"
	atRest  = string(stack.AtRest)
	undone  = string(stack.TakenBack)
	refused = "refused" // a RefusedError
	gone    = "gone"    // there is no stack, or not any more
)

// outcome of a deployment, of taking back what is under way, and of a deletion.
type outcome struct{ deploy, undo, delete string }

var outcomes = map[types.StackStatus]outcome{
	"":                                                       {done, gone, gone},
	types.StackStatusDeleteComplete:                          {done, gone, gone},
	types.StackStatusReviewInProgress:                        {done, refused, gone},
	types.StackStatusCreateInProgress:                        {done, atRest, gone},
	types.StackStatusCreateComplete:                          {done, atRest, gone},
	types.StackStatusCreateFailed:                            {done, refused, gone},
	types.StackStatusRollbackInProgress:                      {done, refused, gone},
	types.StackStatusRollbackComplete:                        {done, refused, gone},
	types.StackStatusRollbackFailed:                          {done, refused, gone},
	types.StackStatusUpdateInProgress:                        {done, undone, gone},
	types.StackStatusUpdateCompleteCleanupInProgress:         {done, atRest, gone},
	types.StackStatusUpdateComplete:                          {done, atRest, gone},
	types.StackStatusUpdateFailed:                            {done, undone, gone},
	types.StackStatusUpdateRollbackInProgress:                {done, undone, gone},
	types.StackStatusUpdateRollbackCompleteCleanupInProgress: {done, undone, gone},
	types.StackStatusUpdateRollbackComplete:                  {done, atRest, gone},
	types.StackStatusUpdateRollbackFailed:                    {done, undone, gone},
	types.StackStatusDeleteInProgress:                        {done, gone, gone},
	types.StackStatusDeleteFailed:                            {done, refused, gone},
	types.StackStatusImportInProgress:                        {done, atRest, gone},
	types.StackStatusImportComplete:                          {done, atRest, gone},
	types.StackStatusImportRollbackInProgress:                {done, atRest, gone},
	types.StackStatusImportRollbackComplete:                  {done, atRest, gone},
	types.StackStatusImportRollbackFailed:                    {refused, refused, gone},
}

// Every status that the SDK knows is tried with every operation.
func TestEveryStatusHasItsOutcome(t *testing.T) {
	for _, status := range append(types.StackStatus("").Values(), "") {
		want, known := outcomes[status]
		arrange := cells[status]
		if !known || arrange == nil {
			t.Errorf("status %q is not tried", status)
			continue
		}
		try := func(verb, want string, f func(*cell) string) {
			t.Run(string(status)+" "+verb, func(t *testing.T) {
				t.Parallel()
				c := newCell(t)
				arrange(c)
				present, err := c.Describe(context.Background(), "S")
				if err != nil && !stack.IsGone(err) {
					t.Fatal(err)
				}
				if present.Status != status && status != types.StackStatusDeleteComplete {
					t.Fatalf("the stack is %s", present.Status)
				}
				if got := f(c); got != want {
					t.Errorf("%s, want %s; notes %q", got, want, c.notes)
				}
			})
		}
		try("deploy", want.deploy, (*cell).deployOutcome)
		try("undo", want.undo, (*cell).undoOutcome)
		try("delete", want.delete, (*cell).deleteOutcome)
	}
}

// failed is the outcome that an error stands for.
func (c *cell) failed(err error) string {
	if _, ok := errors.AsType[*stack.RefusedError](err); ok {
		return refused
	}
	if stack.IsGone(err) {
		return gone
	}
	return err.Error()
}

func (c *cell) deployOutcome() string {
	want := stack.Spec{Name: "S", Template: []byte(strings.Replace(withCluster, "{ClusterName: c}", "{ClusterName: d}", 1))}
	result, err := c.deploy(want)
	if err != nil {
		return c.failed(err)
	}
	if final := result.Stack.Status; final != types.StackStatusCreateComplete && final != types.StackStatusUpdateComplete {
		return string(final)
	}
	if again := c.mustDeploy(want); again.Changed {
		return "a second deployment changed something"
	}
	return done
}

func (c *cell) undoOutcome() string {
	ctx := context.Background()
	_, how, err := c.Undo(ctx, "S", nil, nil)
	if err != nil {
		return c.failed(err)
	}
	if _, again, err := c.Undo(ctx, "S", nil, nil); again != stack.AtRest || err != nil {
		return "what was undone once is not at rest"
	}
	return string(how)
}

func (c *cell) deleteOutcome() string {
	if _, err := c.Delete(context.Background(), "S"); err != nil {
		return c.failed(err)
	}
	_, err := c.Describe(context.Background(), "S")
	return c.failed(err)
}

// An update that is wanted is followed, and its end told.
func TestAWantedUpdateIsNotTakenBack(t *testing.T) {
	c := newCell(t)
	cells[types.StackStatusUpdateInProgress](c)
	present, how, err := c.Undo(context.Background(), "S", func(stack.Stack) bool { return true }, nil)
	if err != nil || how != stack.Completed || present.Status != types.StackStatusUpdateComplete {
		t.Errorf("got %s, %s, %v", present.Status, how, err)
	}
}

// A rollback that fails again is told with what hinders it. Only where that is allowed, this is left out.
func TestAStuckRollbackIsSkippedOnlyWhereAllowed(t *testing.T) {
	c := newCell(t)
	cells[types.StackStatusUpdateRollbackFailed](c)
	c.loseGroup("g") // again
	_, err := c.deploy(stack.Spec{Name: "S", Template: []byte(withCluster)})
	stuck, ok := errors.AsType[*stack.StuckError](err)
	if !ok || len(stuck.Blocked) != 1 || stuck.Blocked[0].Resource != "G" || stuck.Blocked[0].Reason == "" {
		t.Fatalf("got %v", err)
	}
	if len(c.notes) != 1 || !strings.Contains(c.notes[0], "hindered by G (AWS::Logs::LogGroup)") {
		t.Errorf("notes %q", c.notes)
	}
	var asked []stack.Event
	c.Skip = func(_ string, blocked []stack.Event) bool { asked = blocked; return true }
	if result := c.mustDeploy(stack.Spec{Name: "S", Template: []byte(withCluster)}); result.Stack.Status != types.StackStatusUpdateComplete || len(asked) != 1 {
		t.Errorf("got %+v, asked about %v", result, asked)
	}
}

// A change that keeps the template never creates a stack, nor deletes one to create it again.
func TestKeepingATemplateNeedsOne(t *testing.T) {
	for status, want := range map[types.StackStatus]string{"": gone, types.StackStatusRollbackComplete: refused, types.StackStatusReviewInProgress: refused} {
		c := newCell(t)
		cells[status](c)
		if _, err := c.deploy(stack.Spec{Name: "S"}); err == nil || c.failed(err) != want {
			t.Errorf("%s: got %v", status, err)
		}
		if _, err := c.Plan(context.Background(), stack.Spec{Name: "S"}); err == nil || c.failed(err) != want {
			t.Errorf("plan of %s: got %v", status, err)
		}
		if after, err := c.Describe(context.Background(), "S"); after.Status != status && !stack.IsGone(err) {
			t.Errorf("%s became %s", status, after.Status)
		}
	}
}

// words are what docs/architecture.md says of each action.
var words = map[stack.Action]string{
	stack.Create: "create", stack.Change: "change", stack.Recreate: "delete, then create", stack.Wait: "follow to its end, then decide again",
	stack.Continue: "continue the rollback, then decide again", stack.Cancel: "end or cancel, follow to its end", stack.Revert: "roll back, follow to its end",
	stack.Refuse: "refuse",
}

// The table of docs/architecture.md says of every status what is done.
func TestTheGuideTellsEveryOutcome(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range append(types.StackStatus("").Values(), "") {
		name := "`" + string(status) + "`"
		if status == "" {
			name = "none"
		}
		undo := words[stack.DecideUndo(status)]
		if stack.DecideUndo(status) == stack.Change {
			undo = "pin"
		}
		if row := "| " + name + " | " + words[stack.Decide(status)] + " | " + undo; !strings.Contains(string(text), row) {
			t.Errorf("docs/architecture.md does not have the row %q", row)
		}
	}
}
