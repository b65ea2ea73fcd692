package rollout_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// shop is a service on the embedded AWS whose tasks ECS cannot start: there is no image.
type shop struct {
	t        *testing.T
	ecs      *ecs.Client
	rollouts *rollout.Rollouts
}

func newShop(t *testing.T) shop {
	t.Helper()
	server := awslocal.Start(t)
	s := shop{t: t, ecs: ecs.NewFromConfig(server.Config())}
	s.rollouts = &rollout.Rollouts{
		ECS: s.ecs, Targets: elb.NewFromConfig(server.Config()), Logs: cloudwatchlogs.NewFromConfig(server.Config()), Pause: server.Pause,
		Service: rollout.Service{Cluster: "dev", Name: "web", Family: "web", Container: "web", LogGroup: "/web", StreamPrefix: "web"},
	}
	if _, err := s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("dev")}); err != nil {
		t.Fatal(err)
	}
	return s
}

// register a revision with these variables.
func (s shop) register(names ...string) {
	s.t.Helper()
	c := types.ContainerDefinition{Name: aws.String("web"), Image: aws.String("000000000000.dkr.ecr.ap-southeast-1.localhost/web:1")}
	for _, name := range names {
		c.Environment = append(c.Environment, types.KeyValuePair{Name: &name, Value: aws.String("x")})
	}
	if _, err := s.ecs.RegisterTaskDefinition(s.t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"), Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: types.NetworkModeAwsvpc,
		RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate}, ExecutionRoleArn: aws.String("arn:aws:iam::000000000000:role/x"),
		ContainerDefinitions: []types.ContainerDefinition{c},
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s shop) create() {
	s.t.Helper()
	if _, err := s.ecs.CreateService(s.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("dev"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1), LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}},
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s shop) watcher() *rollout.Watcher {
	s.t.Helper()
	w, err := s.rollouts.Watcher(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// Whoever watches can give up as soon as the same failure is seen the second time.
func TestAHopelessDeploymentIsSeenEarly(t *testing.T) {
	s := newShop(t)
	s.register()
	w := s.watcher()
	s.create()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	var verdict rollout.Verdict
	w.Seen = func(e rollout.Evidence) {
		if v, hopeless := rollout.Hopeless(e, 2); hopeless && verdict.Signature == "" {
			verdict = v
			close(done)
		}
	}
	seen := w.Until(ctx, done)
	if verdict.Signature != "image-not-found" || len(seen.Stopped) != 2 || seen.Revision != "web:1" {
		t.Errorf("%+v\n%+v", verdict, seen)
	}
}

// What was there before is not evidence; the revision that is deployed next is, with what is different in it.
func TestAWatcherSeesWhatIsNew(t *testing.T) {
	s := newShop(t)
	s.register("DATABASE_URL")
	s.create()
	if err := s.rollouts.Pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	w := s.watcher()
	if err := w.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := w.Evidence(); len(e.Events)+len(e.Stopped)+len(e.Deployments)+len(e.Changes) != 0 || e.Revision != "" {
		t.Fatalf("old evidence: %+v", e)
	}
	s.register()
	if _, err := s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("web"), TaskDefinition: aws.String("web")}); err != nil {
		t.Fatal(err)
	}
	if err := w.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := w.Evidence()
	if e.Revision != "web:2" || len(e.Changes) != 1 || e.Changes[0].String() != "variable DATABASE_URL is absent in revision 2 and was present in 1" {
		t.Errorf("%+v", e)
	}
	if len(e.Deployments) != 1 || e.Deployments[0].Status != "PENDING" { // not the one that ours replaced
		t.Errorf("%+v", e.Deployments)
	}
}

// What the service says of the revision before, until the one that is watched begins, is no evidence.
func TestAWatcherForgetsTheRevisionBefore(t *testing.T) {
	s := newShop(t)
	s.register()
	s.create()
	w := s.watcher()
	look := func(after time.Duration) rollout.Evidence {
		t.Helper()
		if err := s.rollouts.Pause(t.Context(), after); err != nil {
			t.Fatal(err)
		}
		if err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.Evidence()
	}
	before := look(time.Minute)
	if len(before.Events) == 0 || before.Revision != "" {
		t.Fatalf("%+v", before)
	}
	s.register("LOG")
	if _, err := s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("web"), TaskDefinition: aws.String("web")}); err != nil {
		t.Fatal(err)
	}
	after := look(10 * time.Second)
	if after.Revision != "web:2" || len(after.Events) == 0 || slices.Contains(after.Events, before.Events[0]) {
		t.Errorf("before %q, after %+v", before.Events, after)
	}
}

// Who joins a deployment that is under way watches its revision, and sees how it ends.
func TestAWatcherJoins(t *testing.T) {
	s := newShop(t)
	s.register("DATABASE_URL")
	s.create()
	s.register()
	if _, err := s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("web"), TaskDefinition: aws.String("web")}); err != nil {
		t.Fatal(err)
	}
	w := s.watcher()
	if err := w.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := w.Evidence(); e.Revision != "web:2" || len(e.Changes) != 1 || len(e.Deployments) != 1 {
		t.Errorf("%+v", e)
	}
}
