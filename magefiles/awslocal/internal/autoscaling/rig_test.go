package autoscaling_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/autoscaling"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

var ctx = context.Background()

// services is desired counts by cluster/name.
type services map[string]int

func (s services) DesiredCount(cluster, name string) (int, bool) {
	n, ok := s[cluster+"/"+name]
	return n, ok
}

func (s services) SetDesiredCount(cluster, name string, n int) error {
	s[cluster+"/"+name] = n
	return nil
}

type region struct {
	t        *testing.T
	world    *sim.World
	clock    *sim.Manual
	services services
	record   *awstest.Record
	url      string
	client   *applicationautoscaling.Client
	types    map[string]resource.Type
}

func newRegion(t *testing.T) *region {
	t.Helper()
	world, clock := awstest.World(t)
	r := &region{t: t, world: world, clock: clock, services: services{"dev/web": 1, "dev/off": 0}, types: map[string]resource.Type{}}
	s := autoscaling.New(world, awstest.Account, r.services)
	for _, v := range s.Types() {
		r.types[v.Name] = v
	}
	r.record = awstest.NewRecord(s.Wire())
	r.url = awstest.Serve(t, world, r.record.Wire())
	r.client = applicationautoscaling.NewFromConfig(awstest.Config(r.url))
	return r
}

func register(id string, low, high int32) *applicationautoscaling.RegisterScalableTargetInput {
	return &applicationautoscaling.RegisterScalableTargetInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: &id,
		ScalableDimension: types.ScalableDimensionECSServiceDesiredCount, MinCapacity: &low, MaxCapacity: &high}
}

// activities are what was done and why, the newest first.
func (r *region) activities() []string {
	r.t.Helper()
	out, err := r.client.DescribeScalingActivities(ctx, &applicationautoscaling.DescribeScalingActivitiesInput{ServiceNamespace: types.ServiceNamespaceEcs})
	if err != nil {
		r.t.Fatal(err)
	}
	var lines []string
	for _, a := range out.ScalingActivities {
		lines = append(lines, a.StartTime.Format("02 15:04 ")+string(a.StatusCode)+": "+*a.Description+" <- "+*a.Cause)
	}
	return lines
}
