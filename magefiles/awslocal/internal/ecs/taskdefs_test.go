package ecs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

func TestTaskDefinitionsAreListed(t *testing.T) {
	r := newRegion(t)
	other := func(in *awsecs.RegisterTaskDefinitionInput) { in.Family = aws.String("zebra") }
	for range 12 {
		r.register("app:1", "")
	}
	r.register("app:1", "", other)
	if _, err := r.ecs.DeregisterTaskDefinition(ctx, &awsecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("app:2")}); err != nil {
		t.Fatal(err)
	}
	var got []string
	p := awsecs.NewListTaskDefinitionsPaginator(r.ecs, &awsecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("app"), Sort: types.SortOrderDesc, MaxResults: aws.Int32(5)})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, out.TaskDefinitionArns...)
	}
	var want []string
	for _, n := range []int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 1} {
		want = append(want, fmt.Sprintf("arn:aws:ecs:ap-southeast-1:000000000000:task-definition/app:%d", n))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	inactive, err := r.ecs.ListTaskDefinitions(ctx, &awsecs.ListTaskDefinitionsInput{Status: types.TaskDefinitionStatusInactive})
	if err != nil || len(inactive.TaskDefinitionArns) != 1 {
		t.Error(inactive, err)
	}
	families, err := r.ecs.ListTaskDefinitionFamilies(ctx, &awsecs.ListTaskDefinitionFamiliesInput{Status: types.TaskDefinitionFamilyStatusActive})
	if diff := cmp.Diff([]string{"app", "zebra"}, families.Families); diff != "" || err != nil {
		t.Error(diff, err)
	}
	latest, err := r.ecs.DescribeTaskDefinition(ctx, &awsecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("app")})
	if err != nil || latest.TaskDefinition.Revision != 12 || *latest.TaskDefinition.ContainerDefinitions[0].PortMappings[0].HostPort != 3000 {
		t.Error(latest, err)
	}
	_, err = r.ecs.DescribeTaskDefinition(ctx, &awsecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("app:13")})
	wantError(t, err, "ClientException", "Unable to describe task definition.")
}

func TestTaskDefinitionsThatFargateRefuses(t *testing.T) {
	r := newRegion(t)
	for want, change := range map[string]func(*awsecs.RegisterTaskDefinitionInput){
		"No Fargate configuration exists for given values: 300 CPU, 1024 memory. See the Amazon ECS documentation for the valid values.": func(in *awsecs.RegisterTaskDefinitionInput) { in.Cpu = aws.String("300") },
		"Fargate requires that 'memory' be defined at the task level.":                                                                   func(in *awsecs.RegisterTaskDefinitionInput) { in.Memory = nil },
		"Fargate only supports network mode ‘awsvpc’.":                                                                                   func(in *awsecs.RegisterTaskDefinitionInput) { in.NetworkMode = types.NetworkModeBridge },
		"Fargate requires task definition to have execution role ARN to support ECR images.":                                             func(in *awsecs.RegisterTaskDefinitionInput) { in.ExecutionRoleArn = nil },
		"Container.image should not be null or empty.":                                                                                   func(in *awsecs.RegisterTaskDefinitionInput) { in.ContainerDefinitions[0].Image = nil },
		"When networkMode=awsvpc, the host ports and container ports in port mappings must match.": func(in *awsecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].PortMappings[0].HostPort = aws.Int32(80)
		},
		`The embedded AWS cannot rehearse this: container web: scenario "sulk" is unknown; there are: ` + strings.Join(program.Behaviours.Forms(), ", ") + ".": func(in *awsecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].Environment = []types.KeyValuePair{{Name: aws.String(program.Variable), Value: aws.String("sulk")}}
		},
	} {
		in := &awsecs.RegisterTaskDefinitionInput{
			Family: aws.String("app"), Cpu: aws.String("256"), Memory: aws.String("1024"), NetworkMode: types.NetworkModeAwsvpc, ExecutionRoleArn: aws.String("arn:aws:iam::000000000000:role/x"),
			RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
			ContainerDefinitions:    []types.ContainerDefinition{{Name: aws.String("web"), Image: aws.String(host + "/app:1"), PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(3000)}}}},
		}
		change(in)
		_, err := r.ecs.RegisterTaskDefinition(ctx, in)
		wantError(t, err, "ClientException", want)
	}
}

func TestTasksOfNoService(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.register("app:1", "")
	run := &awsecs.RunTaskInput{Cluster: aws.String("dev"), TaskDefinition: aws.String("app"), LaunchType: types.LaunchTypeFargate, StartedBy: aws.String("me"),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}},
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("web"), Command: []string{"migrate"},
			Environment: []types.KeyValuePair{{Name: aws.String(program.Variable), Value: aws.String("exit-after:20s:4")}}}}}}
	out, err := r.ecs.RunTask(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	describe := func() types.Task {
		d, err := r.ecs.DescribeTasks(ctx, &awsecs.DescribeTasksInput{Cluster: aws.String("dev"), Tasks: []string{*out.Tasks[0].TaskArn}})
		if err != nil || len(d.Tasks) != 1 {
			t.Fatal(err, d)
		}
		return d.Tasks[0]
	}
	var states []string
	for range 80 {
		if s := *describe().LastStatus; len(states) == 0 || states[len(states)-1] != s {
			states = append(states, s)
		}
		r.clock.Advance(time.Second)
	}
	if diff := cmp.Diff([]string{"PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"}, states); diff != "" {
		t.Error(diff)
	}
	if d := describe(); *d.Containers[0].ExitCode != 4 || *d.StartedBy != "me" || *d.Group != "family:app" {
		t.Errorf("%+v", d)
	}
	// without a scenario a command does its work and ends well
	run.Overrides.ContainerOverrides[0].Environment, run.ClientToken = nil, nil // the SDK writes its token into the input
	if out, err = r.ecs.RunTask(ctx, run); err != nil {
		t.Fatal(err)
	}
	r.pass(2 * time.Minute)
	if d := describe(); d.Containers[0].ExitCode == nil || *d.Containers[0].ExitCode != 0 || *d.StoppedReason != "Essential container in task exited" {
		t.Errorf("%+v", d)
	}
	// one that is stopped
	run.ClientToken = nil
	if out, err = r.ecs.RunTask(ctx, run); err != nil {
		t.Fatal(err)
	}
	stop := &awsecs.StopTaskInput{Cluster: aws.String("dev"), Task: out.Tasks[0].TaskArn, Reason: aws.String("enough")}
	if _, err := r.ecs.StopTask(ctx, stop); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Minute)
	if d := describe(); d.StopCode != types.TaskStopCodeUserInitiated || *d.StoppedReason != "enough" || *d.LastStatus != "STOPPED" {
		t.Errorf("%+v", d)
	}
	_, err = r.ecs.StopTask(ctx, &awsecs.StopTaskInput{Cluster: aws.String("dev"), Task: aws.String("none")})
	wantError(t, err, "InvalidParameterException", "The referenced task was not found.")
}

func TestTags(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	v := r.create(arn, 0)
	for _, id := range []string{arn, *v.ServiceArn, *v.ClusterArn} {
		if _, err := r.ecs.TagResource(ctx, &awsecs.TagResourceInput{ResourceArn: &id, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.ecs.UntagResource(ctx, &awsecs.UntagResourceInput{ResourceArn: &id, TagKeys: []string{"a", "aws:cloudformation:stack-name"}}); err != nil {
			t.Fatal(err)
		}
		out, err := r.ecs.ListTagsForResource(ctx, &awsecs.ListTagsForResourceInput{ResourceArn: &id})
		if err != nil || len(out.Tags) != 1 || *out.Tags[0].Value != "2" {
			t.Errorf("%s: %v %v", id, out, err)
		}
	}
}
