package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// idle is the stack once nothing is under way on it: CloudFormation deletes no stack in the middle of something.
func (s *Stacks) idle(ctx context.Context, name string) (Stack, error) {
	for {
		present, err := s.Describe(ctx, name)
		if err != nil || !underWay(present.Status) {
			return present, err
		}
		s.note(fmt.Sprintf("stack %s is %s: following it to its end", name, present.Status))
		if err := s.finish(ctx, present); err != nil {
			return present, err
		}
	}
}

// Delete removes a stack, follows it to its end, and returns what was kept by a Retain policy. A stack that is
// not there is no error. A protected one is a [RefusedError]; one that cannot be removed completely a
// [FailedError].
func (s *Stacks) Delete(ctx context.Context, name string) (kept []Event, err error) {
	err = s.again(ctx, name, func() error {
		kept, err = s.delete(ctx, name)
		return err
	})
	return kept, err
}

func (s *Stacks) delete(ctx context.Context, name string) (kept []Event, err error) {
	present, err := s.idle(ctx, name)
	if IsGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if present.Protected {
		return nil, &RefusedError{Stack: name, Status: present.Status, Why: "termination protection is on"}
	}
	last, _, err := s.lastEvent(ctx, present.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.API.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: aws.String(present.ID)}); err != nil {
		return nil, operation("delete", name, err)
	}
	after, events, err := s.follow(ctx, present.ID, last, true)
	for _, e := range events {
		if e.Status == string(types.ResourceStatusDeleteSkipped) {
			kept = append(kept, e)
		}
	}
	if IsGone(err) {
		return kept, nil
	}
	if err != nil {
		return kept, err
	}
	return kept, failure(after, events)
}
