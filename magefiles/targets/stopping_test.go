package targets_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

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

// patient leaves it to ECS how many failed tasks end a deployment: then it is the run that ends it with the second.
func (w *world) patient() *world {
	w.app.ExtendService = func(_ string, t *cloudformation.Template) error {
		t.Resources[cfn.ResourceService].(*cfn.ECSService).FailureThreshold = 0
		return nil
	}
	return w
}

// However a release fails, and whether the revision before could be started again or not: its tasks go on running, and its
// stack is at rest.
func TestHoweverAReleaseFailsTheGoodTasksAreKept(t *testing.T) {
	t.Parallel()
	base := newWorld(t).patient().two().timed().up()
	for name, c := range spread.Table(t, 4, map[string]struct {
		scenario string
		code     int
		prepare  func(*world)
		fault    awslocal.Fault
		says     string
	}{
		"the program exits":                  {scenario: "exit:1"},
		"the health check answers 503":       {scenario: "unhealthy:503"},
		"no way to the registry":             {scenario: "no-pull:route"},
		"no role":                            {scenario: "no-role"},
		"an unhealthy container":             {scenario: "oom"},
		"the image of the good one is gone":  {scenario: "exit:1", prepare: func(w *world) { w.expire("v1") }},
		"both images are gone":               {scenario: "no-pull", prepare: func(w *world) { w.expire("v1") }},
		"it may not be stopped":              {scenario: "exit:1", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.AccessDenied}, says: "these credentials may not call ecs:StopServiceDeployment"},
		"it may not be stopped, and is slow": {scenario: "unhealthy:503", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.AccessDenied}},
		"ECS fails once":                     {scenario: "exit:1", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Call: 1, Kind: awslocal.InternalError}, says: "ECS returns service shop-local-service to the revision before"},
		"the answer is lost":                 {scenario: "exit:1", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.ConnectionReset, After: true}, says: "whether ECS ends the deployment is not known"},
		"the circuit breaker was faster":     {scenario: "exit:1", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.Latency, Delay: time.Minute}, says: "the deployment has ended meanwhile"},
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := base.copied(t)
			w.app = base.app
			if c.prepare != nil {
				c.prepare(w)
			}
			before, began := w.records(), w.clock.Now()
			w.run(func(t targets.Set, ctx context.Context) error {
				if c.fault.Operation != "" {
					t = t.WithFaults(c.fault)
				}
				return serviceDeploy(t, ctx)
			}, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO="+c.scenario)
			w.want(7, "back on shop-local-service:1, 2 of 2 tasks running", c.says)
			if n := strings.Count(w.err.String(), "ending the deployment"); n > 1 {
				t.Errorf("it is told %d times:\n%s", n, &w.err)
			}
			t.Logf("at rest %s after the start", w.kept(before, "UPDATE_ROLLBACK_COMPLETE").rest.Sub(began))
		})
	}
}

// every is how far apart the moments of a sweep are: with -short, under the race detector, four times as far.
func every(d time.Duration) time.Duration {
	if testing.Short() {
		return 4 * d
	}
	return d
}

// A release that mends a service whose tasks fail is not ended for what fails before it has begun, and so not for what fails of
// the revision before afterwards.
func TestAReleaseThatMendsAFailingServiceIsNotEnded(t *testing.T) {
	t.Parallel()
	base := newWorld(t).two().timed().up()
	base.expire("v1")
	for since := 6 * time.Second; since < 60*time.Second; since += every(4 * time.Second) {
		t.Run(since.String(), func(t *testing.T) {
			t.Parallel()
			w := base.copied(t)
			w.app = base.app
			old := w.records()
			w.behind(1, func(server *awslocal.Server) {
				for _, id := range old.live("") {
					_, err := ecs.NewFromConfig(server.Config()).StopTask(context.Background(), &ecs.StopTaskInput{Cluster: aws.String("shop-local"), Task: aws.String(id)})
					must(t, err)
				}
				leave := w.clock.Join()
				defer leave()
				must(t, w.clock.Pause(context.Background(), since))
			})
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0, "shop-local-service:2 complete, 2 of 2 tasks running")
			if strings.Contains(w.err.String(), "ending the deployment") {
				t.Errorf("it was to be ended:\n%s", &w.err)
			}
		})
	}
}

// Where nobody follows a release that fails, the circuit breaker ends it: with the third failure, or with the one that
// the template names.
func TestTheCircuitBreakerEndsWhatNobodyFollows(t *testing.T) {
	t.Parallel()
	for threshold, most := range map[int]time.Duration{0: 90 * time.Second, 2: time.Minute} {
		t.Run(fmt.Sprint(threshold), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).two().timed()
			if threshold == 0 {
				w.patient()
			}
			w.up()
			before, began := w.records(), w.clock.Now()
			w.after(2*time.Minute, serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:1")
			took := w.kept(before, "UPDATE_ROLLBACK_COMPLETE").rest.Sub(began)
			t.Logf("at rest %s after the start", took)
			if took > most {
				t.Errorf("at rest only %s after the start", took)
			}
		})
	}
}
