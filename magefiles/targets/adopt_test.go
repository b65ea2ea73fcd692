package targets_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudformationapi "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/logs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

var infraAdopt = in("local", targets.Set.InfraAdopt)

// made puts a cluster, a repository and a log group of the environment's names into the account, as other tools do: with
// metrics, tags that can be moved, and lines that are kept for a year.
func (w *world) made() {
	w.t.Helper()
	w.behind(2000, func(server *awslocal.Server) {
		ctx, names := context.Background(), w.app.Names("local")
		_, err := ecs.NewFromConfig(server.Config()).CreateCluster(ctx, &ecs.CreateClusterInput{
			ClusterName: aws.String(names.Cluster),
			Settings:    []ecstypes.ClusterSetting{{Name: ecstypes.ClusterSettingNameContainerInsights, Value: aws.String("enhanced")}},
		})
		must(w.t, err)
		_, err = ecr.NewFromConfig(server.Config()).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String(names.Repository)})
		must(w.t, err)
		w.group(server, names.LogGroup, 365)
	})
}

// group makes a log group.
func (w *world) group(server *awslocal.Server, name string, days int32) {
	w.t.Helper()
	ctx, api := context.Background(), cloudwatchlogs.NewFromConfig(server.Config())
	_, err := api.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name)})
	must(w.t, err)
	_, err = api.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(name), RetentionInDays: aws.Int32(days)})
	must(w.t, err)
}

// asMade tells in a line how cluster, repository and log group are set.
func (w *world) asMade() (set string) {
	w.t.Helper()
	w.behind(2000, func(server *awslocal.Server) {
		ctx, names := context.Background(), w.app.Names("local")
		clusters, err := ecs.NewFromConfig(server.Config()).DescribeClusters(ctx, &ecs.DescribeClustersInput{
			Clusters: []string{names.Cluster}, Include: []ecstypes.ClusterField{ecstypes.ClusterFieldSettings},
		})
		must(w.t, err)
		repositories, err := ecr.NewFromConfig(server.Config()).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{names.Repository}})
		must(w.t, err)
		_, err = ecr.NewFromConfig(server.Config()).GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: aws.String(names.Repository)})
		groups, other := cloudwatchlogs.NewFromConfig(server.Config()).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(names.LogGroup)})
		must(w.t, other)
		set = fmt.Sprintf("insights %s, %s, expiry %t, %d days", aws.ToString(clusters.Clusters[0].Settings[0].Value),
			repositories.Repositories[0].ImageTagMutability, err == nil, aws.ToInt32(groups.LogGroups[0].RetentionInDays))
	})
	return set
}

// What is taken over stays as it is until it is seen what would be lost, and approved.
func TestWhatExistsIsAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made()
	before := w.asMade()
	if before != "insights enhanced, MUTABLE, expiry false, 365 days" {
		t.Fatal(before)
	}
	w.run(infraDeploy)
	w.want(6, "already exists", "next: go tool mage infra:adopt local")
	w.run(infraAdopt)
	w.want(4, "3 to take over", "= Repository (AWS::ECR::Repository): shop-local is taken over as it is", "ImageTagMutability: MUTABLE\n", "RetentionInDays: 365\n",
		"RetentionInDays: 365 → 7", "ImageTagMutability: MUTABLE → IMMUTABLE", "nobody approved it",
		"seen: Cluster (AWS::ECS::Cluster) containerInsights enhanced → disabled: this loses metrics",
		"seen: LogGroup (AWS::Logs::LogGroup) RetentionInDays 365 → 7: this loses every log line older than 7 days",
		"seen: Repository (AWS::ECR::Repository) ImageTagMutability MUTABLE → IMMUTABLE: this loses tags that move",
		"seen: Repository (AWS::ECR::Repository) gets a LifecyclePolicy that expires more: this loses the images that it expires: Untagged images after 14 days",
		"next: SPLITECS_APPROVE=1 go tool mage infra:adopt local")
	if after := w.asMade(); after != before {
		t.Errorf("%s has become %s", before, after)
	}
	w.run(infraDiff)
	w.want(0)
	w.prints("LogGroup (AWS::Logs::LogGroup), which loses every log line older than 7 days")
	w.run(infraDeploy)
	w.want(4, "nobody approved it")
	w.run(infraAdopt, "SPLITECS_APPROVE=1")
	w.want(0, "nothing to take over", "approved by SPLITECS_APPROVE=1")
	w.prints("RepositoryName=shop-local", "ClusterName=shop-local", "LogGroupName=/aws/ecs/shop-local")
	if said := w.err.String(); strings.Contains(said, "REPLACED") {
		t.Errorf("something is replaced:\n%s", said)
	}
	if after := w.asMade(); after != "insights disabled, IMMUTABLE, expiry true, 7 days" {
		t.Error(after)
	}
	w.run(infraStatus)
	w.want(0)
	w.prints("config      as configured", "drift       none")
	w.run(infraAdopt)
	w.want(0, "nothing to take over", "nothing to change")
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
}

// What exists under a name that comes later is taken over into the stack that is there.
func TestALaterNameIsAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	w.behind(2000, func(server *awslocal.Server) { w.group(server, "/audit/local", 365) })
	w.app.ExtendInfra = func(env string, t *cloudformation.Template) error {
		t.Resources["Audit"] = &logs.LogGroup{LogGroupName: new("/audit/" + env), RetentionInDays: new(365)}
		return nil
	}
	w.run(infraDeploy)
	w.want(6, "already exists", "next: go tool mage infra:adopt local")
	w.run(infraAdopt)
	w.want(0, "1 to take over", "= Audit (AWS::Logs::LogGroup): /audit/local is taken over as it is")
	w.run(infraStatus)
	w.prints("config      as configured", "drift       none")
}

// What another stack has is not taken over, and it is said which one that is.
func TestWhatAnotherStackHasIsNotAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.otherStack("Old", "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /aws/ecs/shop-local}}}")
	w.run(infraAdopt)
	w.want(4, "log group /aws/ecs/shop-local is in stack Old", "let stack Old go of /aws/ecs/shop-local")
	w.run(infraDeploy)
	w.want(6, "already exists")
}

// otherStack makes a stack behind the project's back.
func (w *world) otherStack(name, template string) {
	w.t.Helper()
	w.behind(100000, func(server *awslocal.Server) {
		ctx, api := context.Background(), cloudformationapi.NewFromConfig(server.Config())
		_, err := api.CreateStack(ctx, &cloudformationapi.CreateStackInput{StackName: aws.String(name), TemplateBody: aws.String(template)})
		must(w.t, err)
		must(w.t, cloudformationapi.NewStackCreateCompleteWaiter(api, func(o *cloudformationapi.StackCreateCompleteWaiterOptions) {
			o.MinDelay, o.MaxDelay = 10*time.Millisecond, 10*time.Millisecond
		}).Wait(ctx, &cloudformationapi.DescribeStacksInput{StackName: aws.String(name)}, time.Minute))
	})
}

// Where nothing exists, adopting is deploying.
func TestAdoptingNothingIsADeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(infraAdopt)
	w.want(0)
	if strings.Contains(w.err.String(), "is taken over") {
		t.Errorf("something was taken over:\n%s", &w.err)
	}
}
