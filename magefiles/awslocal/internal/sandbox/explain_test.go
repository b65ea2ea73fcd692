package sandbox

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// What a kernel answers becomes a sentence that names the reason, and one command.
func TestExplain(t *testing.T) {
	forked := func(e syscall.Errno) error { return &os.PathError{Op: "fork/exec", Path: "/proc/self/exe", Err: e} }
	for _, test := range []struct {
		err       error
		settings  map[string]string
		why, help string
	}{
		{forked(syscall.ENOSPC), map[string]string{users: "0"}, "user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces=10000"},
		{forked(syscall.ENOSPC), map[string]string{users: "9", "user/max_net_namespaces": "0"}, "user.max_net_namespaces is 0", "sudo sysctl -w user.max_net_namespaces=10000"},
		{forked(syscall.ENOSPC), map[string]string{users: "9"}, "as many namespaces as this machine allows", ""},
		{forked(syscall.EACCES), map[string]string{apparmor: "1"}, "AppArmor keeps programs of ordinary users", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		{forked(syscall.EPERM), map[string]string{apparmor: "1"}, "AppArmor keeps programs of ordinary users", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		{&StartError{Errno: syscall.EACCES, Path: "/", Reason: "make the mounts its own /: permission denied"}, map[string]string{apparmor: "1"}, "AppArmor keeps programs", "sudo sysctl -w"},
		{forked(syscall.EPERM), map[string]string{debian: "0"}, "kernel.unprivileged_userns_clone is 0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
		{forked(syscall.EPERM), map[string]string{apparmor: "0", debian: "1"}, "does not let an ordinary user make the namespaces", "seccomp=unconfined"},
		{&StartError{Errno: syscall.EPERM, Path: "/proc", Reason: "mount /proc: operation not permitted"}, nil, "parts of /proc are covered", "systempaths=unconfined"},
		{&StartError{Errno: syscall.ENODEV, Path: "x", Reason: "stack 1 layers by overlayfs at x: no such device"}, nil, "this kernel lacks what a task takes", ""},
		{fmt.Errorf("exit code 1"), nil, "a trial program could not be run (make task trial: exit code 1)", ""},
	} {
		why, help := explain(fmt.Errorf("make task trial: %w", test.err), func(s string) string { return test.settings[s] })
		if !strings.Contains(why, test.why) || !strings.Contains(help, test.help) || (help == "") != (test.help == "") {
			t.Errorf("%v with %v:\n  %s\n  %s", test.err, test.settings, why, help)
		}
	}
}
