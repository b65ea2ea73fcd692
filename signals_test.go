package splitecs_test

import (
	"bufio"
	"flag"
	"fmt"
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
		out, errs, code := u.run([]string{"SPLITECS_LOCAL_SPEED=100"}, binary, "infra:deploy", "local")
		u.wants(0, out, errs, code, "following it to its end")
	}
}

var allCalls = flag.Bool("full", false, "kill at every call, not at some")

// A process that is killed at any of its calls leaves a world in which the next run completes, and nothing is
// done twice.
func TestKilledAtAnyCall(t *testing.T) {
	u := newUser(t)
	binary := filepath.Join(t.TempDir(), "deploy")
	if out, errs, code := u.mage("-compile", binary); code != 0 {
		t.Fatal(out, errs)
	}
	kills := 0
	for _, moment := range []string{"crash", "crash-after"} {
		for call := 1; ; {
			u.state = filepath.Join(t.TempDir(), "state")
			_, errs, code := u.run([]string{fmt.Sprintf("SPLITECS_LOCAL_SCENARIO=fault:*:%s:%d", moment, call)}, binary, "local:up")
			if code == 0 {
				break // there are no more calls
			}
			if code != -1 {
				t.Fatalf("killed %s call %d: exit code %d\n%s", moment, call, code, errs)
			}
			kills++
			out, errs, code := u.run(nil, binary, "local:up")
			u.wants(0, out, errs, code, "Try next")
			if !strings.Contains(out, "bellyfed-local-service:1: COMPLETED") {
				t.Errorf("killed %s call %d: the service does not run its first revision\n%s", moment, call, out)
			}
			if call++; !*allCalls {
				call *= 2
			}
		}
	}
	t.Logf("%d kills, each followed by a run that completed", kills)
}
