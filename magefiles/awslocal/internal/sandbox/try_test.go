//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"os"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// The machine's answer is the rung of who asks; where it is none, the other tests are skipped, and this one says why.
func TestTry(t *testing.T) {
	at := folder(t)
	got, err := sandbox.Try(at)
	if err != nil {
		t.Skip("NOT RUN:", err)
	}
	want := sandbox.UserNamespace
	if os.Geteuid() == 0 || os.Getenv(withCapabilities) != "" {
		want = sandbox.Root
	}
	if got.Rung != want && got.Why == "" || os.Getenv(withCapabilities) != "" && got.Rung != want {
		t.Errorf("%+v says no reason", got)
	}
	left, err := os.ReadDir(at)
	if err != nil || len(left) != 0 {
		t.Errorf("the trial left %v, %v", left, err)
	}
}
