package targets_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// two lets the service have two tasks.
func (w *world) two() *world {
	dev(&w.app, func(e *cfn.Environment) { e.MinTasks, e.MaxTasks = 2, 4 })
	return w
}

// records are what AWS has of the service: its tasks, by id, the events of its stack and its service deployments, newest
// first.
type records struct {
	tasks       map[string]types.Task
	events      []string // "resource STATUS"
	status      string   // of the stack
	deployments []types.ServiceDeploymentStatus
	rest        time.Time // since when nothing happens any more
}

func (w *world) records() (r records) {
	w.t.Helper()
	ctx := context.Background()
	w.behind(1, func(server *awslocal.Server) {
		api := ecs.NewFromConfig(server.Config())
		cluster, service, family := aws.String("shop-local"), aws.String("shop-local-service"), aws.String("shop-local-service")
		r.tasks = map[string]types.Task{}
		for _, status := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
			list, err := api.ListTasks(ctx, &ecs.ListTasksInput{Cluster: cluster, Family: family, DesiredStatus: status})
			must(w.t, err)
			if len(list.TaskArns) == 0 {
				continue
			}
			out, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: cluster, Tasks: list.TaskArns})
			must(w.t, err)
			for _, t := range out.Tasks {
				r.tasks[aws.ToString(t.TaskArn)] = t
				r.at(t.StartedAt, t.StoppedAt)
			}
		}
		list, err := api.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: cluster, Service: service})
		must(w.t, err)
		for _, d := range list.ServiceDeployments {
			r.deployments = append(r.deployments, d.Status)
			r.at(d.FinishedAt)
		}
		events, err := cloudformation.NewFromConfig(server.Config()).DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: aws.String("ShopEcsServiceStack-local")})
		must(w.t, err)
		for _, e := range events.StackEvents {
			r.events = append(r.events, aws.ToString(e.LogicalResourceId)+" "+string(e.ResourceStatus))
			r.at(e.Timestamp)
		}
		_, r.status, _ = strings.Cut(r.events[0], " ")
	})
	return r
}

func (r *records) at(times ...*time.Time) {
	for _, t := range times {
		if t != nil && t.After(r.rest) {
			r.rest = *t
		}
	}
}

// live are the tasks that are to run, of a revision; of any where it is empty.
func (r records) live(revision string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(r.tasks)) {
		if t := r.tasks[id]; aws.ToString(t.DesiredStatus) == "RUNNING" && strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), revision) {
			ids = append(ids, id)
		}
	}
	return ids
}

// kept fails the test unless the tasks that ran are the ones that run, no other of their revision was ever started, and the
// stack is at rest as it was.
func (w *world) kept(before records, status string) records {
	w.t.Helper()
	after := w.records()
	if was, is := before.live(""), after.live(""); !slices.Equal(was, is) {
		w.t.Errorf("tasks %q ran, and now %q", was, is)
	}
	for id, t := range after.tasks {
		if _, known := before.tasks[id]; !known && strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), ":1") {
			w.t.Errorf("another task of the good revision was started: %s", id)
		}
	}
	if after.status != status {
		w.t.Errorf("the stack is %s, want %s", after.status, status)
	}
	return after
}

// A release that fails at once ends within a minute of AWS's time, from the start of the command until the good revision is
// alone again and the stack at rest, and the tasks that serve go on serving.
func TestAFailedReleaseKeepsTheGoodTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t).two().timed().up()
	before, began := w.records(), w.clock.Now()
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:1")
	w.want(7, "back on shop-local-service:1, 2 of 2 tasks running")
	took := w.kept(before, "UPDATE_ROLLBACK_COMPLETE").rest.Sub(began)
	t.Logf("at rest %s after the start; the command ended after %s", took, w.clock.Now().Sub(began))
	if took > time.Minute {
		t.Errorf("at rest only %s after the start", took)
	}
}

// after runs a target once so much of AWS's time has gone by since a release began, which nobody follows any more.
func (w *world) after(d time.Duration, release func(targets.Set, context.Context) error, set ...string) {
	w.t.Helper()
	began := w.clock.Now()
	w.leave(release, "UPDATE_IN_PROGRESS", set...)
	w.behind(1, func(server *awslocal.Server) {
		leave := w.clock.Join()
		defer leave()
		must(w.t, w.clock.Pause(context.Background(), d-w.clock.Now().Sub(began)))
	})
}

// A rollback while a release starts its tasks takes half a minute, and keeps the tasks that serve.
func TestARollbackDuringAReleaseKeepsTheGoodTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t).two().timed().up()
	before := w.records()
	w.after(26*time.Second, serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=slow:8s")
	asked := w.clock.Now()
	w.run(serviceRollback)
	w.want(0, "is back on shop-local-service:1, 2 of 2 tasks running")
	took := w.kept(before, "UPDATE_ROLLBACK_COMPLETE").rest.Sub(asked)
	t.Logf("at rest %s after it was asked for; the command ended after %s", took, w.clock.Now().Sub(asked))
	if took > 30*time.Second {
		t.Errorf("at rest only %s after it was asked for", took)
	}
}
