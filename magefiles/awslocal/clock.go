package awslocal

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Clock is a clock for tests that moves only when everybody who takes part in it waits, and then to the time at which
// the first of them goes on. So whatever they do takes no time, and always takes the same course, however busy the
// machine is. Several servers may have the same clock, one after the other or at once.
type Clock struct {
	time *sim.Manual

	mu       sync.Mutex
	partakes int
	waiting  []*wait
}

// wait is one who waits.
type wait struct {
	until time.Time
	over  chan struct{}
}

// NewClock is a clock that stands at t.
func NewClock(t time.Time) *Clock { return &Clock{time: sim.NewManual(t)} }

// Now is the time that the clock stands at.
func (c *Clock) Now() time.Time { return c.time.Now() }

// Join makes the caller one of those for whom the clock waits, until it calls leave. Who takes part and waits for
// something else than Pause has to leave meanwhile, or the clock stands.
func (c *Clock) Join() (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.partakes++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.partakes--
		c.move()
	})
}

// Pause waits for d, as one who takes part. It has the form that pollers take, and ends early with the context.
func (c *Clock) Pause(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &wait{until: c.Now().Add(d), over: make(chan struct{})}
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.move()
	c.mu.Unlock()
	select {
	case <-w.over:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = slices.DeleteFunc(c.waiting, func(other *wait) bool { return other == w })
	return ctx.Err()
}

// move lets the first of those who wait go on, once all wait.
func (c *Clock) move() {
	if len(c.waiting) == 0 || len(c.waiting) < c.partakes {
		return
	}
	first := slices.MinFunc(c.waiting, func(a, b *wait) int { return a.until.Compare(b.until) })
	if ahead := first.until.Sub(c.time.Now()); ahead > 0 {
		c.time.Advance(ahead)
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(w *wait) bool { return w == first })
	close(first.over)
}
