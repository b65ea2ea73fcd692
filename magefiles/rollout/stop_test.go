package rollout_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/rollout"
)

func (s shop) stop(since time.Time, want rollout.Stopping) {
	s.t.Helper()
	if how, err := s.rollouts.Stop(s.t.Context(), since); how != want || err != nil {
		s.t.Errorf("%q, %v, want %q", how, err, want)
	}
}

func (s shop) update(in ecs.UpdateServiceInput, wait time.Duration) {
	s.t.Helper()
	in.Cluster, in.Service = aws.String("dev"), aws.String("web")
	if _, err := s.ecs.UpdateService(s.t.Context(), &in); err != nil {
		s.t.Fatal(err)
	}
	if err := s.rollouts.Pause(s.t.Context(), wait); err != nil {
		s.t.Fatal(err)
	}
}

// A deployment is stopped where there is one, it is the one that is meant, and there is a revision to return to.
func TestStop(t *testing.T) {
	s := newShop(t)
	s.register()
	if _, err := s.rollouts.Stop(t.Context(), time.Time{}); err == nil {
		t.Error("there is no service, and no error")
	}
	s.create()
	s.stop(time.Time{}, rollout.NoWayBack)                                    // its first one
	s.update(ecs.UpdateServiceInput{DesiredCount: aws.Int32(0)}, time.Minute) // no tasks: complete
	s.stop(time.Time{}, rollout.NothingToStop)
	s.register("LOG")
	s.update(ecs.UpdateServiceInput{DesiredCount: aws.Int32(1), TaskDefinition: aws.String("web")}, 2*time.Second)
	out, err := s.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("dev"), Services: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	s.stop(aws.ToTime(out.Services[0].Deployments[0].CreatedAt).Add(time.Second), rollout.NothingToStop) // another one is meant
	s.stop(time.Time{}, rollout.Stopped)
	s.stop(time.Time{}, rollout.Returning)
}
