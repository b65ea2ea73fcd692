package sandbox

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// Settings of the kernel that keep ordinary users from namespaces, below /proc/sys.
const (
	// Ubuntu 23.10 and later: https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
	apparmor = "kernel/apparmor_restrict_unprivileged_userns"
	// Debian until 10, Arch's hardened kernel: https://wiki.debian.org/LXC
	debian = "kernel/unprivileged_userns_clone"
	// https://man7.org/linux/man-pages/man7/namespaces.7.html
	users = "user/max_user_namespaces"
)

// limits are how many namespaces of a kind there may be.
var limits = []string{users, "user/max_net_namespaces", "user/max_pid_namespaces", "user/max_mnt_namespaces", "user/max_uts_namespaces", "user/max_ipc_namespaces"}

// read a setting; empty where this kernel has none of the name.
func read(setting string) string {
	text, _ := os.ReadFile("/proc/sys/" + setting)
	return strings.TrimSpace(string(text))
}

// explain turns the error of a trial in a user namespace into a sentence, and one command that would help: what a kernel answers reads like
// a full disk (ENOSPC) or names a file that has nothing to do with it.
func explain(err error, setting func(string) string) (why, help string) {
	const sysctl = "sudo sysctl -w "
	dotted := func(s string) string { return strings.ReplaceAll(s, "/", ".") }
	switch {
	case setting(debian) == "0":
		return "this machine lets root alone make user namespaces (" + dotted(debian) + " is 0)", sysctl + dotted(debian) + "=1"
	case is(err, syscall.ENOSPC, syscall.EUSERS):
		for _, limit := range limits {
			if setting(limit) == "0" {
				return "this machine allows no namespaces of users, networks, processes or mounts (" + dotted(limit) + " is 0)", sysctl + dotted(limit) + "=10000"
			}
		}
		return "there are as many namespaces as this machine allows, or no space is left on its disk (" + err.Error() + ")", ""
	case is(err, syscall.EPERM, syscall.EACCES) && setting(apparmor) == "1":
		return "AppArmor keeps programs of ordinary users from user namespaces on this machine (" + dotted(apparmor) + " is 1)", sysctl + dotted(apparmor) + "=0"
	case is(err, syscall.EPERM) && mounting(err, "/proc"):
		return "this is a container in which parts of /proc are covered, and no other /proc can be had there (" + err.Error() + ")",
			"docker run --security-opt systempaths=unconfined --security-opt seccomp=unconfined …"
	case is(err, syscall.EPERM, syscall.EACCES):
		return "this machine does not let an ordinary user make the namespaces of a task (" + err.Error() + "); inside of a container that is its runtime's filter",
			"docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined …"
	case is(err, syscall.ENOSYS, syscall.EINVAL, syscall.ENODEV):
		return "this kernel lacks what a task takes (" + err.Error() + "): Linux 5.11 has it", ""
	}
	return "a trial program could not be run (" + err.Error() + ")", ""
}

func is(err error, numbers ...syscall.Errno) bool {
	for _, e := range numbers {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// mounting tells whether it was a mount at a path that failed.
func mounting(err error, path string) bool {
	var start *StartError
	return errors.As(err, &start) && start.Path == path
}
