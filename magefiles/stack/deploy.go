package stack

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Result is how a deployment ended.
type Result struct {
	Stack   Stack
	Changed bool // false: there was nothing to change
}

// Deploy brings a stack to the wanted state: it is created, or changed through a change set that approve sees
// before it runs; approve's error stops the deployment, and is returned as it is. Deploy returns when
// CloudFormation is done. Nothing to change is a success. A stack in the middle of something is followed to
// the end of that first; one that can only be deleted is deleted and created again.
//
// An operation that ends badly is a [FailedError]; what CloudFormation does not accept an [InvalidError]; a
// stack that a person must look at a [RefusedError] or [StuckError]; a busy one, where that is wanted, a
// [BusyError]. When ctx ends, the operation goes on in AWS.
func (s *Stacks) Deploy(ctx context.Context, spec Spec, approve func(Plan) error) (result Result, err error) {
	waited := false
	err = s.again(ctx, spec.Name, func() error {
		result, err = s.deploy(ctx, spec, waited, approve)
		waited = true // if it is tried again, then because of somebody else
		return err
	})
	return result, err
}

// deploy is one attempt of Deploy: look, plan, ask, run.
func (s *Stacks) deploy(ctx context.Context, spec Spec, waited bool, approve func(Plan) error) (Result, error) {
	present, followed, err := s.ready(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	p, err := s.planUnlessEqual(ctx, spec, present)
	if err != nil {
		return Result{}, err
	}
	p.Waited, p.Protection = waited || followed, protection(present, spec.Protected)
	if p.Empty() {
		return Result{Stack: present}, s.protect(ctx, present, spec.Protected)
	}
	if err := approve(p); err != nil {
		s.drop(ctx, p)
		return Result{}, err
	}
	return s.execute(ctx, spec, present, p)
}

// Plan is what Deploy would do. It leaves nothing behind.
func (s *Stacks) Plan(ctx context.Context, spec Spec) (p Plan, err error) {
	err = s.again(ctx, spec.Name, func() error {
		p, err = s.look(ctx, spec)
		return err
	})
	return p, err
}

func (s *Stacks) look(ctx context.Context, spec Spec) (Plan, error) {
	present, err := s.Describe(ctx, spec.Name)
	if err != nil && !IsGone(err) {
		return Plan{}, err
	}
	action := Decide(present.Status)
	if spec.Template == nil && (action == Create || action == Recreate) {
		return Plan{}, nothingToKeep(spec.Name, present)
	}
	switch action {
	case Recreate:
		// The change set of a creation needs a name that is free, and a look must not delete.
		return Plan{}, &RefusedError{Stack: spec.Name, Status: present.Status, Why: "a deployment would delete it and create it again"}
	case Create, Change:
	default:
		return Plan{}, &RefusedError{Stack: spec.Name, Status: present.Status, Why: "changes can be computed once it is done"}
	}
	spec.look = true
	p, err := s.planUnlessEqual(ctx, spec, present)
	p.Protection = protection(present, spec.Protected)
	if err != nil || p.Empty() {
		return p, err
	}
	return p, s.discard(ctx, p)
}

// ready brings the stack to where a change set can be made: absent, without resources, or complete. waited tells whether it had to
// be followed to the end of another operation.
func (s *Stacks) ready(ctx context.Context, spec Spec) (present Stack, waited bool, err error) {
	for {
		present, err = s.Describe(ctx, spec.Name)
		if err != nil && !IsGone(err) {
			return Stack{}, waited, err
		}
		action := Decide(present.Status)
		if spec.Template == nil && (action == Create || action == Recreate) {
			return Stack{}, waited, nothingToKeep(spec.Name, present)
		}
		switch action {
		case Create:
			if present.ID == "" {
				return Stack{Name: spec.Name}, waited, nil
			}
			left, err := s.leftOver(ctx, present)
			if err != nil {
				return Stack{}, waited, err
			}
			if !left {
				return present, waited, nil
			}
			s.note(fmt.Sprintf("stack %s is %s since %s, and nothing on it can be executed: removing what was left behind", spec.Name, present.Status, present.Created.Format(time.RFC3339)))
			_, err = s.Delete(ctx, present.ID)
			if err != nil {
				return Stack{}, waited, err
			}
			continue
		case Change:
			return present, waited, nil
		case Wait:
			waited = true
			err = s.wait(ctx, spec, present)
		case Recreate:
			s.note(fmt.Sprintf("stack %s is %s and can only be deleted: deleting it to create it again", spec.Name, present.Status))
			_, err = s.Delete(ctx, spec.Name)
		case Continue:
			err = s.heal(ctx, present)
		default:
			err = &RefusedError{Stack: spec.Name, Status: present.Status, Why: "it needs a person's decision"}
		}
		if err != nil {
			return Stack{}, waited, err
		}
	}
}

// nothingToKeep is the error of a change that keeps the template of a stack that has none, or whose template was
// never complete.
func nothingToKeep(name string, present Stack) error {
	if present.ID == "" {
		return &NotFoundError{Stack: name}
	}
	return &RefusedError{Stack: name, Status: present.Status, Why: "it was never complete, so there is nothing to change"}
}

// wait follows what somebody else started, unless that is refused.
func (s *Stacks) wait(ctx context.Context, spec Spec, present Stack) error {
	busy := &BusyError{Stack: spec.Name, Status: present.Status, Who: s.who(ctx, present)}
	if spec.RefuseBusy {
		return busy
	}
	s.note(busy.Error() + ": following it to its end")
	return s.finish(ctx, present)
}

// who began the operation that is under way: the description of the change set that is being executed. Empty
// where there is none, or where it cannot be told: the operation matters more.
func (s *Stacks) who(ctx context.Context, present Stack) string {
	sets, err := s.changeSets(ctx, present)
	if err != nil {
		return ""
	}
	for _, c := range sets {
		if c.ExecutionStatus == types.ExecutionStatusExecuteInProgress {
			return aws.ToString(c.Description)
		}
	}
	return ""
}

// Finish follows what is under way on a stack to its end. Where that is not a completed creation or update, it is a
// [FailedError]; nothing under way is no error.
func (s *Stacks) Finish(ctx context.Context, name string) (Stack, error) {
	present, err := s.Describe(ctx, name)
	if err != nil || !underWay(present.Status) {
		return present, err
	}
	latest, err := s.Operations(ctx, present.ID, 1)
	if err != nil {
		return present, err
	}
	if err := s.finish(ctx, present); err != nil {
		return present, err
	}
	if present, err = s.Describe(ctx, present.ID); err != nil || succeeded(present.Status) {
		return present, err
	}
	// What failed may have failed before anybody looked.
	events, err := s.eventsAfter(ctx, present.ID, "")
	if err != nil {
		return present, err
	}
	return present, failure(present, slices.DeleteFunc(events, func(e Event) bool {
		return len(latest) > 0 && e.Time.Before(latest[0].Began)
	}))
}

// finish follows what somebody else started.
func (s *Stacks) finish(ctx context.Context, present Stack) error {
	last, _, err := s.lastEvent(ctx, present.ID)
	if err != nil {
		return err
	}
	_, _, err = s.follow(ctx, present.ID, last, false)
	if IsGone(err) {
		return nil
	}
	return err
}

// execute runs a plan that was approved, and follows it to its end.
func (s *Stacks) execute(ctx context.Context, spec Spec, present Stack, p Plan) (Result, error) {
	stack, last, err := s.aboutToExecute(ctx, spec, present, p)
	if err != nil {
		s.drop(ctx, p)
		return Result{}, err
	}
	if _, err := s.API.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{
		ChangeSetName: aws.String(p.ChangeSet), ClientRequestToken: aws.String(signed(token(spec, present), spec.Author)),
	}); err != nil {
		return Result{}, operation("execute change set of", spec.Name, err)
	}
	after, events, err := s.follow(ctx, stack, last, true)
	if err != nil {
		return Result{}, err
	}
	if !succeeded(after.Status) {
		return Result{Stack: after}, failure(after, events)
	}
	return Result{Stack: after, Changed: true}, s.protect(ctx, after, spec.Protected)
}

// aboutToExecute finds the stack that a plan is for, and its last event, and makes sure that the plan is what was shown.
func (s *Stacks) aboutToExecute(ctx context.Context, spec Spec, present Stack, p Plan) (stack, last string, err error) {
	stack = present.ID
	if p.Creates {
		made, err := s.Describe(ctx, spec.Name)
		if IsGone(err) {
			return "", "", &raceError{"the change set is gone with its stack"}
		}
		if err != nil {
			return "", "", err
		}
		stack = made.ID
	}
	last, earlier, err := s.lastEvent(ctx, stack)
	if err != nil {
		return stack, last, err
	}
	s.expect(ctx, present, earlier)
	return stack, last, s.same(ctx, spec.Name, p)
}

// drop is discard where something else is the error already.
func (s *Stacks) drop(ctx context.Context, p Plan) {
	if err := s.discard(ctx, p); err != nil {
		s.note(err.Error())
	}
}

// protection is how the termination protection of a stack changes; see [Plan.Protection]. Pure.
func protection(present Stack, on bool) string {
	switch {
	case present.ID == "" || present.Protected == on:
		return ""
	case on:
		return "off → on"
	}
	return "on → off"
}

// protect sets termination protection where it differs, and tells it.
func (s *Stacks) protect(ctx context.Context, present Stack, on bool) error {
	change := protection(present, on)
	if change == "" {
		return nil
	}
	s.note(fmt.Sprintf("stack %s: termination protection %s", present.Name, change))
	if _, err := s.API.UpdateTerminationProtection(ctx, &cloudformation.UpdateTerminationProtectionInput{
		StackName: aws.String(present.ID), EnableTerminationProtection: aws.Bool(on),
	}); err != nil {
		return operation("set termination protection of", present.Name, err)
	}
	return nil
}
