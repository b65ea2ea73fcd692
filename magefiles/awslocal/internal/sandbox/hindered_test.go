//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// This executable tries the ladder on a machine that hinders it: a user namespace of its own has settings and mounts of its own.
const hindered = "SPLITECS_TEST_HINDERED"

func init() {
	how := os.Getenv(hindered)
	if how == "" {
		return
	}
	if err := hinder(how); err != nil {
		fmt.Println("HINDER:", err)
		os.Exit(1)
	}
	found, err := sandbox.Try(filepath.Join(os.TempDir(), "try"))
	var ladder *sandbox.LadderError
	if errors.As(err, &ladder) != (found.Rung == sandbox.Nothing) {
		fmt.Println("an error and a rung", err, found)
	}
	fmt.Printf("%s\n%s\n%s\n", found.Rung, found.Why, found.Help)
	os.Exit(0)
}

func hinder(how string) error {
	switch how {
	case "proc":
		return syscall.Mount("tmpfs", "/proc/sys", "tmpfs", 0, "")
	case "overlay": // the folder of the trial is on overlayfs, as in a container
		at := os.TempDir()
		for _, name := range []string{"l", "u", "w", "try"} {
			if err := os.MkdirAll(filepath.Join(at, name), 0o755); err != nil {
				return err
			}
		}
		if err := os.Chdir(at); err != nil {
			return err
		}
		return syscall.Mount("overlay", "try", "overlay", 0, "userxattr,lowerdir=l,upperdir=u,workdir=w")
	case "nothing":
		return nil
	}
	return os.WriteFile("/proc/sys/user/"+how, []byte("0"), 0)
}

func TestHindered(t *testing.T) {
	can(t)
	everything := make([]uintptr, 41)
	for i := range everything {
		everything[i] = uintptr(i)
	}
	for _, test := range []struct {
		how        string
		uid        int // that it has there
		rung       sandbox.Rung
		why, helps string
	}{
		{"nothing", 1000, sandbox.UserNamespace, "an ordinary user runs them", ""},
		{"overlay", 1000, sandbox.UserNamespace, "an ordinary user runs them", ""},
		{"nothing", 0, sandbox.UserNamespace, "root may not do it here (change the groups: operation not permitted)", ""},
		{"max_user_namespaces", 1000, sandbox.Nothing, "user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces=10000"},
		{"max_net_namespaces", 1000, sandbox.Nothing, "user.max_net_namespaces is 0", "sudo sysctl -w user.max_net_namespaces=10000"},
		{"proc", 1000, sandbox.Nothing, "parts of /proc are covered", "docker run --security-opt systempaths=unconfined"},
	} {
		at := folder(t)
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), hindered+"="+test.how, "TMPDIR="+at)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: test.uid, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: test.uid, HostID: os.Getegid(), Size: 1}},
			AmbientCaps: everything,
		}
		out, err := cmd.CombinedOutput()
		lines := strings.Split(string(out), "\n")
		if err != nil || len(lines) < 3 {
			t.Errorf("%s: %v %s", test.how, err, out)
			continue
		}
		if lines[0] != test.rung.String() || !strings.Contains(lines[1], test.why) || !strings.HasPrefix(lines[2], test.helps) {
			t.Errorf("%s as %d:\n%s", test.how, test.uid, out)
		}
	}
}
