package targets_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

// named has an environment local whose names are nobody's but its own.
func named(w *world) {
	e := w.app.Environments["dev"]
	e.Names = cfn.Names{
		InfraStack: "platform-test", ServiceStack: "web-test", Cluster: "Platform_test", Service: "web", Family: "web-task", Container: "app",
		LogGroup: "/ecs/web.test", StreamPrefix: "ecs", Repository: "team/web",
	}
	w.app.Environments["local"] = e
}

func TestOwnNamesInEveryTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named(w)
	w.run(infraDeploy)
	w.want(0, "stack platform-test")
	w.prints("ClusterName=Platform_test", "LogGroupName=/ecs/web.test", "RepositoryName=team/web")
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.prints("/team/web@sha256:")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "stack web-test", "service web: web-task:1 complete")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7, "exit code 3", "back on web-task:1", "| [embedded AWS]")
	w.run(serviceLogs)
	w.want(0)
	if w.out.Len() == 0 {
		t.Error("no log lines under the own log group and prefix")
	}
	w.run(serviceHistory)
	w.want(0)
	w.prints("web-task:1")
	w.run(infraDiff)
	w.want(0)
	w.unchanged("infra:diff")
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0, "platform-test", "web-test")
}

// The role that deploys reaches what is called otherwise, and nothing by the names that it would have.
func TestThePolicyHasOwnNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named(w)
	w.policy("local")
	w.prints("stack/platform-test/*", "stack/web-test/*", "cluster/Platform_test", "service/Platform_test/*", "task-definition/web-task:*",
		"log-group:/ecs/web.test", "repository/team/web", "role/platform-test-TaskRole-*", "alarm:web-cpu")
	for _, derived := range []string{"Shop", "shop-local"} {
		for line := range strings.Lines(w.out.String()) {
			if strings.Contains(line, derived) {
				t.Errorf("%s", line)
			}
		}
	}
}
