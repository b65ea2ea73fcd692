package targets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// Every read that follows a write, with answers that lag behind it: what was just written is waited for.
func TestAnswersThatLagBehind(t *testing.T) {
	t.Parallel()
	stale := awslocal.Fault{Kind: awslocal.Stale, Delay: 20 * time.Second}
	for name, c := range spread.Table(t, 3, map[string]struct {
		lag  awslocal.Fault
		run  func(*world)
		says string
	}{
		"RunTask, DescribeTasks": {awslocal.Fault{Kind: awslocal.Missing, Times: 3}, func(w *world) { w.run(runOnce("node migrate.js")) }, "did not execute"},
		"the end of a task, FilterLogEvents": {awslocal.Fault{Kind: awslocal.LateLogs, Delay: 4 * time.Second}, func(w *world) {
			w.run(runOnce("node migrate.js"))
			if n := strings.Count(w.out.String(), "[embedded AWS]"); n < 3 {
				w.t.Errorf("%d lines:\n%s", n, &w.out)
			}
		}, "did not execute"},
		"UpdateService with a count, DescribeServices":      {stale, func(w *world) { w.run(scale(2)) }, "2 of 2 tasks running"},
		"UpdateService with none":                           {stale, func(w *world) { w.run(scale(0)) }, "0 of 0 tasks running"},
		"a start from 0, DescribeServices":                  {stale, func(w *world) { w.run(scale(0)); w.run(serviceDeploy, "SPLITECS_IMAGE=v1") }, "1 of 1 tasks running"},
		"a change set, DescribeStacks":                      {stale, func(w *world) { w.run(serviceDeploy, "SPLITECS_IMAGE=v2") }, "service:2 complete, 1 of 1 tasks running"},
		"a change set, DescribeServices of a rollback":      {stale, func(w *world) { w.run(serviceDeploy, "SPLITECS_IMAGE=v2"); w.run(serviceRollback) }, "shop-local-service:1 complete, 1 of 1 tasks running"},
		"a change set, DescribeServices of another restart": {stale, func(w *world) { w.run(serviceRestart) }, "1 of 1 tasks running"},
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := up(t).timed()
			w.env["SPLITECS_LOCAL_SCENARIO"] = c.lag.String()
			c.run(w)
			w.want(0, c.says)
		})
	}
}
