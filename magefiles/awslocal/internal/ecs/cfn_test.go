package ecs_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func taskDefinitionProperties(image, scenario string) map[string]any {
	c := map[string]any{"Name": "web", "Image": host + "/" + image, "Essential": true, "ReadonlyRootFilesystem": true,
		"PortMappings":     []any{map[string]any{"ContainerPort": 3000, "Name": "http", "AppProtocol": "http", "Protocol": "tcp"}},
		"HealthCheck":      map[string]any{"Command": []any{"CMD", "check"}, "Interval": 10, "Retries": 3, "StartPeriod": 120, "Timeout": 5},
		"LogConfiguration": map[string]any{"LogDriver": "awslogs", "Options": map[string]any{"awslogs-group": "/aws/ecs/dev", "awslogs-region": acct.Region, "awslogs-stream-prefix": "web"}},
	}
	if scenario != "" {
		c["Environment"] = []any{map[string]any{"Name": "SPLITECS_LOCAL_SCENARIO", "Value": scenario}}
	}
	return map[string]any{"Family": "app", "Cpu": "256", "Memory": "1024", "NetworkMode": "awsvpc", "RequiresCompatibilities": []any{"FARGATE"},
		"ExecutionRoleArn": "arn:aws:iam::000000000000:role/x", "ContainerDefinitions": []any{c},
		"RuntimePlatform": map[string]any{"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"}, "Volumes": []any{map[string]any{"Name": "tmp"}}}
}

func (r *region) serviceProperties(task string) map[string]any {
	return map[string]any{"Cluster": "dev", "ServiceName": "web", "TaskDefinition": task, "AvailabilityZoneRebalancing": "ENABLED",
		"CapacityProviderStrategy": []any{map[string]any{"CapacityProvider": "FARGATE", "Weight": 1}},
		"EnableECSManagedTags":     true, "PropagateTags": "SERVICE", "HealthCheckGracePeriodSeconds": 60, "PlatformVersion": "LATEST",
		"SchedulingStrategy": "REPLICA",
		"LoadBalancers":      []any{map[string]any{"ContainerName": "web", "ContainerPort": 3000, "TargetGroupArn": r.group}},
		"DeploymentConfiguration": map[string]any{"Strategy": "ROLLING", "MinimumHealthyPercent": 100, "MaximumPercent": 200,
			"DeploymentCircuitBreaker": map[string]any{"Enable": true, "Rollback": true, "ThresholdConfiguration": map[string]any{"Type": "COUNT", "Value": 2}}},
		"NetworkConfiguration": map[string]any{"AwsvpcConfiguration": map[string]any{"AssignPublicIp": "DISABLED", "Subnets": []any{"subnet-a"}}},
	}
}

// stable waits as CloudFormation does.
func (r *region) stable(id string, properties map[string]any, most time.Duration) error {
	r.t.Helper()
	v := r.types["AWS::ECS::Service"]
	for passed := time.Duration(0); passed < most; passed += v.Takes {
		var done bool
		err := r.world.Do(ctx, func() (err error) {
			done, err = v.Stable(request(id, properties))
			return err
		})
		if done || err != nil {
			return err
		}
		r.clock.Advance(v.Takes)
	}
	return errors.New("not stable")
}

func (r *region) change(kind, id string, properties, old map[string]any) {
	r.t.Helper()
	q := request(id, properties)
	q.Old = old
	if err := r.world.Do(ctx, func() error { return r.types[kind].Update(q) }); err != nil {
		r.t.Fatal(err)
	}
}

func with(m map[string]any, key string, value any) map[string]any {
	m = maps.Clone(m)
	m[key] = value
	return m
}

func TestServiceOfAStack(t *testing.T) {
	r := newRegion(t)
	r.ground()
	const kind = "AWS::ECS::Service"
	first := r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:1", ""))
	if !strings.HasSuffix(first, ":task-definition/app:1") {
		t.Errorf("Ref %s", first)
	}
	old := r.serviceProperties(first)
	id := r.make(kind, old)
	if err := r.stable(id, old, 10*time.Minute); err != nil {
		t.Fatalf("%v\n%s", err, r.story())
	}
	if v := r.describe(); v.DesiredCount != 1 || v.RunningCount != 1 || id != *v.ServiceArn {
		t.Errorf("desired %d, running %d, %s", v.DesiredCount, v.RunningCount, id)
	}
	if task := r.tasks(types.DesiredStatusRunning)[0]; task.HealthStatus != types.HealthStatusHealthy || *task.CapacityProviderName != "FARGATE" {
		t.Errorf("task %s", task.HealthStatus)
	}
	r.update(&awsecs.UpdateServiceInput{DesiredCount: aws.Int32(2)}) // as auto scaling does

	second := r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:2", ""))
	good := with(old, "TaskDefinition", second)
	r.change(kind, id, good, old)
	if err := r.stable(id, good, 10*time.Minute); err != nil {
		t.Fatalf("%v\n%s", err, r.story())
	}
	if v := r.describe(); v.DesiredCount != 2 || v.RunningCount != 2 || *v.TaskDefinition != second {
		t.Errorf("after the update: desired %d, running %d, %s", v.DesiredCount, v.RunningCount, *v.TaskDefinition)
	}

	third := r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:2", "exit"))
	bad := with(good, "TaskDefinition", third)
	r.change(kind, id, bad, good)
	err := r.stable(id, bad, 10*time.Minute)
	var failure *resource.Error
	if !errors.As(err, &failure) || failure.Code != "GeneralServiceException" || failure.Message != "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." {
		t.Fatalf("got %v\n%s", err, r.story())
	}
	r.change(kind, id, good, bad) // the stack rolls back
	if err := r.stable(id, good, 10*time.Minute); err != nil {
		t.Fatalf("rollback: %v\n%s", err, r.story())
	}
	if v := r.describe(); *v.TaskDefinition != second || v.RunningCount != 2 {
		t.Errorf("after the rollback: %s", *v.TaskDefinition)
	}

	deployment := *r.describe().Deployments[0].Id
	forced := with(good, "ForceNewDeployment", map[string]any{"EnableForceNewDeployment": true, "ForceNewDeploymentNonce": "1"})
	r.change(kind, id, forced, good)
	if *r.describe().Deployments[0].Id == deployment {
		t.Error("a new nonce starts no deployment")
	}
	if err := r.stable(id, forced, 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	deployment = *r.describe().Deployments[0].Id
	r.change(kind, id, with(forced, "EnableExecuteCommand", true), forced)
	if *r.describe().Deployments[0].Id != deployment {
		t.Error("the same nonce starts a deployment")
	}
	for name, want := range map[string]any{"Name": "web", "ServiceArn": id} {
		if got, err := r.types[kind].Attribute(id, name); err != nil || got != want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if err := r.world.Do(ctx, func() error { return r.types[kind].Delete(request(id, forced)) }); err != nil {
		t.Fatal(err)
	}
	if err := r.stable(id, forced, 10*time.Minute); err != nil || *r.describe().Status != "INACTIVE" {
		t.Errorf("delete: %v", err)
	}
	if err := r.world.Do(ctx, func() error { return r.types["AWS::ECS::TaskDefinition"].Delete(request(first, nil)) }); err != nil {
		t.Fatal(err)
	}
	out, err := r.ecs.DescribeTaskDefinition(ctx, &awsecs.DescribeTaskDefinitionInput{TaskDefinition: &first, Include: []types.TaskDefinitionField{"TAGS"}})
	if err != nil || out.TaskDefinition.Status != types.TaskDefinitionStatusInactive || len(out.Tags) != 1 {
		t.Errorf("%v %+v", err, out)
	}
	_, err = r.tryMake(kind, with(old, "ServiceName", "other"))
	if err == nil || !strings.HasPrefix(err.Error(), "TaskDefinition is inactive (Service: AmazonECS; Status Code: 400; Error Code: ClientException;") {
		t.Errorf("inactive: %v", err)
	}
}

func TestAStackWaitsForADeploymentThatNeverEnds(t *testing.T) {
	r := newRegion(t)
	r.ground()
	properties := r.serviceProperties(r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:missing", "")))
	delete(properties, "DeploymentConfiguration")
	id := r.make("AWS::ECS::Service", properties)
	if err := r.stable(id, properties, 3*time.Hour); err == nil || err.Error() != "not stable" {
		t.Errorf("got %v", err)
	}
	if r.types["AWS::ECS::Service"].Patience != 3*time.Hour {
		t.Error("CloudFormation waits for three hours")
	}
}

func TestStoppedDeploymentFailsTheStack(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:1", ""))
	old := r.serviceProperties(first)
	id := r.make("AWS::ECS::Service", old)
	if err := r.stable(id, old, 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	bad := with(old, "TaskDefinition", r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:2", "deaf")))
	r.change("AWS::ECS::Service", id, bad, old)
	if _, err := r.ecs.StopServiceDeployment(ctx, &awsecs.StopServiceDeploymentInput{ServiceDeploymentArn: r.describe().CurrentServiceDeployment}); err != nil {
		t.Fatal(err)
	}
	if err := r.stable(id, bad, 10*time.Minute); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("got %v", err)
	}
	r.change("AWS::ECS::Service", id, old, bad)
	if err := r.stable(id, old, 10*time.Minute); err != nil {
		t.Errorf("rollback: %v", err)
	}
}

func TestWhatATemplateMayNotSay(t *testing.T) {
	r := newRegion(t)
	r.ground()
	task := r.make("AWS::ECS::TaskDefinition", taskDefinitionProperties("app:1", ""))
	for want, change := range map[string]map[string]any{
		"The embedded AWS does not model the property ServiceConnectConfiguration.": {"ServiceConnectConfiguration": map[string]any{"Enabled": true}},
		"The embedded AWS does not model the deployment strategy BLUE_GREEN.":       {"DeploymentConfiguration": map[string]any{"Strategy": "BLUE_GREEN"}},
		"Cluster not found.": {"Cluster": "other"},
	} {
		properties := r.serviceProperties(task)
		maps.Copy(properties, change)
		if _, err := r.tryMake("AWS::ECS::Service", properties); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err := r.tryMake("AWS::ECS::Cluster", map[string]any{"ClusterName": "dev"})
	if err == nil || err.Error() != "Resource of type 'AWS::ECS::Cluster' with identifier 'dev' already exists." {
		t.Error(err)
	}
}

func TestClusterOfAStack(t *testing.T) {
	r := newRegion(t)
	id := r.make("AWS::ECS::Cluster", map[string]any{"ClusterSettings": []any{map[string]any{"Name": "containerInsights", "Value": "enabled"}}})
	if !strings.HasPrefix(id, "Stack-dev-Thing-") {
		t.Errorf("name %s", id)
	}
	capacity := map[string]any{"Cluster": id, "CapacityProviders": []any{"FARGATE"}, "DefaultCapacityProviderStrategy": []any{map[string]any{"CapacityProvider": "FARGATE", "Weight": 1}}}
	r.make("AWS::ECS::ClusterCapacityProviderAssociations", capacity)
	r.change("AWS::ECS::Cluster", id, map[string]any{"ClusterSettings": []any{map[string]any{"Name": "containerInsights", "Value": "disabled"}}}, nil)
	out, err := r.ecs.DescribeClusters(ctx, &awsecs.DescribeClustersInput{Clusters: []string{id}, Include: []types.ClusterField{"SETTINGS", "TAGS"}})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Clusters[0]
	if *c.Settings[0].Value != "disabled" || c.CapacityProviders[0] != "FARGATE" || len(c.DefaultCapacityProviderStrategy) != 1 || len(c.Tags) != 1 {
		t.Errorf("%+v", c)
	}
	if arn, err := r.types["AWS::ECS::Cluster"].Attribute(id, "Arn"); err != nil || arn != *c.ClusterArn {
		t.Error(arn, err)
	}
	for _, kind := range []string{"AWS::ECS::ClusterCapacityProviderAssociations", "AWS::ECS::Cluster"} {
		for range 2 { // the second time it is gone already
			if err := r.world.Do(ctx, func() error { return r.types[kind].Delete(request(id, nil)) }); err != nil {
				t.Error(kind, err)
			}
		}
	}
}
