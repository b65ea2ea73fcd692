package targets_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

// A change of the App alone is deployed with the image that runs, also after a rollback, when that is not the one that
// the stack names.
func TestTheCurrentImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pushed("v1", "v2")
	w.run(serviceDeploy, "SPLITECS_IMAGE=current")
	w.want(4, "SPLITECS_IMAGE=current is the image that runs, and there is no service shop-local-service", "next: go tool mage image:list local")
	for _, v := range []string{"v1", "v2"} {
		w.run(serviceDeploy, "SPLITECS_IMAGE="+v)
		w.want(0)
	}
	w.run(serviceRollback)
	w.want(0, "shop-local-service:1 runs (DeployedTaskDefinitionArn); shop-local-service:2 (TaskDefinitionArn) is the stack's own")
	first := imageOf(w)

	dev := w.app.Environments["dev"]
	dev.Memory = 1024
	w.app.Environments["dev"] = dev
	w.run(serviceDiff, "SPLITECS_IMAGE=current")
	w.want(0)
	w.prints("Memory: 512 → 1024", `[Environments["dev"].Memory]`)
	w.run(serviceDeploy, "SPLITECS_IMAGE=current")
	w.want(0, "shop-local-service:3 complete")
	if strings.Contains(w.err.String(), "is the stack's own") {
		t.Errorf("the service runs the stack's own revision:\n%s", &w.err)
	}
	if third := imageOf(w); third != first {
		t.Errorf("%s runs, want %s", third, first)
	}
}

// imageOf is the image line of the status.
func imageOf(w *world) string {
	w.t.Helper()
	w.run(serviceStatus)
	w.want(0)
	_, rest, found := strings.Cut(w.out.String(), "image     ")
	if !found {
		w.t.Fatalf("no image:\n%s", &w.out)
	}
	image, _, _ := strings.Cut(rest, "\n")
	return image
}

// A rollback that cannot go further back names the way forward, which works as it stands.
func TestForwardAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pushed("v1", "v2")
	for _, v := range []string{"v1", "v2"} {
		w.run(serviceDeploy, "SPLITECS_IMAGE="+v)
		w.want(0)
	}
	w.run(serviceRollback)
	w.want(0)
	w.run(serviceRollback)
	w.want(4, "next: go tool mage service:rollbackTo local 2   # forward again")
	w.run(rollbackTo("2"))
	w.want(0)
	w.runs("shop-local-service:2")
}

// What the tool called a failed deployment is one in the history, too; what another one replaced is not.
func TestTheHistorySaysWhatFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pushed("v1", "v2")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	for _, scenario := range []string{"exit:3", "unhealthy"} {
		w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO="+scenario)
		w.want(7)
	}
	w.run(in("local", targets.Set.ServiceHistory))
	w.want(0, "> runs; * can be rolled back to")
	for line := range strings.Lines(w.out.String()) {
		words := strings.Fields(line)
		failed := strings.Contains(line, "failed")
		if strings.Contains(line, "shop-local-service:1 ") == failed && words[0] != "TIME" {
			t.Errorf("%s in\n%s", line, &w.out)
		}
	}
}

// Where the embedded AWS's seconds are not the run's, a verdict says whose it has.
func TestAVerdictTellsItsClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pushed("v1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=unhealthy")
	w.want(8, " s after its start", "these are seconds of the embedded AWS, which are 2000 times as fast as those of the run")
}
