package targets_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

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

// At whatever moment of a release a rollback is asked for, it ends well, with the revision before: the release is taken back,
// or, where it was complete, the revision before is pinned. As long as the release has not drained them, the tasks of the
// revision before are kept.
func TestARollbackAtAnyMomentOfARelease(t *testing.T) {
	t.Parallel()
	base := newWorld(t).two().timed().up()
	for name, scenario := range map[string]string{"one that succeeds": "", "one that fails": "exit:1"} {
		for at := 4 * time.Second; at < 110*time.Second; at += every(6 * time.Second) {
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
	t.Parallel()
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
