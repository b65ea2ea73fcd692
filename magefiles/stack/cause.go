package stack

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// failure is the error of an operation that ended in this status; pure.
func failure(present Stack, events []Event) *FailedError {
	f := &FailedError{Stack: present.Name, Status: present.Status}
	for _, e := range events {
		if !e.OfStack && failedResource(e) {
			f.Failures = append(f.Failures, e)
		}
	}
	if cause, ok := causeOf(events); ok {
		f.First = cause
	} else if present.Reason != "" {
		f.First = Event{Resource: present.Name, Type: "AWS::CloudFormation::Stack", Status: string(present.Status), Reason: present.Reason, OfStack: true}
	}
	return f
}

// causeOf is the event that tells why an operation failed, from its events, oldest first: the first resource that
// failed, or what the stack itself says where that came before. A clash of exports, a missing import and a wrong
// attribute in the outputs are told by the stack's own event alone, and DescribeStacks has no reason once the rollback is
// complete. What the stack says of which resources failed is no cause while one of them says more. Pure.
func causeOf(events []Event) (cause Event, ok bool) {
	var lists Event
	for _, e := range events {
		switch {
		case !e.OfStack:
			if failedResource(e) {
				return e, true
			}
		case !failing(e):
		case listsResources(e.Reason):
			if lists.Reason == "" {
				lists = e
			}
		default:
			e.Reason = withoutRollback(e.Reason)
			return e, true
		}
	}
	return lists, lists.Reason != ""
}

// failedResource: one that failed by itself, and was not merely cancelled because another one did.
func failedResource(e Event) bool {
	return strings.HasSuffix(e.Status, "_FAILED") && !isCancelled(e.Reason)
}

// failing tells whether an event of the stack itself says that the operation fails, and why. A rollback that somebody
// asked for has no other reason.
func failing(e Event) bool {
	turns := []types.StackStatus{
		types.StackStatusRollbackInProgress, types.StackStatusUpdateRollbackInProgress, types.StackStatusImportRollbackInProgress,
		types.StackStatusDeleteInProgress, // of a creation that is told to leave nothing behind
	}
	told := strings.HasSuffix(e.Status, "_FAILED") || slices.Contains(turns, types.StackStatus(e.Status))
	return told && e.Reason != "" && !isAsked(e.Reason)
}
