//go:build amd64 || arm64

package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// Container is a program in a task.
type Container struct {
	task   *Task
	shim   *peer
	spec   ContainerSpec
	apart  bool
	answer chan reply // of the program: started or not, and its exit
	// Lacks is what the container should have and has not, each a sentence.
	Lacks []string
	exit  Exit
	ended chan struct{}
}

var fitting = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// Start a container. Its program has begun when Start comes back, and the error is a *StartError where that was not possible. A container
// may be started again under its name, when it has ended: it begins with the files of its image.
func (t *Task) Start(ctx context.Context, spec ContainerSpec) (*Container, error) {
	defer closeAll([]*os.File{spec.Stdout, spec.Stderr})
	if !fitting.MatchString(spec.Name) {
		return nil, fmt.Errorf("start container %q: a name has letters, digits, - and _", spec.Name)
	}
	if !t.take(spec.Name) {
		return nil, fmt.Errorf("start container %s: one of this name runs in the task", spec.Name)
	}
	c := &Container{task: t, spec: spec, apart: t.sandbox.Rung == UserNamespace, ended: make(chan struct{})}
	what, err := c.describe(filepath.Join(t.spec.Dir, spec.Name), t.sys)
	if err != nil {
		t.giveBack(spec.Name)
		return nil, fmt.Errorf("start container %s: %w", spec.Name, err)
	}
	if err := c.start(ctx, t, what); err != nil {
		t.giveBack(spec.Name)
		var start *StartError
		if errors.As(err, &start) {
			return nil, start
		}
		return nil, fmt.Errorf("start container %s: %w", spec.Name, err)
	}
	return c, nil
}

// describe makes the folder of the container, and tells the shim of it.
func (c *Container) describe(folder string, sys bool) (*boot.Container, error) {
	if err := removeAll(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	spec := c.spec
	limits, lacks, err := ulimits(spec.Ulimits, c.apart)
	if err != nil {
		return nil, err
	}
	c.Lacks = lacks
	what := &boot.Container{
		Hostname: spec.Hostname, Folder: folder, Layers: spec.Layers, ReadOnly: spec.ReadOnly, Files: spec.Files, ShmMB: spec.ShmMB,
		Sys: sys, Init: spec.Init, Memory: spec.Memory,
		Process: c.process(spec.Argv, spec.Env, spec.Dir),
	}
	what.Process.Ulimits = limits
	for _, m := range spec.Mounts {
		what.Mounts = append(what.Mounts, boot.Mount(m))
	}
	return what, nil
}

func (c *Container) process(argv, env []string, dir string) boot.Process {
	return boot.Process{Argv: argv, Env: env, Dir: cmp.Or(dir, "/"), UID: c.spec.UID, GID: c.spec.GID, Groups: c.spec.Groups, Apart: c.apart}
}

func (c *Container) start(ctx context.Context, t *Task, what *boot.Container) error {
	shim, theirs, err := newPeer()
	if err != nil {
		return err
	}
	defer theirs.Close()
	c.shim, c.answer = shim, make(chan reply, 2)
	shim.waiting[0] = c.answer
	go shim.listen()
	err = t.pass(ctx, c, what, theirs)
	theirs.Close() // the shim has it, or nobody
	if err == nil {
		starting, cancel := answering(ctx, startPatience)
		_, err = shim.await(starting, c.answer)
		cancel()
	}
	if err != nil {
		shim.conn.Close()
		<-shim.done
		return err
	}
	go c.wait()
	return nil
}

// pass a container to a shim that the holder starts.
func (t *Task) pass(ctx context.Context, c *Container, what *boot.Container, control *os.File) error {
	spec, err := pipeJSON(what)
	if err != nil {
		return err
	}
	defer spec.Close()
	files := []*os.File{control, spec, c.spec.Stdout, c.spec.Stderr}
	for i, f := range files {
		if f == nil {
			if files[i], err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
				return err
			}
			defer files[i].Close()
		}
	}
	_, err = t.holder.ask(ctx, boot.Request{Ask: boot.Start, Name: c.spec.Name, UID: c.spec.UID, GID: c.spec.GID, Apart: c.apart}, files...)
	return err
}

// wait for the exit. Where the shim has ended without a word, it and the program were killed.
func (c *Container) wait() {
	defer close(c.ended)
	defer c.task.giveBack(c.spec.Name)
	c.exit = exitOf(c.shim, c.answer)
	c.shim.conn.Close()
}

func exitOf(p *peer, answers <-chan reply) Exit {
	a, err := p.await(context.Background(), answers)
	if err != nil || a.Exit == nil {
		return Exit{Code: 128 + int(syscall.SIGKILL)}
	}
	return Exit(*a.Exit)
}

// Wait for the end of the program. It may be asked more than once.
func (c *Container) Wait() Exit {
	<-c.ended
	return c.exit
}

// Done is closed when the program has ended.
func (c *Container) Done() <-chan struct{} { return c.ended }

// Signal the program, as the kernel delivers a signal to process 1: one that it does not handle does nothing, unless it is SIGKILL.
func (c *Container) Signal(s syscall.Signal) error { return c.signal(0, s) }

func (c *Container) signal(target uint64, s syscall.Signal) error {
	_, err := c.shim.ask(context.Background(), boot.Request{Ask: boot.Signal, Signal: s, Target: target})
	if errors.Is(err, syscall.ESRCH) {
		return errGone
	}
	return err
}

// Kill every process of the container. Wait tells when they are gone. One whose container does not answer ends with its task alone:
// see [Task.Kill].
func (c *Container) Kill() error { return c.Signal(syscall.SIGKILL) }

// Use is what the container uses at the moment.
func (c *Container) Use() (Use, error) {
	a, err := c.shim.ask(context.Background(), boot.Request{Ask: boot.Use})
	return Use{Memory: a.Memory, CPU: a.CPU}, err
}
