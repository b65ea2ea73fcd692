//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

// This executable is a parent that starts a task, says that it has, and waits to be killed.
const isParent = "SPLITECS_TEST_PARENT"

func init() {
	folder := os.Getenv(isParent)
	if folder == "" {
		return
	}
	if err := parent(folder); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	select {}
}

func parent(folder string) error {
	found, err := sandbox.Try(folder)
	if err != nil {
		return err
	}
	task, err := found.Task(context.Background(), sandbox.TaskSpec{ID: "parent", Address: own, Dir: filepath.Join(folder, "task")})
	if err != nil {
		return err
	}
	layer := filepath.Dir(os.Getenv(programAt))
	for name, init := range map[string]bool{"one": true, "two": false} {
		c, err := task.Start(context.Background(), spec{
			Name: name, Layers: []string{layer}, Argv: []string{"/" + filepath.Base(os.Getenv(programAt)), "ignore"}, UID: 1000, GID: 1000, Init: init, Memory: 1 << 30,
			Env:    []string{tracking + "=" + os.Getenv(tracking)},
			Mounts: []sandbox.Mount{{Target: "/tmp"}},
		})
		if err != nil {
			return err
		}
		if _, err := c.Exec(context.Background(), sandbox.ExecSpec{Argv: []string{"/" + filepath.Base(os.Getenv(programAt)), "ignore"}}); err != nil {
			return err
		}
	}
	l, err := task.Listen("tcp", "10.0.1.5:8080")
	if err != nil {
		return err
	}
	fmt.Println("started", task.PID(), l.Addr())
	return nil
}

// startParent starts one and waits until its task runs.
func startParent(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	can(t)
	at := folder(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), isParent+"="+at)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "started") {
		t.Fatal(line, err)
	}
	return cmd, at
}

// Whoever is killed, nothing is left: no process, no mount, no port.
func TestNothingIsLeft(t *testing.T) {
	for _, whom := range []string{"parent", "holder", "stopped parent"} {
		cmd, at := startParent(t)
		all := remains.Below(cmd.Process.Pid)
		if len(all) != 8 { // the holder, and of each container its shim, its program, one with an init, and a command
			t.Fatalf("%d processes: %v", len(all), all)
		}
		switch whom {
		case "holder":
			holder := slices.MinFunc(all, func(a, b *remains.Process) int { return len(remains.Below(b.ID)) - len(remains.Below(a.ID)) })
			syscall.Kill(holder.ID, syscall.SIGKILL)
		case "stopped parent":
			for _, p := range all[1:] { // what does nothing any more, not even end
				syscall.Kill(p.ID, syscall.SIGSTOP)
			}
			fallthrough
		default:
			cmd.Process.Kill()
			cmd.Wait()
		}
		eventually(t, func() error {
			if left := remains.Alive(all); len(left) > 0 {
				return fmt.Errorf("%s killed: still there are %v", whom, left)
			}
			return nil
		})
		mounts, err := os.ReadFile("/proc/self/mounts")
		if err != nil || bytes.Contains(mounts, []byte(filepath.Base(at))) {
			t.Errorf("%s killed: mounts are left: %s", whom, mounts)
		}
		if ports, _ := os.ReadFile("/proc/net/tcp"); bytes.Contains(ports, []byte("0501000A:1F90")) {
			t.Errorf("%s killed: a port is left: %s", whom, ports)
		}
	}
}

// tracking is a variable that all processes of a task have, if the parent has it; of programs those that are given it.
const tracking = "RUNNER_TRACKING_ID"

// tracked are the processes that have it with a value.
func tracked(value string) (all []string) {
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range environments {
		if text, err := os.ReadFile(name); err == nil && bytes.Contains(text, []byte(tracking+"="+value)) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
			all = append(all, filepath.Base(filepath.Dir(name))+" "+string(line))
		}
	}
	return all
}

// Killed at any moment of making a task, its parent leaves nothing.
func TestKilledAtAnyMoment(t *testing.T) {
	can(t)
	seen := map[int]bool{}
	for i := range 25 {
		at := folder(t)
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), isParent+"="+at, tracking+"="+filepath.Base(at))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		most := 0
		for end := time.Now().Add(time.Duration(i*i) * 400 * time.Microsecond); time.Now().Before(end); {
			most = max(most, len(tracked(filepath.Base(at))))
		}
		cmd.Process.Kill()
		cmd.Wait()
		seen[most] = true
		eventually(t, func() error {
			if left := tracked(filepath.Base(at)); len(left) > 0 {
				return fmt.Errorf("killed at moment %d: still there are %q", i, left)
			}
			return nil
		})
	}
	if len(seen) < 3 {
		t.Errorf("not at many moments: %v processes were there", seen)
	}
}

// A shim that is killed takes its container along, and no other.
func TestShimKilled(t *testing.T) {
	task := newTask(t)
	one := withProgram(t, "ignore")
	c, o := start(t, task, one)
	o.await(t, "ready")
	first := remains.Below(task.PID())
	two := withProgram(t, "serve", ":3000")
	two.Name = "two"
	start(t, task, two)
	eventually(t, func() error { _, err := get(t.Context(), task, "10.0.1.5:3000"); return err })
	if len(first) != 2 {
		t.Fatal(first)
	}
	syscall.Kill(first[0].ID, syscall.SIGKILL)
	if exit := c.Wait(); exit.Code != 137 {
		t.Errorf("%+v", exit)
	}
	eventually(t, func() error {
		if left := remains.Alive(first); len(left) > 0 {
			return fmt.Errorf("still there are %v", left)
		}
		return nil
	})
	if _, err := get(t.Context(), task, "10.0.1.5:3000"); err != nil {
		t.Error(err)
	}
}

// A start that is given up leaves nothing, whenever that is.
func TestStartGivenUp(t *testing.T) {
	task := newTask(t)
	for i := range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		s := withProgram(t, "sleep")
		s.Name = fmt.Sprint("c", i)
		given := make(chan struct{})
		go func() {
			defer close(given)
			for range i * 400 {
				syscall.Getppid()
			}
			cancel()
		}()
		if c, err := task.Start(ctx, s); err == nil {
			c.Kill()
			c.Wait()
		}
		<-given
	}
	eventually(t, func() error {
		if left := remains.Below(task.PID()); len(left) > 0 {
			return fmt.Errorf("still there are %v", left)
		}
		return nil
	})
	c, o := start(t, task, withProgram(t, "exit", "0"))
	if exit := c.Wait(); exit.Code != 0 {
		t.Errorf("%+v %s", exit, o.all())
	}
}
