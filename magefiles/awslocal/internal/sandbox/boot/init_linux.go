//go:build amd64 || arm64

package boot

import (
	"os"
	"os/signal"
	"syscall"
)

// Descriptors of an entry, and of an init for the one that it starts.
const (
	entryOrder = firstPassed + iota
	entryVerdict
	entryMounts
)

// reign is process 1 of a container that asked for one (initProcessEnabled): it passes signals on to the program, waits for whatever
// ends, and ends as the program does. It starts the program's entry, which builds the root for both of them: pivot_root
// changes the root of whoever had the old one.
func reign() {
	dieWithParent()
	undumpable()
	signals := make(chan os.Signal, 64)
	signal.Notify(signals)
	pid, err := syscall.ForkExec(self, []string{Entry}, &syscall.ProcAttr{
		Dir: "/", Env: Environment(), Files: []uintptr{0, 1, 2, entryOrder, entryVerdict},
	})
	if err != nil {
		report(failure("start a process", "", err))
		os.Exit(1)
	}
	for fd := range entryMounts { // the program alone has its output, and its verdict
		syscall.Close(fd)
	}
	for sig := range signals {
		switch sig {
		case syscall.SIGCHLD:
			reap(func(ended int, status syscall.WaitStatus) {
				if ended == pid {
					os.Exit(code(status))
				}
			})
		case syscall.SIGURG: // Go's own, to preempt
		default:
			syscall.Kill(pid, sig.(syscall.Signal))
		}
	}
}
