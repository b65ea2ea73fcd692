package stack

import (
	"context"
	"fmt"
	"time"
)

// tries is how often it is decided again what to do, where somebody else is faster. The pauses between them double, so that
// the last one comes when no answer can be older than the first any more: the status of a stack that lags behind a change of
// our own looks like somebody else's.
const (
	tries      = 5
	firstPause = 2 * time.Second // 30 s in all
)

// again does something with a stack until nobody else is faster. In the end it is a [BusyError].
func (s *Stacks) again(ctx context.Context, name string, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if !IsRace(err) {
			return err
		}
		if try == tries {
			present, _ := s.Describe(ctx, name) // without a status it says less
			return &BusyError{Stack: name, Status: present.Status, Err: err}
		}
		s.note(fmt.Sprintf("stack %s: somebody else was faster (%s): looking again", name, answer(err)))
		if err := s.pause(ctx, firstPause<<(try-1)); err != nil {
			return err
		}
	}
}
