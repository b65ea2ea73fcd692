//go:build linux

package awslocal_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

var allFaults = flag.Bool("faults.real", false, "TestRealFaults tries every fault in every phase of a task's life, not some")

// phases of a task's life, each with how a service comes into it and stays there for some seconds.
var phases = map[string]func(*testing.T, *troubled) (task string){
	"pull": func(t *testing.T, h *troubled) string {
		h.obstruct(t)
		h.launch(t, h.container("app", "serve", ":3000"))
		h.pulls(t)
		return h.in(t, "PENDING")
	},
	"start": func(t *testing.T, h *troubled) string {
		app, first := h.container("app", "serve", ":3000"), h.container("first", "say", "here", ",", "wait", "4s")
		first.Essential = aws.Bool(false)
		app.DependsOn = []types.ContainerDependency{{ContainerName: aws.String("first"), Condition: types.ContainerConditionComplete}}
		h.launch(t, app, first)
		task := h.in(t, "PENDING")
		process{h.executed, task}.says(t, "first", "here")
		return task
	},
	"probe": func(t *testing.T, h *troubled) string {
		h.launch(t, h.container("app", "say", "here", ",", "wait", "4s", ",", "serve", ":3000"))
		task := h.in(t, "RUNNING")
		process{h.executed, task}.says(t, "app", "here")
		return task
	},
	"drain": func(t *testing.T, h *troubled) string {
		h.launch(t, h.container("app", "slow", "4s", ",", "serve", ":3000"))
		h.serves(t)
		h.shop.settled(t)
		task := h.in(t, "RUNNING")
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			if r, err := http.Get(h.shop.url + "/slow"); err == nil { // whatever becomes of it
				_ = r.Body.Close()
			}
		}()
		t.Cleanup(func() { <-answered })
		process{h.executed, task}.says(t, "app", "asked for /slow")
		h.stop(t, task)
		return h.in(t, "DEACTIVATING")
	},
	"stop": func(t *testing.T, h *troubled) string {
		c := h.container("app", "stubborn", ",", "serve", ":3000")
		c.StopTimeout = aws.Int32(4)
		h.launch(t, c)
		h.serves(t)
		h.shop.settled(t)
		task := h.in(t, "RUNNING")
		h.stop(t, task)
		return h.in(t, "STOPPING")
	},
}

// fault is what happens meanwhile.
type fault struct {
	phases string // in which it can
	folder func(*testing.T) string
	happen func(t *testing.T, h *troubled)
	why    map[string]string // what the reason says of the task that it ends, by phase; "" for all others. nil: the task goes on, or not
}

const (
	anyPhase = "pull start probe drain stop"
	held     = "start probe drain stop" // there is a process that holds the task
)

var faults = map[string]fault{
	"machine killed": {phases: anyPhase, why: map[string]string{"": "the machine on which", "drain": "", "stop": ""}, happen: func(t *testing.T, h *troubled) {
		h.end(t, syscall.SIGKILL)
		h.household.start(t)
	}},
	"machine ended": {phases: anyPhase, why: map[string]string{"": "the machine on which", "drain": "", "stop": ""}, happen: func(t *testing.T, h *troubled) {
		h.end(t, syscall.SIGTERM)
		h.household.start(t)
	}},
	"machine stopped": {phases: "pull stop", why: map[string]string{"": "the machine on which", "stop": ""}, happen: func(t *testing.T, h *troubled) {
		for _, pid := range h.processes(t, "splitecs-machine") {
			freeze(t, pid)
		}
		h.household.start(t)
	}},
	"holder killed": {phases: held, why: map[string]string{"": "Essential container in task exited", "start": "CannotStartContainerError", "drain": "", "stop": ""}, happen: func(t *testing.T, h *troubled) {
		h.hit(t, "splitecs-task", syscall.SIGKILL)
	}},
	"holder stopped": {phases: held, why: map[string]string{"": "", "start": "CannotStartContainerError", "probe": "failed ELB health checks"}, happen: func(t *testing.T, h *troubled) {
		h.hit(t, "splitecs-task", syscall.SIGSTOP)
	}},
	"shim stopped": {phases: "drain stop", why: map[string]string{"": ""}, happen: func(t *testing.T, h *troubled) {
		h.hit(t, "splitecs-shim", syscall.SIGSTOP)
	}},
	"deploying process killed": {phases: anyPhase, happen: func(_ *testing.T, h *troubled) { h.stopAsking() }},
	"disk full": {phases: anyPhase, folder: small, happen: func(t *testing.T, h *troubled) {
		room := h.full(t)
		defer room()
		if _, err := h.services.DeregisterTaskDefinition(ctx, nil); err == nil {
			t.Error("what changes the state succeeds on a full disk")
		}
	}},
	"layer damaged": {phases: "pull", why: map[string]string{"": "CannotPullContainerError"}, happen: func(t *testing.T, h *troubled) {
		damaged := []byte("no layer")
		h.feed(t, damaged, func(name string) error { return os.WriteFile(name, damaged, 0o600) })
	}},
	"layer missing": {phases: "pull", why: map[string]string{"": "CannotPullContainerError"}, happen: func(t *testing.T, h *troubled) {
		h.feed(t, nil, func(string) error { return nil })
	}},
}

// TestRealFaults lets something happen in each phase of a task's life. Its end is recorded, with why; its service has a task again that
// answers; and when the machine is switched off nothing is left.
func TestRealFaults(t *testing.T) {
	t.Parallel()
	type scene struct{ phase, fault string }
	all := map[string]scene{}
	for name, f := range faults {
		for phase := range strings.FieldsSeq(f.phases) {
			all[phase+", "+name] = scene{phase, name}
		}
	}
	if !*allFaults {
		some := map[string]scene{}
		for i, name := range slices.Sorted(maps.Keys(all)) {
			if i%6 == 0 {
				some[name] = all[name]
			}
		}
		t.Logf("%d of %d cases; -faults.real tries all", len(some), len(all))
		all = some
	}
	for name, s := range spread.Table(t, 2, all) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			happens(t, s.phase, faults[s.fault])
		})
	}
}

func happens(t *testing.T, phase string, f fault) {
	folder := t.TempDir
	if f.folder != nil {
		folder = func() string { return f.folder(t) }
	}
	h := &troubled{household: newHouseholdIn(t, folder())}
	t.Cleanup(h.stopAsking)
	task := phases[phase](t, h)
	h.task = task
	h.processes(t, "")
	began := time.Now()
	f.happen(t, h)
	if f.why != nil {
		why, ok := f.why[phase]
		if !ok {
			why = f.why[""]
		}
		if ended := (process{h.executed, task}).ended(t); !strings.Contains(aws.ToString(ended.StoppedReason), why) || aws.ToString(ended.StoppedReason) == "" {
			t.Errorf("its end is recorded with %s %q, not with %q", ended.StopCode, aws.ToString(ended.StoppedReason), why)
		}
	}
	recorded := time.Since(began)
	h.clear(t)
	h.serves(t)
	h.shop.settled(t)
	served := time.Since(began)
	h.processes(t, "")
	if err := h.machine.SwitchOff(ctx); err != nil {
		t.Error(err)
	}
	eventually(t, func() error { // the kernel ends the last ones
		if left := h.left(); len(left) > 0 {
			return fmt.Errorf("there are still %q", left)
		}
		return nil
	})
	t.Logf("recorded after %s, served after %s, all after %s", recorded.Round(time.Millisecond), served.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}
