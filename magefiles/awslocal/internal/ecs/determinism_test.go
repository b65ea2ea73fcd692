package ecs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// rolloutOfHalfAnHour is a slow start, a release that crashes, another that never becomes healthy, and a rollback of
// each. It tells everything that can be seen of it, with all identifiers and times.
func rolloutOfHalfAnHour(t *testing.T) (history string, took time.Duration) {
	clock := sim.NewManual(awstest.Noon)
	world, err := sim.Open(t.TempDir(), sim.Options{Clock: clock, Seed: "determinism"})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	r := inWorld(t, world, clock)
	r.ground()
	good := r.register("app:1", "slow:4m", checked)
	r.create(good, 3, func(in *awsecs.CreateServiceInput) {
		in.HealthCheckGracePeriodSeconds = aws.Int32(300)
		in.DeploymentConfiguration.DeploymentCircuitBreaker.ThresholdConfiguration = &types.ThresholdConfiguration{Type: types.ThresholdTypeCount, Value: 8}
	})
	until := func(ok func(types.Service) bool) {
		for n := 0; !ok(r.describe()); n++ {
			if n == 200 {
				t.Fatalf("it does not end:\n%s", r.story())
			}
			r.clock.Advance(15 * time.Second)
		}
	}
	until(rollout(types.DeploymentRolloutStateCompleted))
	for _, scenario := range []string{"exit-after:8s:3", "sick"} {
		r.update(taskDefinition(r.register("app:2", scenario, checked)))
		until(back(good))
	}
	r.pass(5 * time.Minute)
	took = clock.Now().Sub(awstest.Noon)
	v := r.describe()
	all, err := json.MarshalIndent([]any{r.story(), v.Deployments, v.Events, r.deployment(), r.tasks(types.DesiredStatusRunning), r.tasks(types.DesiredStatusStopped)}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(all), took
}

func TestARolloutOfHalfAnHourTakesNoTimeAndTheSameCourse(t *testing.T) {
	start := time.Now()
	first, took := rolloutOfHalfAnHour(t)
	second, _ := rolloutOfHalfAnHour(t)
	real := time.Since(start)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second time is another: %s", diff)
	}
	if took < 30*time.Minute || strings.Count(first, "deployment failed: tasks failed to start.") < 2 {
		t.Errorf("it took only %s:\n%s", took, first)
	}
	if real > 5*time.Second { // a fifth of a second; with the race detector, on a busy machine, more
		t.Errorf("two rollouts of %s took %s", took, real)
	}
	t.Logf("two rollouts of %s each took %s", took, real)
}
