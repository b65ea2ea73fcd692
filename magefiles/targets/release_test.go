package targets_test

import (
	"regexp"
	"strings"
	"testing"
)

// up has the infra stack and two images, v1 and v2, of which the first is deployed.
func up(t *testing.T) *world {
	t.Helper()
	return newWorld(t).up()
}

// makeUp makes what up has.
func (w *world) makeUp() *world {
	w.t.Helper()
	w.infra()
	w.push("v1")
	w.write("app/server.txt", "version 2")
	w.push("v2")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "complete")
	return w
}

var pinned = regexp.MustCompile(`^\S+/shop-local@sha256:[0-9a-f]{64}\n$`)

func (w *world) push(tag string) string {
	w.t.Helper()
	w.run(imagePush, "SPLITECS_TAG="+tag)
	w.want(0)
	if !pinned.MatchString(w.out.String()) {
		w.t.Fatalf("stdout is not the pinned reference alone: %q", &w.out)
	}
	return strings.TrimSpace(w.out.String())
}

func (w *world) runs(revision string) {
	w.t.Helper()
	w.run(serviceStatus)
	w.want(0)
	w.prints("deployment  PRIMARY "+revision+": COMPLETED", "1 of 1 tasks running", "healthy")
}

func (w *world) unchanged(f string) {
	w.t.Helper()
	if !strings.Contains(w.out.String(), "nothing to change") {
		w.t.Errorf("%s shows changes:\n%s", f, &w.out)
	}
}

func TestRollbackAndBack(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(serviceDiff, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.unchanged("service:diff of what is deployed")

	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.runs("shop-local-service:2")

	w.run(serviceRollback)
	w.want(0, "shop-local-service:2 → shop-local-service:1")
	w.runs("shop-local-service:1")
	w.prints("rolled back: pinned to shop-local-service:1")

	// The one thing that deploying v2 again would change is the pin.
	w.run(serviceDiff, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.prints("1 to change", "Service (AWS::ECS::Service)", "TaskDefinition")

	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.runs("shop-local-service:2")
	w.run(serviceDiff, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.unchanged("service:diff after the second image is back")
}

func TestRollbackTwiceGoesFurtherBackAndThenSaysSo(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.write("app/server.txt", "version 3")
	w.push("v3")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v3")
	w.want(0)
	w.run(serviceRollback)
	w.want(0)
	w.runs("shop-local-service:2")
	w.run(serviceRollback)
	w.want(0)
	w.runs("shop-local-service:1")
	w.run(serviceRollback)
	w.want(4, "no revision before shop-local-service:1")
}

func TestAFailedReleaseGoesBackAndSaysWhy(t *testing.T) {
	t.Parallel()
	w := up(t).timed()
	w.run(infraStatus)
	before := w.out.String()

	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7, "exit code 3", "back on shop-local-service:1", "next: go tool mage service:status local")
	w.runs("shop-local-service:1")

	w.run(infraStatus)
	if w.out.String() != before {
		t.Errorf("the infra stack changed\nbefore:\n%s\nafter:\n%s", before, &w.out)
	}
	// A revision that failed is no rollback target, and the next release is not in its way.
	w.run(serviceRollback)
	w.want(4, "no revision before")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(serviceRollback)
	w.want(0)
	w.runs("shop-local-service:1")
}

func TestAFirstReleaseThatFailsIsUnhealthyAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	w.push("v1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit")
	w.want(8, "exit code 1", "there is no service")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "can only be deleted")
}

func TestAnImageThatIsNotThereChangesNothing(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(serviceStatus)
	before := w.out.String()
	w.run(serviceDeploy, "SPLITECS_IMAGE=absent")
	w.want(4, "absent is not in repository shop-local", "next: SPLITECS_ENV=local go tool mage image:push")
	w.run(serviceStatus)
	if w.out.String() != before {
		t.Errorf("something changed\nbefore:\n%s\nafter:\n%s", before, &w.out)
	}
}

func TestPushingWhatIsThereSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	first := w.push("v1")
	if second := w.push("v1"); second != first {
		t.Errorf("%s became %s", first, second)
	}
	w.want(0, "nothing sent")
	w.write("app/server.txt", "other")
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(5, "immutable")
}

func TestInfraDeployTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(infraDiff)
	w.want(0)
	w.prints("is created")
	w.run(infraDeploy)
	w.want(0, "CREATE_COMPLETE", "LoadBalancer")
	w.prints("RepositoryUri=", "ClusterName=shop-local")
	w.run(infraDeploy)
	w.want(0, "nothing to change")
	w.run(infraDiff)
	w.unchanged("infra:diff")
}

func TestReplacingTheRepositoryNeedsApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	local := w.app.Environments["dev"]
	local.Network.CIDR = "10.9.0.0/16"
	w.app.Environments["local"] = local
	w.run(infraDeploy)
	w.want(4, "Vpc", "SPLITECS_APPROVE=1 go tool mage infra:deploy local")
}
