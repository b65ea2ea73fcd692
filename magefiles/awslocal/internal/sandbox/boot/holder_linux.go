//go:build amd64 || arm64

package boot

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

const control = firstPassed // the socket of a holder and of a shim

// holder is process 1 of the task's own process namespace. Its end, for whatever reason, is the end of every process of the task, and of its
// network and mounts.
type holder struct {
	mu    sync.Mutex
	shims map[int]int // by process id, the pipe through which each is told that the task's memory was its program's end
}

// hold is the holder.
func hold() {
	sys, failed := world()
	send(control, Answer{Failure: failed, Memory: sys})
	if failed != nil {
		return
	}
	h := holder{shims: map[int]int{}}
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	requests := receive(control)
	for {
		select {
		case r, ok := <-requests:
			if !ok {
				return
			}
			h.fulfil(r)
		case <-children:
			reap(h.forget) // shims tell of themselves
		}
	}
}

func (h *holder) forget(pid int, _ syscall.WaitStatus) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if pipe, ok := h.shims[pid]; ok {
		syscall.Close(pipe)
		delete(h.shims, pid)
	}
}

// world are the mounts of the task: its own processes in /proc, without which no user namespace can be given its users, and its
// own network in /sys, which some machines do not allow (1: it is there).
func world() (sys int64, failed *Failure) {
	// What is unmounted outside is unmounted here too; nothing goes the other way.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SLAVE, ""); err != nil {
		return 0, failure("make the mounts its own", "/", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", noPrivileges, ""); err != nil {
		return 0, failure("mount", "/proc", err)
	}
	if syscall.Mount("sysfs", "/sys", "sysfs", noPrivileges|syscall.MS_RDONLY, "") == nil {
		sys = 1
	}
	return sys, nil
}

const noPrivileges = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC

func (h *holder) fulfil(r asked) {
	defer r.close()
	a := Answer{ID: r.ID}
	switch r.Ask {
	case Network:
		if err := network(r.Addresses); err != nil {
			a.Failure = failure("give the task its addresses", "", err)
		}
		if r.Memory > 0 {
			go h.limit(r.Memory)
		}
	case Socket:
		fd, err := syscall.Socket(r.Domain, r.Type|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			a.Failure = failure("make a socket", "", err)
			break
		}
		send(control, a, fd)
		syscall.Close(fd)
		return
	case Start:
		if err := h.start(r); err != nil {
			a.Failure = failure("start a shim", "", err)
		}
	}
	send(control, a)
}

// start the shim of a container, where it has to be in a user namespace in which the user of the holder, whose files all
// are, goes by the program's number.
func (h *holder) start(r asked) error {
	null, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(null)
	var told [2]int
	if err := syscall.Pipe2(told[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return err
	}
	defer syscall.Close(told[0])
	attributes := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	if r.Apart {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: r.UID, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: r.GID, Size: 1}}
		if r.UID != 0 { // else the execution leaves it none
			attributes.AmbientCaps = everyCapability()
		} else if err := lowPorts(); err != nil {
			return err
		}
	}
	pid, err := syscall.ForkExec(readOnlySelf(), []string{Shim, r.Name}, &syscall.ProcAttr{
		Dir: "/", Env: Environment(), Sys: attributes,
		Files: append([]uintptr{uintptr(null), uintptr(null), 2}, descriptors(append(r.files, told[0]))...),
	})
	if err != nil {
		syscall.Close(told[1])
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shims[pid] = told[1]
	return nil
}

func descriptors(files []int) (all []uintptr) {
	for _, fd := range files {
		all = append(all, uintptr(fd))
	}
	return all
}

// reap every child that has ended.
func reap(ended func(pid int, status syscall.WaitStatus)) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if status.Exited() || status.Signaled() {
			ended(pid, status)
		}
	}
}
