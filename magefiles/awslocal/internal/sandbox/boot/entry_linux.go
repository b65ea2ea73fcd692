//go:build amd64 || arm64

package boot

import (
	"encoding/json"
	"os"
	"syscall"
)

// enter is the entry: it builds the root of a container or enters an existing one, and becomes the program. Its executable is read
// from the machine before the root is another, so that it may be one that needs the machine's libraries.
func enter() {
	undumpable()
	var o order
	if err := readJSON(entryOrder, &o); err != nil {
		fail(failure("read what to run", "", err))
	}
	if o.Container != nil {
		if os.Getpid() == 1 {
			dieWithParent()
		}
		if err := build(o.Container); err != nil {
			fail(err)
		}
	} else if err := join(entryMounts); err != nil {
		fail(err)
	}
	if err := become(&o.Process, o.Container != nil && os.Getpid() == 1); err != nil {
		fail(err)
	}
}

// join enters the mounts of a container. A thread may do so that shares its root and directory with no other.
func join(mounts int) *Failure {
	if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
		return failure("enter the container", "", err)
	}
	if err := setns(mounts, syscall.CLONE_NEWNS); err != nil {
		return failure("enter the container", "", err)
	}
	syscall.Close(mounts)
	return nil
}

// report says why there is no program.
func report(f *Failure) {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	syscall.Write(entryVerdict, text)
}

// fail says why, and ends as a shell would: 127 where there is no such program, 126 where it cannot be executed.
func fail(f *Failure) {
	report(f)
	if f.Errno == syscall.ENOENT {
		os.Exit(127)
	}
	os.Exit(126)
}
