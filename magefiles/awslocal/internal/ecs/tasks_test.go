package ecs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func checked(in *awsecs.RegisterTaskDefinitionInput) {
	in.ContainerDefinitions[0].HealthCheck = &types.HealthCheck{Command: []string{"CMD", "check"}, Interval: aws.Int32(10), Retries: aws.Int32(2), StartPeriod: aws.Int32(20)}
}

func TestContainerHealthChecks(t *testing.T) {
	r := newRegion(t)
	r.ground()
	good := r.register("app:1", "", checked)
	r.create(good, 1, func(in *awsecs.CreateServiceInput) { in.LoadBalancers, in.HealthCheckGracePeriodSeconds = nil, nil })
	r.pass(30 * time.Second)
	if task := r.tasks(types.DesiredStatusRunning)[0]; task.HealthStatus != types.HealthStatusUnknown {
		t.Errorf("at the start: %s", task.HealthStatus)
	}
	r.running(good)
	if task := r.tasks(types.DesiredStatusRunning)[0]; task.HealthStatus != types.HealthStatusHealthy {
		t.Errorf("then: %s", task.HealthStatus)
	}
	r.update(taskDefinition(r.register("app:2", "unhealthy", checked)))
	r.pass(20 * time.Minute)
	if !slices.Contains(r.plot(), "(service web) (task TASK) failed container health checks.") || !back(good)(r.describe()) {
		t.Error(r.story())
	}
	if task := r.tasks(types.DesiredStatusStopped)[0]; *task.StoppedReason != "Task failed container health checks" || task.HealthStatus != types.HealthStatusUnhealthy {
		t.Errorf("%s %s", *task.StoppedReason, task.HealthStatus)
	}
}

func TestATaskThatEndsIsReplaced(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "exit-after:20m:9")
	r.create(arn, 1)
	r.running(arn)
	first := *r.tasks(types.DesiredStatusRunning)[0].TaskArn
	deployment := *r.describe().Deployments[0].Id
	r.pass(21 * time.Minute)
	now := r.tasks(types.DesiredStatusRunning)
	if len(now) != 1 || *now[0].TaskArn == first || *r.describe().Deployments[0].Id != deployment || r.describe().Deployments[0].FailedTasks != 0 {
		t.Error(r.story())
	}
	ended := r.tasks(types.DesiredStatusStopped)[0]
	if *ended.Containers[0].ExitCode != 9 || !slices.Contains(r.lines(ended), "[embedded AWS] scenario exit-after: the program exits with code 9") {
		t.Errorf("%+v %q", ended.Containers[0], r.lines(ended))
	}
	if n := strings.Count(r.story(), "has reached a steady state."); n != 2 {
		t.Errorf("steady %d times\n%s", n, r.story())
	}
}

func TestASidecarThatIsNotEssential(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "", func(in *awsecs.RegisterTaskDefinitionInput) {
		in.ContainerDefinitions = append(in.ContainerDefinitions, types.ContainerDefinition{Name: aws.String("init"), Image: aws.String(host + "/app:2"), Essential: aws.Bool(false),
			Environment: []types.KeyValuePair{{Name: aws.String("SPLITECS_LOCAL_SCENARIO"), Value: aws.String("exit:0")}}})
	})
	r.create(arn, 1)
	r.running(arn)
	c := r.tasks(types.DesiredStatusRunning)[0].Containers
	if *c[0].LastStatus != "RUNNING" || *c[1].LastStatus != "STOPPED" || *c[1].ExitCode != 0 {
		t.Errorf("%+v", c)
	}
}

func TestAutoScalingSetsTheDesiredCount(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", ""), 1)
	if n, ok := r.svc.DesiredCount("dev", "web"); n != 1 || !ok {
		t.Error(n, ok)
	}
	if err := r.world.Do(ctx, func() error { return r.svc.SetDesiredCount("dev", "web", 2) }); err != nil || r.describe().DesiredCount != 2 {
		t.Error(err)
	}
}
