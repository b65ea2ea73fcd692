//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// A program is process 1, under its own user, and is reached at the address of its task.
func TestProgramAnswers(t *testing.T) {
	task := newTask(t)
	start(t, task, withProgram(t, "serve", ":3000"))
	eventually(t, func() error {
		body, err := get(t.Context(), task, "10.0.1.5:3000")
		if err == nil && body != "pid 1 uid 1000 from 10.0.1.5" {
			t.Fatal(body)
		}
		return err
	})
}

// A program that listens on 127.0.0.1 alone is not reached at the task's address, as on Fargate.
func TestLoopbackIsNotTheTask(t *testing.T) {
	task := newTask(t)
	start(t, task, withProgram(t, "serve", "127.0.0.1:3000"))
	eventually(t, func() error { _, err := get(t.Context(), task, "127.0.0.1:3000"); return err })
	_, err := get(t.Context(), task, "10.0.1.5:3000")
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "dial tcp 10.0.1.5:3000") {
		t.Errorf("%v", err)
	}
	if _, err := get(t.Context(), task, "10.0.1.6:3000"); !errors.Is(err, syscall.ENETUNREACH) {
		t.Errorf("another address of the same net: %v", err)
	}
}

// A program reaches what the platform listens on in its task, on a port below 1024 too.
func TestPlatformListens(t *testing.T) {
	task := newTask(t)
	l, err := task.Listen("tcp", "169.254.170.2:80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "credentials")
			c.Close()
		}
	}()
	c, o := start(t, task, withProgram(t, "ask", "169.254.170.2:80"))
	if exit := c.Wait(); exit.Code != 0 || o.all() != "credentials" {
		t.Errorf("%v %q", exit, o.all())
	}
}

// Ports below 1024 are root's, as on Fargate.
func TestLowPorts(t *testing.T) {
	if got, exit := run(t, withProgram(t, "serve", ":80")); exit.Code != 1 || got != "listen tcp :80: bind: permission denied\n" {
		t.Errorf("%+v %q", exit, got)
	}
	s := withProgram(t, "serve", ":80")
	s.UID, s.GID = 0, 0
	task := newTask(t)
	start(t, task, s)
	eventually(t, func() error { _, err := get(t.Context(), task, "10.0.1.5:80"); return err })
}

func TestPackets(t *testing.T) {
	task := newTask(t)
	l, err := task.ListenPacket("169.254.170.2:53")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := task.Dial(t.Context(), "udp", "169.254.170.2:53")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "question")
	b := make([]byte, 100)
	n, from, err := l.ReadFrom(b)
	if err != nil || string(b[:n]) != "question" {
		t.Fatal(err, string(b[:n]))
	}
	l.WriteTo([]byte("answer"), from)
	n, err = c.Read(b)
	if err != nil || string(b[:n]) != "answer" {
		t.Fatal(err, string(b[:n]))
	}
}

func TestExitCodes(t *testing.T) {
	for _, init := range []bool{false, true} {
		for _, code := range []int{0, 3, 255} {
			spec := withProgram(t, "exit", fmt.Sprint(code))
			spec.Init = init
			if _, exit := run(t, spec); exit.Code != code {
				t.Errorf("init %v: exit code %d is %+v", init, code, exit)
			}
		}
	}
}

// SIGTERM does nothing to a process 1 that has no handler, and ends one that has; with an init in front of it, it ends either.
func TestSignals(t *testing.T) {
	for _, test := range []struct {
		do   string
		init bool
		code int
	}{
		{"obey", false, 0}, {"obey", true, 0}, {"sleep", true, 143}, {"ignore", true, 137}, {"ignore", false, 137},
	} {
		c, o := start(t, newTask(t), func() (s spec) { s = withProgram(t, test.do); s.Init = test.init; return s }())
		o.await(t, "ready")
		if err := c.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if test.code == 137 {
			if err := c.Kill(); err != nil {
				t.Error(err)
			}
		}
		if exit := c.Wait(); exit.Code != test.code {
			t.Errorf("%s, init %v: %+v", test.do, test.init, exit)
		}
	}
}

// Tasks start and end at the same time, each with its own network.
func TestManyTasks(t *testing.T) {
	machine, s := can(t), withProgram(t, "serve", ":3000")
	var all sync.WaitGroup
	for range tasks {
		at := folder(t)
		all.Go(func() {
			if err := answers(t.Context(), machine, sandbox.TaskSpec{ID: "many", Address: own, Dir: filepath.Join(at, "task")}, s); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// answers tells whether a program answers in a new task.
func answers(ctx context.Context, machine sandbox.Sandbox, where sandbox.TaskSpec, what spec) error {
	task, err := machine.Task(ctx, where)
	if err != nil {
		return err
	}
	defer task.Close()
	if _, err := task.Start(ctx, what); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := get(ctx, task, "10.0.1.5:3000"); err == nil || time.Now().After(end) {
			return err
		}
	}
}

var tasks = func() int { n, _ := strconv.Atoi(cmp.Or(os.Getenv("SPLITECS_TEST_TASKS"), "20")); return n }()
