package cloudformation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// golden are the templates that this repository deploys.
const golden = "../../../../cfn/testdata/golden"

func readGolden(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(golden, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// standIns take the place of the types of other services: their properties are checked by their own tests, here
// they are what the templates use.
func standIns() []resource.Type {
	s, i, b, o := resource.Str, resource.Int, resource.Bool, resource.Any
	fixed := s.Fixed()
	l := resource.ListOf(resource.Any)
	list := resource.Strs
	arn := func(service, resourceType string) func(string) string {
		return func(id string) string { return acct.ARN(service, resourceType+"/"+id) }
	}
	plain := func(id string) string { return strings.ReplaceAll(id, "/", "-") }
	return []resource.Type{
		standIn("AWS::ECS::Cluster", resource.Properties{"CapacityProviders": list, "ClusterName": fixed, "ClusterSettings": l, "DefaultCapacityProviderStrategy": l, "Configuration": o}, plain, "Arn"),
		standIn("AWS::ECS::TaskDefinition", resource.Properties{
			"ContainerDefinitions": l.Fixed(), "Cpu": fixed, "ExecutionRoleArn": fixed, "Family": fixed, "Memory": fixed, "NetworkMode": fixed,
			"RequiresCompatibilities": list.Fixed(), "RuntimePlatform": o.Fixed(), "TaskRoleArn": fixed, "Volumes": l.Fixed(), "Tags": resource.Tags,
		}, func(id string) string { return acct.ARN("ecs", "task-definition/"+strings.ReplaceAll(id, "/", ":")) }, "TaskDefinitionArn"),
		standIn("AWS::ECS::Service", resource.Properties{
			"AvailabilityZoneRebalancing": s, "CapacityProviderStrategy": l, "Cluster": fixed, "EnableECSManagedTags": b, "EnableExecuteCommand": b, "ForceNewDeployment": o,
			"HealthCheckGracePeriodSeconds": i, "LoadBalancers": l, "PlatformVersion": s, "PropagateTags": s, "SchedulingStrategy": fixed,
			"ServiceName": fixed, "TaskDefinition": s, "DeploymentConfiguration": o, "NetworkConfiguration": o, "DesiredCount": i, "Tags": resource.Tags,
		}, arn("ecs", "service"), "Name", "ServiceArn"),
		standIn("AWS::ECR::Repository", resource.Properties{
			"EmptyOnDelete": b, "EncryptionConfiguration": o.Fixed(), "ImageScanningConfiguration": o, "ImageTagMutability": s, "LifecyclePolicy": o,
			"RepositoryName": fixed, "ImageTagMutabilityExclusionFilters": l, "Tags": resource.Tags,
		}, plain, "Arn", "RepositoryUri"),
		standIn("AWS::Logs::LogGroup", resource.Properties{"LogGroupName": fixed, "RetentionInDays": i, "Tags": resource.Tags}, plain, "Arn"),
		standIn("AWS::ElasticLoadBalancingV2::LoadBalancer", resource.Properties{
			"IpAddressType": s, "LoadBalancerAttributes": l, "Scheme": fixed, "SecurityGroups": list, "Subnets": list, "Tags": resource.Tags, "Type": fixed, "Name": fixed,
		}, arn("elasticloadbalancing", "loadbalancer/app"), "LoadBalancerFullName", "DNSName"),
		standIn("AWS::ElasticLoadBalancingV2::TargetGroup", resource.Properties{
			"HealthCheckEnabled": b, "HealthCheckIntervalSeconds": i, "HealthCheckPath": s, "HealthCheckPort": s, "HealthCheckProtocol": s,
			"HealthCheckTimeoutSeconds": i, "HealthyThresholdCount": i, "Matcher": o, "Port": i.Fixed(), "Protocol": fixed, "Tags": resource.Tags,
			"TargetGroupAttributes": l, "TargetType": fixed, "UnhealthyThresholdCount": i, "VpcId": fixed, "Name": fixed, "ProtocolVersion": fixed,
		}, arn("elasticloadbalancing", "targetgroup"), "TargetGroupFullName"),
		standIn("AWS::ElasticLoadBalancingV2::Listener", resource.Properties{
			"DefaultActions": l, "LoadBalancerArn": fixed, "Port": i, "Protocol": s, "Certificates": l, "SslPolicy": s, "ListenerAttributes": l,
		}, arn("elasticloadbalancing", "listener/app"), "ListenerArn"),
		standIn("AWS::ElasticLoadBalancingV2::ListenerRule", resource.Properties{
			"Actions": l, "Conditions": l, "ListenerArn": fixed, "Priority": i,
		}, arn("elasticloadbalancing", "listener-rule/app"), "RuleArn"),
		standIn("AWS::ApplicationAutoScaling::ScalableTarget", resource.Properties{
			"MaxCapacity": i, "MinCapacity": i, "ResourceId": fixed, "ScalableDimension": fixed, "ServiceNamespace": fixed, "ScheduledActions": l, "RoleARN": s,
		}, plain),
		standIn("AWS::ApplicationAutoScaling::ScalingPolicy", resource.Properties{
			"PolicyName": fixed, "PolicyType": s, "ScalingTargetId": fixed, "TargetTrackingScalingPolicyConfiguration": o,
		}, plain),
		standIn("AWS::CloudWatch::Alarm", resource.Properties{
			"AlarmDescription": s, "AlarmName": fixed, "ComparisonOperator": s, "Dimensions": l, "EvaluationPeriods": i, "MetricName": s, "Namespace": s,
			"Period": i, "Statistic": s, "Threshold": resource.Num, "TreatMissingData": s, "DatapointsToAlarm": i, "Metrics": l, "AlarmActions": list,
			"OKActions": list, "Tags": resource.Tags,
		}, plain),
	}
}

func standIn(name string, properties resource.Properties, id func(string) string, attributes ...string) resource.Type {
	n := 0
	return resource.Type{
		Name: name, Properties: properties, Attributes: attributes, Takes: 5 * time.Second, Deletes: time.Second,
		Create: func(r resource.Request) (string, error) {
			n++
			return id(fmt.Sprintf("%s-%d/%d", r.LogicalID, n, n)), nil
		},
		Update: func(resource.Request) error { return nil },
		Delete: func(resource.Request) error { return nil },
		Attribute: func(id, attribute string) (any, error) {
			switch attribute {
			case "TargetGroupFullName":
				return "targetgroup/x/1", nil
			case "LoadBalancerFullName":
				return "app/x/1", nil
			}
			return id + "." + attribute, nil
		},
	}
}

// fillService are arguments of the service stack's parameters: the infra stack's outputs and an image.
func fillService(r *rig, infra, body, digit string) func(*cfn.CreateChangeSetInput) {
	outputs := map[string]string{}
	for _, o := range r.stack(infra).Outputs {
		outputs[*o.OutputKey] = *o.OutputValue
	}
	return func(in *cfn.CreateChangeSetInput) {
		summary, err := r.GetTemplateSummary(background, &cfn.GetTemplateSummaryInput{TemplateBody: &body})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, p := range summary.Parameters {
			value, ok := outputs[*p.ParameterKey]
			switch {
			case *p.ParameterKey == "ImageUri":
				value = "registry/app@sha256:" + strings.Repeat(digit, 64)
			case !ok:
				continue
			}
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: p.ParameterKey, ParameterValue: &value})
		}
	}
}

// TestGoldenTemplates deploys every environment's two stacks, twice, then with another image, and removes them.
func TestGoldenTemplates(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(golden, "*.infra.yaml"))
	if len(files) == 0 {
		t.Fatal("no templates in " + golden)
	}
	for _, file := range spread.List(t, 3, files) {
		env := strings.TrimSuffix(filepath.Base(file), ".infra.yaml")
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, standIns()...)
			infra, service := readGolden(t, env+".infra.yaml"), readGolden(t, env+".service.yaml")
			r.run("infra", types.ChangeSetTypeCreate, infra)
			if st := r.stack("infra"); st.StackStatus != types.StackStatusCreateComplete {
				t.Fatalf("infra is %s\n%s", st.StackStatus, strings.Join(r.events("infra"), "\n"))
			}
			again := r.changeSet("infra", types.ChangeSetTypeUpdate, infra)
			if again.Status != types.ChangeSetStatusFailed {
				t.Errorf("the same template again: %s with %d changes", again.Status, len(again.Changes))
			}
			r.run("service", types.ChangeSetTypeCreate, service, fillService(r, "infra", service, "a"))
			if st := r.stack("service"); st.StackStatus != types.StackStatusCreateComplete {
				t.Fatalf("service is %s\n%s", st.StackStatus, strings.Join(r.events("service"), "\n"))
			}
			r.run("service", types.ChangeSetTypeUpdate, service, fillService(r, "infra", service, "b"))
			if got := r.events("service"); !slices.Contains(got, "TaskDefinition DELETE_SKIPPED") {
				t.Errorf("the old revision was not retained:\n%s", strings.Join(got, "\n"))
			}
			for _, name := range []string{"service", "infra"} {
				id := *r.stack(name).StackId
				if _, err := r.DeleteStack(background, &cfn.DeleteStackInput{StackName: &name}); err != nil {
					t.Fatal(err)
				}
				r.settle()
				if st := r.stack(id); st.StackStatus != types.StackStatusDeleteComplete {
					t.Fatalf("%s is %s: %s", name, st.StackStatus, strings.Join(r.events(id), "\n"))
				}
			}
		})
	}
}

// TestPinningARevision: a rollback through the stack changes the service alone, and deploying the newer image
// again changes what a deployment changes.
func TestPinningARevision(t *testing.T) {
	r := newRig(t, standIns()...)
	infra, service := readGolden(t, "local.infra.yaml"), readGolden(t, "local.service.yaml")
	r.run("infra", types.ChangeSetTypeCreate, infra)
	r.run("service", types.ChangeSetTypeCreate, service, fillService(r, "infra", service, "a"))
	deployed := func() string {
		for _, o := range r.stack("service").Outputs {
			if *o.OutputKey == "DeployedTaskDefinitionArn" {
				return *o.OutputValue
			}
		}
		return ""
	}
	first := deployed()
	r.run("service", types.ChangeSetTypeUpdate, service, fillService(r, "infra", service, "b"))
	second := deployed()
	if first == second || first == "" {
		t.Fatalf("revisions %q and %q", first, second)
	}
	pin := func(arn string) func(*cfn.CreateChangeSetInput) {
		return func(in *cfn.CreateChangeSetInput) {
			in.UsePreviousTemplate = aws.Bool(true)
			for _, p := range r.stack("service").Parameters {
				one := types.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)}
				if *p.ParameterKey == "PinnedTaskDefinition" {
					one = types.Parameter{ParameterKey: p.ParameterKey, ParameterValue: &arn}
				}
				in.Parameters = append(in.Parameters, one)
			}
		}
	}
	back := r.changeSet("service", types.ChangeSetTypeUpdate, "", pin(first))
	var static []string
	for _, c := range back.Changes {
		for _, d := range c.ResourceChange.Details {
			if d.Evaluation == types.EvaluationTypeStatic {
				static = append(static, *c.ResourceChange.LogicalResourceId+"."+*d.Target.Name)
			}
		}
	}
	if !slices.Equal(static, []string{"Service.TaskDefinition"}) {
		t.Errorf("pinning changes %v", static)
	}
	r.execute(back)
	r.settle()
	if got := deployed(); got != first {
		t.Errorf("deployed is %s, want %s", got, first)
	}
	r.run("service", types.ChangeSetTypeUpdate, "", pin(""))
	if got := deployed(); got != second {
		t.Errorf("deployed is %s, want %s", got, second)
	}
}
