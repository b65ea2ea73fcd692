//go:build amd64 || arm64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// Task is a network, and what runs in it. Its processes, mounts and network end with it, and with the process that made it.
type Task struct {
	sandbox Sandbox
	spec    TaskSpec
	holder  *peer
	process *os.Process
	ended   chan struct{} // closed when its holder, and so every process of it, is gone
	sys     bool          // its /sys can be had
	closing sync.Once
	closed  error

	mu    sync.Mutex
	names map[string]bool // of containers that run
}

// Task makes one.
func (s Sandbox) Task(ctx context.Context, spec TaskSpec) (*Task, error) {
	t := &Task{sandbox: s, spec: spec, ended: make(chan struct{}), names: map[string]bool{}}
	if err := t.begin(ctx); err != nil {
		return nil, fmt.Errorf("make task %s: %w", spec.ID, err)
	}
	return t, nil
}

func (t *Task) begin(ctx context.Context) error {
	if s := t.sandbox; s.Rung == Nothing {
		return &LadderError{Why: s.Why, Help: s.Help}
	}
	addresses, err := addresses(t.spec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.spec.Dir, 0o700); err != nil {
		return err
	}
	holder, theirs, err := newPeer()
	if err != nil {
		return err
	}
	t.holder = holder
	ready := make(chan reply, 1)
	holder.waiting[0] = ready
	started := make(chan error, 1)
	go t.live(theirs, started)
	err = <-started
	theirs.Close()
	go holder.listen()
	if err == nil {
		err = t.prepare(ctx, ready, addresses)
	}
	if err != nil {
		return errors.Join(err, t.end())
	}
	return nil
}

// prepare waits for the holder's mounts and gives it its addresses.
func (t *Task) prepare(ctx context.Context, ready <-chan reply, addresses [][4]byte) error {
	ctx, cancel := answering(ctx, answerPatience)
	defer cancel()
	world, err := t.holder.await(ctx, ready)
	if err != nil {
		return err
	}
	t.sys = world.Memory == 1
	_, err = t.holder.ask(ctx, boot.Request{Ask: boot.Network, Addresses: addresses, Memory: t.spec.Memory})
	return err
}

// live starts the holder and waits for its end, on one thread: the kernel kills it when the thread that started it ends.
func (t *Task) live(theirs *os.File, started chan<- error) {
	defer close(t.ended)
	runtime.LockOSThread()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		started <- err
		return
	}
	defer null.Close()
	t.process, err = os.StartProcess("/proc/self/exe", []string{boot.Holder, t.spec.ID}, &os.ProcAttr{
		Dir: "/", Env: boot.Environment(), Files: []*os.File{null, null, os.Stderr, theirs}, Sys: holderAttributes(t.sandbox.Rung),
	})
	started <- err
	if err == nil {
		t.process.Wait() // it says nothing more
	}
}

func holderAttributes(r Rung) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Setsid:     true,
		Pdeathsig:  syscall.SIGKILL,
	}
	if r == Root && os.Geteuid() != 0 { // this process has root's capabilities alone
		a.Credential = &syscall.Credential{}
	}
	if r == UserNamespace {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return a
}

func addresses(spec TaskSpec) (all [][4]byte, err error) {
	for _, a := range append([]netip.Addr{spec.Address}, spec.Platform...) {
		if !a.Is4() {
			return nil, fmt.Errorf("%s is no IPv4 address", a)
		}
		all = append(all, a.As4())
	}
	return all, nil
}

// take a name for a container, until it is given back.
func (t *Task) take(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.names[name]
	t.names[name] = true
	return !taken
}

func (t *Task) giveBack(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.names, name)
}

// PID is the process that holds the task, as this process sees it. What it started is below it, and ends with it.
func (t *Task) PID() int { return t.process.Pid }

// Done is closed when the task has ended, by Close or otherwise.
func (t *Task) Done() <-chan struct{} { return t.ended }

// Kill kills whatever runs in the task, whatever state it is in. Done tells when it is gone.
func (t *Task) Kill() error {
	if err := t.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill task %s: %w", t.spec.ID, err)
	}
	return nil
}

// endPatience is how long the kernel may take to end what was killed.
const endPatience = 10 * time.Second

// end kills what there is, and waits until it is gone.
func (t *Task) end() error {
	t.holder.conn.Close()
	if t.process == nil { // it has not been started
		<-t.ended
		return nil
	}
	if err := t.Kill(); err != nil { // the end of its socket alone leaves one that is stopped
		return err
	}
	select {
	case <-t.ended:
		return nil
	case <-time.After(endPatience):
		return fmt.Errorf("end task %s: %s after SIGKILL a process below %d is there still; `ps` tells what it waits for", t.spec.ID, endPatience, t.process.Pid)
	}
}

// Close kills whatever runs in the task, waits until it is gone, and removes the task's folder.
func (t *Task) Close() error {
	t.closing.Do(func() {
		if t.closed = t.end(); t.closed != nil {
			return
		}
		if err := removeAll(t.spec.Dir); err != nil {
			t.closed = fmt.Errorf("remove what task %s has written: %w", t.spec.ID, err)
		}
	})
	return t.closed
}
