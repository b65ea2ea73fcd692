package stack

import "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

// Action is what a deployment does first with a stack in some status.
type Action string

// The actions. None of them is a dead end.
const (
	Create   Action = "create"   // there is no stack
	Change   Action = "change"   // a change set on what is there
	Recreate Action = "recreate" // the stack can only be deleted: delete, then create
	Wait     Action = "wait"     // something is under way: follow it to its end, then decide again
	Continue Action = "continue" // the rollback of an update failed: continue it, then decide again
	Refuse   Action = "refuse"   // a person must decide
)

// Decide is what a deployment does with a stack in this status; the empty status is no stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func Decide(status types.StackStatus) Action {
	switch status {
	case "", types.StackStatusDeleteComplete:
		return Create
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete,
		types.StackStatusUpdateRollbackComplete, types.StackStatusImportComplete,
		types.StackStatusImportRollbackComplete,
		types.StackStatusUpdateFailed: // an update that was told not to roll back; the next one may mend it
		return Change
	case types.StackStatusReviewInProgress, // a change set that never ran, on a stack without resources
		types.StackStatusRollbackComplete, // the first creation failed and everything is gone
		types.StackStatusRollbackFailed, types.StackStatusCreateFailed, types.StackStatusDeleteFailed:
		return Recreate
	case types.StackStatusCreateInProgress, types.StackStatusUpdateInProgress, types.StackStatusDeleteInProgress,
		types.StackStatusRollbackInProgress, types.StackStatusUpdateRollbackInProgress,
		types.StackStatusUpdateCompleteCleanupInProgress, types.StackStatusUpdateRollbackCompleteCleanupInProgress,
		types.StackStatusImportInProgress, types.StackStatusImportRollbackInProgress:
		return Wait
	case types.StackStatusUpdateRollbackFailed:
		return Continue
	default: // IMPORT_ROLLBACK_FAILED, and what AWS may add
		return Refuse
	}
}

// underWay tells whether an operation is running on a stack in this status.
func underWay(status types.StackStatus) bool { return Decide(status) == Wait }

// succeeded tells whether this is how a creation or an update ends well.
func succeeded(status types.StackStatus) bool {
	return status == types.StackStatusCreateComplete || status == types.StackStatusUpdateComplete
}
