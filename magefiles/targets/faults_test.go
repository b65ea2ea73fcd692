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
}

// troubles by name. Signals and kills are tried with a process of their own, see TestSignalsAtAnyCall.
var troubles = map[string]trouble{
	"throttle":     {awslocal.Fault{Kind: awslocal.Throttle}, []int{0, 1, 5}},
	"500":          {awslocal.Fault{Kind: awslocal.InternalError}, []int{0, 1, 5}},
	"answer lost":  {awslocal.Fault{Kind: awslocal.InternalError, After: true}, []int{0, 1, 5}},
	"reset":        {awslocal.Fault{Kind: awslocal.ConnectionReset}, []int{0, 1, 5}},
	"reset after":  {awslocal.Fault{Kind: awslocal.ConnectionReset, After: true}, []int{0, 1, 5}},
	"denied":       {awslocal.Fault{Kind: awslocal.AccessDenied}, []int{0, 3}},
	"expired":      {awslocal.Fault{Kind: awslocal.ExpiredToken}, []int{0, 3}},
	"SIGINT":       {awslocal.Fault{}, []int{0, 10}},
	"left at once": {awslocal.Fault{After: true}, []int{0, 10}},
}

// stage is a target with the state that it starts from, and how things are once it has converged.
type stage struct {
	name     string
	prepare  func(*world)
	run      func(targets.Set, context.Context) error
	revision string   // that the service runs in the end; empty where there is none
	done     []string // what was done to get there, each thing once; see ledger.Read
}

var stages = []stage{
	{"infra:deploy, new", func(*world) {}, infraDeploy, "", []string{
		"repository shop-local: 0 images, 0 tags",
		"stack ShopEcsInfraStack-local: CREATE",
	}},
	{"service:deploy, new", func(w *world) { w.pushed("v1") }, serviceDeploy, "shop-local-service:1", []string{
		"family shop-local-service: 1 revisions",
		"repository shop-local: 2 images, 1 tags",
		"service shop-local-service: 1 deployments",
		"stack ShopEcsInfraStack-local: CREATE",
		"stack ShopEcsServiceStack-local: CREATE",
	}},
	{"service:deploy, a release", func(w *world) {
		w.pushed("v0", "v1")
		w.run(serviceDeploy, "SPLITECS_IMAGE=v0")
		w.want(0)
	}, serviceDeploy, "shop-local-service:2", []string{
		"family shop-local-service: 2 revisions",
		"repository shop-local: 4 images, 2 tags",
		"service shop-local-service: 2 deployments",
		"stack ShopEcsInfraStack-local: CREATE",
		"stack ShopEcsServiceStack-local: CREATE UPDATE",
	}},
	{"service:rollback", func(w *world) {
		w.pushed("v0", "v1")
		for _, v := range []string{"v0", "v1"} {
			w.run(serviceDeploy, "SPLITECS_IMAGE="+v)
			w.want(0)
		}
	}, serviceRollback, "shop-local-service:1", []string{
		"family shop-local-service: 2 revisions",
		"repository shop-local: 4 images, 2 tags",
		"service shop-local-service: 3 deployments",
		"stack ShopEcsInfraStack-local: CREATE",
		"stack ShopEcsServiceStack-local: CREATE UPDATE UPDATE",
	}},
	{"image:push", func(w *world) {
		w.run(infraDeploy)
		w.want(0)
	}, imagePush, "", []string{
		"repository shop-local: 2 images, 1 tags",
		"stack ShopEcsInfraStack-local: CREATE",
	}},
}

// pushed has the infra stack and images under these tags.
func (w *world) pushed(tags ...string) {
	w.t.Helper()
	w.run(infraDeploy)
	w.want(0)
	for _, tag := range tags {
		w.write("app/server.txt", tag)
		w.push(tag)
	}
}

// Whatever goes wrong at whatever call: the run ends with a documented code, and the next one converges, with
// nothing done twice.
func TestTroubleAtAnyCall(t *testing.T) {
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
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			origin := newWorld(t)
			s.prepare(origin)
			for name, trouble := range troubles {
				for call := 1; ; call += step(call) {
					w := origin.twin()
					hit, err := w.suffer(s.run, trouble, name, call)
					if !hit && call == 1 {
						t.Fatalf("%s hits nothing, exit code %d\n%s", name, w.code, &w.err)
					}
					if !hit {
						break // there are no more calls
					}
					cases[name].Add(1)
					if w.code != 0 {
						unwell.Add(1)
					}
					if err = errors.Join(err, w.converges(s), os.RemoveAll(w.env["SPLITECS_LOCAL_DIR"])); err != nil {
						failures.Add(1)
						t.Errorf("%s at call %d: %v", name, call, err)
					}
				}
			}
		})
	}
}

// step from one position to the next: with -short, under the race detector, a longer one. How many cases there were is
// printed.
func step(call int) int {
	switch {
	case *full:
		return 1
	case testing.Short():
		return 1 + 3*call
	}
	return 1 + call
}

// variables of every run of a stage.
var variables = []string{"SPLITECS_IMAGE=v1", "SPLITECS_TAG=v1"}

// suffer runs a target with trouble at a call, and tells whether there was such a call.
func (w *world) suffer(run func(targets.Set, context.Context) error, tr trouble, name string, call int) (hit bool, err error) {
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
	w.run(func(t targets.Set, _ context.Context) error { return run(t.WithFaults(fault), ctx) }, variables...)
	if !slices.Contains(tr.codes, w.code) {
		err = fmt.Errorf("exit code %d\n%s", w.code, &w.err)
	}
	return struck.Load(), err
}

// converges: the target run again ends well, a third time changes nothing, the service runs what it should, and
// nothing was done twice.
func (w *world) converges(s stage) error {
	w.t.Helper()
	if s.name == "service:rollback" {
		if err := w.rollsBack(s); err != nil {
			return err
		}
	} else {
		w.run(s.run, variables...)
		if w.code != 0 {
			return fmt.Errorf("the next run ended with %d\n%s", w.code, &w.err)
		}
		w.run(s.run, variables...)
		if said := w.err.String(); w.code != 0 || !strings.Contains(said, "nothing to change") && !strings.Contains(said, "nothing sent") {
			return fmt.Errorf("the third run ended with %d and changed something\n%s", w.code, said)
		}
	}
	return errors.Join(w.runsAt(s.revision), w.didOnce(s.done))
}

// rollsBack: a rollback is not repeated blindly, because a second one goes further back. It has happened, or it
// happens now.
func (w *world) rollsBack(s stage) error {
	w.t.Helper()
	w.run(serviceDiff, "SPLITECS_IMAGE=v1") // only to let what is under way go on
	for range 50 {
		w.run(serviceStatus)
		if w.code == 0 && strings.Contains(w.out.String(), "COMPLETE since") && !strings.Contains(w.out.String(), "IN_PROGRESS") {
			break
		}
	}
	if !strings.Contains(w.out.String(), "pinned to "+s.revision) {
		w.run(serviceRollback)
		if w.code != 0 {
			return fmt.Errorf("the next run ended with %d\n%s", w.code, &w.err)
		}
	}
	return nil
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

// didOnce compares what was done with what was to be done.
func (w *world) didOnce(want []string) error {
	w.t.Helper()
	got, err := ledger.Read(w.t.Context(), w.env["SPLITECS_LOCAL_DIR"])
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
