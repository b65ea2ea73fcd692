package splitecs_test

import (
	"path/filepath"
	"regexp"
	"testing"
)

// The scripts that stood for one step each are wrappers of one target each, from anywhere.
func TestScriptsOfOneStep(t *testing.T) {
	u := newUser(t)
	scripts, err := filepath.Abs("scripts")
	if err != nil {
		t.Fatal(err)
	}
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
		out, errs, code := u.run(set, filepath.Join(scripts, c.script), c.args...)
		u.wants(c.code, out, errs, code, c.said)
		if !regexp.MustCompile(c.stdout).MatchString(out) {
			t.Errorf("%s %q: stdout %q does not match %s", c.script, c.args, out, c.stdout)
		}
	}
}
