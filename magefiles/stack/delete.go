package stack

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// Delete removes a stack and follows it to its end. A stack that is not there is no error. A protected one is
// a [RefusedError]; one that cannot be removed completely a [FailedError].
func (s *Stacks) Delete(ctx context.Context, name string) error {
	present, err := s.Describe(ctx, name)
	if IsGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if present.Protected {
		return &RefusedError{Stack: name, Status: present.Status, Why: "termination protection is on"}
	}
	last, err := s.lastEvent(ctx, present.ID)
	if err != nil {
		return err
	}
	if _, err := s.API.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: aws.String(present.ID)}); err != nil {
		return operation("delete", name, err)
	}
	after, events, err := s.follow(ctx, present.ID, last, true)
	if IsGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return failure(after, events)
}
