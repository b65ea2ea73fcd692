package targets_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
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

// troubles by name. A run that is killed is tried with a process of its own, see TestKilledAtAnyCall.
var troubles = map[string]trouble{
	"throttle":     {awslocal.Fault{Kind: awslocal.Throttle}, []int{0, 1, 5}},
	"500":          {awslocal.Fault{Kind: awslocal.InternalError}, []int{0, 1, 5}},
	"answer lost":  {awslocal.Fault{Kind: awslocal.InternalError, After: true}, []int{0, 1, 5}},
	"reset":        {awslocal.Fault{Kind: awslocal.ConnectionReset}, []int{0, 1, 5}},
	"reset after":  {awslocal.Fault{Kind: awslocal.ConnectionReset, After: true}, []int{0, 1, 5}},
	"denied":       {awslocal.Fault{Kind: awslocal.AccessDenied}, []int{0, 3}},
	"expired":      {awslocal.Fault{Kind: awslocal.ExpiredToken}, []int{0, 3}},
	"SIGINT":       {awslocal.Fault{}, []int{0, 10}},
	"left at once": {awslocal.Fault{After: true, Kind: awslocal.Latency}, []int{0, 10}},
}

// stage is a target with the state that it starts from, and how things are once it has converged.
type stage struct {
	name     string
	prepare  func(*world)
	run      func(targets.Set, context.Context) error
	revision string // that the service runs in the end; empty where there is none
}

var stages = []stage{
	{"infra:deploy, new", func(*world) {}, infraDeploy, ""},
	{"service:deploy, new", func(w *world) {
		w.run(infraDeploy)
		w.want(0)
		w.push("v1")
	}, serviceDeploy, "shop-local-service:1"},
	{"service:deploy, a release", func(w *world) {
		w.run(infraDeploy)
		w.want(0)
		w.write("app/server.txt", "version 0")
		w.push("v0")
		w.write("app/server.txt", "version 1")
		w.push("v1")
		w.run(serviceDeploy, "SPLITECS_IMAGE=v0")
		w.want(0)
	}, serviceDeploy, "shop-local-service:2"},
	{"service:rollback", func(w *world) {
		w.run(infraDeploy)
		w.want(0)
		w.write("app/server.txt", "version 0")
		w.push("v0")
		w.write("app/server.txt", "version 1")
		w.push("v1")
		for _, v := range []string{"v0", "v1"} {
			w.run(serviceDeploy, "SPLITECS_IMAGE="+v)
			w.want(0)
		}
	}, serviceRollback, "shop-local-service:1"},
}

// Whatever goes wrong at whatever call: the run ends with a documented code, and the next one converges, with
// nothing done twice.
func TestTroubleAtAnyCall(t *testing.T) {
	var cases, ended atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases, in %d of them the run did not end well", cases.Load(), ended.Load()) })
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			origin := newWorld(t)
			s.prepare(origin)
			for name, trouble := range troubles {
				for call := 1; ; call += step(call) {
					w := origin.twin()
					hit := w.suffer(s.run, trouble, name, call)
					if !hit {
						break // there are no more calls
					}
					cases.Add(1)
					if w.code != 0 {
						ended.Add(1)
					}
					if !slices.Contains(trouble.codes, w.code) {
						t.Errorf("%s at call %d: exit code %d\n%s", name, call, w.code, &w.err)
					}
					w.converges(s, fmt.Sprintf("%s at call %d", name, call))
					if t.Failed() {
						return
					}
				}
			}
		})
	}
}

// step from one position to the next.
func step(call int) int {
	if *full {
		return 1
	}
	return 1 + call
}

// suffer runs a target with trouble at a call, and tells whether there was such a call.
func (w *world) suffer(run func(targets.Set, context.Context) error, tr trouble, name string, call int) (hit bool) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
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
	w.run(func(t targets.Set, _ context.Context) error { return run(t.WithFaults(fault), ctx) }, "SPLITECS_IMAGE=v1")
	return struck.Load()
}

// converges: the target run again ends well, a third time changes nothing, and the service runs what it should.
func (w *world) converges(s stage, after string) {
	w.t.Helper()
	if s.name == "service:rollback" {
		w.rollsBack(s, after)
		return
	}
	w.run(s.run, "SPLITECS_IMAGE=v1")
	if w.code != 0 {
		w.t.Errorf("%s: the next run ended with %d\n%s", after, w.code, &w.err)
		return
	}
	w.run(s.run, "SPLITECS_IMAGE=v1")
	if w.code != 0 || !strings.Contains(w.err.String(), "nothing to change") {
		w.t.Errorf("%s: the third run ended with %d and changed something\n%s", after, w.code, &w.err)
	}
	w.runsAt(s.revision, after)
}

// rollsBack: a rollback is not repeated blindly, because a second one goes further back. It has happened, or it
// happens now.
func (w *world) rollsBack(s stage, after string) {
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
			w.t.Errorf("%s: the next run ended with %d\n%s", after, w.code, &w.err)
		}
	}
	w.runsAt(s.revision, after)
}

func (w *world) runsAt(revision, after string) {
	w.t.Helper()
	if revision == "" {
		return
	}
	w.run(serviceStatus)
	if !strings.Contains(w.out.String(), "deployment  PRIMARY "+revision+": COMPLETED") {
		w.t.Errorf("%s: the service does not run %s\n%s%s", after, revision, &w.out, &w.err)
	}
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
