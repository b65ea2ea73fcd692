//go:build amd64 || arm64

package boot

import (
	"os"
	"strconv"
	"sync"
	"syscall"
)

// readOnlySelf is this executable, by a mount on which nothing can be written: what is started by it, and by /proc/self/exe of that, has a /proc/PID/exe
// through which a program cannot write to this executable once it has ended (CVE-2019-5736). It is the plain one where its file
// has been replaced since the start, which leaves it no name, and with a kernel before 5.12, which has no such mount.
var readOnlySelf = sync.OnceValue(func() string {
	name, err := os.Readlink(self)
	if err != nil || !same(name, self) {
		return self
	}
	fd, f := cloned(name)
	if f != nil {
		return self
	}
	defer syscall.Close(fd)
	if err := unwritable(fd); err != nil {
		return self
	}
	// A start puts what it passes at the lowest numbers, and what is in the way of that beyond the highest of these.
	const far = 512
	kept, _, e := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, far)
	if e != 0 {
		return self
	}
	return "/proc/self/fd/" + strconv.Itoa(int(kept))
})

// same tells whether two names are of one file.
func same(a, b string) bool {
	var one, two syscall.Stat_t
	return syscall.Stat(a, &one) == nil && syscall.Stat(b, &two) == nil && one.Dev == two.Dev && one.Ino == two.Ino
}
