package targets_test

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

// leaver ends a context as soon as a text is written: a user who sees something and presses Ctrl-C.
type leaver struct {
	bytes.Buffer
	text  string
	leave context.CancelFunc
}

func (l *leaver) Write(p []byte) (int, error) {
	n, err := l.Buffer.Write(p)
	if strings.Contains(l.String(), l.text) {
		l.leave()
	}
	return n, err
}

// WriteString is not the buffer's.
func (l *leaver) WriteString(s string) (int, error) { return l.Write([]byte(s)) }

// leave runs a target and leaves it when it says the text. What it began in AWS goes on.
func (w *world) leave(f func(targets.Set, context.Context) error, text string, set ...string) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.run(func(t targets.Set, _ context.Context) error {
		t.Err = &leaver{text: text, leave: cancel}
		return f(t, ctx)
	}, set...)
	w.want(10)
}

// commit makes a commit of the application at a time, so that its images know when they were made.
func (w *world) commit(at string) {
	w.t.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "--allow-empty", "-m", at}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = w.dir
		cmd.Env = append(cmd.Environ(), "GIT_COMMITTER_DATE="+at, "GIT_AUTHOR_DATE="+at, "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		if out, err := cmd.CombinedOutput(); err != nil {
			w.t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

func TestADeploymentThatWasLeftIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.leave(infraDeploy, "CREATE_IN_PROGRESS")
	w.run(infraDeploy)
	w.want(0, "CREATE_IN_PROGRESS", "@", "infra:deploy local: following it to its end", "nothing to change")
}

func TestASecondDeploymentIsRefusedWhereThatIsConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.leave(infraDeploy, "CREATE_IN_PROGRESS")
	w.app.RefuseWhenBusy = true
	w.run(infraDeploy)
	w.want(11, "CREATE_IN_PROGRESS, begun by", "next: go tool mage infra:status local")
}

func TestAnOlderCommitDoesNotReplaceANewerOneDeployedMeanwhile(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("judge missing: git")
	}
	w := newWorld(t).timed()
	w.infra()
	for tag, at := range map[string]string{"base": "2026-01-01T00:00:00Z", "older": "2026-01-02T00:00:00Z", "newer": "2026-01-03T00:00:00Z"} {
		w.write("app/server.txt", tag)
		w.commit(at)
		w.push(tag)
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=base")
	w.want(0)
	w.leave(serviceDeploy, "UPDATE_IN_PROGRESS", "SPLITECS_IMAGE=newer")
	w.run(serviceDeploy, "SPLITECS_IMAGE=older")
	w.want(11, "a newer image was deployed while this one waited", "2026-01-03 00:00:00 UTC", "SPLITECS_APPROVE=1")
	w.runs("shop-local-service:2")
	w.run(serviceDeploy, "SPLITECS_IMAGE=older", "SPLITECS_APPROVE=1")
	w.want(0)
	// Without another deployment in between, an older image is a choice.
	w.run(serviceDeploy, "SPLITECS_IMAGE=base")
	w.want(0)
}
