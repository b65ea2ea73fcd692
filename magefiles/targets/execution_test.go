//go:build linux

package targets_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// The machine is killed while a deployment waits for a program, and none can be started: what it waits for would never happen, and it
// says so.
func TestNoProgramsAnyMore(t *testing.T) {
	t.Parallel()
	w := realWorld(t).executes(t)
	w.app.Container.StartPeriod = 300 * time.Second // it would wait so long
	withVariable("BEHAVIOUR", "sleep")(&w.app)
	state := w.env["SPLITECS_LOCAL_DIR"]
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	}()
	log := filepath.Join(state, "run", "log")
	for {
		if tasks, _ := filepath.Glob(filepath.Join(state, "run", "tasks", "*")); len(tasks) > 0 { // the pattern is well formed
			st, err := awslocal.FindMachine(context.Background(), state).Status(context.Background())
			must(t, err)
			must(t, os.RemoveAll(log))
			must(t, os.Mkdir(log, 0o700))
			must(t, syscall.Kill(st.Process, syscall.SIGKILL))
			break
		}
		select {
		case <-ended:
			t.Fatal("it has ended: ", w.err.String())
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("a minute later it waits still")
	}
	must(t, os.Remove(log))
	if text := w.err.String(); w.code == 0 || !strings.Contains(text, "the process that executed the programs has ended, and none can be started: ") || !strings.Contains(text, "service:deploy") {
		t.Errorf("exit code %d: %s", w.code, text)
	}
}
