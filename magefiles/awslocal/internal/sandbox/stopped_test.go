//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// A holder that is stopped (SIGSTOP) answers nothing, and does not see that its socket is closed: its task ends all the same.
func TestTaskOfAStoppedHolder(t *testing.T) {
	task, err := can(t).Task(context.Background(), sandbox.TaskSpec{ID: "stopped", Address: own, Dir: folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(task.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- task.Close() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(15 * time.Second):
		if err := syscall.Kill(task.PID(), syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		t.Fatalf("the task has not ended: %v", <-ended)
	}
}
