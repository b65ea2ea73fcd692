package targets_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// foreign replaces the service stack by one that somebody else made, and follows what the tool then says.
func (w *world) foreign(n int) (problem string) {
	w.t.Helper()
	name := w.app.Names("local").ServiceStack
	w.behind(100000, func(server *awslocal.Server) {
		ctx, api := context.Background(), cloudformation.NewFromConfig(server.Config())
		_, err := api.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name})
		must(w.t, err)
		must(w.t, cloudformation.NewStackDeleteCompleteWaiter(api, func(o *cloudformation.StackDeleteCompleteWaiterOptions) {
			o.MinDelay, o.MaxDelay = 10*time.Millisecond, 10*time.Millisecond
		}).Wait(ctx, &cloudformation.DescribeStacksInput{StackName: &name}, time.Minute))
	})
	w.otherStack(name, strings.Replace(foreignStack, "theirs", fmt.Sprint("theirs-", n), 1))
	for what, f := range map[string]func(targets.Set, context.Context) error{"deploy": serviceDeploy, "rollback": serviceRollback, "scale": scale(1), "restart": serviceRestart} {
		w.run(f, "SPLITECS_IMAGE=v2", "SPLITECS_APPROVE=1")
		if w.code != 4 || !strings.Contains(w.err.String(), "stack "+name+" (CREATE_COMPLETE) was made by something else") {
			return fmt.Sprintf("%s of a foreign stack: exit code %d\n%s", what, w.code, &w.err)
		}
	}
	if field := `Names.ServiceStack of Environments["local"]`; !strings.Contains(w.err.String(), field) {
		return "it does not name the way out:\n" + w.err.String()
	}
	w.app.Environments = maps.Clone(w.app.Environments)
	ours := w.app.Environments["dev"]
	ours.Names.ServiceStack = fmt.Sprintf("ShopEcsServiceStack-local-%d", n)
	w.app.Environments["local"] = ours
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	if w.code != 0 {
		return fmt.Sprintf("under another name: exit code %d\n%s", w.code, &w.err)
	}
	w.behind(100000, func(server *awslocal.Server) {
		out, err := cloudformation.NewFromConfig(server.Config()).DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: &name})
		must(w.t, err)
		if theirs := out.Stacks[0]; theirs.StackStatus != types.StackStatusCreateComplete || theirs.LastUpdatedTime != nil {
			problem = fmt.Sprintf("the foreign stack was touched: %s", theirs.StackStatus)
		}
	})
	return problem
}
