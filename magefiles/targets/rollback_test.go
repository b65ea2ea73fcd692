package targets_test

import (
	"strings"
	"testing"
)

// A rollback while a release is under way takes that release back, and not one more.
func TestRollbackDuringARelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.write("app/server.txt", "version 3")
	w.push("v3")
	w.leave(serviceDeploy, "UPDATE_IN_PROGRESS", "SPLITECS_IMAGE=v3")
	w.run(serviceRollback)
	w.want(0, "UPDATE_IN_PROGRESS, begun by", "service:deploy local: taking it back", "is back on shop-local-service:2")
	w.runs("shop-local-service:2")
	w.run(serviceDiff, "SPLITECS_IMAGE=v2")
	w.unchanged("service:diff of what runs")
}

// A rollback that was left is followed, and does not go back twice.
func TestRollbackThatWasLeftIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.leave(serviceRollback, "UPDATE_IN_PROGRESS")
	w.run(serviceRollback)
	w.want(0, "service:rollback local: following it to its end", "is back on shop-local-service:1")
	w.runs("shop-local-service:1")
}

func TestRollbackOfWhatWasNeverComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(serviceRollback)
	w.want(4, "ShopEcsServiceStack-local does not exist", "next: go tool mage service:deploy local")
	w.infra()
	w.push("v1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit")
	w.want(8)
	w.run(serviceRollback)
	w.want(4, "is ROLLBACK_COMPLETE: it was never complete", "next: go tool mage service:deploy local")
}

// A commit whose name is digits alone, as one in 27 is, is no number of a revision.
func TestRollbackToACommitOfDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	w.push("main-20261103-4759109")
	w.run(serviceDeploy, "SPLITECS_IMAGE=4759109")
	w.want(0)
	w.write("app/server.txt", "version 2")
	w.push("v2")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(rollbackTo("4759110"))
	w.want(4, "4759110 is no revision")
	w.run(rollbackTo("4759109"))
	w.want(0, "image main-20261103-4759109: the image of commit 4759109")
	w.runs("shop-local-service:1")
}

// The value of a variable whose name says that it is confidential is in no output.
func TestPlansHideWhatIsConfidential(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.app.Container.Variables = map[string]string{"DB_PASSWORD": "hunter2", "PLAIN": "seen"}
	for _, output := range []string{"plain", "json"} {
		w.run(serviceDiff, "SPLITECS_IMAGE=v1", "SPLITECS_OUTPUT="+output)
		w.want(0)
		w.prints("Environment[DB_PASSWORD]: (none) → (hidden)", "Environment[PLAIN]: (none) → seen")
		if all := w.out.String() + w.err.String(); strings.Contains(all, "hunter2") {
			t.Errorf("the value is shown:\n%s", all)
		}
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "(hidden)")
	w.app.Container.Variables["DB_PASSWORD"] = "hunter3"
	w.run(serviceDiff, "SPLITECS_IMAGE=v1")
	w.prints("Environment[DB_PASSWORD]: (hidden) → (hidden)")
	if all := w.out.String() + w.err.String(); strings.Contains(all, "hunter") {
		t.Errorf("the value is shown:\n%s", all)
	}
}
