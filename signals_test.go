package splitecs_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A compiled magefile ends with its documented code on both signals, and says how to go on.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	u := newUser(t)
	binary := filepath.Join(t.TempDir(), "deploy")
	if out, errs, code := u.mage("-compile", binary); code != 0 {
		t.Fatal(out, errs)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		u.state = filepath.Join(t.TempDir(), "state")
		cmd := exec.Command(binary, "infra:deploy", "local")
		cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_DIR="+u.state, "SPLITECS_LOCAL_SPEED=20")
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		sent := false
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			said.WriteString(lines.Text() + "\n")
			if !sent && strings.Contains(lines.Text(), "CREATE_IN_PROGRESS") {
				sent = true
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // the exit code is looked at
		if code := cmd.ProcessState.ExitCode(); code != 10 || !strings.Contains(said.String(), "next: go tool mage infra:status local") {
			t.Errorf("%s: exit code %d\n%s", signal, code, &said)
		}
		out, errs, code := u.run(nil, binary, "infra:deploy", "local")
		u.wants(0, out, errs, code, "following it to its end")
	}
}
