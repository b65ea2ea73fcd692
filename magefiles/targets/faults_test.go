package targets_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/awslocal/ledger"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// full tries every position; otherwise a few of them, spread over the run.
var full = flag.Bool("full", false, "fault injection at every call position")

// trouble is what goes wrong at one call, and the exit codes that are documented for it. Code 0: it passed, as a
// read that is repeated does, or came after the last thing that mattered.
type trouble struct {
	fault awslocal.Fault
	codes []int
	lag   bool // begins at the call, and is no failure
}

// troubles by name. Signals and kills are tried with a process of their own, see TestSignalsAtAnyCall.
var troubles = map[string]trouble{
	"throttle":     {fault: awslocal.Fault{Kind: awslocal.Throttle}, codes: []int{0, 1, 5}},
	"500":          {fault: awslocal.Fault{Kind: awslocal.InternalError}, codes: []int{0, 1, 5}},
	"answer lost":  {fault: awslocal.Fault{Kind: awslocal.InternalError, After: true}, codes: []int{0, 1, 5}},
	"reset":        {fault: awslocal.Fault{Kind: awslocal.ConnectionReset}, codes: []int{0, 1, 5}},
	"reset after":  {fault: awslocal.Fault{Kind: awslocal.ConnectionReset, After: true}, codes: []int{0, 1, 5}},
	"denied":       {fault: awslocal.Fault{Kind: awslocal.AccessDenied}, codes: []int{0, 3}},
	"expired":      {fault: awslocal.Fault{Kind: awslocal.ExpiredToken}, codes: []int{0, 3}},
	"SIGINT":       {fault: awslocal.Fault{}, codes: []int{0, 10}},
	"left at once": {fault: awslocal.Fault{After: true}, codes: []int{0, 10}},
	"stale":        {fault: awslocal.Fault{Kind: awslocal.Stale, Delay: 30 * time.Second}, codes: []int{0}, lag: true},
	"missing":      {fault: awslocal.Fault{Kind: awslocal.Missing, Times: 3}, codes: []int{0}, lag: true},
	"late logs":    {fault: awslocal.Fault{Kind: awslocal.LateLogs, Delay: 5 * time.Second}, codes: []int{0}, lag: true},
}

// some of the troubles, for what is tried rarely.
var some = []string{"denied", "reset after", "SIGINT"}

// Whatever goes wrong at whatever call: the run ends with a documented code, and the next one converges, with
// nothing done twice.
func TestTroubleAtAnyCall(t *testing.T) {
	t.Parallel()
	began := time.Now()
	cases := map[string]*atomic.Int64{}
	for name := range troubles {
		cases[name] = new(atomic.Int64)
	}
	var failures, unwell atomic.Int64
	t.Cleanup(func() {
		total := int64(0)
		for _, name := range slices.Sorted(maps.Keys(cases)) {
			fmt.Printf("faults: %-12s %5d cases\n", name, cases[name].Load())
			total += cases[name].Load()
		}
		fmt.Printf("faults: %d cases, %d failures, %.0f s; %d of the runs that met with trouble did not end well\n",
			total, failures.Load(), time.Since(began).Seconds(), unwell.Load())
	})
	for i, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			origin := newWorld(t)
			s.prepare(origin)
			for n, name := range s.meets(t, i) {
				trouble, first := troubles[name], first(i+n)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					for call := first; ; call += step(call) {
						w := origin.twin()
						w.t = t
						if trouble.lag {
							w.timed()
						}
						hit, err := w.suffer(s, trouble, name, call)
						if !hit && call == first {
							t.Fatalf("%s hits nothing, exit code %d\n%s", name, w.code, &w.err)
						}
						if !hit {
							break // there are no more calls
						}
						cases[name].Add(1)
						if w.code != 0 {
							unwell.Add(1)
						}
						if err = errors.Join(err, w.converges(s, trouble.lag), os.RemoveAll(w.env["SPLITECS_LOCAL_DIR"])); err != nil {
							failures.Add(1)
							t.Errorf("%s at call %d: %v", name, call, err)
						}
					}
				})
			}
		})
	}
}

// meets are the troubles that the i-th stage is tried with: with -short, under the race detector, two of them, others than
// those of the stage before.
func (s stage) meets(t *testing.T, i int) []string {
	t.Helper()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(troubles)), func(name string) bool {
		return s.rare && !troubles[name].lag && !slices.Contains(some, name) && !*full
	})
	if !testing.Short() {
		return names
	}
	t.Logf("short: 2 of %d cases", len(names))
	return []string{names[i%len(names)], names[(i+len(names)/2)%len(names)]}
}

// first is the position that the i-th row of positions begins at: rows lie beside each other, so that together they meet most
// of the calls.
func first(i int) int {
	if *full {
		return 1
	}
	return 1 + i%2
}

// step from one position to the next: with -short, under the race detector, a longer one. How many cases there were is
// printed.
func step(call int) int {
	switch {
	case *full:
		return 1
	case testing.Short():
		return 1 + 9*call
	}
	return 1 + 3*call
}

// variables of every run of a stage.
var variables = []string{"SPLITECS_IMAGE=v1", "SPLITECS_TAG=v1", "SPLITECS_APPROVE=1"}

// suffer runs a target with trouble at a call, and tells whether there was such a call.
func (w *world) suffer(s stage, tr trouble, name string, call int) (hit bool, err error) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	var struck atomic.Bool
	fault := tr.fault
	fault.Call = call
	fault.Do = func(int, string) {
		struck.Store(true)
		if name == "SIGINT" || name == "left at once" {
			cancel() // Mage ends the context
		}
	}
	w.run(func(t targets.Set, _ context.Context) error { return s.run(t.WithFaults(fault), ctx) }, variables...)
	switch {
	case !slices.Contains(tr.codes, w.code):
		err = fmt.Errorf("exit code %d\n%s", w.code, &w.err)
	case w.code == 0:
		err = w.said(s)
	}
	return struck.Load(), err
}

// converges: the target run again ends well, a third time changes nothing, the service runs what it should, and
// nothing was done twice. Behind a lag it is so at once.
func (w *world) converges(s stage, lag bool) error {
	w.t.Helper()
	if !lag {
		again := (*world).ends
		if s.again != nil {
			again = s.again
		}
		if err := again(w, s); err != nil {
			return err
		}
		if s.settled != nil {
			if err := w.rests(s); err != nil {
				return err
			}
		}
	}
	err := w.runsAt(s.revision)
	if !lag && s.settled == nil && s.again == nil {
		return err // it was done once more
	}
	// A revision that one command has for itself is made for each.
	return errors.Join(err, w.didOnce(s.done, !lag))
}

func (w *world) runsAt(revision string) error {
	w.t.Helper()
	if revision == "" {
		return nil
	}
	w.run(serviceStatus)
	if !strings.Contains(w.out.String(), "deployment  PRIMARY "+revision+": COMPLETED") {
		return fmt.Errorf("the service does not run %s\n%s%s", revision, &w.out, &w.err)
	}
	return nil
}

// didOnce compares what was done with what was to be done, with commands of their own left out or not.
func (w *world) didOnce(want []string, butCommands bool) error {
	w.t.Helper()
	got, err := ledger.Read(w.t.Context(), w.env["SPLITECS_LOCAL_DIR"])
	if butCommands {
		ofCommand := func(line string) bool { return strings.HasPrefix(line, "family shop-local-service-run:") }
		got, want = slices.DeleteFunc(got, ofCommand), slices.DeleteFunc(slices.Clone(want), ofCommand)
	}
	if err != nil || slices.Equal(got, want) {
		return err
	}
	return fmt.Errorf("not everything was done once:\n%s", cmp.Diff(want, got))
}

// twin is a world like this one with a state folder of its own.
func (w *world) twin() *world {
	w.t.Helper()
	twin := &world{t: w.t, app: w.app, dir: w.dir, env: map[string]string{}}
	for k, v := range w.env {
		twin.env[k] = v
	}
	twin.env["SPLITECS_LOCAL_DIR"] = w.t.TempDir() + "/state"
	if _, err := os.Stat(w.env["SPLITECS_LOCAL_DIR"]); err == nil {
		if err := os.CopyFS(twin.env["SPLITECS_LOCAL_DIR"], os.DirFS(w.env["SPLITECS_LOCAL_DIR"])); err != nil {
			w.t.Fatal(err)
		}
	}
	return twin
}
