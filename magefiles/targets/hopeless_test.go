package targets_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// stops are the times at which tasks of a revision began to stop, in order.
func (w *world) stops(revision string) []time.Time {
	w.t.Helper()
	var times []time.Time
	w.behind(1, func(server *awslocal.Server) {
		ctx := context.Background()
		api := ecs.NewFromConfig(server.Config())
		list, err := api.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("shop-local"), Family: aws.String("shop-local-service"), DesiredStatus: types.DesiredStatusStopped})
		if err != nil {
			w.t.Fatal(err)
		}
		out, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("shop-local"), Tasks: list.TaskArns})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, t := range out.Tasks {
			if strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), "/"+revision) {
				times = append(times, aws.ToTime(t.StoppingAt))
			}
		}
	})
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// The second failure that is the same ends the release: at most a minute of AWS's time goes by before the verdict.
func TestTheSecondFailureThatIsTheSameEndsTheRelease(t *testing.T) {
	t.Parallel()
	base := newWorld(t).timed().patient().up()
	for _, scenario := range []string{"exit:3", "no-pull", "oom", "unhealthy:500"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			w := base.copied(t)
			w.app = base.app
			var said time.Time
			w.run(func(t targets.Set, ctx context.Context) error {
				t.Err = &leaver{text: "ending the deployment", leave: func() {
					if said.IsZero() {
						said = w.clock.Now()
					}
				}}
				return serviceDeploy(t, ctx)
			}, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO="+scenario)
			w.want(7, "back on shop-local-service:1")
			stops := w.stops("shop-local-service:2")
			if said.IsZero() || len(stops) < 2 {
				t.Fatalf("%d tasks stopped, and the verdict came at %s", len(stops), said)
			}
			after := said.Sub(stops[1])
			t.Logf("%d tasks stopped; the verdict came %s of AWS's time after the second one", len(stops), after)
			if after > time.Minute {
				t.Errorf("the verdict came %s after the second failure", after)
			}
			w.runs("shop-local-service:1")
		})
	}
}

// A service whose tasks cannot start any more is told as such, and waiting for it ends.
func TestAServiceThatDoesNotGetUp(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(scale(0))
	w.want(0)
	w.behind(1, func(server *awslocal.Server) {
		if n, err := image.Empty(context.Background(), ecr.NewFromConfig(server.Config()), "shop-local"); n != 4 || err != nil {
			t.Fatal(n, err)
		}
	})
	w.run(scale(1))
	w.want(8, "image-not-found", "0 of 1 tasks running", "next: go tool mage service:status local")
	w.run(serviceRestart)
	w.want(8, "image-not-found")
}
