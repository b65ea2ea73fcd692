package awslocal

import (
	"fmt"
	"os"
	"syscall"
)

// signals that a kind of fault sends to the process that serves.
var signals = map[FaultKind]os.Signal{Interrupt: os.Interrupt, Terminate: syscall.SIGTERM}

// sendable tells why a system does not have a kind of fault; nil where it has it. Windows knows no signals that a
// process could send: https://pkg.go.dev/os#Process.Signal
func (k FaultKind) sendable(system string) error {
	if _, is := signals[k]; is && system == "windows" {
		return fmt.Errorf("%s is a signal, and Windows has none to send; use %s", k, Crash)
	}
	return nil
}

// send sends the signal of a kind to this process. Who listens for it hears of it while the call is served.
func (k FaultKind) send() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(signals[k])
}
