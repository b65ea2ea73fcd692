package stack

import "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

// Action is what is done first with a stack in some status.
type Action string

// The actions. None of them is a dead end.
const (
	Create   Action = "create"   // there is no stack, or one without resources: a change set of the type CREATE
	Change   Action = "change"   // a change set on what is there
	Recreate Action = "recreate" // the stack can only be deleted: delete, then create
	Wait     Action = "wait"     // something is under way: follow it to its end, then decide again
	Continue Action = "continue" // the rollback of an update failed: continue it, then decide again
	Cancel   Action = "cancel"   // an update is under way that is not wanted: end or cancel it, then decide again
	Revert   Action = "revert"   // an update failed and was not rolled back: roll it back, then decide again
	Refuse   Action = "refuse"   // a person must decide
)

// Decide is what a deployment does with a stack in this status; the empty status is no stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func Decide(status types.StackStatus) Action {
	switch status {
	case "", types.StackStatusDeleteComplete,
		types.StackStatusReviewInProgress: // change sets were made, and none has run; somebody may be about to run one
		return Create
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete,
		types.StackStatusUpdateRollbackComplete, types.StackStatusImportComplete,
		types.StackStatusImportRollbackComplete,
		types.StackStatusUpdateFailed: // an update that was told not to roll back; the next one may mend it
		return Change
	case types.StackStatusRollbackComplete, // the first creation failed and everything is gone
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

// DecideUndo is what a rollback does with a stack in this status. What is under way or got stuck is taken back;
// a stack at rest can be changed; one that was never complete has nothing to go back to.
func DecideUndo(status types.StackStatus) Action {
	switch status {
	case types.StackStatusUpdateInProgress:
		return Cancel
	case types.StackStatusUpdateFailed:
		return Revert
	}
	switch action := Decide(status); action {
	case Create, Recreate:
		return Refuse
	default:
		return action
	}
}

// underWay tells whether an operation is running on a stack in this status.
func underWay(status types.StackStatus) bool { return Decide(status) == Wait }

// succeeded tells whether this is how a creation or an update ends well.
func succeeded(status types.StackStatus) bool {
	return status == types.StackStatusCreateComplete || status == types.StackStatusUpdateComplete
}
