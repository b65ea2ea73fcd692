package stack

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Pauses between two looks: short where something may end at any moment, longer where nothing happens.
const (
	changeSetInterval     = time.Second
	changeSetIntervalMost = 3 * time.Second
	eventInterval         = 2 * time.Second
	eventIntervalMost     = 3 * time.Second
)

// patience is how many reads in a row may fail before the operation is given up. The SDK has tried each of them
// several times; the operation in AWS goes on all the while.
const patience = 5

// pacer is a pause that grows by half each time, from least to most.
type pacer struct {
	least, most time.Duration
	now         time.Duration
}

func (p *pacer) next() time.Duration {
	p.now = min(max(p.least, p.now*3/2), p.most)
	return p.now
}

func (p *pacer) reset() { p.now = 0 }

// retryable are the errors after which the same read may succeed: throttling, 5xx, broken connections.
var retryable = retry.IsErrorRetryables(retry.DefaultRetryables)

// patiently repeats a read that fails for a reason that may pass. It may not be used for what changes anything.
func (s *Stacks) patiently(ctx context.Context, wait *pacer, read func() error) error {
	for failures := 1; ; failures++ {
		err := read()
		if err == nil || ctx.Err() != nil || failures == patience || retryable.IsErrorRetryable(err) != aws.TrueTernary {
			return err
		}
		if err := s.pause(ctx, wait.next()); err != nil {
			return err
		}
	}
}
