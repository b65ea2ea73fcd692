//go:build amd64 || arm64

package boot

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// Numbers of https://man7.org/linux/man-pages/man2/prctl.2.html and of linux/capability.h.
const (
	prSetDumpable   = 4
	prCapbsetDrop   = 24
	prSetNoNewPrivs = 38
	prCapAmbient    = 47
	ambientClearAll = 4
	capVersion3     = 0x20080522
)

// kept are the 14 capabilities that Docker leaves a container's root, and Fargate too: chown, dac_override, fowner, fsetid, kill, setgid, setuid,
// setpcap, net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap.
// https://docs.docker.com/engine/security/#linux-kernel-capabilities
const kept = 0xa80425fb

func prctl(option, a, b uintptr) error {
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, option, a, b, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

// dieWithParent has this process killed when the thread that started it is gone. A change of user forgets it.
func dieWithParent() { prctl(syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0) }

// undumpable keeps the container's processes from opening this executable by /proc/PID/exe, where they could write to it once it has
// ended (CVE-2019-5736).
func undumpable() { prctl(prSetDumpable, 0, 0) }

// everyCapability is each that this kernel has.
func everyCapability() (all []uintptr) {
	last := 40
	if text, err := os.ReadFile("/proc/sys/kernel/cap_last_cap"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			last = n
		}
	}
	for c := range last + 1 {
		all = append(all, uintptr(c))
	}
	return all
}

// drop leaves this thread the user, groups and capabilities of the program, and no way to more.
func drop(p *Process) *Failure {
	for _, c := range everyCapability() {
		if c < 64 && uint64(kept)>>c&1 == 0 {
			if err := prctl(prCapbsetDrop, c, 0); err != nil {
				return failure("drop a capability", "", err)
			}
		}
	}
	if err := prctl(prSetNoNewPrivs, 1, 0); err != nil {
		return failure("set no_new_privs", "", err)
	}
	if !p.Apart {
		if err := identity(p); err != nil {
			return err
		}
	}
	if err := prctl(prCapAmbient, ambientClearAll, 0); err != nil {
		return failure("clear the ambient capabilities", "", err)
	}
	left := uint32(kept)
	if p.UID != 0 {
		left = 0
	}
	header := struct {
		version uint32
		pid     int32
	}{version: capVersion3}
	sets := [2]struct{ effective, permitted, inheritable uint32 }{{effective: left, permitted: left}}
	if _, _, e := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets)), 0); e != 0 {
		return failure("set the capabilities", "", e)
	}
	return nil
}

// identity changes user and groups, of this thread: the others end with the execution.
func identity(p *Process) *Failure {
	groups := make([]uint32, len(p.Groups)+1) // one more, so that there is a first
	for i, g := range p.Groups {
		groups[i] = uint32(g)
	}
	if _, _, e := syscall.RawSyscall(syscall.SYS_SETGROUPS, uintptr(len(p.Groups)), uintptr(unsafe.Pointer(&groups[0])), 0); e != 0 {
		return failure("change the groups", "", e)
	}
	if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESGID, uintptr(p.GID), uintptr(p.GID), uintptr(p.GID)); e != 0 {
		return failure("change to group "+strconv.Itoa(p.GID), "", e)
	}
	if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, uintptr(p.UID), uintptr(p.UID), uintptr(p.UID)); e != 0 {
		return failure("change to user "+strconv.Itoa(p.UID), "", e)
	}
	return nil
}
