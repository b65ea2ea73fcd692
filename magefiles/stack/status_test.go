package stack

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

func TestEveryStatusHasAnAction(t *testing.T) {
	want := map[types.StackStatus]Action{
		"":                                                       Create,
		types.StackStatusDeleteComplete:                          Create,
		types.StackStatusCreateComplete:                          Change,
		types.StackStatusUpdateComplete:                          Change,
		types.StackStatusUpdateRollbackComplete:                  Change,
		types.StackStatusUpdateFailed:                            Change,
		types.StackStatusImportComplete:                          Change,
		types.StackStatusImportRollbackComplete:                  Change,
		types.StackStatusReviewInProgress:                        Create,
		types.StackStatusRollbackComplete:                        Recreate,
		types.StackStatusRollbackFailed:                          Recreate,
		types.StackStatusCreateFailed:                            Recreate,
		types.StackStatusDeleteFailed:                            Recreate,
		types.StackStatusCreateInProgress:                        Wait,
		types.StackStatusUpdateInProgress:                        Wait,
		types.StackStatusDeleteInProgress:                        Wait,
		types.StackStatusRollbackInProgress:                      Wait,
		types.StackStatusUpdateRollbackInProgress:                Wait,
		types.StackStatusImportInProgress:                        Wait,
		types.StackStatusImportRollbackInProgress:                Wait,
		types.StackStatusUpdateRollbackFailed:                    Continue,
		types.StackStatusImportRollbackFailed:                    Refuse,
		types.StackStatusUpdateCompleteCleanupInProgress:         Wait,
		types.StackStatusUpdateRollbackCompleteCleanupInProgress: Wait,
	}
	for _, status := range types.StackStatus("").Values() {
		action, ok := want[status]
		if !ok {
			t.Errorf("the SDK knows the status %s, and this test does not", status)
		}
		if got := Decide(status); got != action {
			t.Errorf("%s: got %s, want %s", status, got, action)
		}
	}
}
