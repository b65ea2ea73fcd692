package stack_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// A stack is created once its plan is approved. Deployed again, there is nothing to change.
func ExampleStacks_Deploy() {
	dir, err := os.MkdirTemp("", "stack")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	server, err := awslocal.Open(awslocal.Options{Dir: dir, Speed: awslocal.MaxSpeed})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	// A minute of AWS is a moment here.
	pause := func(ctx context.Context, d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d / awslocal.MaxSpeed):
			return nil
		}
	}
	stacks := stack.Stacks{API: cloudformation.NewFromConfig(server.Config()), Pause: pause}
	spec := stack.Spec{
		Name:     "shop-logs",
		Template: []byte(`{"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}}`),
	}
	approve := func(p stack.Plan) error {
		for _, c := range p.Changes {
			fmt.Println(c.Action, c.Resource, c.Type)
		}
		return nil // an error deploys nothing
	}
	for range 2 {
		result, err := stacks.Deploy(context.Background(), spec, approve)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Stack.Status, result.Changed)
	}
	// Output:
	// Add Logs AWS::Logs::LogGroup
	// CREATE_COMPLETE true
	// CREATE_COMPLETE false
}

// What to do with a stack depends on its status alone.
func ExampleDecide() {
	for _, status := range []types.StackStatus{types.StackStatusCreateComplete, types.StackStatusRollbackComplete, types.StackStatusUpdateRollbackFailed} {
		fmt.Println(status, stack.Decide(status))
	}
	// Output:
	// CREATE_COMPLETE change
	// ROLLBACK_COMPLETE recreate
	// UPDATE_ROLLBACK_FAILED continue
}

// A plan tells what would be lost.
func ExamplePlan_Losses() {
	p := stack.Plan{Stack: "ShopEcsInfraStack-dev", Changes: []stack.ResourceChange{
		{Action: "Modify", Resource: "Cluster", Type: "AWS::ECS::Cluster", Replacement: "False"},
		{Action: "Remove", Resource: "Repository", Type: "AWS::ECR::Repository"},
	}}
	for _, l := range p.Losses() {
		fmt.Println(l.Change.Resource, "holds", l.What)
	}
	// Output: Repository holds every image
}
