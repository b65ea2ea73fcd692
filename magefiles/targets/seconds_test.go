package targets_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// took is how much of the embedded AWS's time a target takes, its own pauses included.
func (w *world) took(f func(targets.Set, context.Context) error, set ...string) time.Duration {
	w.t.Helper()
	begun := w.clock.Now()
	w.run(f, set...)
	return w.clock.Now().Sub(begun)
}

// phases are when a task of the revision that runs began, ran and was healthy, from a time on. The last two are those of the
// slowest task.
func (w *world) phases(begun time.Time) (began, ran, healthy time.Duration) {
	w.t.Helper()
	w.behind(1, func(server *awslocal.Server) {
		ctx, api := context.Background(), ecs.NewFromConfig(server.Config())
		list, err := api.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: aws.String("shop-local"), Service: aws.String("shop-local-service")})
		must(w.t, err)
		healthy = list.ServiceDeployments[0].FinishedAt.Sub(begun)
		running, err := api.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("shop-local"), DesiredStatus: types.DesiredStatusRunning})
		must(w.t, err)
		tasks, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("shop-local"), Tasks: running.TaskArns})
		must(w.t, err)
		for _, t := range tasks.Tasks {
			began, ran = t.CreatedAt.Sub(begun), max(ran, t.StartedAt.Sub(begun))
		}
	})
	return began, ran, healthy
}

// What a release of a healthy program takes with two tasks, in AWS's seconds; see docs/performance.md.
func TestAReleaseTakesTheTimeThatAWSNeeds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		blocking bool
		most     time.Duration
	}{
		"as it is":             {false, 66 * time.Second},
		"with BlockingCleanup": {true, 96 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).timed()
			dev(&w.app, func(e *cfn.Environment) { e.MinTasks, e.MaxTasks, e.BlockingCleanup = 2, 4, c.blocking })
			w.app.Container.HealthCheckCommand = []string{"CMD", "/app/server", "-healthy"}
			w.up()
			begun := w.clock.Now()
			release := w.took(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0, "2 of 2 tasks running")
			began, ran, healthy := w.phases(begun)
			rollback := w.took(serviceRollback)
			w.want(0, "2 of 2 tasks running")
			t.Logf("release %s: tasks begin at %s, run at %s, deployment complete at %s; rollback %s", release, began, ran, healthy, rollback)
			if release > c.most || rollback > c.most {
				t.Errorf("a release takes %s and a rollback %s, at most %s are wanted", release, rollback, c.most)
			}
		})
	}
}
