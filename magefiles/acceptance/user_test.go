package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const module = "github.com/bellyfed/splitecs"

// user runs a command as a user does: in a folder, with a state folder of its own.
type user struct {
	t     *testing.T
	state string
	dir   string
	set   []string      // variables of every command
	limit time.Duration // after which a command is killed; 0: never
}

func newUser(t *testing.T) user {
	t.Helper()
	if testing.Short() {
		t.Skip("short: compiles the magefile")
	}
	return user{t: t, state: filepath.Join(t.TempDir(), "state"), dir: root}
}

func (u user) run(set []string, name string, args ...string) (stdout, stderr string, code int) {
	u.t.Helper()
	ctx := context.Background()
	if u.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, u.limit)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = u.dir
	cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_DIR="+u.state, "SPLITECS_LOCAL_SPEED=10000", "MAGEFILE_VERBOSE=")
	cmd.Env = append(append(cmd.Env, u.set...), set...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		u.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (u user) mage(args ...string) (stdout, stderr string, code int) {
	u.t.Helper()
	return u.run(nil, "go", append([]string{"tool", "mage"}, args...)...)
}

func (u user) wants(code int, stdout, stderr string, got int, said string) {
	u.t.Helper()
	if got != code || !strings.Contains(stderr, said) {
		u.t.Errorf("exit code %d, want %d with %q on stderr\nstdout:\n%s\nstderr:\n%s", got, code, said, stdout, stderr)
	}
}
