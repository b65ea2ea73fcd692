package stack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// heal continues the rollback of an update whose rollback failed, having told what hindered it. Where it fails
// again, the resources that cannot be brought back are skipped if Skip allows that, and else it is a [StuckError].
//
// A skipped resource stays as it is, while CloudFormation takes it for what it was before the update.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
func (s *Stacks) heal(ctx context.Context, present Stack) error {
	events, err := s.eventsAfter(ctx, present.ID, "")
	if err != nil {
		return err
	}
	hindered := blocked(events)
	s.note(fmt.Sprintf("stack %s is %s: continuing its rollback, which was hindered by %s", present.Name, present.Status, describe(hindered)))
	after, events, err := s.continueRollback(ctx, present, nil)
	if IsRace(err) {
		return nil // somebody else continues it: what the stack is now decides
	}
	if err != nil || after.Status == types.StackStatusUpdateRollbackComplete {
		return err
	}
	hindered = blocked(events)
	if len(hindered) == 0 {
		return failure(after, events)
	}
	if s.Skip == nil || !s.Skip(present.Name, hindered) {
		return &StuckError{Stack: present.Name, Blocked: hindered}
	}
	s.note(fmt.Sprintf("stack %s: continuing its rollback without %s", present.Name, names(hindered)))
	after, events, err = s.continueRollback(ctx, after, hindered)
	if IsRace(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if after.Status != types.StackStatusUpdateRollbackComplete {
		return failure(after, events)
	}
	return nil
}

// continueRollback continues a rollback without some resources, and follows it to its end.
func (s *Stacks) continueRollback(ctx context.Context, present Stack, without []Event) (Stack, []Event, error) {
	last, _, err := s.lastEvent(ctx, present.ID)
	if err != nil {
		return present, nil, err
	}
	in := &cloudformation.ContinueUpdateRollbackInput{StackName: aws.String(present.ID)}
	for _, e := range without {
		in.ResourcesToSkip = append(in.ResourcesToSkip, e.Resource)
	}
	if _, err := s.API.ContinueUpdateRollback(ctx, in); err != nil {
		return present, nil, operation("continue rollback of", present.Name, err)
	}
	return s.follow(ctx, present.ID, last, true)
}

// blocked are the resources that the latest rollback could not bring back, with their reasons, from events, oldest
// first. Pure.
func blocked(events []Event) []Event {
	begun := 0
	for i, e := range events {
		if e.OfStack && e.Status == string(types.StackStatusUpdateRollbackInProgress) {
			begun = i
		}
	}
	var failed []Event
	for _, e := range events[begun:] {
		if !e.OfStack && e.Status == string(types.ResourceStatusUpdateFailed) && !isCancelled(e.Reason) {
			failed = append(failed, e)
		}
	}
	return failed
}

// describe is a list of resources with their reasons.
func describe(events []Event) string {
	if len(events) == 0 {
		return "what its events do not tell"
	}
	var parts []string
	for _, e := range events {
		parts = append(parts, fmt.Sprintf("%s (%s): %s", e.Resource, e.Type, e.Reason))
	}
	return strings.Join(parts, "; ")
}

// names of resources.
func names(events []Event) string {
	var parts []string
	for _, e := range events {
		parts = append(parts, e.Resource)
	}
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), ", ")
}
