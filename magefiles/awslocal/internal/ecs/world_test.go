package ecs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/elb"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/logs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

var (
	acct = awstest.Account
	host = acct.RegistryHost()
	ctx  = context.Background()
)

// registry is the images that there are, by reference.
type registry map[string]ecs.Image

func (r registry) Image(ref, _, _ string) (ecs.Image, error) {
	if i, ok := r[ref]; ok {
		return i, nil
	}
	return ecs.Image{}, errors.New(ref + ": not found")
}

// region is an embedded AWS of the services that tasks need, over the wire.
type region struct {
	t      *testing.T
	world  *sim.World
	clock  *sim.Manual
	URL    string
	record *awstest.Record
	svc    *ecs.Service
	types  map[string]resource.Type

	images registry
	ecs    *awsecs.Client
	elb    *elasticloadbalancingv2.Client
	logs   *cloudwatchlogs.Client
	group  string // target group
}

func newRegion(t *testing.T) *region {
	t.Helper()
	world, clock := awstest.World(t)
	return inWorld(t, world, clock)
}

func inWorld(t *testing.T, world *sim.World, clock *sim.Manual) *region {
	t.Helper()
	r := &region{t: t, world: world, clock: clock, types: map[string]resource.Type{}, images: registry{
		host + "/app:1":     {Digest: "sha256:" + strings.Repeat("1", 64), Architecture: "amd64"},
		host + "/app:2":     {Digest: "sha256:" + strings.Repeat("2", 64), Architecture: "amd64"},
		host + "/app:arm":   {Digest: "sha256:" + strings.Repeat("a", 64), Architecture: "arm64"},
		host + "/app:label": {Digest: "sha256:" + strings.Repeat("b", 64), Architecture: "amd64", Labels: map[string]string{program.Label: "exit:3"}},
	}}
	e, l := elb.New(world, acct), logs.New(world, acct)
	r.svc = ecs.New(world, acct, r.images, e, l)
	for _, list := range [][]resource.Type{e.Types(), l.Types(), r.svc.Types()} {
		for _, v := range list {
			r.types[v.Name] = v
		}
	}
	r.record = awstest.NewRecord(r.svc.Wire())
	r.URL = awstest.Serve(t, world, r.record.Wire(), e.Wire(), l.Wire())
	config := awstest.Config(r.URL)
	r.ecs, r.elb, r.logs = awsecs.NewFromConfig(config), elasticloadbalancingv2.NewFromConfig(config), cloudwatchlogs.NewFromConfig(config)
	return r
}

// make creates a resource as CloudFormation does.
func (r *region) make(kind string, properties map[string]any) string {
	r.t.Helper()
	id, err := r.tryMake(kind, properties)
	if err != nil {
		r.t.Fatalf("create %s: %v", kind, err)
	}
	return id
}

func (r *region) tryMake(kind string, properties map[string]any) (id string, err error) {
	err = r.world.Do(ctx, func() error {
		id, err = r.types[kind].Create(request("", properties))
		return err
	})
	return id, err
}

func request(id string, properties map[string]any) resource.Request {
	return resource.Request{Stack: "Stack-dev", StackID: "arn:stack", LogicalID: "Thing", PhysicalID: id, Token: "token", Properties: properties,
		Tags: map[string]string{"aws:cloudformation:stack-name": "Stack-dev"}}
}

// ground is a cluster, a load balancer with a target group, and a log group.
func (r *region) ground() {
	r.t.Helper()
	r.make("AWS::ECS::Cluster", map[string]any{"ClusterName": "dev", "CapacityProviders": []any{"FARGATE", "FARGATE_SPOT"}})
	r.make("AWS::Logs::LogGroup", map[string]any{"LogGroupName": "/aws/ecs/dev", "RetentionInDays": 7})
	lb := r.make("AWS::ElasticLoadBalancingV2::LoadBalancer", map[string]any{"Name": "dev", "Subnets": []any{"subnet-a", "subnet-b"}})
	r.group = r.make("AWS::ElasticLoadBalancingV2::TargetGroup", map[string]any{"Name": "dev", "Port": 3000, "Protocol": "HTTP", "VpcId": "vpc-1",
		"TargetType": "ip", "HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 3, "HealthyThresholdCount": 2,
		"TargetGroupAttributes": []any{map[string]any{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}}})
	r.make("AWS::ElasticLoadBalancingV2::Listener", map[string]any{"LoadBalancerArn": lb, "Port": 80, "Protocol": "HTTP",
		"DefaultActions": []any{map[string]any{"Type": "forward", "TargetGroupArn": r.group}}})
}

// register a revision of the family app.
func (r *region) register(image, scenario string, change ...func(*awsecs.RegisterTaskDefinitionInput)) string {
	r.t.Helper()
	in := &awsecs.RegisterTaskDefinitionInput{
		Family: aws.String("app"), Cpu: aws.String("256"), Memory: aws.String("1024"), NetworkMode: types.NetworkModeAwsvpc,
		RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate}, ExecutionRoleArn: aws.String("arn:aws:iam::000000000000:role/x"),
		ContainerDefinitions: []types.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String(host + "/" + image), PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(3000)}},
			LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
				"awslogs-group": "/aws/ecs/dev", "awslogs-region": acct.Region, "awslogs-stream-prefix": "web"}},
		}},
	}
	if scenario != "" {
		in.ContainerDefinitions[0].Environment = []types.KeyValuePair{{Name: aws.String(program.Variable), Value: aws.String(scenario)}}
	}
	for _, f := range change {
		f(in)
	}
	out, err := r.ecs.RegisterTaskDefinition(ctx, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return *out.TaskDefinition.TaskDefinitionArn
}

func (r *region) create(task string, desired int32, change ...func(*awsecs.CreateServiceInput)) *types.Service {
	r.t.Helper()
	in := &awsecs.CreateServiceInput{
		Cluster: aws.String("dev"), ServiceName: aws.String("web"), TaskDefinition: &task, DesiredCount: &desired, LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a", "subnet-b"}}},
		LoadBalancers:        []types.LoadBalancer{{TargetGroupArn: &r.group, ContainerName: aws.String("web"), ContainerPort: aws.Int32(3000)}},
		DeploymentConfiguration: &types.DeploymentConfiguration{
			DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: true}},
		HealthCheckGracePeriodSeconds: aws.Int32(30),
	}
	for _, f := range change {
		f(in)
	}
	out, err := r.ecs.CreateService(ctx, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return out.Service
}

func (r *region) update(in *awsecs.UpdateServiceInput) *types.Service {
	r.t.Helper()
	in.Cluster, in.Service = aws.String("dev"), aws.String("web")
	out, err := r.ecs.UpdateService(ctx, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return out.Service
}

func (r *region) describe() types.Service {
	r.t.Helper()
	out, err := r.ecs.DescribeServices(ctx, &awsecs.DescribeServicesInput{Cluster: aws.String("dev"), Services: []string{"web"}})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(out.Services) != 1 {
		r.t.Fatalf("failures %v", out.Failures)
	}
	return out.Services[0]
}

func (r *region) tasks(status types.DesiredStatus) []types.Task {
	r.t.Helper()
	list, err := r.ecs.ListTasks(ctx, &awsecs.ListTasksInput{Cluster: aws.String("dev"), ServiceName: aws.String("web"), DesiredStatus: status})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(list.TaskArns) == 0 {
		return nil
	}
	out, err := r.ecs.DescribeTasks(ctx, &awsecs.DescribeTasksInput{Cluster: aws.String("dev"), Tasks: list.TaskArns})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.Tasks
}

// pass moves the clock.
func (r *region) pass(d time.Duration) {
	r.t.Helper()
	r.clock.Advance(d)
	awstest.Do(r.t, r.world, func() {})
}

// glance is how often until looks.
const glance = 3 * time.Second

// until moves the clock until the service is as wanted, and tells how long it took, up to a glance.
func (r *region) until(most time.Duration, what string, ok func(types.Service) bool) time.Duration {
	r.t.Helper()
	for passed := time.Duration(0); passed <= most; passed += glance {
		if v := r.describe(); ok(v) {
			return passed
		}
		r.clock.Advance(glance)
	}
	r.t.Fatalf("not within %s: %s\n%s", most, what, r.story())
	return 0
}

func rollout(state types.DeploymentRolloutState) func(types.Service) bool {
	return func(v types.Service) bool { return v.Deployments[0].RolloutState == state }
}

// story is the service's events in the order in which they happened, for failing tests and golden comparisons.
func (r *region) story() string {
	v := r.describe()
	var b strings.Builder
	for i := len(v.Events) - 1; i >= 0; i-- {
		b.WriteString(v.Events[i].CreatedAt.Format("04:05 ") + *v.Events[i].Message + "\n")
	}
	return b.String()
}
