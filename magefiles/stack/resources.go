package stack

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// Resource is a resource of a stack.
type Resource struct {
	Type       string // e.g. AWS::ECS::Service
	PhysicalID string
}

// Resources are those that CloudFormation takes a stack to have: what it makes or removes just now is not among them, and
// what was deleted outside of the stack is. Of more than 100 it tells the first 100.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
func (s *Stacks) Resources(ctx context.Context, name string) ([]Resource, error) {
	out, err := s.API.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: aws.String(name)})
	if err != nil {
		return nil, operation("describe resources of", name, err)
	}
	var all []Resource
	for _, r := range out.StackResources {
		status := string(r.ResourceStatus)
		if id := aws.ToString(r.PhysicalResourceId); id != "" && !strings.HasPrefix(status, "DELETE_") && status != "CREATE_IN_PROGRESS" && status != "CREATE_FAILED" {
			all = append(all, Resource{aws.ToString(r.ResourceType), id})
		}
	}
	return all, nil
}
