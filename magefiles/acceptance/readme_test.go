package acceptance_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestFirstCommandOfTheReadme(t *testing.T) {
	t.Parallel()
	takeTurn(t)
	u := newUser(t)
	out, errs, code := u.mage("local:up")
	u.wants(0, out, errs, code, "BellyfedEcsServiceStack-local: CREATE_COMPLETE")
	if !strings.Contains(out, "bellyfed-local-service:1: COMPLETED") {
		t.Errorf("stdout does not show the deployment:\n%s", out)
	}
	out, errs, code = u.mage("local:up")
	u.wants(0, out, errs, code, "BellyfedEcsServiceStack-local: nothing to change")
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// The ten lines of the README are a consumer's whole magefile.
func TestTheReadmesLibraryInAConsumersModule(t *testing.T) {
	t.Parallel()
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": goBlock.FindStringSubmatch(read(t, "README.md"))[1]})
	out, errs, code := u.mage("-l")
	if code != 0 || !strings.Contains(out, "service:rollback") || strings.Contains(out, "  use") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	out, errs, code = u.mage("local:up")
	u.wants(0, out, errs, code, "using the sample application")
	if !strings.Contains(out, "shop-local-service:1: COMPLETED") {
		t.Errorf("stdout does not show the deployment:\n%s", out)
	}
}

func TestTheWorkflowOfTheReadmeRunsItsCommands(t *testing.T) {
	readme := read(t, "README.md")
	var commands []string
	for _, s := range readWorkflow(t, ".github/workflows/ci.yml").Jobs["readme"].Steps {
		if s.Run != "" && !strings.HasPrefix(s.Run, "sudo sysctl ") { // of GitHub's machine, as embedded-aws.md says
			commands = append(commands, s.Run)
		}
	}
	if block := "```\n" + strings.Join(commands, "\n") + "\n```"; !strings.Contains(readme, block) {
		t.Errorf("ci.yml runs what the README does not show:\n%s", block)
	}
}
