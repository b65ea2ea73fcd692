//go:build linux

package awslocal

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/engine"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// theEngine of this machine; the test is skipped where there is none.
func theEngine(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Find(t.Context(), os.Getenv)
	if err != nil {
		t.Skip("NOT RUN: ", err)
	}
	return e
}

// What a container finds that is not as it has to be is said in words: it cannot do so itself, where no folder is shared.
func TestContainerThatIsElsewhere(t *testing.T) {
	e := theEngine(t)
	dir := filepath.Join(t.TempDir(), "a:b c")
	if e.Name != "Podman" {
		dir += ",d"
	}
	if err := os.MkdirAll(filepath.Join(dir, "run", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	right := sandbox.Emptying(filepath.Join(dir, "run"))
	wrong := append([]string{right[0], right[1], "of another kernel"}, right[3:]...)
	for _, test := range []struct {
		argv []string
		want string
	}{{wrong, "another kernel"}, {right[:2], "exit code 92"}, {right, ""}} {
		name := containerName(dir)
		inside, err := MachineOptions{Dir: dir}.inside(ctx, e, name, test.argv)
		if err != nil {
			t.Fatal(err)
		}
		code, err := e.Run(ctx, inside)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := sandbox.Unsettled(code); err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: code %d, %q", test.argv, code, got)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "run")); err != nil || len(left) > 0 {
		t.Errorf("there is still %v, %v", left, err)
	}
	if err := e.RemoveImage(ctx); err != nil {
		t.Error(err)
	}
}
