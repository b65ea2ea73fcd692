package acceptance_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/ledger"
)

// A compiled magefile ends with its documented code on both signals, and says how to go on.
func TestSignals(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	binary := compiled(t)
	u := newUser(t)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		u.state = filepath.Join(t.TempDir(), "state")
		cmd := exec.Command(binary, "infra:deploy", "local")
		cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_DIR="+u.state, "SPLITECS_LOCAL_SPEED=20")
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		sent := false
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			said.WriteString(lines.Text() + "\n")
			if !sent && strings.Contains(lines.Text(), "CREATE_IN_PROGRESS") {
				sent = true
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // the exit code is looked at
		if code := cmd.ProcessState.ExitCode(); code != 10 || !strings.Contains(said.String(), "next: go tool mage infra:status local") {
			t.Errorf("%s: exit code %d\n%s", signal, code, &said)
		}
		out, errs, code := u.run([]string{"SPLITECS_LOCAL_SPEED=100"}, binary, "infra:deploy", "local")
		u.wants(0, out, errs, code, "following it to its end")
	}
}

var full = flag.Bool("full", false, "a signal at every call, every exit code in each way, not some")

// ends are the signals that end a run at a call, and the exit code that it then has: -1 of a process that was killed.
var ends = map[string]int{"interrupt": 10, "terminate": 10, "crash": -1, "crash-after": -1}

// patience is how long a run that was told to end may take to do so, on a busy machine; Mage gives it as much after
// Ctrl-C.
const patience = 5 * time.Second

// job is a target of the compiled magefile with what it starts from, and how things are once it has converged.
type job struct {
	target  []string
	set     []string // variables
	prepare func(*operator)
	shows   string   // on stdout of a run that ends well
	done    []string // what was done to get there, each thing once; see ledger.Read
}

var jobs = map[string]job{
	"infra:deploy, new": {
		[]string{"infra:deploy", "local"}, nil, func(*operator) {}, "ClusterName=bellyfed-local", []string{
			"repository bellyfed-local: 0 images, 0 tags",
			"stack BellyfedEcsInfraStack-local: CREATE",
		}},
	"service:deploy, new": {
		[]string{"service:deploy", "local"}, []string{"SPLITECS_IMAGE=v1"}, func(o *operator) { o.pushes("v1") },
		"DeployedTaskDefinitionArn=arn:aws:ecs:ap-southeast-1:000000000000:task-definition/bellyfed-local-service:1", []string{
			"family bellyfed-local-service: 1 revisions",
			"repository bellyfed-local: 1 images, 1 tags",
			"service bellyfed-local-service: 1 deployments",
			"stack BellyfedEcsInfraStack-local: CREATE",
			"stack BellyfedEcsServiceStack-local: CREATE",
		}},
	"service:deploy, a release": {
		[]string{"service:deploy", "local"}, []string{"SPLITECS_IMAGE=v1"}, func(o *operator) {
			o.pushes("v0", "v1")
			o.must([]string{"SPLITECS_IMAGE=v0"}, "service:deploy", "local")
		},
		"DeployedTaskDefinitionArn=arn:aws:ecs:ap-southeast-1:000000000000:task-definition/bellyfed-local-service:2", []string{
			"family bellyfed-local-service: 2 revisions",
			"repository bellyfed-local: 2 images, 2 tags",
			"service bellyfed-local-service: 2 deployments",
			"stack BellyfedEcsInfraStack-local: CREATE",
			"stack BellyfedEcsServiceStack-local: CREATE UPDATE",
		}},
	"local:up": {
		[]string{"local:up"}, nil, func(*operator) {}, "bellyfed-local-service:1: COMPLETED", []string{
			"family bellyfed-local-service: 1 revisions",
			"repository bellyfed-local: 1 images, 1 tags",
			"service bellyfed-local-service: 1 deployments",
			"stack BellyfedEcsInfraStack-local: CREATE",
			"stack BellyfedEcsServiceStack-local: CREATE",
		}},
}

// ended runs a job with a signal at a call, and tells whether it ended by that: a run that ends well made fewer
// calls, or was past the last thing that mattered.
func (o *operator) ended(j job, signal string, call int) (early bool, err error) {
	o.t.Helper()
	began := time.Now()
	out, errs, code := o.runs(append(slices.Clone(j.set), fmt.Sprintf("SPLITECS_LOCAL_SCENARIO=fault:*:%s:%d", signal, call)), j.target...)
	if took := time.Since(began); took > patience {
		err = fmt.Errorf("it took %s to end", took)
	}
	if code != 0 && code != ends[signal] {
		err = errors.Join(err, fmt.Errorf("exit code %d\n%s", code, errs))
	}
	if code == 0 && !strings.Contains(out, j.shows) {
		err = errors.Join(err, fmt.Errorf("exit code 0, and the job is not done:\n%s%s", out, errs))
	}
	if code == 10 && !strings.Contains(errs, "next: go tool mage "+strings.Join(j.target, " ")) {
		err = errors.Join(err, fmt.Errorf("it does not say how to go on:\n%s", errs))
	}
	return code != 0, err
}

// converges: the next run ends well, and nothing was done twice.
func (o *operator) converges(j job) error {
	o.t.Helper()
	out, errs, code := o.runs(j.set, j.target...)
	if code != 0 || !strings.Contains(out, j.shows) {
		return fmt.Errorf("the next run ended with %d\n%s%s", code, out, errs)
	}
	got, err := ledger.Read(o.t.Context(), o.state)
	if err != nil || slices.Equal(got, j.done) {
		return err
	}
	return fmt.Errorf("not everything was done once:\n%s", cmp.Diff(j.done, got))
}

// Whatever signal comes at whatever call: the process ends soon and with its documented code, the next run
// completes the job, and nothing is done twice.
func TestSignalsAtAnyCall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	program := compiled(t)
	began := time.Now()
	cases := map[string]*atomic.Int64{}
	for signal := range ends {
		cases[signal] = new(atomic.Int64)
	}
	var failures atomic.Int64
	t.Cleanup(func() {
		total := int64(0)
		for _, signal := range slices.Sorted(maps.Keys(cases)) {
			fmt.Printf("signals: %-11s %5d cases\n", signal, cases[signal].Load())
			total += cases[signal].Load()
		}
		fmt.Printf("signals: %d cases, %d failures, %.0f s\n", total, failures.Load(), time.Since(began).Seconds())
	})
	for name, j := range jobs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := newOperator(t, program)
			j.prepare(origin)
			for signal := range ends {
				for call, well := 1, 0; well < misses(); call += stride(call) {
					o := origin.twin()
					early, err := o.ended(j, signal, call)
					if !early && call == 1 {
						t.Fatalf("%s at the first call ends nothing", signal)
					}
					if early {
						cases[signal].Add(1)
						well = 0
					} else {
						well++
					}
					if err = errors.Join(err, o.converges(j), os.RemoveAll(filepath.Dir(o.state))); err != nil {
						failures.Add(1)
						t.Errorf("%s at call %d: %v", signal, call, err)
					}
				}
			}
		})
	}
}

// stride is how far the next call is.
func stride(call int) int {
	if *full {
		return 1
	}
	return 1 + call
}

// misses is how many runs in a row have to end well before there are no more calls: how often a run looks varies a
// little.
func misses() int {
	if *full {
		return 3
	}
	return 1
}
