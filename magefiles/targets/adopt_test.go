package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

var infraAdopt = in("local", targets.Set.InfraAdopt)

// made puts a cluster, a repository and a log group of the environment's names into the account, as other tools do.
func (w *world) made() {
	w.t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: w.env["SPLITECS_LOCAL_DIR"], Speed: 2000, Region: "ap-southeast-1"})
	if err != nil {
		w.t.Fatal(err)
	}
	defer server.Close()
	ctx, names := context.Background(), w.app.Names("local")
	_, err = ecs.NewFromConfig(server.Config()).CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String(names.Cluster)})
	if err == nil {
		_, err = ecr.NewFromConfig(server.Config()).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String(names.Repository)})
	}
	if err == nil {
		_, err = cloudwatchlogs.NewFromConfig(server.Config()).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(names.LogGroup)})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatExistsIsAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made()
	w.run(infraDeploy)
	w.want(6, "already exists", "next: go tool mage infra:adopt local")
	w.run(infraAdopt)
	w.want(0, "3 to take over", "= Repository (AWS::ECR::Repository): shop-local is taken over as it is",
		"ImageTagMutability: (none) → IMMUTABLE")
	w.prints("RepositoryName=shop-local", "ClusterName=shop-local", "LogGroupName=/aws/ecs/shop-local")
	if said := w.err.String(); strings.Contains(said, "REPLACED") || strings.Contains(said, "lose") {
		t.Errorf("something is lost:\n%s", said)
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

// Where nothing exists, adopting is deploying.
func TestAdoptingNothingIsADeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(infraAdopt)
	w.want(0)
	if strings.Contains(w.err.String(), "to take over") {
		t.Errorf("something was taken over:\n%s", &w.err)
	}
}
