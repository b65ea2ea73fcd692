package stack

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// detecting is how often it is tried to begin a comparison while another one runs, every five seconds in the end.
const detecting = 60

// Drift is how a resource differs from its template.
type Drift struct {
	Resource   string // logical id
	Type       string
	Deleted    bool
	Properties []PropertyChange // from what is expected to what is there
}

// Comparable tells whether CloudFormation compares a stack in this status with what there is. Pure.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html
func Comparable(status types.StackStatus) bool {
	switch status {
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete, types.StackStatusUpdateRollbackComplete,
		types.StackStatusUpdateRollbackFailed, types.StackStatusImportComplete, types.StackStatusImportRollbackComplete:
		return true
	}
	return false
}

// Drifts asks CloudFormation to compare the stack's resources with its template, waits for the answer, and
// returns those that differ. It takes seconds to minutes; a comparison that somebody else has asked for is waited for first. Types that CloudFormation cannot compare are passed over.
func (s *Stacks) Drifts(ctx context.Context, name string) ([]Drift, error) {
	wait := pacer{least: changeSetInterval, most: 5 * time.Second}
	begun, err := s.API.DetectStackDrift(ctx, &cloudformation.DetectStackDriftInput{StackName: aws.String(name)})
	for try := 1; isDetecting(err) && try < detecting; try++ {
		if err := s.pause(ctx, wait.next()); err != nil {
			return nil, err
		}
		begun, err = s.API.DetectStackDrift(ctx, &cloudformation.DetectStackDriftInput{StackName: aws.String(name)})
	}
	if err != nil {
		return nil, operation("detect drift of", name, err)
	}
	wait.reset()
	for {
		if err := s.pause(ctx, wait.next()); err != nil {
			return nil, err
		}
		out, err := s.API.DescribeStackDriftDetectionStatus(ctx, &cloudformation.DescribeStackDriftDetectionStatusInput{
			StackDriftDetectionId: begun.StackDriftDetectionId,
		})
		if err != nil {
			return nil, operation("detect drift of", name, err)
		}
		switch out.DetectionStatus {
		case types.StackDriftDetectionStatusDetectionFailed:
			return nil, fmt.Errorf("detect drift of stack %s: %s", name, aws.ToString(out.DetectionStatusReason))
		case types.StackDriftDetectionStatusDetectionComplete:
			if out.StackDriftStatus == types.StackDriftStatusInSync {
				return nil, nil
			}
			return s.drifted(ctx, name)
		}
	}
}

func (s *Stacks) drifted(ctx context.Context, name string) ([]Drift, error) {
	var drifts []Drift
	pages := cloudformation.NewDescribeStackResourceDriftsPaginator(s.API, &cloudformation.DescribeStackResourceDriftsInput{
		StackName:                       aws.String(name),
		StackResourceDriftStatusFilters: []types.StackResourceDriftStatus{types.StackResourceDriftStatusModified, types.StackResourceDriftStatusDeleted},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, operation("describe drift of", name, err)
		}
		for _, r := range page.StackResourceDrifts {
			d := Drift{
				Resource: aws.ToString(r.LogicalResourceId), Type: aws.ToString(r.ResourceType),
				Deleted: r.StackResourceDriftStatus == types.StackResourceDriftStatusDeleted,
			}
			for _, p := range r.PropertyDifferences {
				d.Properties = append(d.Properties, PropertyChange{
					Path: aws.ToString(p.PropertyPath), Before: aws.ToString(p.ExpectedValue), After: aws.ToString(p.ActualValue),
				})
			}
			drifts = append(drifts, d)
		}
	}
	return drifts, nil
}
