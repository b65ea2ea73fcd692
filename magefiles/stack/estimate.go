package stack

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// usual is on how many earlier runs an estimate rests at most: those before are of another application.
const usual = 3

// Estimate is how long a change of a stack may take.
type Estimate struct {
	Took  time.Duration // the median of the earlier ones; 0 where there are none
	Times int           // how many there are
}

func (e Estimate) String() string {
	as := "as the last time"
	if e.Times > 1 {
		as = fmt.Sprintf("as the last %d times", e.Times)
	}
	return fmt.Sprintf("about %s, %s", max(e.Took.Round(time.Second), time.Second), as)
}

// history are events of a stack, newest first, as far as they have been read.
type history struct {
	newest []Event
	more   *string // token of the next page; nil after the last one
}

func (h *history) add(page *cloudformation.DescribeStackEventsOutput) {
	for _, e := range page.StackEvents {
		h.newest = append(h.newest, eventFromAPI(e))
	}
	h.more = page.NextToken
}

// expect tells how long a change of a stack may take. Where the newest page of its events does not show it, it reads
// one more and no further. Nothing is expected of a creation: a stack is created once. That the events cannot be
// read is no reason not to begin.
func (s *Stacks) expect(ctx context.Context, present Stack, earlier history) {
	if s.Expect == nil || present.ID == "" {
		return
	}
	e := estimate(types.StackStatusUpdateInProgress, earlier.newest)
	if e.Times == 0 && earlier.more != nil {
		page, err := s.API.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{
			StackName: aws.String(present.ID), NextToken: earlier.more,
		})
		if err != nil {
			return
		}
		earlier.add(page)
		e = estimate(types.StackStatusUpdateInProgress, earlier.newest)
	}
	if e.Times > 0 {
		s.Expect(present.Name, e)
	}
}

// estimate is made from the latest operations that began with a status, CREATE_IN_PROGRESS or UPDATE_IN_PROGRESS, and
// ended well, in events, newest first. Pure.
func estimate(began types.StackStatus, newest []Event) Estimate {
	var took []time.Duration
	var end time.Time // of the operation that the events are in the middle of; zero where that does not count
	for _, e := range newest {
		if !e.OfStack {
			continue
		}
		switch status := types.StackStatus(e.Status); {
		case succeeded(status):
			end = e.Time
		case status == types.StackStatusUpdateCompleteCleanupInProgress:
		case status == began && !end.IsZero() && len(took) < usual:
			took = append(took, max(0, end.Sub(e.Time)))
			end = time.Time{}
		default:
			end = time.Time{}
		}
	}
	return Estimate{Took: median(took), Times: len(took)}
}

// median is the middle of some durations, 0 of none.
func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	half := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[half-1] + sorted[half]) / 2
	}
	return sorted[half]
}
