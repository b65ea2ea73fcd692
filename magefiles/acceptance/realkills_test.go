//go:build linux

package acceptance_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

var realKills = flag.Int("kills.real", 6, "how many processes TestRealKills kills where programs are executed")

// household is a state folder whose programs are executed, and what is killed of it.
type household struct {
	t       *testing.T
	program string
	state   string
	url     string
	random  *rand.Rand
	known   map[int]*remains.Process // that were seen

	programs string // SPLITECS_LOCAL_PROGRAMS; empty: on
	hindered bool   // the kernel lets targets make no namespaces
}

// command is a target that is about to be run.
func (h *household) command(ctx context.Context, output *bytes.Buffer, target ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.program, target...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_DIR="+h.state, "SPLITECS_LOCAL_PROGRAMS="+cmp.Or(h.programs, "on"), "SPLITECS_ENV=local", "SPLITECS_LOCAL_SPEED=500")
	if h.hindered {
		hinder(h.t, cmd)
	}
	cmd.Stdout, cmd.Stderr = output, output
	return cmd
}

func (h *household) run(target ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var output bytes.Buffer
	if err := h.command(ctx, &output, target...).Run(); err != nil {
		return output.String(), fmt.Errorf("%s: %w\n%s", strings.Join(target, " "), err, &output)
	}
	return output.String(), nil
}

var addressForm = regexp.MustCompile(`(?m)^http://127\.0\.0\.1:\d+$`)

// up runs local:up, and the application answers.
func (h *household) up() error {
	out, err := h.run("local:up")
	if err != nil {
		return err
	}
	if h.url = addressForm.FindString(out); h.url == "" {
		return fmt.Errorf("local:up says no address:\n%s", out)
	}
	r, err := http.Get(h.url + "/health")
	if err != nil {
		return err
	}
	if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("/health is answered by %s", r.Status))
	}
	return nil
}

// down runs local:down, after which nothing is left.
func (h *household) down() error {
	h.processes()
	_, err := h.run("local:down")
	if err != nil {
		return err
	}
	if left := h.left(); len(left) > 0 {
		return fmt.Errorf("after local:down there are %q", left)
	}
	return nil
}

// left is what there is of processes, mounts, ports and folders.
func (h *household) left() (all []string) {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) { // the kernel ends the last ones
		if all = nil; time.Now().After(end) {
			break
		}
		if all = h.alive(); len(all) == 0 {
			break
		}
	}
	all = h.alive()
	return append(all, remains.Beside(h.state, h.url)...)
}

// alive are the known processes that have not ended.
func (h *household) alive() (all []string) {
	h.processes()
	for _, p := range remains.Alive(slices.Collect(maps.Values(h.known))) {
		all = append(all, p.String())
	}
	return all
}

// processes are the machine of the state folder and the holders of its tasks; all below them become known.
func (h *household) processes() (machines, holders []int) {
	for _, machine := range remains.All() {
		if machine.Name() != "splitecs-machine" || !strings.Contains(strings.Join(machine.Words, " "), strconv.Quote(h.state)) {
			continue
		}
		machines = append(machines, machine.ID)
		h.known[machine.ID] = machine
		for _, p := range remains.Below(machine.ID) {
			h.known[p.ID] = p
			if p.Name() == "splitecs-task" {
				holders = append(holders, p.ID)
			}
		}
	}
	return machines, holders
}

// strike runs a target and kills a process at some moment meanwhile. It is the name of what was killed; empty where there was none.
func (h *household) strike(limit time.Duration, target ...string) (victim string, out string) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var output bytes.Buffer
	cmd := h.command(ctx, &output, target...)
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	time.Sleep(time.Duration(h.random.Int64N(int64(limit)))) // the moment
	machines, holders := h.processes()
	what, pids := "the target", []int{cmd.Process.Pid}
	switch h.random.IntN(3) {
	case 0:
		what, pids = "the machine", machines
	case 1:
		what, pids = "a holder", holders
	}
	if len(pids) > 0 && syscall.Kill(pids[h.random.IntN(len(pids))], syscall.SIGKILL) == nil {
		victim = what
	}
	<-ended // however: another process does what is left
	if ctx.Err() != nil {
		h.t.Errorf("%s has not ended in 3 min after %s was killed", target, what)
	}
	return victim, output.String()
}

// The machine that executes programs, a task of it, or the target that deploys, are killed at any moment; local:up does the whole
// job again, and local:down leaves nothing.
func TestRealKills(t *testing.T) {
	t.Parallel()
	h := &household{t: t, program: compiled(t), state: filepath.Join(t.TempDir(), "state"), known: map[int]*remains.Process{}}
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	h.random = rand.New(rand.NewPCG(seed, 0))
	t.Cleanup(func() {
		if _, err := h.run("local:reset"); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	if err := h.up(); err != nil {
		if strings.Contains(err.Error(), "nothing runs") {
			t.Skip("NOT RUN: ", err)
		}
		t.Fatal(err)
	}
	limit := time.Since(began)
	killed, attempts, failed := map[string]int{}, 0, 0
	total := 0
	for total < *realKills && failed < 5 && attempts < 10**realKills {
		attempts++
		target := []string{"local:up"}
		if h.random.IntN(2) == 0 {
			target = []string{"service:restart", "local"} // a rolling update
		}
		victim, _ := h.strike(limit, target...)
		if victim != "" {
			total++
			killed[victim]++
		}
		err := h.up()
		if err == nil && h.random.IntN(2) == 0 {
			err = h.down()
		}
		if err != nil {
			failed++
			t.Errorf("seed %d, after %d kills, the last of %s during %s: %v", seed, total, victim, target, err)
		}
	}
	if err := h.down(); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	fmt.Printf("kills of real programs: %v in %d runs, %d failures, %s; seed %d\n", killed, attempts, failed, time.Since(began).Round(time.Second), seed)
}
