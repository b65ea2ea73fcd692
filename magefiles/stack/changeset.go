package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// plan makes a change set and waits until CloudFormation has computed it. A change set without changes is
// deleted again (there is a quota) and comes back as an empty plan; so is one that cannot be used, or is not waited for any more.
func (s *Stacks) plan(ctx context.Context, spec Spec, present Stack) (Plan, error) {
	p := Plan{Stack: spec.Name, Creates: Decide(present.Status) == Create, fresh: present.ID == ""}
	kind := types.ChangeSetTypeUpdate
	if p.Creates {
		kind = types.ChangeSetTypeCreate
	}
	id, err := s.createChangeSet(ctx, spec, present, kind)
	if err != nil {
		return p, err
	}
	p.ChangeSet = id
	computed, err := s.computed(ctx, p)
	if err == nil && !computed.Empty() {
		return computed, nil
	}
	if err == nil {
		err = s.discard(ctx, p)
	} else {
		s.drop(ctx, p)
	}
	computed.ChangeSet = ""
	return computed, err
}

// computed waits until CloudFormation has computed the change set of a plan, and is the plan with what that says; without
// changes where there are none.
func (s *Stacks) computed(ctx context.Context, p Plan) (Plan, error) {
	wait := pacer{least: changeSetInterval, most: changeSetIntervalMost}
	for {
		// It is never computed at once: to look before the first pause is a call for nothing.
		if err := s.pause(ctx, wait.next()); err != nil {
			return p, err
		}
		var out *cloudformation.DescribeChangeSetOutput
		err := s.patiently(ctx, &wait, func() (err error) {
			out, err = s.describeChangeSet(ctx, p.Stack, p.ChangeSet, true)
			return err
		})
		if err != nil {
			return p, err
		}
		switch out.Status {
		case types.ChangeSetStatusCreateComplete:
			if out.ExecutionStatus != types.ExecutionStatusAvailable {
				return p, &raceError{fmt.Sprintf("the change set is %s already", out.ExecutionStatus)}
			}
			p.Warning = aws.ToString(out.StatusReason)
			without, err := s.describeChangeSet(ctx, p.Stack, p.ChangeSet, false)
			if err != nil {
				return p, err
			}
			p.Changes = union(changesFromAPI(out.Changes), changesFromAPI(without.Changes))
			p.Other = len(p.Changes) == 0
			p.content = content(out)
			return p, nil
		case types.ChangeSetStatusFailed:
			if reason := aws.ToString(out.StatusReason); !isEmpty(reason) {
				return p, &InvalidError{Stack: p.Stack, Why: reason}
			}
			return p, nil
		}
	}
}

// createChangeSet returns the ARN of a change set that this run has made. A request whose answer was lost is sent again by the
// SDK and then finds its own change set, or one that somebody has put in its place: it is removed, and another one made.
func (s *Stacks) createChangeSet(ctx context.Context, spec Spec, present Stack, kind types.ChangeSetType) (string, error) {
	in := changeSetInput(spec, present, kind, changeSetName(spec))
	out, err := s.API.CreateChangeSet(ctx, in)
	again := false
	if _, full := errors.AsType[*types.LimitExceededException](err); full {
		if err := s.makeRoom(ctx, spec, present); err != nil {
			return "", err
		}
		again = true
	}
	if _, exists := errors.AsType[*types.AlreadyExistsException](err); exists {
		if _, err := s.API.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{StackName: in.StackName, ChangeSetName: in.ChangeSetName}); err != nil && !IsRace(err) {
			return "", operation("delete change set of", spec.Name, err)
		}
		again = true
	}
	if again {
		in = changeSetInput(spec, present, kind, changeSetName(spec))
		out, err = s.API.CreateChangeSet(ctx, in)
	}
	if err == nil {
		return aws.ToString(out.Id), nil
	}
	var api smithy.APIError
	if !IsRace(err) && errors.As(err, &api) && (api.ErrorCode() == "ValidationError" || api.ErrorCode() == "InsufficientCapabilitiesException") {
		return "", &InvalidError{Stack: aws.ToString(in.StackName), Why: api.ErrorMessage()}
	}
	return "", operation("create change set of", aws.ToString(in.StackName), err)
}

// describeChangeSet reads all pages, with the values of properties or without.
func (s *Stacks) describeChangeSet(ctx context.Context, stack, id string, values bool) (*cloudformation.DescribeChangeSetOutput, error) {
	in := &cloudformation.DescribeChangeSetInput{ChangeSetName: aws.String(id), IncludePropertyValues: aws.Bool(values)}
	var first *cloudformation.DescribeChangeSetOutput
	for {
		out, err := s.API.DescribeChangeSet(ctx, in)
		if err != nil {
			return nil, operation("describe change set of", stack, err)
		}
		if first == nil {
			first = out
		} else {
			first.Changes = append(first.Changes, out.Changes...)
		}
		if aws.ToString(out.NextToken) == "" {
			return first, nil
		}
		in.NextToken = out.NextToken
	}
}
