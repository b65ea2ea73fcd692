//go:build amd64 || arm64

package boot

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// Settle is argument 0 of the first process of a container of an engine. The others are the identity of the kernel that is meant ([Kernel]), a folder and, for
// [SettleRun], the arguments of this executable from the 0th on.
const Settle = "/splitecs-settle"

// What it does there.
const (
	SettleRun    = "run"    // becomes this executable, as the owner of the folder, with all capabilities that it has
	SettleRemove = "remove" // removes what is in the folder, whoever owns it
)

// Exit codes of it, beside 0.
const (
	SettledElsewhere = 90 + iota // the container is on another kernel, or has another network
	SettledApart                 // the folder's owner is nobody there
	SettledFailed
)

// Kernel is the identity of the running one and of this process's network: what says the same has the same sockets and ports.
func Kernel() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	network, _ := os.Readlink("/proc/self/ns/net")
	return strings.TrimSpace(string(id)) + " " + network
}

func settle() {
	if len(os.Args) < 4 {
		os.Exit(SettledFailed)
	}
	what, kernel, folder, args := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	if kernel != Kernel() {
		os.Exit(SettledElsewhere)
	}
	var st syscall.Stat_t
	if err := syscall.Stat(folder, &st); err != nil {
		os.Exit(SettledFailed)
	}
	if int(st.Uid) == nobody("uid") || int(st.Gid) == nobody("gid") {
		os.Exit(SettledApart)
	}
	switch what {
	case SettleRun:
		if len(args) == 0 {
			return // nothing is in the way
		}
		if disguise(int(st.Uid), int(st.Gid)) == nil {
			syscall.Exec(self, args, os.Environ())
		}
	case SettleRemove:
		if empty(folder) == nil {
			return
		}
	}
	os.Exit(SettledFailed)
}

// nobody is the number of owners that this user namespace does not have. https://man7.org/linux/man-pages/man7/user_namespaces.7.html
func nobody(kind string) int {
	text, err := os.ReadFile("/proc/sys/kernel/overflow" + kind)
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return -1
	}
	return n
}

// disguise this process as another user than root, without losing a capability with the next execution.
func disguise(uid, gid int) error {
	if uid == 0 {
		return nil
	}
	const prSetKeepCaps, prCapAmbientRaise = 8, 2
	if err := prctl(prSetKeepCaps, 1, 0); err != nil {
		return err
	}
	if f := identity(&Process{UID: uid, GID: gid}); f != nil {
		return f
	}
	header := struct {
		version uint32
		pid     int32
	}{version: capVersion3}
	var sets [2]struct{ effective, permitted, inheritable uint32 }
	if _, _, e := syscall.RawSyscall(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets)), 0); e != 0 {
		return e
	}
	for i := range sets {
		sets[i].effective, sets[i].inheritable = sets[i].permitted, sets[i].permitted
	}
	if _, _, e := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets)), 0); e != 0 {
		return e
	}
	for c := range uintptr(64) {
		if sets[c/32].permitted>>(c%32)&1 == 0 {
			continue
		}
		if err := prctl(prCapAmbient, prCapAmbientRaise, c); err != nil {
			return err
		}
	}
	return nil
}

// empty a folder.
func empty(folder string) error {
	all, err := os.ReadDir(folder)
	for _, e := range all {
		if failed := os.RemoveAll(folder + "/" + e.Name()); err == nil {
			err = failed
		}
	}
	return err
}
