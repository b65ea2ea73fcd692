package image_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// chrooted runs a program of a folder that is its whole file system, as a user, without variables, and returns what it says.
// It needs root, or a system that lets anybody make user namespaces.
func chrooted(t *testing.T, root string, user int, program ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program[0], program[1:]...)
	cmd.Dir, cmd.Env = "/", []string{"NONE="}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getgid(), Size: 1}}
		cmd.SysProcAttr.Credential.NoSetGroups = true
	}
	cmd.Path, cmd.Err = program[0], nil // looked up in there
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		t.Skipf("SKIPPED: this user may not run a program in a folder of its own (user namespaces are turned off): %v", err)
	}
	if err != nil {
		t.Fatalf("%v: %v\n%s", program, err, &errs)
	}
	return out.String()
}
