package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// NotFoundError says that there is no such stack.
type NotFoundError struct {
	Stack string // name
}

func (e *NotFoundError) Error() string { return "stack " + e.Stack + " does not exist" }

// ForeignError says that a stack of that name is there, and that something else made it.
type ForeignError struct {
	Stack  string
	Status types.StackStatus
	Mark   string // what the template of ours has, and its has not
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("stack %s (%s) was made by something else: neither its outputs nor its template have %s", e.Stack, e.Status, e.Mark)
}

// FailedError says that an operation on a stack ended in a state other than the one that was wanted.
type FailedError struct {
	Stack  string
	Status types.StackStatus // the one that it ended in
	// First is the cause: the first failed resource, or the event of the stack itself that tells the reason where no
	// resource failed before. Its Resource is empty where no event tells one.
	First Event
	// Failures are all failed resources in the order in which they failed, without those that were merely
	// cancelled because another one failed.
	Failures []Event
}

func (e *FailedError) Error() string {
	if e.First.Resource == "" {
		return fmt.Sprintf("stack %s ended in %s", e.Stack, e.Status)
	}
	return fmt.Sprintf("stack %s ended in %s: %s", e.Stack, e.Status, e.First.Cause())
}

// ByStack tells whether the stack itself failed, and not one of its resources: nothing that they tell is the cause.
func (e *FailedError) ByStack() bool { return e.First.OfStack && !listsResources(e.First.Reason) }

// Cause is an event that tells why something failed, in words: of a resource with its name and type.
func (e Event) Cause() string {
	if e.OfStack {
		return e.Reason
	}
	return fmt.Sprintf("%s (%s) %s: %s", e.Resource, e.Type, e.Status, e.Reason)
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
	Err    error  // what was refused again and again, where that is how it shows; else nil
}

func (e *BusyError) Error() string {
	text := fmt.Sprintf("stack %s is %s", e.Stack, e.Status)
	if e.Who != "" {
		text += ", begun by " + e.Who
	}
	if e.Err != nil {
		text += ", and somebody else was faster each time: " + e.Err.Error()
	}
	return text
}

// InvalidError says that CloudFormation does not accept the template, a parameter or a capability.
type InvalidError struct {
	Stack string
	Why   string // as CloudFormation says it
}

func (e *InvalidError) Error() string { return "change set of stack " + e.Stack + ": " + e.Why }

// FullError says that a stack has as many change sets as it may have, and none that was left behind by a run of ours.
type FullError struct {
	Stack string // name
}

func (e *FullError) Error() string {
	return "stack " + e.Stack + " has as many change sets as it may have, and none of them is an old one of ours"
}

// raceError is a race that no answer of AWS tells of.
type raceError struct{ text string }

func (e *raceError) Error() string { return e.text }

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

// isUnheld: DescribeStackResources of something that is in no stack is a ValidationError "Stack for X does not exist".
func isUnheld(err error) bool { return isNotFound(err) }

// isEmpty: a change set without changes FAILS with one of two reasons.
func isEmpty(reason string) bool {
	return strings.Contains(reason, "didn't contain changes") || strings.Contains(reason, "No updates are to be performed")
}

// isDetecting: a comparison while another one runs is a ValidationError "Drift detection is already in progress for stack [ARN]".
func isDetecting(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.HasPrefix(api.ErrorMessage(), "Drift detection is already in progress")
}

// isDenied: the caller may not do that.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
func isDenied(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied")
}

// isCancelled: a resource that failed only because another one did.
func isCancelled(reason string) bool {
	return strings.HasPrefix(reason, "Resource creation cancelled") || strings.HasPrefix(reason, "Resource update cancelled")
}

// IsMissing tells whether a reason is that a resource is not there any more. ECS has names of its own for that.
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
func IsMissing(reason string) bool {
	return slices.ContainsFunc([]string{"HandlerErrorCode: NotFound", "was not found", "ServiceNotFoundException", "ServiceNotActiveException", "Service was not ACTIVE"},
		func(mark string) bool { return strings.Contains(reason, mark) })
}

// isAsked: a stack's own event of what a person asked for.
func isAsked(reason string) bool { return strings.TrimSpace(reason) == "User Initiated" }

// listsResources: a stack's own event that only says which of its resources failed.
func listsResources(reason string) bool {
	return strings.HasPrefix(reason, "The following resource(s) failed to ")
}

// withoutRollback is a reason without what CloudFormation adds to it when it rolls back by itself, which reads as if
// somebody had asked for that.
func withoutRollback(reason string) string {
	for _, added := range []string{"Rollback requested by user.", "Delete requested by user."} {
		reason = strings.TrimSuffix(strings.TrimSpace(reason), added)
	}
	return strings.TrimSpace(reason)
}

// stackMissing is how requests other than DescribeStacks say that there is no such stack.
var stackMissing = lazyregexp.New(`^Stack (with id |[\['])\S+ does not exist`)

// IsRace tells whether a request was refused because somebody else was faster: the stack is busy, there already, or
// gone; or one's own change set went with it. What to do is decided again from what the stack then is.
func IsRace(err error) bool {
	if _, ok := errors.AsType[*raceError](err); ok {
		return true
	}
	var api smithy.APIError
	request, ok := errors.AsType[*smithy.OperationError](err)
	if !ok || request.Service() != cloudformation.ServiceID || !errors.As(err, &api) {
		return false // other services have codes of these names, too
	}
	switch api.ErrorCode() {
	case "ChangeSetNotFound", "ChangeSetNotFoundException", "InvalidChangeSetStatus", "InvalidChangeSetStatusException",
		"AlreadyExistsException", "OperationInProgressException":
		return true
	case "ValidationError":
		text := api.ErrorMessage()
		return slices.ContainsFunc([]string{
			"state and can not be updated", "state and cannot be updated", // of a change set that is made, or executed
			"already exists and cannot be created again",
			"cannot be executed in its current",
			"can not continue rollback", "can not be rolled back",
			"cannot be deleted while in status",
			"cannot have its termination protection changed",
		}, func(s string) bool { return strings.Contains(text, s) }) || stackMissing.MatchString(text)
	}
	return false
}

// answer is what AWS said, without which request it said it to.
func answer(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorMessage() != "" {
		return api.ErrorMessage()
	}
	return err.Error()
}
