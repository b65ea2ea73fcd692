//go:build linux

package layers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// acts are what this program does for a test in another process: as another user, in namespaces, to be killed. What one gives
// goes to the test as JSON.
var acts = map[string]func(args []string) (any, error){}

const actName = "SPLITECS_TEST_ACT"

func TestMain(m *testing.M) {
	act, other := os.LookupEnv(actName)
	if !other {
		os.Exit(m.Run())
	}
	result, err := acts[act](os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// actor is a process that does something for a test.
func actor(t testing.TB, attr *syscall.SysProcAttr, act string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	c.Env, c.SysProcAttr = append(os.Environ(), actName+"="+act), attr
	return c
}

// acted does something in another process and reads what it gave.
func acted(t testing.TB, attr *syscall.SysProcAttr, result any, act string, args ...string) {
	t.Helper()
	out, err := actor(t, attr, act, args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("%s: %v\n%s", act, err, exit.Stderr)
	}
	if err != nil {
		t.Fatalf("%s: %v", act, err)
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatalf("%s: %v: %s", act, err, out)
	}
}

// inNamespaces is a process that may mount: of root, or in a user namespace of whoever runs the tests.
func inNamespaces(t testing.TB) *syscall.SysProcAttr {
	t.Helper()
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr = userNamespace(os.Getuid(), os.Getgid())
	}
	mayMount(t, attr)
	return attr
}

// userNamespace is one of an ordinary user, whose id is seen there as 0.
func userNamespace(uid, gid int) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}},
	}
}

func init() {
	acts["mount"] = func([]string) (any, error) {
		err := syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, "")
		return "mounted", err
	}
}

// mayMount skips a test where this machine does not let it mount.
func mayMount(t testing.TB, attr *syscall.SysProcAttr) {
	t.Helper()
	if out, err := actor(t, attr, "mount").CombinedOutput(); err != nil {
		t.Skipf("this machine does not let tests mount: %v %s", err, strings.TrimSpace(string(out)))
	}
}
