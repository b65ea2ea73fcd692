package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	goformation "github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// stopsScaling deregisters the scalable target of a service, as people do who want it to stay as it is for an hour.
func stopsScaling(service string) func(aws.Config) error {
	return func(cfg aws.Config) error {
		_, err := scaling.NewFromConfig(cfg).DeregisterScalableTarget(context.Background(), &scaling.DeregisterScalableTargetInput{
			ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String("service/shop-local/" + service), ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
		})
		return err
	}
}

// bounds registers the scalable target by hand, or changes it.
func bounds(least, most int32) func(aws.Config) error {
	return func(cfg aws.Config) error {
		_, err := scaling.NewFromConfig(cfg).RegisterScalableTarget(context.Background(), &scaling.RegisterScalableTargetInput{
			ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String("service/shop-local/shop-local-service"), ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
			MinCapacity: &least, MaxCapacity: &most,
		})
		return err
	}
}

func deletesPolicy(cfg aws.Config) error {
	_, err := scaling.NewFromConfig(cfg).DeleteScalingPolicy(context.Background(), &scaling.DeleteScalingPolicyInput{
		PolicyName: aws.String("shop-local-service-cpu"), ServiceNamespace: types.ServiceNamespaceEcs,
		ResourceId: aws.String("service/shop-local/shop-local-service"), ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
	})
	return err
}

func both(first, second func(aws.Config) error) func(aws.Config) error {
	return func(cfg aws.Config) error {
		if err := first(cfg); err != nil {
			return err
		}
		return second(cfg)
	}
}

const (
	unscaled  = "auto-scaling of service shop-local-service: was taken away outside of its stack ShopEcsServiceStack-local: nothing scales it; next: go tool mage service:deploy local   # makes it again"
	restored  = "auto-scaling of service shop-local-service was taken away outside of its stack ShopEcsServiceStack-local: nothing scales it: it is made again"
	scaled    = "scaling     1 to 2 tasks, ECSServiceAverageCPUUtilization at 70, ECSServiceAverageMemoryUtilization at 80"
	noChanges = "stack ShopEcsServiceStack-local: nothing to change"
)

// Auto-scaling that was taken away is told, and made again: by the same image, of which the stack has to be told by
// service:verify that something differs, and by any other.
func TestAutoScalingThatWasTakenAway(t *testing.T) {
	t.Parallel()
	for name, deployed := range map[string]string{"the same image": "v1", "another image": "v2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := up(t)
			w.run(serviceStatus)
			w.prints(scaled)
			w.outside(stopsScaling("shop-local-service"))
			if deployed == "v1" { // nobody has looked yet
				w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
				w.want(0, noChanges)
			}
			w.run(serviceVerify, "SPLITECS_IMAGE="+deployed)
			w.want(0, "comparing it with what there is")
			w.prints("warning  "+unscaled, "1 warnings")
			w.run(serviceStatus)
			w.prints("scaling     none", strings.Replace(unscaled, ": was", " was", 1))
			w.run(serviceDiff, "SPLITECS_IMAGE="+deployed)
			w.want(0, restored)
			w.prints("+ ScalableTarget", "+ CpuScaling", "+ MemoryScaling")
			w.run(serviceDeploy, "SPLITECS_IMAGE="+deployed)
			w.want(0, restored, "1 of 1 tasks running")
			w.run(serviceStatus)
			w.prints(scaled)
			w.run(serviceVerify, "SPLITECS_IMAGE="+deployed)
			w.want(0)
			w.prints("0 warnings")
			w.run(serviceDeploy, "SPLITECS_IMAGE="+deployed)
			w.want(0, noChanges)
		})
	}
}

// A release that fails ends as ever, and the next one makes auto-scaling again.
func TestAutoScalingThatWasTakenAwayBeforeAReleaseThatFails(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(stopsScaling("shop-local-service"))
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7, restored, "the service is back on shop-local-service:1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(serviceStatus)
	w.prints(scaled)
	if problem := w.agree(); problem != "" {
		t.Error(problem)
	}
}

// A service that stands at 0 tasks is started as ever, and a worker and a service beside have auto-scaling of their own.
func TestAutoScalingThatWasTakenAwayFromEachKindOfService(t *testing.T) {
	t.Parallel()
	t.Run("at 0 tasks", func(t *testing.T) {
		t.Parallel()
		w := up(t)
		w.run(scale(0))
		w.want(0)
		w.outside(stopsScaling("shop-local-service"))
		w.run(serviceVerify, "SPLITECS_IMAGE=v1")
		w.want(0)
		w.prints("warning  " + unscaled)
		w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
		w.want(0, restored, "stood at 0 tasks: starting 1", "1 of 1 tasks running")
		w.run(serviceStatus)
		w.prints(scaled)
	})
	for name, s := range map[string]cfn.AdditionalService{"worker": worker, "api": {Container: api.Container, Paths: api.Paths, Priority: api.Priority}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.beside(name, s)
			w.up()
			deploy, verify, status := in("local/"+name, targets.Set.ServiceDeploy), in("local/"+name, targets.Set.ServiceVerify), in("local/"+name, targets.Set.ServiceStatus)
			w.run(deploy, "SPLITECS_IMAGE=v1")
			w.want(0)
			w.outside(stopsScaling("shop-local-" + name))
			w.run(serviceVerify, "SPLITECS_IMAGE=v1")
			w.want(0)
			w.prints("0 warnings") // of the application's own
			w.run(verify, "SPLITECS_IMAGE=v1")
			w.want(0)
			w.prints("auto-scaling of service shop-local-"+name+": was taken away", "next: go tool mage service:deploy local/"+name+"   # makes it again")
			w.run(deploy, "SPLITECS_IMAGE=v1")
			w.want(0, "it is made again")
			w.run(status)
			w.prints("scaling     1 to ")
			w.run(deploy, "SPLITECS_IMAGE=v1")
			w.want(0, "nothing to change")
		})
	}
}

// Bounds that somebody, or a schedule, has moved are left alone, also where something is made again beside them.
func TestBoundsThatWereMovedAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := up(t)
	has := func(line string) {
		t.Helper()
		w.run(serviceStatus)
		w.want(0)
		w.prints(line)
	}
	w.outside(bounds(2, 4))
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("0 warnings")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	has("scaling     2 to 4 tasks, ECSServiceAverageCPUUtilization")

	// The policies went with the target, which somebody has put back with other bounds.
	w.outside(both(stopsScaling("shop-local-service"), bounds(2, 4)))
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.prints("warning  scaling policy shop-local-service-cpu: was taken away outside of stack ShopEcsServiceStack-local: service shop-local-service is not scaled by it; "+
		"next: SPLITECS_APPROVE=1 go tool mage service:deploy local   # makes it again, and sets the bounds from 2 and 4 to 1 and 2 tasks", "2 warnings")
	for _, image := range []string{"v2", "v1"} {
		w.run(serviceDeploy, "SPLITECS_IMAGE="+image)
		w.want(0, "scaling policy shop-local-service-memory was taken away", "next: SPLITECS_APPROVE=1 go tool mage service:deploy local")
		has("scaling     2 to 4 tasks\n")
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_APPROVE=1")
	w.want(0, "ScalableTarget (AWS::ApplicationAutoScaling::ScalableTarget) was changed outside of its stack, and would be put back")
	has(scaled)
}

// A policy alone is made again, too, where nothing else would be put back with it.
func TestAScalingPolicyThatWasTakenAway(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(deletesPolicy)
	w.run(serviceStatus)
	w.prints("scaling policy shop-local-service-cpu was taken away outside of stack")
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("warning  scaling policy shop-local-service-cpu: was taken away", "next: go tool mage service:deploy local   # makes it again\n", "1 warnings")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "scaling policy shop-local-service-cpu was taken away", "it is made again")
	w.run(serviceStatus)
	w.prints(scaled)
}

// Bounds that the App changes are not bounds that somebody has moved: a policy is made again beside them.
func TestAScalingPolicyThatWasTakenAwayBeforeTheAppChangesTheBounds(t *testing.T) {
	t.Parallel()
	for name, moves := range map[string]func(aws.Config) error{"": nil, ", and somebody has moved them": bounds(2, 3)} {
		t.Run("the App changes the bounds"+name, func(t *testing.T) {
			t.Parallel()
			w := up(t)
			w.app.Environments["dev"] = cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 4}
			if moves == nil {
				w.outside(deletesPolicy)
				w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
				w.want(0, "scaling policy shop-local-service-cpu was taken away", "it is made again")
			} else {
				w.outside(both(deletesPolicy, moves))
				w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
				w.want(0, "next: SPLITECS_APPROVE=1 go tool mage service:deploy local   # makes it again, and sets the bounds from 2 and 3 to 1 and 4 tasks")
				w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_APPROVE=1")
				w.want(0, "it is made again")
			}
			w.run(serviceStatus)
			w.prints("scaling     1 to 4 tasks, ECSServiceAverageCPUUtilization at 70, ECSServiceAverageMemoryUtilization at 80\n")
			w.run(serviceVerify, "SPLITECS_IMAGE=v1")
			w.prints("0 warnings")
		})
	}
}

// deletesSchedule deletes a scheduled action, as people do who want a night without it.
func deletesSchedule(name string) func(aws.Config) error {
	return func(cfg aws.Config) error {
		_, err := scaling.NewFromConfig(cfg).DeleteScheduledAction(context.Background(), &scaling.DeleteScheduledActionInput{
			ScheduledActionName: &name, ServiceNamespace: types.ServiceNamespaceEcs,
			ResourceId: aws.String("service/shop-local/shop-local-service"), ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
		})
		return err
	}
}

// A schedule alone is made again, too, and one that the App has since is not missed.
func TestAScheduleThatWasTakenAway(t *testing.T) {
	t.Parallel()
	at := func(hour string, names ...string) (all []cfn.Schedule) {
		for _, name := range names {
			all = append(all, cfn.Schedule{Name: name, Expression: "cron(0 " + hour + " * * ? *)", MinTasks: 1, MaxTasks: 2})
		}
		return all
	}
	w := newWorld(t)
	w.app.Environments["dev"] = cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2, Scaling: cfn.Scaling{Schedules: at("20", "evening", "night")}}
	w.up()
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("0 warnings")
	w.outside(deletesSchedule("evening"))
	w.app.Environments["dev"] = cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2, Scaling: cfn.Scaling{Schedules: at("20", "evening", "night", "new")}}
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("warning  scheduled action evening: was taken away outside of stack ShopEcsServiceStack-local: the bounds of service shop-local-service are not moved by it; "+
		"next: go tool mage service:deploy local   # makes it again\n", "1 warnings")
	w.run(serviceStatus)
	w.prints("scheduled action evening was taken away")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, "scheduled action evening was taken away", "it is made again")
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.prints("0 warnings")
	// Only by the same image, once it is known.
	w.outside(deletesSchedule("night"))
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.prints("1 warnings")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, "scheduled action night was taken away", "it is made again")
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.prints("0 warnings")
	if problem := w.agree(); problem != "" {
		t.Error(problem)
	}
}

// What is suspended does not look as if it scaled.
func TestAutoScalingThatIsSuspended(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(func(cfg aws.Config) error {
		_, err := scaling.NewFromConfig(cfg).RegisterScalableTarget(context.Background(), &scaling.RegisterScalableTargetInput{
			ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String("service/shop-local/shop-local-service"), ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
			SuspendedState: &types.SuspendedState{DynamicScalingInSuspended: aws.Bool(true), DynamicScalingOutSuspended: aws.Bool(true)},
		})
		return err
	})
	w.run(serviceStatus)
	w.prints(scaled + "; suspended: scaling out, scaling in\n")
}

// What else was changed by hand is not undone without being asked.
func TestWhatIsBesideAutoScalingIsPutBackOnlyWhenApproved(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(both(stopsScaling("shop-local-service"), func(cfg aws.Config) error {
		_, err := ecs.NewFromConfig(cfg).UpdateService(context.Background(), &ecs.UpdateServiceInput{
			Cluster: aws.String("shop-local"), Service: aws.String("shop-local-service"), HealthCheckGracePeriodSeconds: aws.Int32(77),
		})
		return err
	}))
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(4, "Service (AWS::ECS::Service) was changed outside of its stack, and would be put back", "next: SPLITECS_APPROVE=1 go tool mage service:deploy local")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_APPROVE=1")
	w.want(0, restored)
	if problem := w.agree(); problem != "" {
		t.Error(problem)
	}
}

// A deployment does not hang on what it can do without.
func TestAutoScalingThatMayNotBeLookedAt(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(func(t targets.Set, ctx context.Context) error {
		return serviceDeploy(t.WithFaults(awslocal.Fault{Operation: "application-autoscaling:DescribeScalableTargets", Kind: awslocal.AccessDenied}), ctx)
	}, "SPLITECS_IMAGE=v2")
	w.want(0, "whether something was taken away outside of stack ShopEcsServiceStack-local cannot be told", "1 of 1 tasks running")
}

// A revision that was deregistered is made again by the same image.
func TestARevisionThatWasDeregistered(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.behind(100000, func(server *awslocal.Server) { must(t, losses["task definition"].delete(context.Background(), server)) })
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0, "comparing it with what there is")
	w.prints("warning  running revision shop-local-service:1: could not be started again: task definition: is INACTIVE", "next: go tool mage service:deploy local   # makes it again\n", "1 warnings")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "task definition shop-local-service:1 was deregistered", "shop-local-service:2 complete")
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("0 warnings")
	if problem := w.agree(); problem != "" {
		t.Error(problem)
	}
}

// stuckWithoutAutoScaling changes a policy that is not there by other means, which ends in UPDATE_ROLLBACK_FAILED.
func stuckWithoutAutoScaling(cfg aws.Config) error {
	ctx, client, name := context.Background(), cloudformation.NewFromConfig(cfg), aws.String("ShopEcsServiceStack-local")
	now, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: name})
	if err != nil {
		return err
	}
	had, err := client.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: name})
	if err != nil {
		return err
	}
	in := &cloudformation.UpdateStackInput{StackName: name, TemplateBody: aws.String(strings.Replace(*had.TemplateBody, "TargetValue: 70", "TargetValue: 50", 1))}
	for _, p := range now.Stacks[0].Parameters {
		in.Parameters = append(in.Parameters, cfntypes.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)})
	}
	return getsStuck(ctx, client, in)
}

// A stack that is stuck for want of its auto-scaling goes on, and has it again.
func TestAStackThatIsStuckWithoutAutoScaling(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(both(stopsScaling("shop-local-service"), stuckWithoutAutoScaling))
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("warning  " + unscaled)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, restored, "1 of 1 tasks running")
	w.run(serviceStatus)
	w.prints(scaled)
	if problem := w.agree(); problem != "" {
		t.Error(problem)
	}
}

// What the configuration has no more is not missed: a deployment removes it from the stack, and makes it for the first time
// where the configuration has it again.
func TestAutoScalingThatIsNotConfigured(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.app.ExtendService = func(_ string, t *goformation.Template) error {
		for id := range t.Resources {
			if id == "ScalableTarget" || strings.HasSuffix(id, "Scaling") {
				delete(t.Resources, id)
			}
		}
		return nil
	}
	w.outside(stopsScaling("shop-local-service"))
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("0 warnings")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.app.ExtendService = nil
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("0 warnings")
	w.run(serviceStatus)
	w.prints("scaling     none\n")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	if strings.Contains(w.err.String(), "made again") {
		t.Errorf("it was not taken away:\n%s", &w.err)
	}
	w.run(serviceStatus)
	w.prints(scaled)
}
