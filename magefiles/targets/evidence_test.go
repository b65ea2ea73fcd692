package targets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where logs are public, what programs write can be left out of what a deployment says; it says where it is.
func TestEvidenceOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up() // tasks that have stopped are told of for an hour
	const line = "nobody should read this"
	for form, set := range forms {
		if testing.Short() && form != "github" {
			continue // each takes two deployments that fail
		}
		for _, off := range []bool{false, true} {
			summary := filepath.Join(t.TempDir(), "summary.md")
			set := append([]string{"SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=crash:" + line, "GITHUB_STEP_SUMMARY=" + summary}, set...)
			if off {
				set = append(set, "SPLITECS_EVIDENCE=off")
			}
			w.run(serviceDeploy, set...)
			w.want(7)
			markdown, err := os.ReadFile(summary)
			must(t, err)
			all := strings.ReplaceAll(w.out.String()+w.err.String()+string(markdown), "crash:"+line, "") // the variable that asks for it
			if strings.Contains(all, line) == off {
				t.Errorf("%s, off %t:\n%s", form, off, all)
			}
			if off {
				w.want(7, "exit code 1", "SPLITECS_TASK=stopped go tool mage service:logs local")
			}
		}
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=oom", "SPLITECS_EVIDENCE=off")
	w.want(7, "next: SPLITECS_TASK=stopped go tool mage service:logs local   # the lines that SPLITECS_EVIDENCE=off leaves out")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=crash:"+line, "SPLITECS_EVIDENCE=off")
	w.run(serviceLogs, "SPLITECS_TASK=stopped", "SPLITECS_EVIDENCE=off")
	w.prints(line)
	w.run(serviceDeploy, "SPLITECS_EVIDENCE=no")
	w.want(2, `SPLITECS_EVIDENCE="no": use off to leave lines of containers out of what a deployment says`)
}

// Neither are lines of a hook's command in it.
func TestEvidenceOffForHooks(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	const line = "nobody should read this"
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=crash:"+line, "SPLITECS_EVIDENCE=off")
	w.want(4, "exit code 1", "service:logs local")
	if all := strings.ReplaceAll(w.out.String()+w.err.String(), "crash:"+line, ""); strings.Contains(all, line) {
		t.Errorf("it is said:\n%s", all)
	}
}
