//go:build amd64 || arm64

package boot

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// exec starts a command beside the program. It is in the same namespaces, and the shim is its parent: the program gets no child that it does not
// know.
func (s *shim) exec(r asked) {
	c := &child{id: r.ID}
	if f := s.command(c, r); f != nil {
		send(control, Answer{ID: r.ID, Failure: f})
	}
}

func (s *shim) command(c *child, r asked) *Failure {
	if s.entry != nil {
		return failure("enter the container", "", s.entry)
	}
	var p Process
	if len(r.files) == 0 {
		return &Failure{Errno: syscall.EINVAL, Reason: "run a command: nothing was passed"}
	}
	what, stdio := r.files[0], r.files[1:]
	copied, err := syscall.Dup(what) // it is closed by who reads it, and with the request
	if err != nil {
		return failure("read the command", "", err)
	}
	if err := readJSON(copied, &p); err != nil {
		return failure("read the command", "", err)
	}
	attributes := &syscall.SysProcAttr{Setsid: true}
	if r.TTY {
		master, slave, err := s.terminal(r.Rows, r.Cols, &p)
		if err != nil {
			return failure("open a terminal", "", err)
		}
		defer syscall.Close(slave)
		c.master, stdio = master, []int{slave, slave, slave}
		attributes.Setctty = true
	}
	if f := s.fork(c, Entry, order{Process: p}, stdio, s.mounts, attributes); f != nil {
		if c.master != 0 {
			syscall.Close(c.master)
		}
		return f
	}
	return nil
}

// Numbers of https://man7.org/linux/man-pages/man2/ioctl_tty.2.html.
const (
	tiocSPTLCK   = 0x40045431
	tiocGPTPEER  = 0x5441
	terminalMode = 0o620
)

// terminal opens one of the container's own, so that it has a name there: /dev/pts/0.
func (s *shim) terminal(rows, cols uint16, p *Process) (master, slave int, err error) {
	master, err = syscall.Open("/proc/"+strconv.Itoa(s.program.pid)+"/root/dev/pts/ptmx", syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, 0, err
	}
	unlocked, size := int32(0), [4]uint16{rows, cols}
	err = ioctl(master, tiocSPTLCK, uintptr(unsafe.Pointer(&unlocked)))
	if err == nil {
		err = ioctl(master, syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
	}
	if err == nil {
		peer, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(master), tiocGPTPEER, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC)
		slave = int(peer)
		if e != 0 {
			err = os.NewSyscallError("ioctl", e)
		}
	}
	if err != nil {
		syscall.Close(master)
		return 0, 0, err
	}
	if !p.Apart { // else it is the user's already
		syscall.Fchown(slave, p.UID, -1)
	}
	syscall.Fchmod(slave, terminalMode)
	return master, slave, nil
}

func ioctl(fd int, what, value uintptr) error {
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), what, value); e != 0 {
		return e
	}
	return nil
}
