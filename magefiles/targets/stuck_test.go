package targets_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// deregister makes a revision INACTIVE, as a person may do by hand.
func (w *world) deregister(revision string) {
	w.t.Helper()
	w.behind(1, func(server *awslocal.Server) {
		if _, err := ecs.NewFromConfig(server.Config()).DeregisterTaskDefinition(context.Background(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(revision)}); err != nil {
			w.t.Fatal(err)
		}
	})
}

// A release fails, and what the stack would go back to is gone: the stack is stuck. The service is rolled back past
// it, and the next release mends the stack once it may leave out what cannot be brought back.
func TestRollbackPastAStackThatIsStuck(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.write("app/server.txt", "version 3")
	w.push("v3")
	w.run(func(t targets.Set, ctx context.Context) error {
		// The second look at the stack's events is the first one after the update has begun.
		meanwhile := awslocal.Fault{Operation: "cloudformation:DescribeStackEvents", Call: 2, Do: func(int, string) { w.deregister("shop-local-service:2") }}
		return serviceDeploy(t.WithFaults(meanwhile), ctx)
	}, "SPLITECS_IMAGE=v3", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7, "exit code 3", "ended in UPDATE_ROLLBACK_FAILED", "the service is back on shop-local-service:2, 1 of 1 tasks running")

	w.run(serviceRollback)
	w.want(0, "rolling back past the stack", "the service was told to run shop-local-service:1", "what is left to do: mend the stack")
	w.run(serviceStatus)
	w.prints("UPDATE_ROLLBACK_FAILED", "deployment  PRIMARY shop-local-service:1: COMPLETED")

	w.run(serviceDeploy, "SPLITECS_IMAGE=v3")
	w.want(6, "Service (AWS::ECS::Service)", "next: SPLITECS_APPROVE=1 go tool mage service:deploy local")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v3", "SPLITECS_APPROVE=1")
	w.want(0, "continuing its rollback without Service")
	w.runs("shop-local-service:4")
	w.run(serviceDiff, "SPLITECS_IMAGE=v3")
	w.unchanged("service:diff of what runs")
}
