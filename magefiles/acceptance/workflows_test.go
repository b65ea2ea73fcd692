package acceptance_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
)

var pinnedAction = regexp.MustCompile(`uses: +(\S+)(.*)`)

// Actions are pinned by commit, every job has a limit, and nothing is permitted that a job does not ask for.
func TestWorkflowsArePinnedAndLimited(t *testing.T) {
	for _, file := range workflowFiles(t) {
		text := read(t, file)
		for _, m := range pinnedAction.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], "./") && !regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`).MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned by a commit", file, m[1])
			}
			if !strings.HasPrefix(m[1], "./") && !regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`).MatchString(m[2]) {
				t.Errorf("%s: %s does not tell its version", file, m[1])
			}
		}
		w := readWorkflow(t, file)
		if w.Permissions == nil {
			t.Errorf("%s: without permissions of its own, every job has the repository's default", file)
		}
		for name, j := range w.Jobs {
			if j.Uses == "" && j.Timeout == 0 {
				t.Errorf("%s: job %s has no timeout-minutes", file, name)
			}
		}
		if strings.Contains(text, "AWS_SECRET_ACCESS_KEY") || strings.Contains(text, "aws-access-key-id") {
			t.Errorf("%s names static keys", file)
		}
	}
}

// Two deployments of an environment never overlap, and one that runs is not cancelled; each is behind its GitHub environment.
func TestDeploymentsWaitForEachOther(t *testing.T) {
	for file, group := range map[string]string{"deploy": "deploy-${{ inputs.environment }}", "rollback": "rollback-${{ inputs.environment }}"} {
		j := readWorkflow(t, ".github/workflows/"+file+".yml").Jobs[file]
		if j.Concurrency.Group != group || j.Concurrency.Cancel || j.Environment != "${{ inputs.environment }}" {
			t.Errorf("%s: %+v in environment %q", file, j.Concurrency, j.Environment)
		}
		if want := map[string]string{"contents": "read", "id-token": "write"}; !maps.Equal(j.Permissions, want) {
			t.Errorf("%s: permissions %v, want %v", file, j.Permissions, want)
		}
	}
}
