//go:build amd64 || arm64

package boot

import (
	"os"
	"runtime"
	"syscall"
)

// Arguments 0 of the processes.
const (
	Holder = "splitecs-task"
	Shim   = "splitecs-shim"
	Init   = "splitecs-init"
	Entry  = "splitecs-entry"
)

// self is the executable that is started again. It may have been replaced or deleted since.
const self = "/proc/self/exe"

func init() {
	if len(os.Args) == 0 {
		return
	}
	run := map[string]func(){Holder: hold, Shim: watch, Init: reign, Entry: enter, Settle: settle}[os.Args[0]]
	if run == nil {
		return
	}
	// Namespaces, capabilities and PR_SET_PDEATHSIG are a thread's: all that matters is done on the first one.
	runtime.LockOSThread()
	keepDescriptors()
	run()
	os.Exit(0)
}

// Descriptors that are passed to a process begin after the three that each has.
const (
	firstPassed = 3
	maxPassed   = 8
)

// keepDescriptors keeps from programs what this process was passed, and what whoever started the first process has left open for everybody: the machine is behind a
// folder's descriptor (CVE-2024-21626).
func keepDescriptors() {
	const (
		closeRange = 436 // Linux 5.11 for the flag; on every architecture
		cloexec    = 4
		last       = 1<<32 - 1
	)
	if _, _, e := syscall.Syscall(closeRange, firstPassed, last, cloexec); e != 0 {
		for fd := firstPassed; fd < 1024; fd++ {
			syscall.CloseOnExec(fd)
		}
	}
}

// Environment is that of the processes of this package. One processor is enough for them, and a small heap: there may be hundreds.
func Environment() []string {
	env := []string{"GOMAXPROCS=1", "GOGC=20", "GORACE=atexit_sleep_ms=0"} // else the race detector has each sleep for a second at its end
	// GitHub's runner ends at the end of a job what has its variable: https://github.com/actions/runner/issues/598.
	if id, ok := os.LookupEnv("RUNNER_TRACKING_ID"); ok {
		env = append(env, "RUNNER_TRACKING_ID="+id)
	}
	return env
}
