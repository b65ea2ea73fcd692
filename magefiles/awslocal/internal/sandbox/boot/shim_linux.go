//go:build amd64 || arm64

package boot

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// Descriptors of a shim beside its control socket.
const (
	shimSpec = control + 1 + iota
	shimStdout
	shimStderr
	shimTold // can be read where the holder has killed a process of the container for the task's memory
)

// shim is what stands beside a container. It is outside of the container's process and mount namespaces, so that the container's
// program is process 1 of them where it should be, and nothing but the program's own is seen in them.
type shim struct {
	container Container
	children  map[int]*child // by process id, which is one of the task's namespace
	program   *child
	mounts    int   // descriptor of the container's mount namespace
	entry     error // why no command can be started
	memory    memory
}

// child is the container's program, or a command beside it.
type child struct {
	id      uint64        // of the request
	pid     int           // in the namespace of the task
	decided chan struct{} // closed when its entry has become it, or has failed
	failed  *Failure      // known then
	master  int           // the other side of its terminal, until that has been passed on; 0: none
}

// watch is the shim. It ends with its program, and takes it along where the parent is gone.
func watch() {
	dieWithParent()
	s := shim{children: map[int]*child{}}
	if failed := s.begin(); failed != nil {
		send(control, Answer{Failure: failed})
		return
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	requests := receive(control)
	s.reap() // what ended before anybody listened
	for {
		select {
		case r, ok := <-requests:
			if !ok {
				s.kill()
				return
			}
			s.fulfil(r)
		case <-ended:
			s.reap()
		}
	}
}

// begin starts the program.
func (s *shim) begin() *Failure {
	if err := readJSON(shimSpec, &s.container); err != nil {
		return failure("read what to run", "", err)
	}
	if err := syscall.Sethostname([]byte(s.container.Hostname)); err != nil {
		return failure("set the host name", s.container.Hostname, err)
	}
	null, err := syscall.Open(os.DevNull, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return failure("open", os.DevNull, err)
	}
	name := Entry
	if s.container.Init {
		name = Init
	}
	c := &child{}
	s.program = c
	failed := s.fork(c, name, order{Container: &s.container, Process: s.container.Process}, []int{null, shimStdout, shimStderr}, -1, &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Setsid: true, Pdeathsig: syscall.SIGKILL,
	})
	for _, fd := range []int{null, shimStdout, shimStderr} {
		syscall.Close(fd)
	}
	if failed != nil {
		return failed
	}
	s.entry = s.enter()
	return nil
}

// enter has this thread start commands in the container's namespace of processes. That of mounts they enter by themselves. It fails
// where the program has ended already.
func (s *shim) enter() error {
	processes, err := s.namespace("pid")
	if err != nil {
		return err
	}
	defer syscall.Close(processes)
	if s.mounts, err = s.namespace("mnt"); err != nil {
		return err
	}
	return setns(processes, syscall.CLONE_NEWPID)
}

// namespace of the program.
func (s *shim) namespace(kind string) (fd int, err error) {
	return syscall.Open("/proc/"+strconv.Itoa(s.program.pid)+"/ns/"+kind, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
}

func setns(fd, kind int) error {
	if _, _, e := syscall.Syscall(sysSetns, uintptr(fd), uintptr(kind), 0); e != 0 {
		return e
	}
	return nil
}

// fork starts an entry, or an init that will start one, and says to the parent when it has become the program.
func (s *shim) fork(c *child, name string, what order, stdio []int, mounts int, attributes *syscall.SysProcAttr) *Failure {
	reader, err := writeJSON(what)
	if err != nil {
		return failure("tell what to run", "", err)
	}
	defer syscall.Close(reader)
	var verdict [2]int
	if err := syscall.Pipe2(verdict[:], syscall.O_CLOEXEC); err != nil {
		return failure("make a pipe", "", err)
	}
	files := descriptors(append(stdio, reader, verdict[1]))
	if mounts >= 0 {
		files = append(files, uintptr(mounts))
	}
	c.pid, err = syscall.ForkExec(self, []string{name}, &syscall.ProcAttr{Dir: "/", Env: Environment(), Files: files, Sys: attributes})
	syscall.Close(verdict[1])
	if err != nil {
		syscall.Close(verdict[0])
		return failure("start a process", "", err)
	}
	c.decided = make(chan struct{})
	s.children[c.pid] = c
	go s.decide(c, verdict[0])
	return nil
}

// decide waits until the entry has said why it failed, or has closed its pipe by becoming the program.
func (s *shim) decide(c *child, verdict int) {
	var failed Failure
	if readJSON(verdict, &failed) == nil {
		c.failed = &failed
	}
	if c == s.program && c.failed == nil {
		s.memory.watch(&s.container, c.pid)
	}
	if c.master == 0 {
		send(control, Answer{ID: c.id, Failure: c.failed})
	} else {
		send(control, Answer{ID: c.id, Failure: c.failed}, c.master)
		syscall.Close(c.master)
	}
	close(c.decided)
}

func (s *shim) fulfil(r asked) {
	defer r.close()
	a := Answer{ID: r.ID}
	switch r.Ask {
	case Signal:
		a.Failure = s.signal(r.Target, r.Signal)
	case Use:
		var err error
		if a.Memory, a.CPU, err = s.memory.use(); err != nil {
			a.Failure = failure("read the memory in use", "", err)
		}
	case Exec:
		s.exec(r)
		return // it answers by itself
	}
	send(control, a)
}

// signal a child that has not been waited for, so that its number is no other's.
func (s *shim) signal(id uint64, what syscall.Signal) *Failure {
	for _, c := range s.children {
		if c.id == id {
			if err := syscall.Kill(c.pid, what); err != nil {
				return failure("signal the program", "", err)
			}
			return nil
		}
	}
	return &Failure{Errno: syscall.ESRCH, Reason: "signal the program: it has ended"}
}

func (s *shim) kill() {
	s.signal(s.program.id, syscall.SIGKILL)
}

// reap says how children ended, each once, after it was said that they had started. With its program ends the shim: the kernel
// has killed everything else of the container by then.
func (s *shim) reap() {
	reap(func(pid int, status syscall.WaitStatus) {
		c := s.children[pid]
		if c == nil {
			return
		}
		delete(s.children, pid)
		<-c.decided
		if c.failed == nil {
			send(control, Answer{ID: c.id, Exit: &Exit{Code: code(status), OutOfMemory: c == s.program && s.outOfMemory()}})
		}
		if c == s.program {
			os.Exit(0)
		}
	})
}

func code(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

func (s *shim) outOfMemory() bool {
	n, err := syscall.Read(shimTold, make([]byte, 1))
	return s.memory.killed.Load() || n == 1 && err == nil
}
