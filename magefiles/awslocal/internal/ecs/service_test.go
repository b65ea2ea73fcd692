package ecs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

func steady(n int32) func(types.Service) bool {
	return func(v types.Service) bool {
		return v.RunningCount == n && v.PendingCount == 0 && strings.HasSuffix(*v.Events[0].Message, "has reached a steady state.")
	}
}

func TestScalingStartsNoDeployment(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	r.create(arn, 0)
	r.running(arn)
	id := *r.describe().Deployments[0].Id
	for _, n := range []int32{1, 3, 2, 0, 1} {
		r.update(&awsecs.UpdateServiceInput{DesiredCount: &n})
		r.pass(2 * time.Second)
		r.until(5*time.Minute, "steady", steady(n))
		if v := r.describe(); *v.Deployments[0].Id != id || len(v.Deployments) != 1 {
			t.Errorf("a deployment began at %d", n)
		}
	}
	for _, in := range []*awsecs.UpdateServiceInput{
		taskDefinition(arn),
		{EnableExecuteCommand: aws.Bool(true)},
		{HealthCheckGracePeriodSeconds: aws.Int32(77)},
		{DeploymentConfiguration: &types.DeploymentConfiguration{MaximumPercent: aws.Int32(150)}},
	} {
		if v := r.update(in); *v.Deployments[0].Id != id {
			t.Errorf("a deployment began by %+v", in)
		}
	}
	if c := r.describe().DeploymentConfiguration; *c.MaximumPercent != 150 || !c.DeploymentCircuitBreaker.Enable {
		t.Errorf("configuration %+v", c)
	}
}

func TestWhatStartsADeployment(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	r.create(arn, 1)
	r.running(arn)
	for name, in := range map[string]*awsecs.UpdateServiceInput{
		"force":    {ForceNewDeployment: true},
		"network":  {NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-c"}}}},
		"platform": {PlatformVersion: aws.String("1.3.0")},
	} {
		before, task := *r.describe().Deployments[0].Id, *r.tasks(types.DesiredStatusRunning)[0].TaskArn
		if v := r.update(in); *v.Deployments[0].Id == before || len(v.Deployments) != 2 || *v.Deployments[1].Status != "ACTIVE" {
			t.Errorf("%s: no deployment", name)
		}
		r.running(arn)
		if *r.tasks(types.DesiredStatusRunning)[0].TaskArn == task {
			t.Errorf("%s: the task is the same", name)
		}
	}
}

func TestStopServiceDeployment(t *testing.T) {
	r := newRegion(t)
	r.ground()
	good := r.register("app:1", "")
	r.create(good, 1)
	r.running(good)
	r.update(taskDefinition(r.register("app:2", "deaf")))
	r.pass(40 * time.Second)
	arn := *r.describe().CurrentServiceDeployment
	stop := func() error {
		_, err := r.ecs.StopServiceDeployment(ctx, &awsecs.StopServiceDeploymentInput{ServiceDeploymentArn: &arn, StopType: types.StopServiceDeploymentStopTypeRollback})
		return err
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusRollbackRequested || d.StoppedAt == nil {
		t.Errorf("%s", d.Status)
	}
	if err := stop(); err != nil { // it goes on
		t.Error(err)
	}
	r.pass(time.Second)
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusRollbackInProgress || *d.Rollback.Reason != "Service deployment rolled back because of a stop request." {
		t.Errorf("%s", d.Status)
	}
	r.running(good)
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusRollbackSuccessful || d.FinishedAt == nil {
		t.Errorf("%s", d.Status)
	}
	var conflict *types.ConflictException
	if err := stop(); !errors.As(err, &conflict) {
		t.Errorf("stopped twice: %v", err)
	}
}

func TestANewDeploymentSupersedesTheOneUnderWay(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	r.create(first, 1)
	r.running(first)
	r.update(taskDefinition(r.register("app:2", "deaf")))
	r.pass(30 * time.Second)
	third := r.register("app:2", "")
	r.update(taskDefinition(third))
	r.running(third)
	list, err := r.ecs.ListServiceDeployments(ctx, &awsecs.ListServiceDeploymentsInput{Cluster: aws.String("dev"), Service: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range list.ServiceDeployments {
		got = append(got, string(d.Status))
	}
	if strings.Join(got, " ") != "SUCCESSFUL STOPPED SUCCESSFUL" {
		t.Errorf("%q", got)
	}
}

func TestDeletingAService(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	r.create(arn, 1)
	r.running(arn)
	in := &awsecs.DeleteServiceInput{Cluster: aws.String("dev"), Service: aws.String("web")}
	_, err := r.ecs.DeleteService(ctx, in)
	wantError(t, err, "InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
	_, err = r.ecs.DeleteCluster(ctx, &awsecs.DeleteClusterInput{Cluster: aws.String("dev")})
	wantError(t, err, "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
	in.Force = aws.Bool(true)
	out, err := r.ecs.DeleteService(ctx, in)
	if err != nil || *out.Service.Status != "DRAINING" {
		t.Fatalf("%v", err)
	}
	r.until(5*time.Minute, "INACTIVE", func(v types.Service) bool { return *v.Status == "INACTIVE" })
	if v := r.describe(); v.RunningCount != 0 || len(v.Deployments) != 0 {
		t.Errorf("%+v", v)
	}
	if _, err := r.ecs.DeleteCluster(ctx, &awsecs.DeleteClusterInput{Cluster: aws.String("dev")}); err != nil {
		t.Error(err)
	}
}

func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}

func TestRefusals(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	lb := func(change func(*types.LoadBalancer)) func(*awsecs.CreateServiceInput) {
		return func(in *awsecs.CreateServiceInput) { change(&in.LoadBalancers[0]) }
	}
	lonely := r.make("AWS::ElasticLoadBalancingV2::TargetGroup", map[string]any{"Name": "lonely", "Port": 80, "Protocol": "HTTP", "VpcId": "v", "TargetType": "ip"})
	for _, c := range []struct {
		change        func(*awsecs.CreateServiceInput)
		code, message string
	}{
		{func(in *awsecs.CreateServiceInput) { in.Cluster = aws.String("other") }, "ClusterNotFoundException", "Cluster not found."},
		{func(in *awsecs.CreateServiceInput) { in.TaskDefinition = aws.String("app:99") }, "ClientException", "TaskDefinition not found."},
		{func(in *awsecs.CreateServiceInput) { in.NetworkConfiguration = nil }, "InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified."},
		{lb(func(l *types.LoadBalancer) { l.ContainerName = aws.String("api") }), "InvalidParameterException", "The container api does not exist in the task definition."},
		{lb(func(l *types.LoadBalancer) { l.ContainerPort = aws.Int32(80) }), "InvalidParameterException", "The container web did not have a container port 80 defined."},
		{lb(func(l *types.LoadBalancer) { l.TargetGroupArn = &lonely }), "InvalidParameterException", "The target group with targetGroupArn " + lonely + " does not have an associated load balancer."},
		{func(in *awsecs.CreateServiceInput) { in.SchedulingStrategy = types.SchedulingStrategyDaemon }, "ClientException", "The embedded AWS does not model the scheduling strategy DAEMON."},
		{func(in *awsecs.CreateServiceInput) {
			in.LaunchType = ""
			in.CapacityProviderStrategy = []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("mine")}}
		}, "InvalidParameterException", "The specified capacity provider 'mine' was not found. Specify a valid name or ARN and try again."},
	} {
		in := &awsecs.CreateServiceInput{Cluster: aws.String("dev"), ServiceName: aws.String("web"), TaskDefinition: &arn, DesiredCount: aws.Int32(1), LaunchType: types.LaunchTypeFargate,
			NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}},
			LoadBalancers:        []types.LoadBalancer{{TargetGroupArn: &r.group, ContainerName: aws.String("web"), ContainerPort: aws.Int32(3000)}}}
		c.change(in)
		_, err := r.ecs.CreateService(ctx, in)
		wantError(t, err, c.code, c.message)
	}
	r.create(arn, 0)
	_, err := r.ecs.CreateService(ctx, &awsecs.CreateServiceInput{Cluster: aws.String("dev"), ServiceName: aws.String("web"), TaskDefinition: &arn, DesiredCount: aws.Int32(1)})
	wantError(t, err, "InvalidParameterException", "Creation of service was not idempotent.")
	_, err = r.ecs.UpdateService(ctx, &awsecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("none")})
	wantError(t, err, "ServiceNotFoundException", "Service not found.")
	if _, err := r.ecs.DeregisterTaskDefinition(ctx, &awsecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn}); err != nil {
		t.Fatal(err)
	}
	_, err = r.ecs.UpdateService(ctx, &awsecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("web"), TaskDefinition: &arn})
	wantError(t, err, "ClientException", "TaskDefinition is inactive")
}

func TestAContainerInstanceIsNeverFound(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", ""), 1, func(in *awsecs.CreateServiceInput) { in.LaunchType = types.LaunchTypeEc2 })
	r.pass(time.Minute)
	if s := r.story(); strings.Count(s, "was unable to place a task because no container instance met all of its requirements.") != 1 {
		t.Error(s)
	}
}

// A process that ends in the middle of a deployment leaves it to the next one.
func TestTheNextProcessGoesOn(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	r.create(arn, 1)
	r.pass(15 * time.Second)
	world, err := sim.Open(r.world.Dir(), sim.Options{Clock: r.clock, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { world.Close() })
	other := inWorld(t, world, r.clock)
	other.running(arn)
	if *other.describe().Deployments[0].Id != *r.describe().Deployments[0].Id {
		t.Error("two processes see different deployments")
	}
}
