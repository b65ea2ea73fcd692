package sandbox

import (
	"net/netip"
	"os"
	"syscall"
	"time"
)

// Sandbox is what this machine allows, as [Try] found it.
type Sandbox struct {
	Rung Rung
	Why  string // it is no higher one: a sentence; empty for Root
	Help string // a command that would help; empty: none would
}

// TaskSpec is a task.
type TaskSpec struct {
	ID string // shows in ps
	// Address is the task's own. Whoever asks the task asks this one and not 127.0.0.1, where a program that listens on 127.0.0.1 alone
	// would answer as it does not on Fargate.
	Address  netip.Addr
	Platform []netip.Addr // others, for [Task.Listen]: of the metadata service, say
	Memory   int64        // bytes, of all its containers together; 0: no limit
	Dir      string       // an own folder of the task; made where it is missing, removed by Close
}

// ContainerSpec is a container.
type ContainerSpec struct {
	Name     string // unique in its task: letters, digits, - and _
	Hostname string
	Layers   []string // folders, lowest first, in the form of overlayfs with `userxattr`
	// Argv is what is executed: a name without a slash is looked up in PATH of Env.
	Argv, Env []string
	Dir       string // made where it is missing; empty: /
	UID, GID  int
	Groups    []int // on rung Root alone
	ReadOnly  bool  // the root
	Mounts    []Mount
	Files     map[string][]byte // by absolute name, as the platform gives them: /etc/hosts …
	Init      bool              // the program is a child of process 1, and not process 1 itself (initProcessEnabled)
	Memory    int64             // bytes, hard limit; 0: none
	Ulimits   []Ulimit
	ShmMB     int // 0: 64
	// Stdout and Stderr are closed by Start, whether it succeeds or not.
	Stdout, Stderr *os.File
}

// Mount is a folder of the machine, or a memory file system where Source is empty.
type Mount struct {
	Target, Source string
	ReadOnly       bool
	SizeMB         int    // of a memory file system; 0: half of the machine's memory
	Mode           uint32 // likewise; 0: 01777
}

// Ulimit is a limit by the name that ECS gives it: nofile, nproc …
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html
type Ulimit struct {
	Name       string
	Soft, Hard uint64
}

// Exit is how a program ended.
type Exit struct {
	Code        int  // 128 and the signal's number where a signal ended it
	OutOfMemory bool // a process of it was killed for the memory of the container or of the task
}

// ExecSpec is a command in a running container, as its program's user.
type ExecSpec struct {
	Argv, Env  []string
	Dir        string // empty: /
	TTY        bool   // then Exec.PTY takes the place of the files
	Rows, Cols uint16
	// Closed by Exec, whether it succeeds or not. nil: nothing.
	Stdin, Stdout, Stderr *os.File
}

// Use is what a container uses.
type Use struct {
	Memory int64         // bytes, without what is shared with others
	CPU    time.Duration // since its start
}

// StartError says why a program could not be executed, or its container not be made.
type StartError struct {
	Errno  syscall.Errno // 0: no error of the kernel
	Path   string        // what it was about
	Reason string        // in the words of runc, where the program cannot be executed
}

func (e *StartError) Error() string { return e.Reason }

// Unwrap is the error of the kernel.
func (e *StartError) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}
