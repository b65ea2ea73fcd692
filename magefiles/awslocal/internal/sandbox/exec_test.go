//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// running is a container in which something runs.
func running(t *testing.T, init bool) *sandbox.Container {
	t.Helper()
	s := withProgram(t, "sleep")
	s.Init = init
	c, o := start(t, newTask(t), s)
	o.await(t, "ready")
	return c
}

// A command sees the container as its program does: files, processes, user, host name, and no more privileges.
func TestCommand(t *testing.T) {
	for _, init := range []bool{false, true} {
		c := running(t, init)
		o := &output{}
		e, err := c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"program", "self"}, Env: []string{"PATH=/"}, Dir: "/dev", Stdout: o.file(t)})
		if err != nil {
			t.Fatal(err)
		}
		if exit := e.Wait(); exit.Code != 0 {
			t.Errorf("%+v", exit)
		}
		for _, want := range []string{"parent 0 uid 1000 gid 1000", "host ip-10-0-1-5 dir /dev", "CapEff:\t0000000000000000", "CapBnd:\t00000000a80425fb", "NoNewPrivs:\t1"} {
			if !strings.Contains(o.all(), want) {
				t.Errorf("no %q in %s", want, o.all())
			}
		}
		o = &output{}
		e, err = c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"/program", "look", "/proc/1/cmdline"}, Stdout: o.file(t)})
		if err != nil {
			t.Fatal(err)
		}
		e.Wait()
		if want := map[bool]string{false: "/program\x00sleep\x00", true: "splitecs-init\x00"}[init]; o.all() != want {
			t.Errorf("process 1 is %q, not %q", o.all(), want)
		}
	}
}

func TestCommandEnds(t *testing.T) {
	c := running(t, false)
	e, err := c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"/program", "exit", "7"}})
	if err != nil {
		t.Fatal(err)
	}
	if exit := e.Wait(); exit.Code != 7 {
		t.Errorf("%+v", exit)
	}
	_, err = c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"curl"}, Env: []string{"PATH=/bin"}})
	var start *sandbox.StartError
	if !errors.As(err, &start) || err.Error() != `exec: "curl": executable file not found in $PATH` {
		t.Error(err)
	}
	o := &output{}
	e, err = c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"/program", "sleep"}, Stdout: o.file(t)})
	if err != nil {
		t.Fatal(err)
	}
	o.await(t, "ready")
	if err := e.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if exit := e.Wait(); exit.Code != 143 {
		t.Errorf("%+v", exit)
	}
	if err := e.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	// With its program a container ends, and what runs in it.
	e, err = c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"/program", "sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	c.Kill()
	if exit := e.Wait(); exit.Code != 137 {
		t.Errorf("%+v", exit)
	}
	c.Wait()
	if _, err = c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"/program"}}); !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

// A terminal is one of the container's own, has a size, and turns what is typed into signals.
func TestTerminal(t *testing.T) {
	c := running(t, false)
	e, err := c.Exec(t.Context(), sandbox.ExecSpec{Argv: []string{"/program", "terminal"}, TTY: true, Rows: 40, Cols: 132})
	if err != nil {
		t.Fatal(err)
	}
	defer e.PTY.Close()
	e.PTY.SetReadDeadline(time.Now().Add(20 * time.Second))
	said := ""
	await := func(text string) {
		t.Helper()
		for b := make([]byte, 1000); !strings.Contains(said, text); {
			n, err := e.PTY.Read(b)
			said += string(b[:n])
			if err != nil {
				t.Fatalf("no %q but %q: %v", text, said, err)
			}
		}
	}
	await("/dev/pts/0 40 132 true")
	io.WriteString(e.PTY, "typed\n")
	await("read typed")
	if err := e.Resize(50, 100); err != nil {
		t.Fatal(err)
	}
	await("/dev/pts/0 50 100")
	io.WriteString(e.PTY, "\x03")
	if exit := e.Wait(); exit.Code != 130 {
		t.Errorf("%+v", exit)
	}
}
