package stack

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// NotFoundError says that there is no such stack.
type NotFoundError struct {
	Stack string // name
}

func (e *NotFoundError) Error() string { return "stack " + e.Stack + " does not exist" }

// FailedError says that an operation on a stack ended in a state other than the one that was wanted.
type FailedError struct {
	Stack  string
	Status types.StackStatus // the one that it ended in
	// First is the first failed resource, the cause; its Resource is empty where no event names one.
	First Event
	// Failures are all failed resources in the order in which they failed, without those that were merely
	// cancelled because another one failed.
	Failures []Event
}

func (e *FailedError) Error() string {
	if e.First.Resource == "" {
		return fmt.Sprintf("stack %s ended in %s", e.Stack, e.Status)
	}
	return fmt.Sprintf("stack %s ended in %s: %s (%s) %s: %s",
		e.Stack, e.Status, e.First.Resource, e.First.Type, e.First.Status, e.First.Reason)
}

// RefusedError says that a stack's status, or its protection, does not allow the operation.
type RefusedError struct {
	Stack  string
	Status types.StackStatus
	Why    string // in words, for a person
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("stack %s is %s: %s", e.Stack, e.Status, e.Why)
}

// StuckError says that the rollback of an update cannot bring back some resources, and that leaving them out was not
// allowed.
type StuckError struct {
	Stack   string
	Blocked []Event // with their reasons
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("stack %s is UPDATE_ROLLBACK_FAILED, and its rollback fails again: %s", e.Stack, describe(e.Blocked))
}

// BusyError says that another operation is under way on the stack.
type BusyError struct {
	Stack  string
	Status types.StackStatus
	Who    string // as far as it is known
}

func (e *BusyError) Error() string {
	text := fmt.Sprintf("stack %s is %s", e.Stack, e.Status)
	if e.Who != "" {
		text += ", begun by " + e.Who
	}
	return text
}

// InvalidError says that CloudFormation does not accept the template, a parameter or a capability.
type InvalidError struct {
	Stack string
	Why   string // as CloudFormation says it
}

func (e *InvalidError) Error() string { return "change set of stack " + e.Stack + ": " + e.Why }

func operation(verb, stack string, err error) error {
	return fmt.Errorf("%s stack %s: %w", verb, stack, err)
}

// What follows is every place where the text of an AWS message decides something: CloudFormation has no
// codes for these.

// isNotFound: DescribeStacks on an unknown name is a ValidationError "Stack with id X does not exist".
func isNotFound(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist")
}

// isEmpty: a change set without changes FAILS with one of two reasons.
func isEmpty(reason string) bool {
	return strings.Contains(reason, "didn't contain changes") || strings.Contains(reason, "No updates are to be performed")
}

// isCancelled: a resource that failed only because another one did.
func isCancelled(reason string) bool {
	return strings.HasPrefix(reason, "Resource creation cancelled") || strings.HasPrefix(reason, "Resource update cancelled")
}
