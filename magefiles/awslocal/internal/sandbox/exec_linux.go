//go:build amd64 || arm64

package sandbox

import (
	"context"
	"os"
	"syscall"
	"unsafe"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// Exec is a command in a container, beside its program.
type Exec struct {
	// PTY is the terminal's other side, where there is one: the caller reads, writes and closes it.
	PTY    *os.File
	in     *Container
	id     uint64
	answer chan reply
	exit   Exit
	ended  chan struct{}
}

// Exec runs a command in the container, as its program's user. It has begun when Exec comes back, and the error is a *StartError where that
// was not possible.
func (c *Container) Exec(ctx context.Context, spec ExecSpec) (*Exec, error) {
	defer closeAll([]*os.File{spec.Stdin, spec.Stdout, spec.Stderr})
	e := &Exec{in: c, ended: make(chan struct{})}
	e.id, e.answer = c.shim.expect(2)
	if err := e.start(ctx, spec); err != nil {
		c.shim.forget(e.id)
		return nil, err
	}
	go func() {
		defer close(e.ended)
		e.exit = exitOf(c.shim, e.answer)
		c.shim.forget(e.id)
	}()
	return e, nil
}

func (e *Exec) start(ctx context.Context, spec ExecSpec) error {
	what, err := pipeJSON(e.in.process(spec.Argv, spec.Env, spec.Dir))
	if err != nil {
		return err
	}
	defer what.Close()
	files := []*os.File{what}
	if !spec.TTY {
		for _, f := range []*os.File{spec.Stdin, spec.Stdout, spec.Stderr} {
			if f == nil {
				if f, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
					return err
				}
				defer f.Close()
			}
			files = append(files, f)
		}
	}
	request := boot.Request{ID: e.id, Ask: boot.Exec, TTY: spec.TTY, Rows: spec.Rows, Cols: spec.Cols}
	if err := e.in.shim.send(request, files...); err != nil {
		return err
	}
	a, err := e.in.shim.await(ctx, e.answer)
	if err != nil {
		closeAll(a.files)
		if ctx.Err() != nil {
			e.Signal(syscall.SIGKILL) // it may have begun
		}
		return err
	}
	if spec.TTY {
		e.PTY = a.files[0]
	}
	return nil
}

// Wait for the end of the command. It may be asked more than once.
func (e *Exec) Wait() Exit {
	<-e.ended
	return e.exit
}

// Signal the command.
func (e *Exec) Signal(s syscall.Signal) error { return e.in.signal(e.id, s) }

// Resize the terminal.
func (e *Exec) Resize(rows, cols uint16) error {
	raw, err := e.PTY.SyscallConn()
	if err != nil {
		return err
	}
	size := [4]uint16{rows, cols}
	failed := syscall.Errno(0)
	err = raw.Control(func(fd uintptr) {
		_, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
	})
	if err == nil && failed != 0 {
		err = os.NewSyscallError("ioctl", failed)
	}
	return err
}
