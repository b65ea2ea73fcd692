package awslocal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// A lag of one call begins there: what was answered since the last write is answered no longer, until the lag is over.
func TestALagBeginsWithItsCall(t *testing.T) {
	for name, c := range map[string]struct {
		call int
		want [][]string // what each look sees: before, and after each of two writes; then again, and after the lag
	}{
		"from the start":  {0, [][]string{nil, nil, {"a"}, {"a"}, {"a", "b"}}},
		"never":           {99, [][]string{nil, {"a"}, {"a", "b"}, {"a", "b"}, {"a", "b"}}},
		"with a write":    {4, [][]string{nil, {"a"}, {"a"}, {"a"}, {"a", "b"}}},
		"behind a write":  {5, [][]string{nil, {"a"}, {"a"}, {"a"}, {"a", "b"}}},
		"behind its look": {6, [][]string{nil, {"a"}, {"a", "b"}, {"a"}, {"a", "b"}}},
	} {
		clock := awslocal.NewClock(time.Now())
		server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Speed: 1, Clock: clock, Faults: []awslocal.Fault{
			{Kind: awslocal.Stale, Delay: 30 * time.Second, Call: c.call},
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		var got [][]string
		look := func() { got = append(got, clusters(t, server)) }
		pass := func(d time.Duration) {
			if err := clock.Pause(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		look()
		if err := cluster(server, "a"); err != nil {
			t.Fatal(err)
		}
		look()
		pass(time.Minute)
		if c.call == 0 {
			look() // of a lag that never ends, the answer from before the write is known only when it was looked at
			got = got[:len(got)-1]
		}
		if err := cluster(server, "b"); err != nil {
			t.Fatal(err)
		}
		look()
		look()
		pass(31 * time.Second)
		look()
		if !slices.EqualFunc(got, c.want, func(a, b []string) bool { return slices.Equal(a, b) }) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
