package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// parting is how long a run that was interrupted, or timed out, takes to remove what it leaves. Mage gives it 5 s.
const parting = 4 * time.Second

// discard removes a change set that will not run, and the empty stack that it brought along, unless somebody else has
// made use of that meanwhile. It does so also where ctx has ended.
func (s *Stacks) discard(ctx context.Context, p Plan) error {
	if ctx.Err() != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), parting)
		defer stop()
	}
	if p.ChangeSet != "" {
		if err := s.deleteChangeSet(ctx, p.ChangeSet); err != nil && !IsRace(err) {
			return operation("delete change set of", p.Stack, err)
		}
	}
	if !p.fresh {
		return nil
	}
	err := s.discardEmpty(ctx, p.Stack)
	if isDenied(err) { // as who may only plan is: nothing can be executed on it, and the first deployment takes it
		s.note(fmt.Sprintf("stack %s stays, without resources: %v", p.Stack, err))
		return nil
	}
	return err
}

// discardEmpty removes a stack that a change set has brought along, where nobody has made use of it.
func (s *Stacks) discardEmpty(ctx context.Context, name string) error {
	present, err := s.Describe(ctx, name)
	if IsGone(err) {
		return nil
	}
	if err != nil || present.Status != types.StackStatusReviewInProgress {
		return err
	}
	others, err := s.changeSets(ctx, present)
	if err != nil || len(others) > 0 {
		return err
	}
	if _, err := s.API.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: aws.String(present.ID)}); err != nil && !IsRace(err) {
		return operation("delete empty", name, err)
	}
	return nil
}

// deleteChangeSet deletes a change set. One that is computed still cannot be: it is waited for a little.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html
func (s *Stacks) deleteChangeSet(ctx context.Context, id string) error {
	wait := pacer{least: changeSetInterval, most: changeSetInterval}
	for end := parting; ; end -= wait.now {
		_, err := s.API.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: aws.String(id)})
		var api smithy.APIError
		if end <= 0 || !errors.As(err, &api) || !strings.HasPrefix(api.ErrorCode(), "InvalidChangeSetStatus") || s.pause(ctx, wait.next()) != nil {
			return err
		}
	}
}

// room is how many change sets that were left behind are removed at once. A stack may have 1,000.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const room = 100

// makeRoom removes the oldest change sets that runs have left behind which were killed: they bear our names, and are older
// than an approval takes. Who plans may only remove those of plans. A stack that is full of others is a [FullError].
func (s *Stacks) makeRoom(ctx context.Context, spec Spec, present Stack) error {
	sets, err := s.changeSets(ctx, present)
	if err != nil {
		return err
	}
	sets = slices.DeleteFunc(sets, func(c types.ChangeSetSummary) bool {
		name := aws.ToString(c.ChangeSetName)
		ours := strings.HasPrefix(name, planPrefix) || !spec.look && strings.HasPrefix(name, deployPrefix)
		idle := c.ExecutionStatus != types.ExecutionStatusExecuteInProgress && c.ExecutionStatus != types.ExecutionStatusExecuteComplete
		return !ours || !idle || s.now().Sub(aws.ToTime(c.CreationTime)) < abandonedAfter
	})
	if len(sets) == 0 {
		return &FullError{Stack: spec.Name}
	}
	slices.SortFunc(sets, func(a, b types.ChangeSetSummary) int {
		return aws.ToTime(a.CreationTime).Compare(aws.ToTime(b.CreationTime))
	})
	sets = sets[:min(len(sets), room)]
	s.note(fmt.Sprintf("stack %s has as many change sets as it may have: removing the %d oldest that were left behind", spec.Name, len(sets)))
	for _, c := range sets {
		_, err := s.API.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: c.ChangeSetId})
		if err != nil && !IsRace(err) {
			return operation("delete change set of", spec.Name, err)
		}
	}
	return nil
}
