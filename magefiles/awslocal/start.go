package awslocal

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Test is a server for one test.
type Test struct {
	*Server
	t     testing.TB
	clock *sim.Manual // nil: the machine's
}

// TestOption changes what Start serves: a [Fault], [RealPrograms], or [HostPorts].
type TestOption interface{ apply(*Options) }

func (f Fault) apply(o *Options) { o.Faults = append(o.Faults, f) }

type realPrograms struct{}

// RealPrograms lets the tasks of a test be executed: their images, their health checks, behind a load balancer on loopback
// ([Server.Addresses]). Programs need their time, so the clock is the machine's; what AWS itself takes is [DefaultSpeed] times as
// fast. The test is skipped, with the reason, where this machine cannot execute any.
var RealPrograms TestOption = realPrograms{}

func (realPrograms) apply(*Options) {}

// HostPorts are ports of 127.0.0.1, such as that of a test's database, that [RealPrograms] reach at host.splitecs.internal: a
// task's own 127.0.0.1 is not this machine's.
type HostPorts []int

func (p HostPorts) apply(o *Options) { o.hostPorts = p }

// Start serves an empty embedded AWS until the test ends, with these faults. Its clock stands still and moves
// only by Pause and Advance, and by the delay of a fault, so that a test takes no time and always takes the same
// course.
func Start(t testing.TB, options ...TestOption) *Test {
	t.Helper()
	s := &Test{t: t}
	o := Options{Dir: t.TempDir(), record: true}
	real := false
	for _, option := range options {
		option.apply(&o)
		real = real || option == RealPrograms
	}
	if real {
		box, err := sandbox.Try(o.Dir)
		if err != nil {
			t.Skipf("no program is executed: %v", err)
		}
		o.box = &box
	} else {
		s.clock = sim.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		o.Speed, o.clock, o.pause = 1, s.clock, s.Pause
	}
	server, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := server.Close()
		if real { // images have folders that cannot be written, which the test's own removal of its folder does not know
			err = errors.Join(err, layers.RemoveAll(o.Dir))
		}
		if err != nil {
			t.Error(err)
		}
	})
	s.Server = server
	return s
}

// Advance moves the clock by d. With [RealPrograms] it moves by itself, and the test fails.
func (s *Test) Advance(d time.Duration) {
	s.t.Helper()
	if s.clock == nil {
		s.t.Fatal("the clock of real programs is the machine's: it cannot be moved")
	}
	s.clock.Advance(d)
}

// Now is the time on the clock.
func (s *Test) Now() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock.Now()
}

// Pause is a wait of d that takes no time: the clock moves instead. It has the form that pollers take. With [RealPrograms] it
// waits for d at the speed of the embedded AWS.
func (s *Test) Pause(ctx context.Context, d time.Duration) error {
	if s.clock == nil {
		return pause(ctx, s.world.Scaled(d))
	}
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
