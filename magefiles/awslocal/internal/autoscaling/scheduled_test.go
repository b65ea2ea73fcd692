package autoscaling_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/autoscaling"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

func action(name, schedule, zone string, low, high *int32) *applicationautoscaling.PutScheduledActionInput {
	in := &applicationautoscaling.PutScheduledActionInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String("service/dev/web"),
		ScalableDimension: types.ScalableDimensionECSServiceDesiredCount, ScheduledActionName: &name, Schedule: &schedule,
		ScalableTargetAction: &types.ScalableTargetAction{MinCapacity: low, MaxCapacity: high}}
	if zone != "" {
		in.Timezone = &zone
	}
	return in
}

func (r *region) put(in *applicationautoscaling.PutScheduledActionInput) {
	r.t.Helper()
	if _, err := r.client.PutScheduledAction(ctx, in); err != nil {
		r.t.Fatal(err)
	}
}

// hours lets time go by, and tells the desired count at the end of each hour.
func (r *region) hours(n int) (counts []int) {
	for range n {
		r.clock.Advance(time.Hour)
		awstest.Do(r.t, r.world, func() {})
		counts = append(counts, r.services["dev/web"])
	}
	return counts
}

func TestScheduledActionsHappenAtTheirTimes(t *testing.T) {
	r := newRegion(t) // at noon on a Thursday
	if _, err := r.client.RegisterScalableTarget(ctx, register("service/dev/web", 1, 4)); err != nil {
		t.Fatal(err)
	}
	r.put(action("night", "cron(0 22 * * ? *)", "Asia/Singapore", aws.Int32(0), aws.Int32(0)))     // 14:00 UTC
	r.put(action("morning", "cron(30 0 ? * FRI *)", "Asia/Singapore", aws.Int32(2), aws.Int32(4))) // 16:30 UTC
	r.put(action("peak", "at(2026-01-01T18:15:00)", "", aws.Int32(3), nil))
	if diff := cmp.Diff([]int{1, 0, 0, 0, 2, 2, 3, 3}, r.hours(8)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"01 18:15 Successful: Setting desired count to 3. <- minimum capacity was set to 3",
		"01 18:15 Successful: Setting min capacity to 3 <- scheduled action name peak was triggered",
		"01 16:30 Successful: Setting desired count to 2. <- minimum capacity was set to 2",
		"01 16:30 Successful: Setting min capacity to 2 and max capacity to 4 <- scheduled action name morning was triggered",
		"01 14:00 Successful: Setting desired count to 0. <- maximum capacity was set to 0",
		"01 14:00 Successful: Setting min capacity to 0 and max capacity to 0 <- scheduled action name night was triggered",
	}, r.activities()); diff != "" {
		t.Error(diff)
	}
	if got := r.hours(24); got[18] != 0 || got[19] != 0 || got[23] != 0 { // the next night; Saturday has no morning
		t.Errorf("%v", got)
	}
}

func TestARateHasBounds(t *testing.T) {
	r := newRegion(t)
	if _, err := r.client.RegisterScalableTarget(ctx, register("service/dev/web", 1, 9)); err != nil {
		t.Fatal(err)
	}
	in := action("often", "rate(2 hours)", "", aws.Int32(2), nil)
	in.StartTime, in.EndTime = aws.Time(awstest.Noon.Add(90*time.Minute)), aws.Time(awstest.Noon.Add(6*time.Hour))
	r.put(in)
	r.hours(12)
	var times []string
	for _, line := range r.activities() {
		times = append(times, line[:8])
	}
	// the first one also sets the desired count
	if diff := cmp.Diff([]string{"01 17:30", "01 15:30", "01 13:30", "01 13:30"}, times); diff != "" {
		t.Error(diff)
	}
}

func TestScheduledScalingIsSuspended(t *testing.T) {
	r := newRegion(t)
	in := register("service/dev/web", 1, 4)
	in.SuspendedState = &types.SuspendedState{ScheduledScalingSuspended: aws.Bool(true)}
	if _, err := r.client.RegisterScalableTarget(ctx, in); err != nil {
		t.Fatal(err)
	}
	r.put(action("hourly", "rate(1 hour)", "", aws.Int32(3), nil))
	r.put(action("bad", "rate(1 hour)", "", aws.Int32(9), nil))
	r.hours(3)
	if got := r.activities(); len(got) != 0 {
		t.Errorf("%q", got)
	}
	in.SuspendedState.ScheduledScalingSuspended = aws.Bool(false)
	if _, err := r.client.RegisterScalableTarget(ctx, in); err != nil {
		t.Fatal(err)
	}
	r.hours(1)
	if diff := cmp.Diff([]string{
		"01 16:00 Failed: Setting min capacity to 9 <- scheduled action name bad was triggered",
		"01 16:00 Successful: Setting desired count to 3. <- minimum capacity was set to 3",
		"01 16:00 Successful: Setting min capacity to 3 <- scheduled action name hourly was triggered",
	}, r.activities()); diff != "" {
		t.Error(diff)
	}
}

// In a fast world the time of day is still that of the machine's clock.
func TestSchedulesInAFastWorld(t *testing.T) {
	for _, speed := range []float64{100, 1_000_000} {
		clock := sim.NewManual(awstest.Noon)
		world, err := sim.Open(t.TempDir(), sim.Options{Clock: clock, Speed: speed, Seed: t.Name()})
		if err != nil {
			t.Fatal(err)
		}
		defer world.Close()
		r := &region{t: t, world: world, clock: clock, services: services{"dev/web": 1}}
		r.client = applicationautoscaling.NewFromConfig(awstest.Config(awstest.Serve(t, world, autoscaling.New(world, awstest.Account, r.services).Wire())))
		if _, err := r.client.RegisterScalableTarget(ctx, register("service/dev/web", 1, 4)); err != nil {
			t.Fatal(err)
		}
		r.put(action("peak", "cron(30 18 * * ? *)", "", aws.Int32(3), nil))
		if diff := cmp.Diff([]int{1, 1, 1, 1, 1, 1, 3}, r.hours(7)); diff != "" {
			t.Errorf("speed %g: %s", speed, diff)
		}
	}
}
