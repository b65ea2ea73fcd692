package stack

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// abandonedAfter is how old a stack without resources has to be before it is taken for one that nobody will finish. An
// approval may take its time.
const abandonedAfter = time.Hour

// leftOver tells whether a stack that is REVIEW_IN_PROGRESS was left behind: it is old, and has no change set that could
// still be executed.
func (s *Stacks) leftOver(ctx context.Context, present Stack) (bool, error) {
	if s.now().Sub(present.Created) < abandonedAfter {
		return false, nil
	}
	sets, err := s.changeSets(ctx, present)
	return err == nil && !slices.ContainsFunc(sets, usable), err
}

// usable tells whether a change set can be executed, or will be once it is computed. Pure.
func usable(c types.ChangeSetSummary) bool {
	switch c.Status {
	case types.ChangeSetStatusCreatePending, types.ChangeSetStatusCreateInProgress:
		return true
	}
	switch c.ExecutionStatus {
	case types.ExecutionStatusAvailable, types.ExecutionStatusExecuteInProgress:
		return true
	}
	return false
}

// changeSets of a stack, as lists have them.
func (s *Stacks) changeSets(ctx context.Context, present Stack) ([]types.ChangeSetSummary, error) {
	var all []types.ChangeSetSummary
	pages := cloudformation.NewListChangeSetsPaginator(s.API, &cloudformation.ListChangeSetsInput{StackName: aws.String(present.ID)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, operation("list change sets of", present.Name, err)
		}
		all = append(all, page.Summaries...)
	}
	return all, nil
}

func (s *Stacks) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
