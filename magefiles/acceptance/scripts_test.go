package acceptance_test

import (
	"regexp"
	"testing"
)

// The scripts that stood for one step each are wrappers of one target each, from anywhere.
func TestScriptsOfOneStep(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.dir = t.TempDir()
	set := []string{"SPLITECS_SOURCE=./magefiles/awslocal/hello", "SPLITECS_TAG=v1", keptMagefile(t)}
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

func TestScriptsKeepArgumentsAndExitCodes(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.set = []string{"SPLITECS_IMAGE=absent", keptMagefile(t)}
	u.dir = t.TempDir() // from anywhere
	for _, c := range []struct {
		script string
		args   []string
		code   int
		said   string
	}{
		{"deploy-ecs-infra.sh", nil, 2, "usage"},
		{"deploy-ecs-infra.sh", []string{"dev", "x"}, 2, "usage"},
		{"deploy-ecs-infra.sh", []string{"Prod"}, 2, "Prod"},
		{"deploy-ecs-service.sh", nil, 2, "usage"},
		{"deploy-ecs-service.sh", []string{"local"}, 4, "infra:deploy local"},
		{"deploy-split-ecs.sh", nil, 2, "usage"},
		{"deploy-split-ecs.sh", []string{"local", "both"}, 2, "usage"},
		{"deploy-split-ecs.sh", []string{"local", "infra"}, 0, "CREATE_COMPLETE"},
		{"deploy-split-ecs.sh", []string{"local", "service"}, 4, "image:push"},
		{"deploy-split-ecs.sh", []string{"local"}, 4, "nothing to change"},
		{"deploy-ecs-infra.sh", []string{"local"}, 0, "nothing to change"},
	} {
		out, errs, code := u.run(nil, inRepository("scripts/"+c.script), c.args...)
		u.wants(c.code, out, errs, code, c.said)
	}
}
