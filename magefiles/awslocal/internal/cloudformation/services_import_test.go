package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

const keptTemplate = `Resources:
  Cluster: {Type: AWS::ECS::Cluster, DeletionPolicy: Retain, Properties: {ClusterName: c}}
  Group: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {LogGroupName: g, RetentionInDays: 7}}
  Repository: {Type: AWS::ECR::Repository, DeletionPolicy: Retain, Properties: {RepositoryName: app, ImageTagMutability: IMMUTABLE}}
  Task:
    Type: AWS::ECS::TaskDefinition
    DeletionPolicy: Retain
    Properties:
      Family: t
      Cpu: 256
      Memory: 512
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions: [{Name: web, Image: 'app:1'}]
  Service:
    Type: AWS::ECS::Service
    DeletionPolicy: Retain
    Properties:
      ServiceName: s
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [subnet-0123456789abcdef0]}}
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    DeletionPolicy: Retain
    DependsOn: Service
    Properties: {MinCapacity: 1, MaxCapacity: 2, ResourceId: service/c/s, ScalableDimension: 'ecs:service:DesiredCount', ServiceNamespace: ecs}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    DeletionPolicy: Retain
    Properties: {AlarmName: a, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, MetricName: m, Namespace: n, Period: 60, Statistic: Average, Threshold: 1}
  Role:
    Type: AWS::IAM::Role
    DeletionPolicy: Retain
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
`

// TestImportOfServices: what a deleted stack left behind is taken over by another one, and stays what it was.
func TestImportOfServices(t *testing.T) {
	r := newRegion(t)
	r.deployed("old", "CREATE", keptTemplate)
	named := map[string]string{}
	list, err := r.ListStackResources(background, &cfn.ListStackResourcesInput{StackName: aws.String("old")})
	must(t, err)
	for _, s := range list.StackResourceSummaries {
		named[*s.LogicalResourceId] = *s.PhysicalResourceId
	}
	must(t, r.remove(func(in *cfn.DeleteStackInput) { in.StackName = aws.String("old") }))
	r.settle()
	deployment := func() string {
		out, err := r.ecs.DescribeServices(background, &ecs.DescribeServicesInput{Cluster: aws.String("c"), Services: []string{"s"}})
		must(t, err)
		return *out.Services[0].Deployments[0].Id
	}
	before := deployment()

	var resources []types.ResourceToImport
	for name, one := range map[string]struct {
		kind        string
		identifiers map[string]string
	}{
		"Cluster":    {"AWS::ECS::Cluster", map[string]string{"ClusterName": "c"}},
		"Group":      {"AWS::Logs::LogGroup", map[string]string{"LogGroupName": "g"}},
		"Repository": {"AWS::ECR::Repository", map[string]string{"RepositoryName": "app"}},
		"Task":       {"AWS::ECS::TaskDefinition", map[string]string{"TaskDefinitionArn": named["Task"]}},
		"Service":    {"AWS::ECS::Service", map[string]string{"ServiceArn": named["Service"], "Cluster": "c"}},
		"Target":     {"AWS::ApplicationAutoScaling::ScalableTarget", map[string]string{"ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount", "ServiceNamespace": "ecs"}},
		"Alarm":      {"AWS::CloudWatch::Alarm", map[string]string{"AlarmName": "a"}},
		"Role":       {"AWS::IAM::Role", map[string]string{"RoleName": "r"}},
	} {
		resources = append(resources, types.ResourceToImport{LogicalResourceId: &name, ResourceType: &one.kind, ResourceIdentifier: one.identifiers})
	}
	r.deployed("app", "IMPORT", keptTemplate, tags("team", "x"), func(in *cfn.CreateChangeSetInput) { in.ResourcesToImport = resources })
	if got := r.driftsOf("app"); len(got) > 0 {
		t.Errorf("drift:\n%s", strings.Join(got, "\n"))
	}
	if after := deployment(); after != before {
		t.Error("the import started a deployment")
	}
	out, err := r.DescribeStackResources(background, &cfn.DescribeStackResourcesInput{StackName: aws.String("app")})
	must(t, err)
	for _, one := range out.StackResources {
		if *one.PhysicalResourceId != named[*one.LogicalResourceId] {
			t.Errorf("%s is %s, was %s", *one.LogicalResourceId, *one.PhysicalResourceId, named[*one.LogicalResourceId])
		}
	}
	described, err := r.ecs.ListTagsForResource(background, &ecs.ListTagsForResourceInput{ResourceArn: aws.String(named["Service"])})
	must(t, err)
	tagged := map[string]string{}
	for _, tag := range described.Tags {
		tagged[*tag.Key] = *tag.Value
	}
	if tagged["team"] != "x" || tagged["aws:cloudformation:stack-name"] != "app" {
		t.Errorf("tags: %v", tagged)
	}
	must(t, r.update(strings.Replace(keptTemplate, "RetentionInDays: 7", "RetentionInDays: 14", 1), func(in *cfn.UpdateStackInput) { in.Capabilities = []types.Capability{"CAPABILITY_NAMED_IAM"} }))
	r.settle()
	if st := r.stack("app"); st.StackStatus != "UPDATE_COMPLETE" {
		t.Errorf("stack is %s", st.StackStatus)
	}

	summary, err := r.GetTemplateSummary(background, &cfn.GetTemplateSummaryInput{TemplateBody: aws.String(keptTemplate)})
	must(t, err)
	for _, one := range summary.ResourceIdentifierSummaries {
		if len(one.ResourceIdentifiers) == 0 {
			t.Errorf("%s has no identifiers", *one.ResourceType)
		}
	}
}
