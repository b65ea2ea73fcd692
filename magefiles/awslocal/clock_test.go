package awslocal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// Two who wait take turns in the order of their times, whatever the machine does.
func TestAClockMovesWhenAllWait(t *testing.T) {
	for range 50 {
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		c := awslocal.NewClock(start)
		var mu sync.Mutex
		var told []string
		var workers sync.WaitGroup
		leaves := []func(){c.Join(), c.Join()}
		for i, every := range []time.Duration{3 * time.Second, 5 * time.Second} {
			workers.Go(func() {
				defer leaves[i]()
				for range 3 {
					if err := c.Pause(context.Background(), every); err != nil {
						t.Error(err)
					}
					mu.Lock()
					told = append(told, fmt.Sprintf("%s at %s", every, c.Now().Sub(start)))
					mu.Unlock()
				}
			})
		}
		workers.Wait()
		if want := []string{"3s at 3s", "5s at 5s", "3s at 6s", "3s at 9s", "5s at 10s", "5s at 15s"}; !slices.Equal(told, want) {
			t.Fatalf("got %q, want %q", told, want)
		}
	}
}

func TestAClockLetsGoWhoIsInterrupted(t *testing.T) {
	c := awslocal.NewClock(time.Now())
	c.Join() // and never waits
	ctx, cancel := context.WithCancel(context.Background())
	leave := c.Join()
	done := make(chan error)
	go func() { done <- c.Pause(ctx, time.Hour) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	leave()
}
