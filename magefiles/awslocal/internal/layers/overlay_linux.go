package layers

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

const opaqueXattr = "user.overlay.opaque"

// mknod makes a pipe or a whiteout.
func mknod(in *os.Root, base string, k kind) error {
	here, err := in.Open(".")
	if err != nil {
		return err
	}
	defer here.Close() // read only
	mode := uint32(syscall.S_IFCHR)
	if k == pipe {
		mode = syscall.S_IFIFO | 0o600
	}
	if err := syscall.Mknodat(int(here.Fd()), base, mode, 0); err != nil {
		return &fs.PathError{Op: "mknod", Path: base, Err: err}
	}
	return nil
}

// setXattr sets an extended attribute of a file or folder that can be read.
func setXattr(in *os.Root, base, key, value string) error {
	f, err := in.OpenFile(base, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close() // read only
	if err := syscall.Setxattr(openFile(f), key, []byte(value), 0); err != nil {
		return &fs.PathError{Op: "set " + key, Path: base, Err: err}
	}
	return nil
}

// openFile is a name of an open file that leads to it and nowhere else.
func openFile(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// unsupported tells that a file system keeps no such attributes, or not so many.
func unsupported(err error) bool {
	return errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.E2BIG) || errors.Is(err, syscall.ERANGE)
}

// isWhiteout tells whether a file hides those of lower layers.
func isWhiteout(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Mode&syscall.S_IFMT == syscall.S_IFCHR && st.Rdev == 0
}

// isOpaque tells whether a folder lets nothing of lower layers show.
func isOpaque(in *os.Root, name string) bool {
	f, err := in.Open(name)
	if err != nil {
		return false
	}
	defer f.Close() // read only
	value := make([]byte, 1)
	n, err := syscall.Getxattr(openFile(f), opaqueXattr, value)
	return err == nil && n == 1 && value[0] == 'y'
}

// supported tells whether layers can be unpacked on this system.
func supported() error { return nil }

// lock waits for nobody: it tells whether the file could be locked. The lock ends with the file, or the process.
func lock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	return err == nil, err
}

// full tells that there is no room for a file.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
