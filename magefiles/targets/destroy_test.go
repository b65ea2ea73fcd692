package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// behind opens the embedded AWS of the world, as somebody else would use it meanwhile; its time then goes that fast.
func (w *world) behind(speed float64, f func(*awslocal.Server)) {
	w.t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: w.env["SPLITECS_LOCAL_DIR"], Speed: speed, Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	defer server.Close()
	f(server)
}

// updateStack changes the template of a stack behind the project's back, and waits until that is done.
func (w *world) updateStack(name, old, new string) {
	w.t.Helper()
	w.behind(100000, func(server *awslocal.Server) {
		ctx := context.Background()
		api := cloudformation.NewFromConfig(server.Config())
		template, err := api.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: &name})
		if err != nil {
			w.t.Fatal(err)
		}
		if !strings.Contains(*template.TemplateBody, old) {
			w.t.Fatalf("the template of %s does not have %q", name, old)
		}
		if _, err := api.UpdateStack(ctx, &cloudformation.UpdateStackInput{
			StackName: &name, TemplateBody: aws.String(strings.Replace(*template.TemplateBody, old, new, 1)), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		}); err != nil {
			w.t.Fatal(err)
		}
		for {
			out, err := api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
			if err != nil {
				w.t.Fatal(err)
			}
			switch out.Stacks[0].StackStatus {
			case types.StackStatusUpdateComplete:
				return
			case types.StackStatusUpdateInProgress, types.StackStatusUpdateCompleteCleanupInProgress:
			default:
				w.t.Fatalf("stack %s: %s", name, out.Stacks[0].StackStatus)
			}
		}
	})
}

func TestDestroyTellsWhatIsLostAndNeedsApproval(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(infraDestroy)
	w.want(4, "nobody approved",
		"seen: stack ShopEcsServiceStack-local: service shop-local-service with 1 tasks running",
		"seen: stack ShopEcsInfraStack-local: repository shop-local with 4 images (what is attached to them included), log group /aws/ecs/shop-local, address http",
		"next: SPLITECS_APPROVE=1 go tool mage infra:destroy local")
	w.runs("shop-local-service:1")
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0, "stack ShopEcsServiceStack-local is gone", "stack ShopEcsInfraStack-local is gone")
	w.run(infraStatus)
	w.want(4, "does not exist")
	w.run(infraDestroy)
	w.want(0, "nothing to delete")
}

// A repository that CloudFormation does not empty by itself keeps the stack from being deleted.
func TestDestroyEmptiesARepositoryThatIsInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	w.push("v1")
	w.updateStack("ShopEcsInfraStack-local", "EmptyOnDelete: true", "EmptyOnDelete: false")
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0, "repository shop-local: 2 images deleted", "stack ShopEcsInfraStack-local is gone")
}

func TestDestroyRefusesProtection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	local := w.app.Environments["dev"]
	local.Protected = true
	w.app.Environments["local"] = local
	w.run(infraDeploy)
	w.want(0)
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(4, "environment local is protected")
	// The configuration alone does not unprotect the stack.
	local.Protected = false
	w.app.Environments["local"] = local
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(4, "termination protection is on", "next: go tool mage infra:deploy local")
	w.run(infraDeploy)
	w.want(0)
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0)
}
