package ecs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

func percents(low, high int32) *types.DeploymentConfiguration {
	return &types.DeploymentConfiguration{MinimumHealthyPercent: &low, MaximumPercent: &high}
}

// PAINS 19: with one task, 50 and 150 percent leave no way on. Another configuration, or another count, frees the
// deployment that is under way.
func TestAStuckDeploymentIsFreed(t *testing.T) {
	for name, in := range map[string]*awsecs.UpdateServiceInput{
		"maximum": {DeploymentConfiguration: percents(50, 200)},
		"minimum": {DeploymentConfiguration: percents(0, 150)},
		"count":   {DesiredCount: aws.Int32(2)},
	} {
		r := newRegion(t)
		r.ground()
		first := r.register("app:1", "")
		r.create(first, 1, func(in *awsecs.CreateServiceInput) { in.DeploymentConfiguration = percents(50, 150) })
		r.running(first)
		second := r.register("app:2", "")
		id := *r.update(taskDefinition(second)).Deployments[0].Id
		r.pass(time.Hour)
		if d := r.describe().Deployments; len(d) != 2 || d[1].DesiredCount != 1 || d[1].RunningCount != 1 || d[0].RunningCount+d[0].PendingCount != 0 {
			t.Errorf("%s: it is not stuck: %+v", name, d)
		}
		r.update(in)
		r.running(second)
		if *r.describe().Deployments[0].Id != id {
			t.Errorf("%s: another deployment began", name)
		}
	}
}

func TestConfigurationOfADeploymentUnderWay(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:missing", ""), 1, func(in *awsecs.CreateServiceInput) { in.DeploymentConfiguration = nil })
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusPending || d.StartedAt != nil || d.DeploymentCircuitBreaker.Status != "DISABLED" {
		t.Errorf("at first: %s %v", d.Status, d.StartedAt)
	}
	r.pass(time.Second)
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusInProgress || d.StartedAt == nil {
		t.Errorf("then: %s", d.Status)
	}
	r.update(&awsecs.UpdateServiceInput{DeploymentConfiguration: &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{
		Enable: true, ThresholdConfiguration: &types.ThresholdConfiguration{Type: types.ThresholdTypeCount, Value: 2}}}})
	if d := r.deployment(); d.DeploymentCircuitBreaker.Status != "MONITORING" || d.DeploymentCircuitBreaker.Threshold != 2 || !d.DeploymentConfiguration.DeploymentCircuitBreaker.Enable {
		t.Errorf("%+v", d.DeploymentCircuitBreaker)
	}
	r.until(5*time.Minute, "failed", rollout(types.DeploymentRolloutStateFailed))
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusStopped || d.DeploymentCircuitBreaker.FailureCount != 2 || *d.StatusReason != "Service deployment failed because the circuit breaker threshold was exceeded." {
		t.Errorf("%s: %+v", d.Status, d.DeploymentCircuitBreaker)
	}
}

func TestUpdatesThatAreRefusedChangeNothing(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	r.create(arn, 1)
	r.running(arn)
	before := r.describe()
	for want, in := range map[string]*awsecs.UpdateServiceInput{
		"desiredCount must not be negative.":                                                               {DesiredCount: aws.Int32(-1)},
		"subnets can not be empty.":                                                                        {NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{}}}},
		"The container web did not have a container port 80 defined.":                                      {LoadBalancers: []types.LoadBalancer{{TargetGroupArn: &r.group, ContainerName: aws.String("web"), ContainerPort: aws.Int32(80)}}},
		"Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.":      {DeploymentConfiguration: percents(100, 100)},
		"Deployment maximumPercent must be at least 100.":                                                  {DeploymentConfiguration: percents(50, 50)},
		"The specified capacity provider 'mine' was not found. Specify a valid name or ARN and try again.": {CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("mine")}}},
		"Invalid threshold type COUNTS. Valid values: COUNT, BOUNDED_PERCENT, UNBOUNDED_PERCENT.":          {DeploymentConfiguration: &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, ThresholdConfiguration: &types.ThresholdConfiguration{Type: "COUNTS", Value: 2}}}},
	} {
		in.Cluster, in.Service = aws.String("dev"), aws.String("web")
		_, err := r.ecs.UpdateService(ctx, in)
		wantError(t, err, "InvalidParameterException", want)
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", *before.DeploymentConfiguration.MaximumPercent), fmt.Sprintf("%+v", *r.describe().DeploymentConfiguration.MaximumPercent)); diff != "" || *r.describe().Deployments[0].Id != *before.Deployments[0].Id {
		t.Error(diff)
	}
	// a revision that was deregistered goes on being scaled
	if _, err := r.ecs.DeregisterTaskDefinition(ctx, &awsecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn}); err != nil {
		t.Fatal(err)
	}
	r.update(&awsecs.UpdateServiceInput{DesiredCount: aws.Int32(2)})
	r.pass(2 * time.Second)
	r.until(5*time.Minute, "steady", steady(2))
}

func TestAHundredEventsAreKept(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", "exit:0"), 3, func(in *awsecs.CreateServiceInput) { in.DeploymentConfiguration = nil })
	r.pass(72 * time.Hour)
	v := r.describe()
	if len(v.Events) != 100 {
		t.Errorf("%d events", len(v.Events))
	}
	if !slices.IsSortedFunc(v.Events, func(a, b types.ServiceEvent) int { return b.CreatedAt.Compare(*a.CreatedAt) }) {
		t.Error("the newest is not the first")
	}
}

// superseded: each of several releases in a hurry is stopped by the next, and the last one stays.
func TestReleasesInAHurry(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	r.create(first, 2)
	r.running(first)
	var last string
	for range 4 {
		last = r.register("app:2", "")
		r.update(taskDefinition(last))
		r.pass(20 * time.Second)
		if n := len(r.tasks(types.DesiredStatusRunning)); n > 4 {
			t.Errorf("%d tasks are meant to run, more than 200 percent", n)
		}
	}
	r.running(last)
	out, err := r.ecs.ListServiceDeployments(ctx, &awsecs.ListServiceDeploymentsInput{Cluster: aws.String("dev"), Service: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range out.ServiceDeployments {
		got = append(got, string(d.Status))
		if d.Status == types.ServiceDeploymentStatusStopped && *d.StatusReason != "Service deployment stopped because a new service deployment was started." {
			t.Error(*d.StatusReason)
		}
	}
	if strings.Join(got, " ") != "SUCCESSFUL STOPPED STOPPED STOPPED SUCCESSFUL" {
		t.Errorf("%q", got)
	}
}

func TestADeletionInTheMiddleOfADeployment(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	r.create(first, 1)
	r.running(first)
	r.update(taskDefinition(r.register("app:2", "")))
	r.pass(20 * time.Second)
	if _, err := r.ecs.DeleteService(ctx, &awsecs.DeleteServiceInput{Cluster: aws.String("dev"), Service: aws.String("web"), Force: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusStopped || *d.StatusReason != "Service deployment stopped because the service was deleted." {
		t.Errorf("%s %s", d.Status, *d.StatusReason)
	}
	list, err := r.ecs.ListServices(ctx, &awsecs.ListServicesInput{Cluster: aws.String("dev")})
	if err != nil || len(list.ServiceArns) != 1 { // a DRAINING service is still listed
		t.Errorf("%v %v", list, err)
	}
	_, err = r.ecs.UpdateService(ctx, &awsecs.UpdateServiceInput{Cluster: aws.String("dev"), Service: aws.String("web")})
	wantError(t, err, "ServiceNotActiveException", "Service was not ACTIVE.")
	_, err = r.ecs.CreateService(ctx, &awsecs.CreateServiceInput{Cluster: aws.String("dev"), ServiceName: aws.String("web"), TaskDefinition: &first, DesiredCount: aws.Int32(1)})
	wantError(t, err, "InvalidParameterException", "Unable to Start a service that is still Draining.")
	r.until(10*time.Minute, "INACTIVE", func(v types.Service) bool { return *v.Status == "INACTIVE" })
	if list, err = r.ecs.ListServices(ctx, &awsecs.ListServicesInput{Cluster: aws.String("dev")}); err != nil || len(list.ServiceArns) != 0 {
		t.Errorf("%v %v", list, err)
	}
	r.create(first, 1) // the name is free again
	r.running(first)
}

func TestTagsOfTasks(t *testing.T) {
	for _, c := range []struct {
		from    types.PropagateTags
		managed bool
		want    string
	}{
		{types.PropagateTagsNone, false, ""},
		{types.PropagateTagsService, false, "team=food"},
		{types.PropagateTagsTaskDefinition, false, "family=app"},
		{types.PropagateTagsService, true, "aws:ecs:clusterName=dev aws:ecs:serviceName=web team=food"},
	} {
		r := newRegion(t)
		r.ground()
		arn := r.register("app:1", "", func(in *awsecs.RegisterTaskDefinitionInput) {
			in.Tags = []types.Tag{{Key: aws.String("family"), Value: aws.String("app")}}
		})
		r.create(arn, 1, func(in *awsecs.CreateServiceInput) {
			in.PropagateTags, in.EnableECSManagedTags, in.Tags = c.from, c.managed, []types.Tag{{Key: aws.String("team"), Value: aws.String("food")}}
		})
		r.pass(2 * time.Second)
		task := r.tasks(types.DesiredStatusRunning)[0]
		out, err := r.ecs.ListTagsForResource(ctx, &awsecs.ListTagsForResourceInput{ResourceArn: task.TaskArn})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range out.Tags {
			got = append(got, *v.Key+"="+*v.Value)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestTagsThatAreRefused(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	for want, keys := range map[string][]string{
		"Tag keys cannot start with the reserved prefix aws:.": {"aws:mine"},
		"Duplicate tag keys found: a":                          {"a", "a"},
		"The maximum number of tags is 50.":                    strings.Split(strings.Repeat("x", 51), ""),
	} {
		var tags []types.Tag
		for i, k := range keys {
			if len(keys) > 50 {
				k = fmt.Sprint("k", i)
			}
			tags = append(tags, types.Tag{Key: &k, Value: aws.String("")})
		}
		_, err := r.ecs.TagResource(ctx, &awsecs.TagResourceInput{ResourceArn: &arn, Tags: tags})
		wantError(t, err, "InvalidParameterException", want)
	}
}
