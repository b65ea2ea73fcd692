package targets_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// An API and a worker are released beside the application, each without the others.
func TestSeveralServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.beside("api", api)
	w.beside("worker", worker)
	w.run(infraDeploy)
	w.want(0)
	w.prints("ApiTargetGroupArn=arn:aws:elasticloadbalancing:", "ApiRepositoryName=shop-local-api", "ApiProvides=port=8080")
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.run(imagePush, "SPLITECS_TAG=v1", "SPLITECS_ENV=local/api")
	w.want(0)
	deployAPI, statusAPI := in("local/api", targets.Set.ServiceDeploy), in("local/api", targets.Set.ServiceStatus)
	w.run(in("local/api", targets.Set.ServiceVerify), "SPLITECS_IMAGE=v1")
	w.want(0)
	for _, deploy := range []struct{ place, said string }{
		{"local", "shop-local-service:1 complete"}, {"local/api", "shop-local-api:1 complete"}, {"local/worker", "shop-local-worker:1 complete"},
	} {
		w.run(in(deploy.place, targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
		w.want(0, deploy.said)
	}
	w.run(statusAPI)
	w.want(0)
	w.prints("shop-local-api: ACTIVE", "target      ", "healthy")

	// One service fails, alone.
	w.write("app/server.txt", "version 2")
	w.run(imagePush, "SPLITECS_TAG=v2", "SPLITECS_ENV=local/api")
	w.want(0)
	w.run(deployAPI, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit")
	w.want(7, "the service is back on shop-local-api:1")
	for _, place := range []string{"local", "local/worker"} {
		w.run(in(place, targets.Set.ServiceStatus))
		w.want(0)
		w.prints(":1: COMPLETED", "CREATE_COMPLETE")
	}

	// One is rolled back, alone.
	w.run(deployAPI, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(in("local/api", targets.Set.ServiceRollback))
	w.want(0, "shop-local-api:1 complete, 1 of 1 tasks running")
	w.run(serviceStatus)
	w.want(0)
	w.prints("CREATE_COMPLETE")

	w.run(infraDiff)
	w.want(0)
	w.prints("nothing to change")
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0)
	for _, stack := range []string{"ServiceStack-local", "ServiceStack-local-api", "ServiceStack-local-worker", "InfraStack-local"} {
		if !strings.Contains(w.err.String(), "stack ShopEcs"+stack+" is gone") {
			t.Errorf("ShopEcs%s is still there", stack)
		}
	}
}

// The aws CLI, which parses strictly, reads the rule of a service.
func TestTheAWSCLISeesTheRule(t *testing.T) {
	t.Parallel()
	spread.Outside(t)
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: aws")
		}
		t.Skip("judge missing: aws")
	}
	w := newWorld(t)
	w.beside("api", api)
	w.infra()
	w.behind(100000, func(server *awslocal.Server) {
		aws := cli(t, server)
		listener := aws("elbv2", "describe-listeners", "--load-balancer-arn", aws("elbv2", "describe-load-balancers", "--query", "LoadBalancers[0].LoadBalancerArn"), "--query", "Listeners[0].ListenerArn")
		got := aws("elbv2", "describe-rules", "--listener-arn", listener, "--query", "Rules[].[Priority,IsDefault,Conditions[0].PathPatternConfig.Values[0],Actions[0].Type]")
		if want := "10\tFalse\t/api/*\tforward\ndefault\tTrue\tNone\tforward"; got != want {
			t.Errorf("describe-rules: %q, want %q", got, want)
		}
	})
}
