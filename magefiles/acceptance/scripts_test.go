package acceptance_test

import (
	"regexp"
	"strings"
	"testing"
)

// The scripts that stood for one step each are wrappers of one target each, from anywhere.
func TestScriptsOfOneStep(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.dir = t.TempDir()
	set := []string{"SPLITECS_SOURCE=./magefiles/awslocal/hello", "SPLITECS_TAG=v1", "PATH=" + quickPath(t)}
	for _, c := range []struct {
		script string
		args   []string
		code   int
		said   string // on stderr
		stdout string // a pattern
	}{
		{"build-and-push-docker.sh", nil, 2, "usage", ``},
		{"build-and-push-docker.sh", []string{"local", "x"}, 2, "usage", ``},
		{"build-and-push-docker.sh", []string{"local"}, 4, "infra:deploy local", ``},
		{"check-deployment-status.sh", nil, 2, "usage", ``},
		{"check-deployment-status.sh", []string{"Prod"}, 2, "Prod", ``},
		{"fix-failed-stack.sh", []string{"local"}, 2, "usage", ``},
		{"fix-failed-stack.sh", []string{"local", "all"}, 2, "usage", ``},
		{"update-task-definition-with-image.sh", []string{"local"}, 2, "usage", ``},
		{"update-task-definition-with-image.sh", []string{"local", ""}, 2, "usage", ``},
		{"fix-failed-stack.sh", []string{"local", "infra"}, 0, "CREATE_COMPLETE", ``},
		{"build-and-push-docker.sh", []string{"local"}, 0, "pushed sha256:", `^\S+/bellyfed-local@sha256:[0-9a-f]{64}\n$`},
		{"update-task-definition-with-image.sh", []string{"local", "absent"}, 4, "absent is not in repository bellyfed-local", ``},
		{"update-task-definition-with-image.sh", []string{"local", "v1"}, 0, "1 of 1 tasks running", ``},
		{"check-deployment-status.sh", []string{"local"}, 0, "", `bellyfed-local-service:1: COMPLETED`},
	} {
		out, errs, code := u.run(set, inRepository("scripts/"+c.script), c.args...)
		u.wants(c.code, out, errs, code, c.said)
		if !regexp.MustCompile(c.stdout).MatchString(out) {
			t.Errorf("%s %q: stdout %q does not match %s", c.script, c.args, out, c.stdout)
		}
	}
}

// The completion, asked as bash asks it: with the line up to the cursor.
func TestCompletion(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.dir = t.TempDir()
	path := "PATH=" + quickPath(t)
	for line, want := range map[string]string{
		"go tool mage infra:de":           "deploy destroy", // bash keeps what stands before the colon
		"go tool mage image:l":            "list",
		"go tool mage rac":                "race",
		"go tool mage nothing":            "",
		"go tool mage service:deploy ":    "dev local prod qa test",
		"go tool mage service:deploy p":   "prod",
		"go tool mage service:scale dev ": "",
		"go build ./":                     "",
	} {
		const ask = `source "$1"; COMP_LINE=$2 COMP_POINT=${#2} _splitecs_complete; echo "${COMPREPLY[*]}"`
		out, errs, code := u.run([]string{path}, "bash", "-c", ask, "bash", inRepository("scripts/completion.sh"), line)
		if code != 0 || strings.TrimSpace(out) != want {
			t.Errorf("%q: completed by %q, want %q (exit code %d, %s)", line, out, want, code, errs)
		}
	}
}
