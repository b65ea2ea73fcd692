//go:build amd64 || arm64

package boot

import (
	"encoding/json"
	"syscall"
	"time"
)

// MaxPacket is the size of a packet at most. What may be larger goes through a pipe.
const MaxPacket = 32 << 10

// Request is what is asked of a holder or a shim: one packet, with descriptors beside it.
type Request struct {
	ID  uint64 // comes back in the answers
	Ask Ask

	Addresses [][4]byte // Network
	Memory    int64     // Network: bytes that the whole task may use; 0: no limit
	Domain    int       // Socket: as socket(2) has them
	Type      int
	Name      string // Start: the container's, for ps
	UID       int
	GID       int
	Apart     bool           // Start: in a user namespace of its own, in which the holder's user is UID and GID
	Signal    syscall.Signal // Signal
	Target    uint64         // Signal: the request of the command; 0: the program
	TTY       bool           // Exec
	Rows      uint16
	Cols      uint16
}

// Ask is what a request is about.
type Ask string

const (
	Network Ask = "network" // holder: loopback and the addresses
	Socket  Ask = "socket"  // holder: a socket of the task, passed out
	Start   Ask = "start"   // holder: a shim; descriptors: its control socket, its Container, stdout, stderr
	Signal  Ask = "signal"  // shim
	Use     Ask = "use"     // shim: memory and processor time
	Exec    Ask = "exec"    // shim: a command beside the program; descriptors: its Process, and without a terminal its stdin, stdout, stderr
)

// Answer is what comes back, once or, of a program or command, twice: started or not, and its exit.
type Answer struct {
	ID      uint64   // of the request; 0: of the program that the shim was started for
	Failure *Failure `json:",omitempty"`
	Memory  int64    `json:",omitempty"`
	CPU     time.Duration
	Exit    *Exit `json:",omitempty"`
}

// Exit is how a program ended.
type Exit struct {
	Code        int  // 128 and the signal's number where a signal ended it
	OutOfMemory bool // a process of it was killed for the memory of the container or of the task
}

// Failure tells why a step was not possible.
type Failure struct {
	Errno  syscall.Errno // 0: no error of the kernel
	Path   string        // what it was about
	Reason string        // in the words of runc, where it has some
}

// Error is the reason, for a person.
func (f *Failure) Error() string { return f.Reason }

// failure of a step at a path.
func failure(step, path string, err error) *Failure {
	f := &Failure{Path: path, Reason: step}
	if path != "" {
		f.Reason += " " + path
	}
	f.Reason += ": " + err.Error()
	f.Errno = errno(err)
	return f
}

// errno is the kernel's number in an error, 0 where there is none.
func errno(err error) syscall.Errno {
	for err != nil {
		if n, ok := err.(syscall.Errno); ok {
			return n
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return 0
		}
		err = u.Unwrap()
	}
	return 0
}

// send a packet with descriptors. The other side is gone where that fails, which its reader notices.
func send(socket int, packet any, files ...int) {
	text, err := json.Marshal(packet)
	if err != nil {
		panic(err) // the types above can be written
	}
	var beside []byte
	if len(files) > 0 {
		beside = syscall.UnixRights(files...)
	}
	for syscall.Sendmsg(socket, text, beside, nil, syscall.MSG_NOSIGNAL) == syscall.EINTR {
	}
}

// asked is a request with its descriptors.
type asked struct {
	Request
	files []int
}

func (a asked) close() {
	for _, fd := range a.files {
		syscall.Close(fd)
	}
}

// receive the requests of a socket until its other side is closed.
func receive(socket int) <-chan asked {
	all := make(chan asked)
	go func() {
		defer close(all)
		for {
			a, ok := next(socket)
			if !ok {
				return
			}
			all <- a
		}
	}()
	return all
}

func next(socket int) (a asked, ok bool) {
	text, beside := make([]byte, MaxPacket), make([]byte, syscall.CmsgSpace(4*maxPassed))
	var n, b int
	err := error(syscall.EINTR)
	for err == syscall.EINTR {
		n, b, _, _, err = syscall.Recvmsg(socket, text, beside, syscall.MSG_CMSG_CLOEXEC)
	}
	if err != nil || n == 0 {
		return a, false
	}
	messages, err := syscall.ParseSocketControlMessage(beside[:b])
	if err != nil {
		return a, false
	}
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return a, false
		}
		a.files = append(a.files, fds...)
	}
	return a, json.Unmarshal(text[:n], &a.Request) == nil
}
