//go:build amd64 || arm64

package boot

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// System calls of Linux 5.2 and what they take, which package syscall lacks; their numbers are the same on every architecture.
// https://man7.org/linux/man-pages/man2/open_tree.2.html, …/move_mount.2.html, …/fsopen.2.html
const (
	sysOpenTree  = 428
	sysMoveMount = 429
	sysFsopen    = 430
	sysFsconfig  = 431
	sysFsmount   = 432
	sysSetattr   = 442 // Linux 5.12

	atFDCWD          = -100
	atRecursive      = 0x8000
	openTreeClone    = 1
	fsconfigCreate   = 6
	atEmptyPath      = 0x1000
	mountAttrRdOnly  = 1
	mountAttrNoSuid  = 2
	mountAttrNoDev   = 4
	mountAttrNoExec  = 8
	moveFromEmpty    = 4
	moveFollows      = 0x10
	closeOnExecution = 1 // FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC
)

// cloned is a mount of a file or folder and what is mounted below it, without a place as yet.
func cloned(name string) (fd int, f *Failure) {
	at, err := syscall.BytePtrFromString(name)
	if err != nil {
		return 0, failure("mount", name, err)
	}
	flags := uintptr(openTreeClone | atRecursive | syscall.O_CLOEXEC)
	here := atFDCWD
	r, _, e := syscall.Syscall(sysOpenTree, uintptr(here), uintptr(unsafe.Pointer(at)), flags)
	if e != 0 {
		return 0, failure("mount", name, e)
	}
	return int(r), nil
}

// unwritable makes a mount without a place read-only.
func unwritable(fd int) error {
	empty := []byte{0}
	attributes := [4]uint64{mountAttrRdOnly} // struct mount_attr: set, clear, propagation, user namespace
	_, _, e := syscall.Syscall6(sysSetattr, uintptr(fd), uintptr(unsafe.Pointer(&empty[0])), atEmptyPath, uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes), 0)
	if e != 0 {
		return e
	}
	return nil
}

// newProc is a /proc of this process's namespace, without a place as yet. Where it is made, another one has to be seen whole.
func newProc() (fd int, f *Failure) {
	kind := []byte("proc\x00")
	made, _, e := syscall.Syscall(sysFsopen, uintptr(unsafe.Pointer(&kind[0])), closeOnExecution, 0)
	if e != 0 {
		return 0, failure("mount", "/proc", os.NewSyscallError("fsopen", e))
	}
	defer syscall.Close(int(made))
	if _, _, e = syscall.Syscall6(sysFsconfig, made, fsconfigCreate, 0, 0, 0, 0); e != 0 {
		return 0, failure("mount", "/proc", os.NewSyscallError("fsconfig", e))
	}
	r, _, e := syscall.Syscall(sysFsmount, made, closeOnExecution, mountAttrNoSuid|mountAttrNoDev|mountAttrNoExec)
	runtime.KeepAlive(kind)
	if e != 0 {
		return 0, failure("mount", "/proc", os.NewSyscallError("fsmount", e))
	}
	return int(r), nil
}

// attach a mount that has no place at a name.
func attach(fd int, target string) *Failure {
	defer syscall.Close(fd)
	empty := []byte{0}
	at, err := syscall.BytePtrFromString(target)
	if err != nil {
		return failure("mount at", target, err)
	}
	here := atFDCWD
	_, _, e := syscall.Syscall6(sysMoveMount, uintptr(fd), uintptr(unsafe.Pointer(&empty[0])), uintptr(here), uintptr(unsafe.Pointer(at)), moveFromEmpty|moveFollows, 0)
	if e != 0 {
		return failure("mount at", target, e)
	}
	return nil
}
