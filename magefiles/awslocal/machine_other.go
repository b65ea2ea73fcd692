//go:build !linux

package awslocal

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"runtime"
	"syscall"
)

var detached = &syscall.SysProcAttr{}

func dialSocket(context.Context, string) (net.Conn, error) { return nil, errors.ErrUnsupported }

func listenSocket(string) (net.Listener, error) { return nil, errors.ErrUnsupported }

func machineProcesses(string) []int { return nil }

func killProcess(int) {}

func version() string { return "unsupported" }

// inContainer is Linux's alone.
type inContainer struct{ Name, Engine, Why string }

func (machineOrder) starter() (*os.File, error) { return os.NewFile(3, "starter"), nil }

// launchInEngine tells that there is no such way here: the engine's containers are those of a virtual machine.
func (o MachineOptions) launchInEngine(_ context.Context, _ *Machine, none *NoProgramsError) (bool, error) {
	if o.Engine {
		none.Why += "; a container engine has its containers in a virtual machine on " + runtime.GOOS + ", in which neither this executable runs nor are its ports this machine's"
	}
	return false, none
}

func removeContainer(context.Context, string) {}

func emptyTasks(context.Context, string) error { return fs.ErrNotExist }

func removeByEngine(context.Context, string) error { return nil }
