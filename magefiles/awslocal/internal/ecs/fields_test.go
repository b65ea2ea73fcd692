package ecs_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

// absent are the members of an answer's shape that the answer does not have, as paths. Lists that are empty count
// as there: so AWS sends them.
func absent(v any) []string {
	var out []string
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				out = append(out, path)
			} else {
				walk(path, v.Elem())
			}
		case reflect.Slice, reflect.Map:
			if v.IsNil() {
				out = append(out, path)
			} else if v.Kind() == reflect.Slice && v.Len() > 0 {
				walk(path, v.Index(0))
			}
		case reflect.String:
			if v.Len() == 0 {
				out = append(out, path)
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				f := v.Type().Field(i)
				if !f.IsExported() {
					continue
				}
				name := f.Name
				if path != "" {
					name = path + "." + name
				}
				walk(name, v.Field(i))
			}
		}
	}
	walk("", reflect.ValueOf(v))
	slices.Sort(out)
	return slices.Compact(out)
}

// What an answer lacks must be something that AWS would not send either; each has its reason.
func TestAnswersHaveTheMembersThatAWSSends(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	second := r.register("app:2", "exit")
	r.create(first, 1, func(in *awsecs.CreateServiceInput) {
		in.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
		in.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = []string{"sg-1"}
		in.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp = types.AssignPublicIpDisabled
	})
	r.running(first)
	running := r.tasks(types.DesiredStatusRunning)[0]
	r.update(taskDefinition(second))
	r.running(first)
	r.pass(time.Minute)
	described, err := r.ecs.DescribeServices(ctx, &awsecs.DescribeServicesInput{Cluster: aws.String("dev"), Services: []string{"web"}, Include: []types.ServiceField{"TAGS"}})
	if err != nil {
		t.Fatal(err)
	}
	d := r.deployment()
	revisions, err := r.ecs.DescribeServiceRevisions(ctx, &awsecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{*d.SourceServiceRevisions[0].Arn}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := r.ecs.ListServiceDeployments(ctx, &awsecs.ListServiceDeploymentsInput{Cluster: aws.String("dev"), Service: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	definition, err := r.ecs.DescribeTaskDefinition(ctx, &awsecs.DescribeTaskDefinitionInput{TaskDefinition: &first})
	if err != nil {
		t.Fatal(err)
	}
	stopped := r.tasks(types.DesiredStatusStopped)[0]

	const (
		unused   = "of features that this service does not use"
		hardware = "of container instances, GPUs or EC2"
		later    = "not while it runs"
	)
	breaker := map[string]string{
		"ResetOnHealthyTask": "as it was given", "ThresholdConfiguration": "as it was given",
	}
	configuration := func(prefix string, more map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range more {
			out[k] = v
		}
		for k, v := range breaker {
			out[prefix+"DeploymentConfiguration.DeploymentCircuitBreaker."+k] = v
		}
		for _, k := range []string{"Alarms", "CanaryConfiguration", "EarlySuccessCriteria", "LifecycleHooks", "LinearConfiguration"} {
			out[prefix+"DeploymentConfiguration."+k] = unused
		}
		return out
	}
	lb := map[string]string{"LoadBalancers.AdvancedConfiguration": unused, "LoadBalancers.LoadBalancerName": "Classic Load Balancers only"}
	for _, c := range []struct {
		what string
		got  any
		may  map[string]string
	}{
		{"service", described.Services[0], configuration("", joined(lb, map[string]string{
			"CapacityProviderStrategy": "excluded by the launch type", "TaskSets": "other deployment controllers",
			"Deployments.CapacityProviderStrategy": "excluded by the launch type", "Deployments.FargateEphemeralStorage": "customer's key only",
			"Deployments.ServiceConnectConfiguration": unused, "Deployments.ServiceConnectResources": unused,
			"Deployments.VolumeConfigurations": unused, "Deployments.VpcLatticeConfigurations": unused,
		}))},
		{"service deployment", d, configuration("", map[string]string{"Alarms.AlarmNames": unused, "Alarms.TriggeredAlarmNames": unused,
			"LifecycleHookDetails": unused, "LifecycleStage": "blue/green and its like only", "StoppedAt": "it was rolled back, not stopped",
			"SourceServiceRevisions.RequestedProductionTrafficWeight": "blue/green and its like only", "SourceServiceRevisions.RequestedTestTrafficWeight": "blue/green and its like only",
			"TargetServiceRevision.RequestedProductionTrafficWeight": "blue/green and its like only", "TargetServiceRevision.RequestedTestTrafficWeight": "blue/green and its like only"})},
		{"brief", list.ServiceDeployments[0], nil},
		{"revision", revisions.ServiceRevisions[0], joined(lb, map[string]string{"CapacityProviderStrategy": "excluded by the launch type",
			"EcsManagedResources": "Express services only", "GatewayConnectors": unused, "Monitoring": unused, "Overrides": unused, "FargateEphemeralStorage": "customer's key only", "ResolvedConfiguration": "blue/green and its like only",
			"ServiceConnectConfiguration": unused, "ServiceRegistries": unused, "VolumeConfigurations": unused, "VpcLatticeConfigurations": unused})},
		{"running task", running, map[string]string{"CapacityProviderName": "excluded by the launch type", "ContainerInstanceArn": hardware,
			"Containers.ExitCode": later, "Containers.GpuIds": hardware, "Containers.ManagedAgents": "ECS Exec only", "Containers.Memory": "as it was given",
			"Containers.MemoryReservation": "as it was given", "Containers.NetworkInterfaces.Ipv6Address": "an IPv4 subnet", "Containers.NeuronDeviceIds": hardware, "Containers.Reason": later, "ExecutionStoppedAt": later, "FargateEphemeralStorage.KmsKeyId": "customer's key only",
			"Overrides.ContainerOverrides.Command": "as it was given", "Overrides.ContainerOverrides.Cpu": "as it was given",
			"Overrides.ContainerOverrides.Environment": "as it was given", "Overrides.ContainerOverrides.EnvironmentFiles": "as it was given",
			"Overrides.ContainerOverrides.Memory": "as it was given", "Overrides.ContainerOverrides.MemoryReservation": "as it was given",
			"Overrides.ContainerOverrides.ResourceRequirements": "as it was given", "Overrides.Cpu": "as it was given", "Overrides.EphemeralStorage": "as it was given",
			"Overrides.ExecutionRoleArn": "as it was given", "Overrides.Memory": "as it was given", "Overrides.TaskRoleArn": "as it was given",
			"StopCode": later, "StoppedAt": later, "StoppedReason": later, "StoppingAt": later, "Tags": "only where they are asked for", "Attributes.TargetId": hardware, "Attributes.TargetType": hardware}},
	} {
		var unexplained []string
		for _, path := range absent(c.got) {
			if c.may[path] == "" {
				unexplained = append(unexplained, path)
			}
		}
		if len(unexplained) > 0 {
			t.Errorf("%s lacks %q", c.what, unexplained)
		}
	}
	for what, at := range map[string][]*time.Time{
		"stopped": {stopped.CreatedAt, stopped.ConnectivityAt, stopped.PullStartedAt, stopped.PullStoppedAt, stopped.StartedAt, stopped.StoppingAt, stopped.ExecutionStoppedAt, stopped.StoppedAt},
		"running": {running.CreatedAt, running.ConnectivityAt, running.PullStartedAt, running.PullStoppedAt, running.StartedAt},
		"service": {d.CreatedAt, d.StartedAt, d.Rollback.StartedAt, d.FinishedAt, d.UpdatedAt},
	} {
		for i, v := range at {
			if v == nil || i > 0 && v.Before(*at[i-1]) {
				t.Errorf("%s: time %d is not in order: %v", what, i, at)
				break
			}
		}
	}
	want := []string{"com.amazonaws.ecs.capability.docker-remote-api.1.18", "com.amazonaws.ecs.capability.docker-remote-api.1.19", "com.amazonaws.ecs.capability.ecr-auth",
		"com.amazonaws.ecs.capability.logging-driver.awslogs", "ecs.capability.execution-role-awslogs", "ecs.capability.execution-role-ecr-pull", "ecs.capability.task-eni"}
	var got []string
	for _, a := range definition.TaskDefinition.RequiresAttributes {
		got = append(got, *a.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func joined(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}
