package awslocal

import (
	"context"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Test is a server for one test.
type Test struct {
	*Server
	clock *sim.Manual
}

// Start serves an empty embedded AWS until the test ends. Its clock stands still and moves only by Pause and
// Advance, so that a test takes no time and always takes the same course.
func Start(t testing.TB) *Test {
	t.Helper()
	clock := sim.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	server, err := Open(Options{Dir: t.TempDir(), Speed: 1, clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Test{Server: server, clock: clock}
}

// Advance moves the clock by d.
func (s *Test) Advance(d time.Duration) { s.clock.Advance(d) }

// Now is the time on the clock.
func (s *Test) Now() time.Time { return s.clock.Now() }

// Pause is a wait of d that takes no time: the clock moves instead. It has the form that pollers take.
func (s *Test) Pause(ctx context.Context, d time.Duration) error {
	s.clock.Advance(d)
	return ctx.Err()
}
