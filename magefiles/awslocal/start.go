package awslocal

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Test is a server for one test.
type Test struct {
	*Server
	t     testing.TB
	clock *sim.Manual
}

// Start serves an empty embedded AWS until the test ends, with these faults. Its clock stands still and moves
// only by Pause and Advance, and by the delay of a fault, so that a test takes no time and always takes the same
// course.
func Start(t testing.TB, list ...Fault) *Test {
	t.Helper()
	clock := sim.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s := &Test{t: t, clock: clock}
	server, err := Open(Options{Dir: t.TempDir(), Speed: 1, Faults: list, clock: clock, pause: s.Pause, record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	s.Server = server
	return s
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

// Inject adds faults; one that makes no sense fails the test.
func (s *Test) Inject(list ...Fault) {
	s.t.Helper()
	if err := s.Server.Inject(list...); err != nil {
		s.t.Fatal(err)
	}
}

// Rehearse is [Server.Rehearse]; a scenario that makes no sense fails the test.
func (s *Test) Rehearse(scenario string) {
	s.t.Helper()
	if err := s.Server.Rehearse(scenario); err != nil {
		s.t.Fatal(err)
	}
}

// Calls are the operations that have been called since the start, in order, as [Fault] names them. A call that
// was hit by a fault counts; one of an operation that is not served does not.
func (s *Test) Calls() []string {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return slices.Clone(s.faults.calls)
}
