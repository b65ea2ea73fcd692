package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// withWorker has the infra stack of an environment with a worker, and an image.
func withWorker(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.change(func(e *cfn.Environment) { e.Services = map[string]cfn.AdditionalService{"worker": worker} })
	w.infra()
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	return w
}

// A service under another name leaves the stack of the former one behind: the plan, and what is deployed after it, say so,
// and how it is removed.
func TestTheStackOfARenamedServiceIsTold(t *testing.T) {
	t.Parallel()
	w := withWorker(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(in("local/worker", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(0)
	w.change(func(e *cfn.Environment) { e.Services = map[string]cfn.AdditionalService{"jobs": worker} })
	left := "stack ShopEcsServiceStack-local-worker is left behind, with service shop-local-worker and 1 tasks: the configuration has no such service any more; " +
		"once nobody needs it: aws cloudformation delete-stack --stack-name ShopEcsServiceStack-local-worker"
	w.run(infraDiff)
	w.want(0)
	w.prints(left)
	w.run(infraDeploy, "SPLITECS_APPROVE=1")
	w.want(0, left, "the execution role may go on to write log group /aws/ecs/shop-local-worker until service shop-local-worker (shop-local-worker:1) has moved")
	w.run(in("local/jobs", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(0, left)

	w.outside(func(cfg aws.Config) error { // as the command does
		client, name := cloudformation.NewFromConfig(cfg), aws.String("ShopEcsServiceStack-local-worker")
		if _, err := client.DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: name}); err != nil {
			return err
		}
		for {
			if _, err := client.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: name}); err != nil {
				return nil
			}
		}
	})
	w.run(infraDeploy)
	w.want(0)
	if strings.Contains(w.err.String(), "left behind") || strings.Contains(w.err.String(), "may go on") {
		t.Errorf("it is told still:\n%s", &w.err)
	}
}

// An environment that is destroyed takes with it what was left behind.
func TestDestroyTakesWhatWasLeftBehind(t *testing.T) {
	t.Parallel()
	w := withWorker(t)
	w.run(in("local/worker", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(0)
	w.change(func(e *cfn.Environment) { e.Services = nil })
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0, "would be deleted: stack ShopEcsServiceStack-local-worker: service shop-local-worker with 1 tasks", "stack ShopEcsServiceStack-local-worker is gone", "stack ShopEcsInfraStack-local is gone")
}
