package stack

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Where the reason stands, by what CloudFormation was seen to answer.
func TestTheCauseIsTheFirstThatTellsOne(t *testing.T) {
	own := func(status, reason string) Event {
		return Event{Resource: "S", Status: status, Reason: reason, OfStack: true}
	}
	of := func(name, status, reason string) Event {
		return Event{Resource: name, Type: "T", Status: status, Reason: reason}
	}
	const listed = "The following resource(s) failed to create: [A]. Rollback requested by user."
	for name, c := range map[string]struct {
		events []Event
		want   string
	}{
		"a resource":         {[]Event{of("A", "CREATE_FAILED", "no room"), own("ROLLBACK_IN_PROGRESS", listed)}, "A (T) CREATE_FAILED: no room"},
		"exports clash":      {[]Event{of("A", "CREATE_COMPLETE", ""), own("ROLLBACK_IN_PROGRESS", "Export with name x is already exported by stack T. Rollback requested by user.")}, "Export with name x is already exported by stack T."},
		"an update":          {[]Event{own("UPDATE_IN_PROGRESS", "User Initiated"), own("UPDATE_ROLLBACK_IN_PROGRESS", "No export named x found"), own("UPDATE_ROLLBACK_COMPLETE", "")}, "No export named x found"},
		"before a leftover":  {[]Event{own("ROLLBACK_IN_PROGRESS", "No export named x found. Rollback requested by user."), of("A", "DELETE_FAILED", "in use")}, "No export named x found."},
		"left to be deleted": {[]Event{own("DELETE_IN_PROGRESS", "No export named x found. Delete requested by user.")}, "No export named x found."},
		"kept":               {[]Event{own("CREATE_FAILED", "Export with name x is already exported by stack T.")}, "Export with name x is already exported by stack T."},
		"too long":           {[]Event{of("A", "CREATE_FAILED", "Resource creation cancelled"), own("ROLLBACK_IN_PROGRESS", "Stack creation time exceeded the specified timeout. Rollback requested by user.")}, "Stack creation time exceeded the specified timeout."},
		"only a list":        {[]Event{of("A", "CREATE_FAILED", "Resource creation cancelled"), own("ROLLBACK_IN_PROGRESS", listed)}, listed},
		"asked for":          {[]Event{own("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"), own("DELETE_IN_PROGRESS", "User Initiated")}, ""},
	} {
		f := failure(Stack{Name: "S", Status: types.StackStatusRollbackComplete}, c.events)
		want := "stack S ended in ROLLBACK_COMPLETE"
		if c.want != "" {
			want += ": " + c.want
		}
		if f.Error() != want {
			t.Errorf("%s: got %q, want %q", name, f, want)
		}
	}
}
