//go:build linux

package acceptance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

// hinders names the program that this executable becomes where it has left itself no way to make namespaces.
const hinders = "SPLITECS_TEST_HINDERS"

func init() {
	program := os.Getenv(hinders)
	if program == "" {
		return
	}
	runtime.LockOSThread() // capabilities are a thread's
	const prCapAmbient, clearAll = 47, 4
	err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0) // this namespace's own
	if err == nil {
		if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, prCapAmbient, clearAll, 0, 0, 0, 0); e != 0 {
			err = e
		}
	}
	if err == nil {
		err = errors.Join(os.Unsetenv(hinders), syscall.Exec(program, append([]string{program}, os.Args[1:]...), append(os.Environ(), hinders+"=")))
	}
	fmt.Fprintln(os.Stderr, "hinder:", err)
	os.Exit(1)
}

// hinder has a command run as an ordinary user of a user namespace in which no other one can be made, so that nothing can be executed.
func hinder(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, hinders+"="+cmd.Path)
	cmd.Path = self
	var all []uintptr
	for c := range uintptr(41) {
		all = append(all, c)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getegid(), Size: 1}},
		AmbientCaps: all,
	}
}

// Where programs were assumed to run, and then can be, they do: what was assumed answers nobody.
func TestRealAfterAssumed(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	h.programs = "off"
	if out, err := h.run("local:up"); err != nil || addressForm.MatchString(out) || !strings.Contains(out, "nothing runs") {
		t.Fatal(err, out)
	}
	h.programs = ""
	if err := h.up(); err != nil {
		if strings.Contains(err.Error(), "nothing runs") {
			t.Skip("NOT RUN: ", err)
		}
		t.Fatal(err)
	}
	if err := h.down(); err != nil {
		t.Error(err)
	}
}

func newHousehold(t *testing.T) *household {
	t.Helper()
	h := &household{t: t, program: compiled(t), state: filepath.Join(t.TempDir(), "state"), known: map[int]*remains.Process{}}
	t.Cleanup(func() {
		h.programs = "off"
		if _, err := h.run("local:reset"); err != nil {
			t.Error(err)
		}
	})
	return h
}

// Where the kernel lets a user run nothing, a container engine does, if it is allowed to, and is not asked otherwise.
func TestRealProgramsInAContainer(t *testing.T) {
	t.Parallel()
	socket := engineSocket(t)
	h := newHousehold(t)
	h.hindered = true
	out, err := h.run("local:up")
	for _, want := range []string{"nothing runs: this machine allows no namespaces", "SPLITECS_LOCAL_PROGRAMS=docker ", " at unix://" + socket} {
		if err != nil || !strings.Contains(out, want) || addressForm.MatchString(out) {
			t.Fatalf("%v, no %q in\n%s", err, want, out)
		}
	}
	if c := h.container(socket); c != "" {
		t.Fatalf("container %s was not allowed", c)
	}
	h.programs = "docker"
	if err := h.up(); err != nil {
		t.Fatal(err)
	}
	if c := h.container(socket); c == "" {
		t.Error("there is no container")
	}
	h.programs = "" // what was allowed goes on
	out, err = h.run("service:status", "local")
	for _, want := range []string{"of memory", "programs run in container splitecs-machine-"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v, no %q in\n%s", err, want, out)
		}
	}
	h.programs = "docker"
	for _, end := range []func(){
		func() { h.killMachine() },
		func() { h.ask(socket, http.MethodPost, "/containers/"+h.container(socket)+"/kill", nil) },
	} {
		h.processes()
		end()
		if left := h.alive(); len(left) > 0 {
			t.Errorf("a killed container leaves %q", left)
		}
		if err := h.up(); err != nil {
			t.Error(err)
		}
	}
	h.ask(socket, http.MethodPost, "/containers/"+h.container(socket)+"/pause", nil) // it answers no more, for half a minute
	if err := h.up(); err != nil {
		t.Errorf("behind a container that is paused: %v", err)
	}
	h.killMachine() // what its tasks had is root's
	h.hindered = os.Geteuid() == 0
	if err := h.up(); err != nil {
		t.Errorf("on another rung: %v", err)
	}
	if err := h.down(); err != nil {
		t.Error(err)
	}
	h.hindered = true
	if _, err := h.run("local:reset"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(h.state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("local:reset leaves %v, %v", h.state, err)
	}
	for end := time.Now().Add(5 * time.Second); h.container(socket) != ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("container %s is left", h.container(socket))
		}
	}
	if code := h.ask(socket, http.MethodGet, "/images/localhost/splitecs-nothing:1/json", nil); code != http.StatusNotFound {
		t.Errorf("the image is answered by %d", code)
	}
	h.programs = "off"
	if _, err := h.run("local:up"); err != nil { // for the reset of the end
		t.Error(err)
	}
}

// killMachine kills the machine, and waits until what it had is gone.
func (h *household) killMachine() {
	machines, _ := h.processes()
	for _, pid := range machines {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			h.t.Error(err)
		}
	}
	for end := time.Now().Add(5 * time.Second); len(h.alive()) > 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
	}
}

// container of the state folder; empty where there is none.
func (h *household) container(socket string) string {
	var all []struct {
		ID     string
		Labels map[string]string
	}
	h.ask(socket, http.MethodGet, "/containers/json?all=1", &all)
	for _, c := range all {
		if c.Labels["com.github.bellyfed.splitecs.state"] == h.state {
			return c.ID
		}
	}
	return ""
}

// ask an engine.
func (h *household) ask(socket, method, path string, out any) (code int) {
	h.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	req, err := http.NewRequest(method, "http://engine"+path, http.NoBody)
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Body.Close()
	if out != nil {
		if err := json.NewDecoder(r.Body).Decode(out); err != nil {
			h.t.Fatal(err)
		}
	}
	return r.StatusCode
}

// engineSocket is where a Docker-compatible engine of this machine listens; the test is skipped where there is none.
func engineSocket(t *testing.T) string {
	t.Helper()
	socket, _ := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	if socket == "" {
		socket = "/var/run/docker.sock"
	}
	c, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		t.Skip("NOT RUN: no container engine is there: ", err)
	}
	_ = c.Close()
	return socket
}
