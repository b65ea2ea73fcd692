package awslocal

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sync"
	"syscall"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// serveExec executes a command in a container, and passes on what it reads and writes.
func (s *Server) serveExec(w http.ResponseWriter, r *http.Request) {
	var asked ExecRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, largestFrame)).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	x, err := newExec(asked.Terminal)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer x.close()
	e, err := s.supervisor.Exec(r.Context(), asked.Task, asked.Container, sandbox.ExecSpec{
		Argv: asked.Command, TTY: asked.Terminal, Rows: uint16(asked.Rows), Cols: uint16(asked.Columns), Stdin: x.stdin, Stdout: x.stdout, Stderr: x.stderr,
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = e.Signal(syscall.SIGKILL)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close() // what is to be said has been said
	if _, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: splitecs-exec\r\n\r\n"); err != nil {
		_ = e.Signal(syscall.SIGKILL)
		return
	}
	if asked.Terminal {
		x.in, x.out = e.PTY, e.PTY
	}
	out := &frames{w: conn}
	var written sync.WaitGroup
	written.Go(func() { out.of(frameOut, x.out) })
	if x.err != nil {
		written.Go(func() { out.of(frameErr, x.err) })
	}
	go func() {
		x.follow(buffered, e)
		_ = e.Signal(syscall.SIGKILL) // who asked has gone, or it has ended
	}()
	exit := e.Wait()
	written.Wait()
	_ = out.write(frameEnded, []byte{byte(exit.Code)})
}

// execPipes are what a command is joined to, and our ends of it.
type execPipes struct {
	stdin, stdout, stderr *os.File // the command's; nil with a terminal
	in                    io.WriteCloser
	out, err              io.Reader
	all                   []*os.File
}

func newExec(terminal bool) (*execPipes, error) {
	x := &execPipes{}
	if terminal {
		return x, nil
	}
	for i := range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			x.close()
			return nil, err
		}
		x.all = append(x.all, r, w)
		switch i {
		case 0:
			x.stdin, x.in = r, w
		case 1:
			x.stdout, x.out = w, r
		case 2:
			x.stderr, x.err = w, r
		}
	}
	return x, nil
}

func (x *execPipes) close() {
	for _, f := range x.all {
		_ = f.Close()
	}
}

// follow does what the other side says, until it says no more.
func (x *execPipes) follow(r io.Reader, e *sandbox.Exec) {
	for {
		f, err := readFrame(r)
		if err != nil {
			return
		}
		switch {
		case f.kind == frameIn && len(f.content) == 0:
			if x.in != nil && x.err != nil { // a terminal is not closed
				_ = x.in.Close()
			}
		case f.kind == frameIn:
			_, _ = x.in.Write(f.content) // the command may not read it
		case f.kind == frameResize && len(f.content) == 4:
			_ = e.Resize(binary.BigEndian.Uint16(f.content), binary.BigEndian.Uint16(f.content[2:]))
		case f.kind == frameSignal && len(f.content) == 1:
			_ = e.Signal(syscall.Signal(f.content[0]))
		}
	}
}
