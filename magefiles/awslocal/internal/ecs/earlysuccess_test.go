package ecs_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// early are criteria of a service.
func early(percent int32, cleanup types.ServiceRevisionCleanup) func(*awsecs.CreateServiceInput) {
	return func(in *awsecs.CreateServiceInput) {
		in.DeploymentConfiguration.EarlySuccessCriteria = &types.DeploymentEarlySuccessCriteria{
			Enable: true, HealthyPercent: aws.Int32(percent), SourceServiceRevisionCleanup: cleanup,
		}
	}
}

func TestADeploymentIsCompleteWhenItsCriteriaAreMet(t *testing.T) {
	for _, c := range []struct {
		name    string
		with    func(*awsecs.CreateServiceInput)
		gone    bool // the old tasks have stopped by then
		healthy int  // of three, at least
	}{
		{"none", func(*awsecs.CreateServiceInput) {}, true, 3},
		{"deferred", early(100, types.ServiceRevisionCleanupDeferred), false, 3},
		{"blocking", early(100, types.ServiceRevisionCleanupBlocking), true, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRegion(t)
			r.ground()
			first := r.register("app:1", "")
			r.create(first, 3, c.with)
			r.running(first)
			second := r.register("app:2", "")
			r.update(taskDefinition(second))
			r.until(time.Hour, "completed", func(v types.Service) bool {
				return *v.Deployments[0].TaskDefinition == second && v.Deployments[0].RolloutState == types.DeploymentRolloutStateCompleted
			})
			v := r.describe()
			if gone := len(v.Deployments) == 1; gone != c.gone {
				t.Errorf("%d deployments when the new one is complete", len(v.Deployments))
			}
			if n := int(v.Deployments[0].RunningCount); n < c.healthy {
				t.Errorf("%d of 3 tasks run", n)
			}
			if d := r.deployment(); d.Status != types.ServiceDeploymentStatusSuccessful {
				t.Errorf("service deployment %s", d.Status)
			}
			r.until(time.Hour, "steady", func(v types.Service) bool { return len(v.Deployments) == 1 && v.RunningCount == 3 })
		})
	}
}

// Part of the tasks can be enough; the others follow.
func TestPartOfTheTasksCanBeEnough(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	r.create(first, 3, early(34, types.ServiceRevisionCleanupDeferred), func(in *awsecs.CreateServiceInput) {
		in.DeploymentConfiguration.MinimumHealthyPercent, in.DeploymentConfiguration.MaximumPercent = aws.Int32(34), aws.Int32(100)
	})
	r.running(first)
	second := r.register("app:2", "")
	r.update(taskDefinition(second))
	r.until(time.Hour, "completed", func(v types.Service) bool {
		return *v.Deployments[0].TaskDefinition == second && v.Deployments[0].RolloutState == types.DeploymentRolloutStateCompleted
	})
	if n := r.describe().Deployments[0].RunningCount; n >= 3 {
		t.Errorf("it was complete only with all %d tasks", n)
	}
	r.until(time.Hour, "steady", func(v types.Service) bool { return len(v.Deployments) == 1 && v.RunningCount == 3 })
}

func TestEarlySuccessCriteriaAreChecked(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", ""), 1)
	for message, c := range map[string]types.DeploymentEarlySuccessCriteria{
		"earlySuccessCriteria needs healthyPercent and sourceServiceRevisionCleanup when it is enabled.": {Enable: true},
		"earlySuccessCriteria healthyPercent must be between minimumHealthyPercent and 100.":             {Enable: true, HealthyPercent: aws.Int32(99), SourceServiceRevisionCleanup: "DEFERRED"},
		"Invalid sourceServiceRevisionCleanup LATER. Valid values: BLOCKING, DEFERRED.":                  {Enable: true, HealthyPercent: aws.Int32(100), SourceServiceRevisionCleanup: "LATER"},
	} {
		_, err := r.ecs.UpdateService(ctx, &awsecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("web"),
			DeploymentConfiguration: &types.DeploymentConfiguration{EarlySuccessCriteria: &c}})
		wantError(t, err, "InvalidParameterException", message)
	}
}

// ECS waits 40 seconds where nothing vouches for a task: minimumHealthyPercent in
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func TestATaskThatNothingVouchesForCountsAfterFortySeconds(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", ""), 1, func(in *awsecs.CreateServiceInput) { in.LoadBalancers, in.HealthCheckGracePeriodSeconds = nil, nil })
	r.until(time.Hour, "runs", func(v types.Service) bool { return v.RunningCount == 1 })
	begun := *r.tasks(types.DesiredStatusRunning)[0].StartedAt
	r.until(time.Hour, "completed", rollout(types.DeploymentRolloutStateCompleted))
	if waited := r.deployment().FinishedAt.Sub(begun); waited < 40*time.Second || waited > 45*time.Second {
		t.Errorf("healthy after %s", waited)
	}
}
