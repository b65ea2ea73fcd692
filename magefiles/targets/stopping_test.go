package targets_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfnapi "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/awslabs/goformation/v7/cloudformation"

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
		events, err := cfnapi.NewFromConfig(server.Config()).DescribeStackEvents(ctx, &cfnapi.DescribeStackEventsInput{StackName: aws.String("ShopEcsServiceStack-local")})
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

// stopped are the tasks of a revision that are not to run any more.
func (r records) stopped(revision string) (n int) {
	for _, t := range r.tasks {
		if aws.ToString(t.DesiredStatus) != "RUNNING" && strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), revision) {
			n++
		}
	}
	return n
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

// expire deletes the images with these tags, as a lifecycle policy may.
func (w *world) expire(tags ...string) {
	w.t.Helper()
	w.behind(1, func(server *awslocal.Server) {
		for _, tag := range tags {
			ctx, api, repository := context.Background(), ecr.NewFromConfig(server.Config()), aws.String("shop-local")
			out, err := api.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: aws.String(tag)}}})
			must(w.t, err)
			_, err = api.BatchDeleteImage(ctx, &ecr.BatchDeleteImageInput{RepositoryName: repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageDigest: out.ImageDetails[0].ImageDigest}}})
			must(w.t, err)
		}
	})
}

// However a release fails, and whether the revision before could be started again or not: its tasks go on running, and its
// stack is at rest.
func TestHoweverAReleaseFailsTheGoodTasksAreKept(t *testing.T) {
	base := newWorld(t).two().timed().up()
	for name, c := range map[string]struct {
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
		"the answer is lost":                 {scenario: "exit:1", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.ConnectionReset, After: true}, says: "whether ECS ends the deployment is not known"},
		"the circuit breaker was faster":     {scenario: "exit:1", fault: awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.Latency, Delay: time.Minute}, says: "the deployment has ended meanwhile"},
	} {
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
			t.Logf("at rest %s after the start", w.kept(before, "UPDATE_ROLLBACK_COMPLETE").rest.Sub(began))
		})
	}
}

// At whatever moment of a release a rollback is asked for, it ends well, with the revision before: the release is taken back,
// or, where it was complete, the revision before is pinned. As long as the release has not drained them, the tasks of the
// revision before are kept.
func TestARollbackAtAnyMomentOfARelease(t *testing.T) {
	base := newWorld(t).two().timed().up()
	for name, scenario := range map[string]string{"one that succeeds": "", "one that fails": "exit:1"} {
		for at := 4 * time.Second; at < 110*time.Second; at += 6 * time.Second {
			t.Run(name+" after "+at.String(), func(t *testing.T) {
				t.Parallel()
				w := base.copied(t)
				w.app = base.app
				before := w.records()
				w.after(at, serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO="+scenario)
				then, asked := w.records(), w.clock.Now()
				w.run(serviceRollback)
				if then.status == "UPDATE_ROLLBACK_COMPLETE" { // it has failed by itself, and there is nothing before the first revision
					w.want(4, "no revision before")
					return
				}
				w.want(0)
				after := w.records()
				if then.stopped(":1") == 0 {
					after = w.kept(before, "UPDATE_ROLLBACK_COMPLETE")
				}
				t.Logf("stack %s, service deployments %v: at rest %s after it was asked for", then.status, then.deployments, after.rest.Sub(asked))
				w.run(serviceStatus)
				w.want(0)
				w.prints("PRIMARY shop-local-service:1: COMPLETED", "2 of 2 tasks running")
			})
		}
	}
}

// What a rollback during a release does where ECS does not do what it is asked for.
func TestARollbackDuringAReleaseThatECSDoesNotEnd(t *testing.T) {
	base := newWorld(t).two().timed().up()
	for name, c := range map[string]struct {
		at     time.Duration
		fault  awslocal.Fault
		says   string
		status string
	}{
		"it may not be asked": {26 * time.Second, awslocal.Fault{Kind: awslocal.AccessDenied},
			"these credentials may not call ecs:StopServiceDeployment, which go tool mage infra:policy local grants: CloudFormation deploys the revision before once more", "UPDATE_ROLLBACK_COMPLETE"},
		"the release is complete meanwhile": {80 * time.Second, awslocal.Fault{Kind: awslocal.Latency, Delay: time.Minute},
			"rolling back shop-local-service:2", "UPDATE_COMPLETE"},
		"the release has done with the service meanwhile": {90 * time.Second, awslocal.Fault{Kind: awslocal.Latency, Delay: 2 * time.Second}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := base.copied(t)
			w.app = base.app
			w.after(c.at, serviceDeploy, "SPLITECS_IMAGE=v2")
			w.run(func(t targets.Set, ctx context.Context) error {
				c.fault.Operation = "ecs:StopServiceDeployment"
				return serviceRollback(t.WithFaults(c.fault), ctx)
			})
			w.want(0, c.says)
			if got := w.records().status; c.status != "" && got != c.status {
				t.Errorf("the stack is %s, want %s", got, c.status)
			}
			w.run(serviceStatus)
			w.want(0)
			w.prints("PRIMARY shop-local-service:1: COMPLETED", "2 of 2 tasks running")
		})
	}
}

// An answer that fails for another reason ends the rollback, which can be asked for again: cancelling would not be the same.
func TestARollbackDuringAReleaseThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t).two().timed().up()
	before := w.records()
	w.after(26*time.Second, serviceDeploy, "SPLITECS_IMAGE=v2")
	w.run(func(t targets.Set, ctx context.Context) error {
		return serviceRollback(t.WithFaults(awslocal.Fault{Operation: "ecs:StopServiceDeployment", Kind: awslocal.InternalError}), ctx)
	})
	w.want(1, "stop deployment of service shop-local-service")
	w.run(serviceRollback)
	w.want(0, "is back on shop-local-service:1, 2 of 2 tasks running")
	w.kept(before, "UPDATE_ROLLBACK_COMPLETE")
}

// Who follows a release that somebody takes back is told so.
func TestAReleaseThatIsTakenBackIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t).two().timed().up()
	before := w.records()
	w.after(26*time.Second, serviceDeploy, "SPLITECS_IMAGE=v2")
	w.run(func(t targets.Set, ctx context.Context) error {
		taken := func(int, string) {
			w.behind(1, func(server *awslocal.Server) {
				api := ecs.NewFromConfig(server.Config())
				list, err := api.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: aws.String("shop-local"), Service: aws.String("shop-local-service")})
				must(w.t, err)
				_, err = api.StopServiceDeployment(ctx, &ecs.StopServiceDeploymentInput{ServiceDeploymentArn: list.ServiceDeployments[0].ServiceDeploymentArn})
				must(w.t, err)
			})
		}
		return serviceWatch(t.WithFaults(awslocal.Fault{Operation: "cloudformation:DescribeStackEvents", Call: 4, Do: taken}), ctx)
	})
	w.want(7, "recalled: somebody stopped the deployment", "the service is back on shop-local-service:1, 2 of 2 tasks running")
	w.kept(before, "UPDATE_ROLLBACK_COMPLETE")
}

// Where somebody deploys the revision before by hand while ECS returns to it, CloudFormation takes that for the end of its
// update. The rollback then makes the stack say what runs, and goes no further back.
func TestARollbackThatTheStackTakesForSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t).two().timed().up()
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.write("app/server.txt", "version 3")
	w.push("v3")
	w.after(26*time.Second, serviceDeploy, "SPLITECS_IMAGE=v3")
	w.run(func(t targets.Set, ctx context.Context) error {
		byHand := func(int, string) {
			w.behind(1, func(server *awslocal.Server) {
				_, err := ecs.NewFromConfig(server.Config()).UpdateService(ctx, &ecs.UpdateServiceInput{
					Cluster: aws.String("shop-local"), Service: aws.String("shop-local-service"), TaskDefinition: aws.String("shop-local-service:2"), ForceNewDeployment: true,
				})
				must(w.t, err)
			})
		}
		// The look at the stack's events after it was asked for.
		return serviceRollback(t.WithFaults(awslocal.Fault{Operation: "cloudformation:DescribeStackEvents", Call: 3, Do: byHand}), ctx)
	})
	w.want(0)
	w.run(serviceStatus)
	w.want(0)
	w.prints("PRIMARY shop-local-service:2: COMPLETED", "pinned to shop-local-service:2")
}

// A release that mends a service whose tasks fail is not ended for what fails before it has begun, and so not for what fails of
// the revision before afterwards.
func TestAReleaseThatMendsAFailingServiceIsNotEnded(t *testing.T) {
	base := newWorld(t).two().timed().up()
	base.expire("v1")
	for since := 6 * time.Second; since < 60*time.Second; since += 4 * time.Second {
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
	for threshold, most := range map[int]time.Duration{0: 90 * time.Second, 2: time.Minute} {
		t.Run(fmt.Sprint(threshold), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).two().timed()
			w.app.ExtendService = func(_ string, t *cloudformation.Template) error {
				t.Resources[cfn.ResourceService].(*cfn.ECSService).FailureThreshold = threshold
				return nil
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

// Two services are released at once. Taking one of the releases back does nothing to the other one.
func TestARollbackBesideAnotherRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t).two().timed()
	w.beside("worker", worker)
	deploy := in("local/worker", targets.Set.ServiceDeploy)
	w.up()
	w.run(deploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.leave(deploy, "UPDATE_IN_PROGRESS", "SPLITECS_IMAGE=v2")
	w.after(26*time.Second, serviceDeploy, "SPLITECS_IMAGE=v2")
	w.run(in("local/worker", targets.Set.ServiceRollback))
	w.want(0, "ECS returns service shop-local-worker", "is back on shop-local-worker:1, 1 of 1 tasks running")
	w.run(serviceWatch)
	w.want(0, "shop-local-service:2 complete, 2 of 2 tasks running")
}

// Before a release it is told that what runs could not be started again; a release that is good goes on all the same, and so
// does the next one, which finds nothing to warn of.
func TestARunningRevisionThatCouldNotBeStartedAgain(t *testing.T) {
	t.Parallel()
	base := newWorld(t).timed()
	bare := base.app
	secrets(map[string]string{"PASSWORD": secretARN})(&base.app)
	base.up()
	base.run(serviceVerify, "SPLITECS_IMAGE=v2")
	base.want(0)
	base.prints("everything checked: 24 checks, 0 warnings")
	for name, c := range map[string]struct {
		prepare func(*world)
		says    string
	}{
		"image": {func(w *world) { w.expire("v1") }, "is not in its repository any more"},
		"secret": {func(w *world) {
			w.app = bare // the release does without it, and it is gone
			w.behind(1, func(server *awslocal.Server) {
				_, err := secretsmanager.NewFromConfig(server.Config()).DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{
					SecretId: aws.String(secretARN), ForceDeleteWithoutRecovery: aws.Bool(true),
				})
				must(t, err)
			})
		}, "secret PASSWORD: Secrets Manager has no secret " + secretARN},
		"revision": {func(w *world) { w.deregister("shop-local-service:1") }, "task definition: is INACTIVE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := base.copied(t)
			w.app = base.app
			c.prepare(w)
			w.run(serviceVerify, "SPLITECS_IMAGE=v2")
			w.want(0)
			w.prints("warning  running revision shop-local-service:1: could not be started again: ", c.says, "24 checks, 1 warnings")
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0, "warning  running revision shop-local-service:1: could not be started again: ", c.says, "shop-local-service:2 complete")
			w.run(serviceVerify, "SPLITECS_IMAGE=v2")
			w.want(0)
			w.prints("everything checked: 24 checks, 0 warnings")
		})
	}
}
