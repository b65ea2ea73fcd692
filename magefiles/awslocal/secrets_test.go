package awslocal_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

func TestATaskNeedsItsSecrets(t *testing.T) {
	const secret, parameter = "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:db-AbCdEf", "arn:aws:ssm:ap-southeast-1:123456789012:parameter/shop/key"
	server := awslocal.Start(t)
	if err := cluster(server, "shop"); err != nil {
		t.Fatal(err)
	}
	api := ecs.NewFromConfig(server.Config())
	// The image is not there either, which is told where the secrets are.
	reason := func(from string) string {
		t.Helper()
		made, err := api.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
			Family: aws.String("web"), Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: types.NetworkModeAwsvpc,
			RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate}, ExecutionRoleArn: aws.String("arn:aws:iam::000000000000:role/x"),
			ContainerDefinitions: []types.ContainerDefinition{{
				Name: aws.String("web"), Image: aws.String("000000000000.dkr.ecr.ap-southeast-1.localhost/web:v1"),
				Secrets: []types.Secret{{Name: aws.String("SECRET"), ValueFrom: &from}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		run, err := api.RunTask(ctx, &ecs.RunTaskInput{
			Cluster: aws.String("shop"), TaskDefinition: made.TaskDefinition.TaskDefinitionArn, LaunchType: types.LaunchTypeFargate,
			NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-0123456789abcdef0"}}},
		})
		if err != nil || len(run.Tasks) != 1 {
			t.Fatal(run, err)
		}
		server.Advance(5 * time.Minute)
		out, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("shop"), Tasks: []string{*run.Tasks[0].TaskArn}})
		if err != nil || len(out.Tasks) != 1 {
			t.Fatal(out, err)
		}
		return aws.ToString(out.Tasks[0].StoppedReason)
	}
	says := func(from, want string) {
		t.Helper()
		if got := reason(from); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
	says(secret, "ResourceNotFoundException: Secrets Manager can't find the specified secret.")
	says(parameter, "Invalid parameters: "+parameter)

	placed, err := server.PlaceSecrets(ctx, secret+":url::", parameter, secret)
	if want := []string{secret, parameter}; err != nil || !slices.Equal(placed, want) {
		t.Errorf("placed %q, %v", placed, err)
	}
	for _, from := range []string{secret, secret + ":url::", parameter} {
		says(from, "CannotPullContainerError")
	}
	says(secret+":password::", "retrieved secret from Secrets Manager did not contain json key password")
	if placed, err = server.PlaceSecrets(ctx, secret+":url::", parameter); err != nil || len(placed) > 0 {
		t.Errorf("placed again %q, %v", placed, err)
	}
}
