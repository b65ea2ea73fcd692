package targets_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

var (
	serviceWatch   = in("local", targets.Set.ServiceWatch)
	serviceHistory = in("local", targets.Set.ServiceHistory)
	serviceLogs    = in("local", targets.Set.ServiceLogs)
	serviceRestart = in("local", targets.Set.ServiceRestart)
	servicePrune   = in("local", targets.Set.ServicePrune)
)

func rollbackTo(to string) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return t.ServiceRollbackTo(ctx, "local", to) }
}

func scale(count int) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return t.ServiceScale(ctx, "local", count) }
}

// three has v1, v2 and v3 deployed one after the other, and a failed release between the last two, which is revision 3.
func three(t *testing.T) *world {
	t.Helper()
	w := up(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.write("app/server.txt", "version 3")
	w.push("v3")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v3", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v3")
	w.want(0)
	w.runs("shop-local-service:4")
	return w
}

func TestRollbackToARevision(t *testing.T) {
	t.Parallel()
	w := three(t)
	for _, c := range []struct{ to, revision string }{
		{"-2", "shop-local-service:1"},
		{"4", "shop-local-service:4"},
		{"shop-local-service:2", "shop-local-service:2"},
		{"v1", "shop-local-service:1"},
		{"v3", "shop-local-service:4"},
		{"-1", "shop-local-service:2"},
	} {
		w.run(rollbackTo(c.to))
		w.want(0)
		w.runs(c.revision)
	}
	// The stack's own revision needs no pin.
	w.run(rollbackTo("4"))
	w.want(0)
	w.run(serviceDiff, "SPLITECS_IMAGE=v3")
	w.unchanged("service:diff of what runs")

	w.run(rollbackTo("3"))
	w.want(4, "3 is no revision that was deployed successfully", "these are: shop-local-service:4, shop-local-service:2, shop-local-service:1", "next: go tool mage service:history local")
	w.run(rollbackTo("absent"))
	w.want(4, "absent is not in repository shop-local")
	w.run(rollbackTo(""))
	w.want(2, "no revision is named")
	w.runs("shop-local-service:4")
}

func TestDeployingTheBadImageAgainAfterARollback(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(serviceRollback)
	w.want(0)
	w.runs("shop-local-service:1")
	// A release that fails after the rollback returns to what was pinned.
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit")
	w.want(7, "back on shop-local-service:1")
	w.runs("shop-local-service:1")
	w.prints("rolled back: pinned to shop-local-service:1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.runs("shop-local-service:2")
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w := three(t)
	w.run(serviceRollback)
	w.want(0)
	w.run(serviceHistory)
	w.want(0)
	lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
	var got []string
	for _, l := range lines {
		got = append(got, regexp.MustCompile(`^(\S*)\s.*(shop-local-service:\d)\s+(\S+)\s.*\s(\S+ ?\S*)$`).ReplaceAllString(l, "$1 $2 $3"))
	}
	for i, want := range []string{">* shop-local-service:2 v2", "* shop-local-service:4 v3"} {
		if got[i+1] != want {
			t.Errorf("line %d is %q, want %q", i+1, got[i+1], want)
		}
	}
	w.prints("TIME", "successful", "failed, rolled back", "shop-local-service:1")
	if !regexp.MustCompile(`shop-local-service:4 +v3 +[0-9a-f]{12} +- +\S+ +\S+ +successful`).MatchString(w.out.String()) {
		t.Errorf("it does not say who deployed revision 4:\n%s", &w.out)
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.run(serviceLogs)
	w.want(0)
	w.prints("[embedded AWS]")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7)
	w.run(serviceLogs, "SPLITECS_TASK=stopped", "SPLITECS_SINCE=24h")
	w.want(0)
	w.prints("exit")
	w.run(serviceLogs, "SPLITECS_TASK=all", "SPLITECS_SINCE=24h")
	w.want(0)
	all := strings.Count(w.out.String(), "\n")
	w.run(serviceLogs, "SPLITECS_SINCE=24h")
	if running := strings.Count(w.out.String(), "\n"); running == 0 || running >= all {
		t.Errorf("%d lines of running tasks, %d of all", running, all)
	}
	w.run(serviceLogs, "SPLITECS_TASK="+strings.Repeat("0", 32))
	w.want(0, "no line in the last 1h0m0s")
	w.run(serviceLogs, "SPLITECS_SINCE=long", "SPLITECS_TASK=x", "SPLITECS_FOLLOW=yes")
	w.want(2, "SPLITECS_SINCE", "SPLITECS_TASK", "SPLITECS_FOLLOW")
}

func TestLogsAreFollowedUntilInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.run(func(t targets.Set, _ context.Context) error {
		t.Out = &leaver{text: "[embedded AWS]", leave: cancel}
		return serviceLogs(t, ctx)
	}, "SPLITECS_FOLLOW=1")
	w.want(0)
}

func TestScaleAndRestartWithoutDrift(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(scale(2))
	w.want(0, "2 of 2 tasks running")
	w.run(scale(3))
	w.want(2, "between 1 and 2 tasks")
	w.run(serviceStatus)
	tasks := taskIDs(w.out.String())
	w.run(serviceRestart)
	w.want(0, "shop-local-service:1 complete, 2 of 2 tasks running")
	w.run(serviceStatus)
	for _, id := range taskIDs(w.out.String()) {
		if strings.Contains(strings.Join(tasks, " "), id) {
			t.Errorf("task %s is still there", id)
		}
	}
	w.run(serviceDiff, "SPLITECS_IMAGE=v1")
	w.unchanged("service:diff after a restart")
	w.run(scale(0))
	w.want(0, "0 of 0 tasks running")
	// A deployment starts what stands at 0, also where nothing else changes.
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "stood at 0 tasks: starting 1")
	w.runs("shop-local-service:1")
	w.run(scale(0))
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, "stood at 0 tasks: starting 1")
	w.runs("shop-local-service:2")
}

var taskLine = regexp.MustCompile(`(?m)^task +([0-9a-f]{32})`)

func taskIDs(status string) []string {
	var ids []string
	for _, m := range taskLine.FindAllStringSubmatch(status, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

func TestWatchAttaches(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.run(serviceWatch)
	w.want(0, "nothing is under way", "shop-local-service:1")
	w.leave(serviceDeploy, "UPDATE_IN_PROGRESS", "SPLITECS_IMAGE=v2")
	w.run(serviceWatch)
	w.want(0, "shop-local-service:2 complete, 1 of 1 tasks running")
	w.write("app/server.txt", "version 3")
	w.push("v3")
	w.leave(serviceDeploy, "UPDATE_IN_PROGRESS", "SPLITECS_IMAGE=v3", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.run(serviceWatch)
	w.want(7, "exit code 3", "back on shop-local-service:2")
}

func TestPruneKeepsWhatARollbackNeeds(t *testing.T) {
	t.Parallel()
	w := three(t)
	w.run(servicePrune)
	w.want(4, "nobody approved it", "seen: shop-local-service:3", "next: SPLITECS_APPROVE=1 go tool mage service:prune local")
	w.run(servicePrune, "SPLITECS_APPROVE=1")
	w.want(0, "shop-local-service:3")
	if w.out.String() != "1\n" {
		t.Errorf("stdout %q", &w.out)
	}
	w.run(rollbackTo("-2"))
	w.want(0)
	w.runs("shop-local-service:1")
	w.run(servicePrune, "SPLITECS_APPROVE=1")
	w.want(0)
	w.run(rollbackTo("4"))
	w.want(0)
	w.runs("shop-local-service:4")
}

func TestTargetsOfAServiceThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, stage := range []func(){func() {}, func() { w.run(infraDeploy) }} {
		stage()
		for name, f := range map[string]func(targets.Set, context.Context) error{
			"logs": serviceLogs, "scale": scale(1), "history": serviceHistory, "restart": serviceRestart, "run": runOnce("true"),
			"prune": servicePrune, "watch": serviceWatch, "status": serviceStatus, "rollback": serviceRollback,
		} {
			w.run(f)
			if w.code != 4 || !strings.Contains(w.err.String(), "next: go tool mage ") {
				t.Errorf("service:%s: exit code %d\n%s", name, w.code, &w.err)
			}
		}
	}
}
