package image

import (
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// fdFolder is the descriptor of an open folder.
type fdFolder int

// openTree opens the folder of a tree.
func openTree(path string) (openFolder, error) { return openFD(unix.AT_FDCWD, path, 0) }

func openFD(in int, name string, flags int) (openFolder, error) {
	fd, err := again(func() (int, error) {
		return unix.Openat(in, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|flags, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fdFolder(fd), nil
}

func (f fdFolder) enter(name string) (openFolder, error) {
	return openFD(int(f), name, unix.O_NOFOLLOW)
}

func (f fdFolder) Close() error { return unix.Close(int(f)) }

func (f fdFolder) names() (names []string, err error) {
	buffer := make([]byte, 8<<10)
	for {
		n, err := again(func() (int, error) { return unix.ReadDirent(int(f), buffer) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: ".", Err: err}
		}
		if n <= 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
	}
}

func (f fdFolder) look(name string) (seen, error) {
	var st unix.Stat_t
	_, err := again(func() (int, error) { return 0, unix.Fstatat(int(f), name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return seen{}, &fs.PathError{Op: "look at", Path: name, Err: err}
	}
	return seen{
		mode: modeOf(st.Mode), size: st.Size, stamped: true,
		stamp: stamp{device: uint64(st.Dev), inode: st.Ino, modified: st.Mtim.Nano(), changed: st.Ctim.Nano()},
	}, nil
}

// open does not wait: what is a file no more may be a pipe that nobody writes to.
func (f fdFolder) open(name string) (io.ReadSeekCloser, error) {
	fd, err := again(func() (int, error) {
		return unix.Openat(int(f), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fdFile(fd), nil
}

// fdFile is the descriptor of an open file. Unlike [os.File] it does not ask whether the file can be waited for.
type fdFile int

func (f fdFile) Read(p []byte) (int, error) {
	n, err := again(func() (int, error) { return unix.Read(int(f), p) })
	switch {
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

func (f fdFile) Seek(offset int64, whence int) (int64, error) {
	n, err := unix.Seek(int(f), offset, whence)
	return n, os.NewSyscallError("seek", err)
}

func (f fdFile) Close() error { return unix.Close(int(f)) }

func (f fdFolder) link(name string) (string, error) {
	for size := 256; ; size *= 2 {
		buffer := make([]byte, size)
		n, err := again(func() (int, error) { return unix.Readlinkat(int(f), name, buffer) })
		if err != nil {
			return "", &fs.PathError{Op: "read link", Path: name, Err: err}
		}
		if n < size {
			return string(buffer[:n]), nil
		}
	}
}

// again repeats a system call that a signal interrupted.
func again(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != unix.EINTR {
			return n, err
		}
	}
}

// modeOf translates a mode, as far as it matters here (inode(7)).
func modeOf(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	if m&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	switch m & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFBLK, unix.S_IFCHR:
		mode |= fs.ModeDevice
	default:
		mode |= fs.ModeIrregular
	}
	return mode
}
