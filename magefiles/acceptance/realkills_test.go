//go:build linux

package acceptance_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var realKills = flag.Int("kills.real", 6, "how many processes TestRealKills kills where programs are executed")

// household is a state folder whose programs are executed, and what is killed of it.
type household struct {
	t       *testing.T
	program string
	state   string
	url     string
	random  *rand.Rand
	known   map[int]string // processes that were seen, with when they started

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
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		all = append(all, err.Error())
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, h.state) {
			all = append(all, "mount "+line)
		}
	}
	if h.url != "" {
		if r, err := http.Get(h.url); err == nil {
			all = append(all, h.url+" answers "+r.Status)
			_ = r.Body.Close()
		}
	}
	tasks, err := os.ReadDir(filepath.Join(h.state, "run", "tasks"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		all = append(all, err.Error())
	}
	for _, e := range tasks {
		all = append(all, "folder run/tasks/"+e.Name())
	}
	return all
}

// alive are the known processes that have not ended.
func (h *household) alive() (all []string) {
	h.processes()
	for pid, started := range h.known {
		if _, now := parentOf(pid); now == started {
			name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			all = append(all, fmt.Sprintf("process %d %.60q", pid, name))
		}
	}
	return all
}

// processes are the machine of the state folder and the holders of its tasks; all below them become known.
func (h *household) processes() (machines, holders []int) {
	list, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		h.t.Fatal(err)
	}
	children := map[int][]int{}
	for _, folder := range list {
		pid, _ := strconv.Atoi(filepath.Base(folder))
		parent, _ := parentOf(pid)
		children[parent] = append(children[parent], pid)
		words, _ := os.ReadFile(folder + "/cmdline")
		if bytes.HasPrefix(words, []byte("splitecs-machine\x00")) && bytes.Contains(words, []byte(strconv.Quote(h.state))) {
			machines = append(machines, pid)
		}
	}
	for all := machines; len(all) > 0; {
		pid := all[0]
		all = append(all[1:], children[pid]...)
		if _, started := parentOf(pid); started != "" {
			h.known[pid] = started
		}
		if words, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); bytes.HasPrefix(words, []byte("splitecs-task\x00")) {
			holders = append(holders, pid)
		}
	}
	return machines, holders
}

// parentOf a process, and when that started; empty where it has ended.
func parentOf(pid int) (parent int, started string) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ""
	}
	words := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if words[0] == "Z" || words[0] == "X" {
		return 0, ""
	}
	parent, _ = strconv.Atoi(words[1])
	return parent, words[19]
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
	h := &household{t: t, program: compiled(t), state: filepath.Join(t.TempDir(), "state"), known: map[int]string{}}
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
