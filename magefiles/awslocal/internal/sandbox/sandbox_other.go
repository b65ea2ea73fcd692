//go:build !linux || !(amd64 || arm64)

package sandbox

import (
	"context"
	"net"
	"os"
	"runtime"
	"syscall"
)

// Try tells that nothing runs here: what it takes is in Linux alone.
func Try(string) (Sandbox, error) {
	err := nowhere()
	return Sandbox{Why: err.Why, Help: err.Help}, err
}

func nowhere() *LadderError {
	return &LadderError{Why: "programs of images run on Linux alone (on x86-64 and ARM64), and this is " + runtime.GOOS + " on " + runtime.GOARCH}
}

// Settle, Settled, Emptying and Unsettled are those of Linux.
const Settle = ""

func Settled(string, ...string) []string { return nil }
func Emptying(string) []string           { return nil }
func Unsettled(int) error                { return nowhere() }

// Task, Container and Exec are those of Linux: there are none here.
type (
	Task      struct{}
	Container struct{ Lacks []string }
	Exec      struct{ PTY *os.File }
)

func (Sandbox) Task(context.Context, TaskSpec) (*Task, error) { return nil, nowhere() }

func (*Task) Dial(context.Context, string, string) (net.Conn, error)   { return nil, nowhere() }
func (*Task) Listen(string, string) (net.Listener, error)              { return nil, nowhere() }
func (*Task) ListenPacket(string) (net.PacketConn, error)              { return nil, nowhere() }
func (*Task) Start(context.Context, ContainerSpec) (*Container, error) { return nil, nowhere() }
func (*Task) PID() int                                                 { return 0 }
func (*Task) Done() <-chan struct{}                                    { return nil }
func (*Task) Kill() error                                              { return nowhere() }
func (*Task) Close() error                                             { return nowhere() }
func (*Container) Signal(syscall.Signal) error                         { return nowhere() }
func (*Container) Kill() error                                         { return nowhere() }
func (*Container) Wait() Exit                                          { return Exit{} }
func (*Container) Done() <-chan struct{}                               { return nil }
func (*Container) Use() (Use, error)                                   { return Use{}, nowhere() }
func (*Container) Exec(context.Context, ExecSpec) (*Exec, error)       { return nil, nowhere() }
func (*Exec) Resize(uint16, uint16) error                              { return nowhere() }
func (*Exec) Signal(syscall.Signal) error                              { return nowhere() }
func (*Exec) Wait() Exit                                               { return Exit{} }
