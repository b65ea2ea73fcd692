package targets

import (
	"context"
	"time"
)

// join makes the caller one of those for whom the clock waits, where there is a clock that does, until it leaves.
func (s *session) join() (leave func()) {
	if s.clock == nil {
		return func() {}
	}
	return s.clock.Join()
}

// now is the time on the other side.
func (s *session) now(ctx context.Context) (time.Time, error) {
	if s.server != nil {
		return s.server.Time(ctx)
	}
	return time.Now(), nil
}

// clockTime is the time on the other side, where it is in this process, and else this machine's. It goes on as fast as here.
func (s *session) clockTime() time.Time {
	if s.server != nil {
		if now, err := s.server.Time(context.Background()); err == nil {
			return now
		}
	}
	return time.Now()
}

// passed is how much time has passed since a clockTime, as far as answers lag behind: where a network is between, they do so in
// its time, however fast the other side lets its own pass.
func (s *session) passed(since time.Time) time.Duration {
	if s.server == nil {
		return s.clockTime().Sub(since)
	}
	return time.Duration(float64(s.clockTime().Sub(since)) * s.faster)
}

// refreshEvery is the pause between two pictures of what is under way.
const refreshEvery = time.Second

// pause waits as long as d takes on the other side.
func (s *session) pause(ctx context.Context, d time.Duration) error {
	s.console.Refresh()
	if s.clock != nil {
		return s.clock.Pause(ctx, time.Duration(float64(d)/s.faster))
	}
	end := time.NewTimer(time.Duration(float64(d) / s.faster))
	defer end.Stop()
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-refresh.C:
			s.console.Refresh()
		}
	}
}
