package rollout_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// ground is what a service stands on.
const ground = `
Resources:
  Repository: {Type: 'AWS::ECR::Repository', Properties: {RepositoryName: app}}
  Cluster: {Type: 'AWS::ECS::Cluster', Properties: {ClusterName: c}}
  Balancer: {Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: {Name: b, Subnets: [subnet-a, subnet-b]}}
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Name: g, Port: 3000, Protocol: HTTP, VpcId: vpc-1, TargetType: ip, HealthCheckPath: /, HealthCheckIntervalSeconds: 10}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]}
Outputs: {Group: {Value: !Ref Group}}
`

// region is an embedded AWS with a service of one task, and what a watcher told of it.
type region struct {
	*awslocal.Test
	t      *testing.T
	ecs    *ecs.Client
	events []string // subject, state
}

func newRegion(t *testing.T) *region {
	t.Helper()
	server := awslocal.Start(t)
	r := &region{Test: server, t: t, ecs: ecs.NewFromConfig(server.Config())}
	stacks := cloudformation.NewFromConfig(server.Config())
	_, err := stacks.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: aws.String("S"), TemplateBody: aws.String(ground)})
	r.must(err)
	r.Advance(time.Hour)
	out, err := stacks.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("S")})
	r.must(err)
	if len(out.Stacks[0].Outputs) != 1 {
		t.Fatalf("the ground is %s: %s", out.Stacks[0].StackStatus, aws.ToString(out.Stacks[0].StackStatusReason))
	}
	r.start(r.push(), *out.Stacks[0].Outputs[0].OutputValue)
	return r
}

func (r *region) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// push pushes a small image and returns its reference.
func (r *region) push() string {
	r.t.Helper()
	token, err := ecr.NewFromConfig(r.Config()).GetAuthorizationToken(r.t.Context(), &ecr.GetAuthorizationTokenInput{})
	r.must(err)
	plain, err := base64.StdEncoding.DecodeString(*token.AuthorizationData[0].AuthorizationToken)
	r.must(err)
	user, password, _ := strings.Cut(string(plain), ":")
	image, err := random.Image(1000, 1)
	r.must(err)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: "amd64"})
	r.must(err)
	tag, err := name.NewTag(strings.TrimPrefix(r.URL(), "http://") + "/app:v1")
	r.must(err)
	r.must(remote.Write(tag, image, remote.WithAuth(&authn.Basic{Username: user, Password: password})))
	return awslocal.AccountID + ".dkr.ecr." + awslocal.DefaultRegion + ".localhost/app:v1"
}

// start creates the service and waits until it is steady.
func (r *region) start(image, group string) {
	r.t.Helper()
	definition, err := r.ecs.RegisterTaskDefinition(r.t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("f"), Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: types.NetworkModeAwsvpc,
		RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate}, ExecutionRoleArn: aws.String("arn:aws:iam::000000000000:role/x"),
		ContainerDefinitions: []types.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String(image), PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(3000)}},
		}},
	})
	r.must(err)
	_, err = r.ecs.CreateService(r.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("c"), ServiceName: aws.String("s"), TaskDefinition: definition.TaskDefinition.TaskDefinitionArn,
		DesiredCount: aws.Int32(1), LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}},
		LoadBalancers:        []types.LoadBalancer{{TargetGroupArn: &group, ContainerName: aws.String("web"), ContainerPort: aws.Int32(3000)}},
	})
	r.must(err)
	r.Advance(time.Hour)
}

// rollouts are those of the service, as they are looked at every three seconds for a while; done is closed then.
func (r *region) rollouts(while time.Duration, done chan struct{}) *rollout.Rollouts {
	until := r.Now().Add(while)
	return &rollout.Rollouts{
		ECS: r.ecs, Targets: elb.NewFromConfig(r.Config()), Logs: cloudwatchlogs.NewFromConfig(r.Config()),
		Service: rollout.Service{Cluster: "c", Name: "s", Family: "f", Container: "web", LogGroup: "l", StreamPrefix: "p"},
		Pause: func(ctx context.Context, d time.Duration) error {
			if before := r.Now(); before.Before(until) && !before.Add(d).Before(until) {
				close(done)
			}
			return r.Pause(ctx, d)
		},
		Event: func(subject, state, _ string) { r.events = append(r.events, subject+" "+state) },
	}
}

// of are the states that were told of tasks or targets.
func (r *region) of(kind string) (states []string) {
	subjects := map[string]bool{}
	for _, e := range r.events {
		words := strings.Fields(e)
		if words[0] == kind {
			subjects[words[1]] = true
			states = append(states, words[2])
		}
	}
	if len(subjects) > 1 {
		r.t.Errorf("told of more than one %s: %q", kind, r.events)
	}
	return states
}

func TestTheWatcherTellsHowTasksStart(t *testing.T) {
	r := newRegion(t)
	_, err := r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("c"), Service: aws.String("s"), DesiredCount: aws.Int32(2)})
	r.must(err)
	done := make(chan struct{})
	w, err := r.rollouts(10*time.Minute, done).Watcher(t.Context())
	r.must(err)
	w.Until(t.Context(), done)
	// The first task, and its target, have been there before and are no news.
	if got := r.of("task"); !slices.Equal(got, []string{"PROVISIONING", "PENDING", "RUNNING"}) {
		t.Errorf("tasks: %q", got)
	}
	if got := r.of("target"); !slices.Equal(got, []string{"initial", "healthy"}) {
		t.Errorf("targets: %q", got)
	}
	// A task that is known to run is not described again.
	calls := r.Calls()
	last := len(calls) - 1
	for last >= 0 && calls[last] != "ecs:ListTasks" {
		last--
	}
	if last < 0 || slices.Contains(calls[last:], "ecs:DescribeTasks") {
		t.Errorf("the last look made the calls %q", calls[max(last, 0):])
	}
}
