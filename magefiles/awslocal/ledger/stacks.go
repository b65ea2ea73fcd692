package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// byUser is the reason of the event with which an operation begins that a user asked for.
const byUser = "User Initiated"

// stacks tells of stacks, deleted ones too, and of change sets that are left.
func stacks(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	client := cloudformation.NewFromConfig(cfg)
	for pages := cloudformation.NewListStacksPaginator(client, &cloudformation.ListStacksInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, st := range page.StackSummaries {
			operations, held, err := history(ctx, client, aws.ToString(st.StackId))
			if err != nil {
				return nil, err
			}
			deleted := st.StackStatus == types.StackStatusDeleteComplete
			if held || !deleted {
				lines = append(lines, strings.Join(append([]string{"stack " + aws.ToString(st.StackName) + ":"}, operations...), " "))
			}
			if deleted {
				continue
			}
			left, err := executable(ctx, client, aws.ToString(st.StackName))
			if err != nil {
				return nil, err
			}
			lines = append(lines, left...)
		}
	}
	return lines, nil
}

// history is the operations on a stack, oldest first, and whether it ever held a resource.
func history(ctx context.Context, client *cloudformation.Client, id string) (operations []string, held bool, err error) {
	for pages := cloudformation.NewDescribeStackEventsPaginator(client, &cloudformation.DescribeStackEventsInput{StackName: &id}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, false, err
		}
		for _, e := range page.StackEvents {
			operation, begins := strings.CutSuffix(string(e.ResourceStatus), "_IN_PROGRESS")
			switch {
			case aws.ToString(e.PhysicalResourceId) != id:
				held = true
			case begins && aws.ToString(e.ResourceStatusReason) == byUser && operation != "REVIEW":
				operations = append(operations, operation)
			}
		}
	}
	slices.Reverse(operations)
	return operations, held, nil
}

// executable tells of a stack's change sets that could still be executed.
func executable(ctx context.Context, client *cloudformation.Client, stack string) (lines []string, err error) {
	for pages := cloudformation.NewListChangeSetsPaginator(client, &cloudformation.ListChangeSetsInput{StackName: &stack}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Summaries {
			if c.ExecutionStatus == types.ExecutionStatusAvailable {
				lines = append(lines, fmt.Sprintf("change set %s of %s: left", aws.ToString(c.ChangeSetName), stack))
			}
		}
	}
	return lines, nil
}
