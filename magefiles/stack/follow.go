package stack

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// describeEvery is how many looks at events go by between two looks at the stack, for the case that its last
// event came before the first look.
const describeEvery = 10

// follow tells of the events after the one named by last until no operation is under way on the stack, and
// returns the stack as it then is, with the events seen. Where the caller has just asked for an operation
// (asked), it waits for its first event: a status read earlier may still be the old one. Where none comes, nothing was
// begun, which is a race. A stack that is gone
// at the end is a NotFoundError.
//
// A look is one call, for the events: they tell when the stack reaches its end.
func (s *Stacks) follow(ctx context.Context, id, last string, asked bool) (Stack, []Event, error) {
	var seen []Event
	wait := pacer{least: eventInterval, most: eventIntervalMost}
	for look := 0; ; look++ {
		var events []Event
		err := s.patiently(ctx, &wait, func() (err error) {
			events, err = s.eventsAfter(ctx, id, last)
			return err
		})
		if err != nil {
			return Stack{}, seen, err
		}
		for _, e := range events {
			if s.Event != nil {
				s.Event(e)
			}
			last = e.ID
		}
		seen = append(seen, events...)
		if ended(events) || look%describeEvery == 0 && (!asked || len(seen) > 0 || look > 0) {
			present, err := s.describeByID(ctx, id, &wait)
			if err != nil {
				return present, seen, err
			}
			if !underWay(present.Status) && asked && len(seen) == 0 {
				// AWS took the request for one that it has carried out already: it was somebody else's, with the same token.
				return present, seen, &raceError{"nothing has begun"}
			}
			if !underWay(present.Status) {
				late, err := s.eventsAfter(ctx, id, last) // what came between the two calls
				for _, e := range late {
					if s.Event != nil {
						s.Event(e)
					}
				}
				return present, append(seen, late...), err
			}
		}
		if len(events) > 0 {
			wait.reset()
		}
		if err := s.pause(ctx, wait.next()); err != nil {
			return Stack{}, seen, err
		}
	}
}

// ended tells whether the latest event of the stack itself says that nothing is under way.
func ended(events []Event) bool {
	for _, e := range slices.Backward(events) {
		if e.OfStack {
			return !underWay(types.StackStatus(e.Status))
		}
	}
	return false
}

// describeByID describes a stack that may have been deleted, which is a NotFoundError.
func (s *Stacks) describeByID(ctx context.Context, id string, wait *pacer) (present Stack, err error) {
	err = s.patiently(ctx, wait, func() error {
		out, err := s.API.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(id)})
		if isNotFound(err) {
			return &NotFoundError{Stack: id}
		}
		if err != nil {
			return operation("describe", id, err)
		}
		present = fromAPI(out.Stacks[0])
		if present.Status == types.StackStatusDeleteComplete {
			return &NotFoundError{Stack: present.Name}
		}
		return nil
	})
	return present, err
}

// eventsAfter are the events of a stack that came after the one named by last, oldest first; all of them
// where last is empty.
func (s *Stacks) eventsAfter(ctx context.Context, id, last string) ([]Event, error) {
	var newest []Event
	pages := cloudformation.NewDescribeStackEventsPaginator(s.API, &cloudformation.DescribeStackEventsInput{StackName: aws.String(id)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, operation("describe events of", id, err)
		}
		for _, e := range page.StackEvents {
			if aws.ToString(e.EventId) == last {
				slices.Reverse(newest)
				return newest, nil
			}
			newest = append(newest, eventFromAPI(e))
		}
	}
	slices.Reverse(newest)
	return newest, nil
}

// lastEvent is the id of the newest event of a stack, empty where there is none, and the events that show how
// earlier operations went.
func (s *Stacks) lastEvent(ctx context.Context, id string) (last string, earlier history, err error) {
	out, err := s.API.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: aws.String(id)})
	if err != nil {
		return "", history{}, operation("describe events of", id, err)
	}
	earlier.add(out)
	if len(earlier.newest) > 0 {
		last = earlier.newest[0].ID
	}
	return last, earlier, nil
}

func eventFromAPI(e types.StackEvent) Event {
	return Event{
		ID: aws.ToString(e.EventId), Stack: aws.ToString(e.StackName), Time: aws.ToTime(e.Timestamp),
		Resource: aws.ToString(e.LogicalResourceId), Type: aws.ToString(e.ResourceType),
		Status: string(e.ResourceStatus), Reason: aws.ToString(e.ResourceStatusReason),
		OfStack: aws.ToString(e.PhysicalResourceId) == aws.ToString(e.StackId), Token: aws.ToString(e.ClientRequestToken),
	}
}

// IsGone tells whether the error says that there is no such stack.
func IsGone(err error) bool {
	_, gone := errors.AsType[*NotFoundError](err)
	return gone
}
