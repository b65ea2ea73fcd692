//go:build amd64 || arm64

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// peer is a holder or a shim at the other end of a socket.
type peer struct {
	conn *net.UnixConn
	done chan struct{} // closed when it is gone

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan<- reply // buffered
	gone    bool
}

// reply is an answer with its descriptors.
type reply struct {
	boot.Answer
	files []*os.File
}

// err is the failure that an answer tells of.
func (r reply) err() error {
	if r.Failure == nil {
		return nil
	}
	return &StartError{Errno: r.Failure.Errno, Path: r.Failure.Path, Reason: r.Failure.Reason}
}

// newPeer makes a socket and the other's end of it, which the caller closes when it has been passed.
func newPeer() (p *peer, theirs *os.File, err error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	p = &peer{conn: conn.(*net.UnixConn), done: make(chan struct{}), waiting: map[uint64]chan<- reply{}}
	return p, theirs, nil
}

// listen for answers until the other is gone.
func (p *peer) listen() {
	for {
		r, err := p.receive()
		if err != nil {
			break
		}
		p.mu.Lock()
		wanted := p.waiting[r.ID]
		p.mu.Unlock()
		if wanted == nil {
			closeAll(r.files)
			continue
		}
		wanted <- r
	}
	p.mu.Lock()
	p.gone = true
	p.mu.Unlock()
	close(p.done)
	p.conn.Close()
}

func (p *peer) receive() (r reply, err error) {
	text, beside := make([]byte, boot.MaxPacket), make([]byte, syscall.CmsgSpace(4*4))
	n, b, _, _, err := p.conn.ReadMsgUnix(text, beside)
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, io.EOF
	}
	messages, err := syscall.ParseSocketControlMessage(beside[:b])
	if err != nil {
		return r, err
	}
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return r, err
		}
		for _, fd := range fds {
			syscall.SetNonblock(fd, true) // so that who waits for it can be interrupted
			r.files = append(r.files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return r, json.Unmarshal(text[:n], &r.Answer)
}

// expect answers with a number; forget ends that.
func (p *peer) expect(capacity int) (id uint64, answers chan reply) {
	answers = make(chan reply, capacity)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.waiting[p.last] = answers
	return p.last, answers
}

func (p *peer) forget(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

// How long an answer may take. A holder or a shim answers at once, on a busy machine a little later; a program may be slow to load.
const (
	answerPatience = 15 * time.Second
	startPatience  = time.Minute
)

// errSilent is what a task or a container answers that is there and says nothing: it is stopped, or stuck.
var errSilent = errors.New("it does not answer")

// answering is a context for an answer that may take so long.
func answering(ctx context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, patience, errSilent)
}

// ask for something that is answered once, and soon. Files are passed along and stay the caller's.
func (p *peer) ask(ctx context.Context, r boot.Request, files ...*os.File) (reply, error) {
	ctx, cancel := answering(ctx, answerPatience)
	defer cancel()
	id, answers := p.expect(1)
	defer p.forget(id)
	r.ID = id
	if err := p.send(r, files...); err != nil {
		return reply{}, err
	}
	return p.await(ctx, answers)
}

func (p *peer) await(ctx context.Context, answers <-chan reply) (reply, error) {
	select {
	case a := <-answers:
		return a, a.err()
	case <-p.done:
		select {
		case a := <-answers: // the last that it said
			return a, a.err()
		default:
			return reply{}, errGone
		}
	case <-ctx.Done():
		return reply{}, context.Cause(ctx)
	}
}

// errGone is what a task or a container that has ended answers.
var errGone = fmt.Errorf("it has ended: %w", os.ErrProcessDone)

func (p *peer) send(r boot.Request, files ...*os.File) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	var beside []byte
	if len(fds) > 0 {
		beside = syscall.UnixRights(fds...)
	}
	if err := p.conn.SetWriteDeadline(time.Now().Add(answerPatience)); err != nil { // who is stopped reads nothing
		return errGone
	}
	switch _, _, err := p.conn.WriteMsgUnix(text, beside, nil); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSilent
	case err != nil:
		return errGone
	}
	return nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
