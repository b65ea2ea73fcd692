package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// Undoing is how [Stacks.Undo] found a stack, and left it.
type Undoing string

// The ways.
const (
	AtRest    Undoing = "at rest"    // there was nothing to take back
	TakenBack Undoing = "taken back" // the stack is what it was before an update that was under way, or stuck
	Completed Undoing = "completed"  // the update that was under way is the wanted one, and is complete
)

// Ending ends the update that is under way on a stack otherwise than by cancelling it, so that CloudFormation sees it fail
// and rolls it back by itself. ended is false where only cancelling is left.
type Ending func(context.Context, Stack) (ended bool, err error)

// Undo takes back an update that is under way, or that got stuck: it is ended, else cancelled, and its rollback followed,
// continued or begun, whichever applies. An update that is wanted is followed instead; nil wants none. A stack at
// rest stays as it is; other operations are followed to their end. Without an end, an update is cancelled.
//
// A stack that was never complete has nothing to go back to, which is a [RefusedError].
func (s *Stacks) Undo(ctx context.Context, name string, wanted func(Stack) bool, end Ending) (present Stack, how Undoing, err error) {
	how = AtRest
	for {
		if present, err = s.Describe(ctx, name); err != nil {
			return present, how, err
		}
		action := DecideUndo(present.Status)
		if action == Cancel && wanted != nil && wanted(present) {
			action, how = Wait, Completed
		}
		switch action {
		case Change:
			if how != AtRest && present.Status == types.StackStatusUpdateRollbackComplete {
				how = TakenBack // a wanted one, too, may have failed
			} else if how == TakenBack {
				how = AtRest // it was complete before it could be taken back
			}
			return present, how, nil
		case Wait:
			s.note(s.busy(ctx, present) + ": following it to its end")
			err = s.finish(ctx, present)
		case Cancel:
			s.note(s.busy(ctx, present) + ": taking it back")
			err = s.takeBack(ctx, present, end)
		case Continue:
			err = s.heal(ctx, present)
		case Revert:
			s.note(fmt.Sprintf("stack %s is %s: rolling it back", name, present.Status))
			err = s.revert(ctx, present)
		default:
			err = &RefusedError{Stack: name, Status: present.Status, Why: "it was never complete, so there is nothing to go back to"}
		}
		if err != nil {
			return present, how, err
		}
		if how == AtRest {
			how = TakenBack
		}
	}
}

// busy says what is under way on a stack, and who began it.
func (s *Stacks) busy(ctx context.Context, present Stack) string {
	return (&BusyError{Stack: present.Name, Status: present.Status, Who: s.who(ctx, present)}).Error()
}

// takeBack ends an update, and follows its rollback to the end.
func (s *Stacks) takeBack(ctx context.Context, present Stack, end Ending) error {
	if end != nil {
		if ended, err := end(ctx, present); err != nil {
			return err
		} else if ended {
			return s.finish(ctx, present)
		}
	}
	s.note("cancelling the update of stack " + present.Name)
	return s.cancel(ctx, present)
}

// cancel ends an update, which is then rolled back, and follows that to its end. An update that ended meanwhile is
// no error.
func (s *Stacks) cancel(ctx context.Context, present Stack) error {
	last, _, err := s.lastEvent(ctx, present.ID)
	if err != nil {
		return err
	}
	if err := s.askToCancel(ctx, present); err != nil {
		return err
	}
	_, _, err = s.follow(ctx, present.ID, last, false)
	return err
}

// askToCancel asks CloudFormation to roll an update back. Where nothing is to be cancelled any more, it is no error.
func (s *Stacks) askToCancel(ctx context.Context, present Stack) error {
	_, err := s.API.CancelUpdateStack(ctx, &cloudformation.CancelUpdateStackInput{StackName: aws.String(present.ID)})
	if err == nil {
		return nil
	}
	// Only an update that is UPDATE_IN_PROGRESS can be cancelled. Whether it has just ended is for the stack to say.
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" {
		now, gone := s.Describe(ctx, present.ID)
		if gone == nil && now.Status != types.StackStatusUpdateInProgress {
			return nil
		}
	}
	return operation("cancel update of", present.Name, err)
}

// revert rolls back an update that was told not to roll back by itself.
func (s *Stacks) revert(ctx context.Context, present Stack) error {
	last, _, err := s.lastEvent(ctx, present.ID)
	if err != nil {
		return err
	}
	if _, err := s.API.RollbackStack(ctx, &cloudformation.RollbackStackInput{StackName: aws.String(present.ID)}); IsRace(err) {
		return nil // somebody else does: what the stack is now decides
	} else if err != nil {
		return operation("roll back", present.Name, err)
	}
	if _, _, err = s.follow(ctx, present.ID, last, true); IsRace(err) {
		return nil
	}
	return err
}
