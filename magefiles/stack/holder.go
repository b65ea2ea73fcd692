package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// Holder is the name of the stack that has a resource of this type and physical id; empty where none has.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
func (s *Stacks) Holder(ctx context.Context, typeName, physicalID string) (string, error) {
	out, err := s.API.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{PhysicalResourceId: aws.String(physicalID)})
	if isUnheld(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask which stack has %s: %w", physicalID, err)
	}
	for _, r := range out.StackResources {
		if aws.ToString(r.PhysicalResourceId) == physicalID && aws.ToString(r.ResourceType) == typeName {
			return aws.ToString(r.StackName), nil
		}
	}
	return "", nil
}
