package targets_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// repository is the root of this repository, where the sample application is built.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLocalUpTwiceAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dir = repository(t)
	delete(w.env, "SPLITECS_SOURCE")
	w.app.Image.Source = "not-here"
	w.run(localUp)
	w.want(0, "using the sample application", "LoadBalancer", "Service", "CREATE_COMPLETE", "go tool mage")
	w.prints("deployment  PRIMARY shop-local-service:1: COMPLETED", "healthy", "1 to 2 tasks")
	w.run(localUp)
	w.want(0, "ShopEcsInfraStack-local: nothing to change", "nothing sent", "ShopEcsServiceStack-local: nothing to change")
	w.run(localReset)
	w.want(0, "removed")
	w.run(infraStatus)
	w.want(4)
	w.run(localReset, "SPLITECS_LOCAL_DIR="+w.dir)
	w.want(1, "is not a state folder")
}

// Where nothing runs, machines are told as people are.
func TestRungIsAField(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.run(func(t targets.Set, ctx context.Context) error { return t.ServiceStatus(ctx, "local") }, "SPLITECS_OUTPUT=json")
	w.want(0)
	found := false
	for line := range strings.Lines(w.err.String()) {
		var e struct{ Kind, Rung, Why, Text string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Rung == "" {
			continue
		}
		found = true
		if e.Kind != "note" || e.Rung != awslocal.RungNothing || e.Why != "SPLITECS_LOCAL_PROGRAMS=off" || !strings.Contains(e.Text, "nothing runs") {
			t.Errorf("%+v", e)
		}
	}
	if !found {
		t.Errorf("no rung in\n%s", &w.err)
	}
}

func TestInterruptionHasItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.run(func(t targets.Set, _ context.Context) error { return infraDeploy(t, ctx) })
	w.want(10, "goes on", "next: go tool mage infra:status local")
	w.run(infraDeploy, "SPLITECS_TIMEOUT=1ns")
	w.want(9, "SPLITECS_TIMEOUT")
	w.run(infraDeploy)
	w.want(0)
}

// The aws CLI parses strictly: what it shows of a deployment is what a person at AWS would see.
func TestTheAWSCLISeesTheDeployment(t *testing.T) {
	t.Parallel()
	spread.Outside(t)
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: aws")
		}
		t.Skip("judge missing: aws")
	}
	w := up(t)
	server, err := awslocal.Open(awslocal.Options{Dir: w.env["SPLITECS_LOCAL_DIR"], Speed: 100000})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	aws := cli(t, server)
	if got := aws("cloudformation", "describe-stacks", "--query", "sort(Stacks[].[StackName,StackStatus][])"); got != "CREATE_COMPLETE\tCREATE_COMPLETE\tShopEcsInfraStack-local\tShopEcsServiceStack-local" {
		t.Errorf("describe-stacks: %q", got)
	}
	if got := aws("ecs", "describe-services", "--cluster", "shop-local", "--services", "shop-local-service", "--query", "services[0].[status,runningCount,deployments[0].rolloutState]"); got != "ACTIVE\t1\tCOMPLETED" {
		t.Errorf("describe-services: %q", got)
	}
	if got := aws("ecs", "describe-task-definition", "--task-definition", "shop-local-service:1", "--query", "taskDefinition.[status,cpu,memory,containerDefinitions[0].name]"); got != "ACTIVE\t256\t512\tshop-local-container" {
		t.Errorf("describe-task-definition: %q", got)
	}
	stream := aws("logs", "describe-log-streams", "--log-group-name", "/aws/ecs/shop-local", "--query", "logStreams[0].logStreamName")
	if !strings.HasPrefix(stream, "shop-local-container/shop-local-container/") {
		t.Errorf("describe-log-streams: %q", stream)
	}
	if got := aws("logs", "get-log-events", "--log-group-name", "/aws/ecs/shop-local", "--log-stream-name", stream, "--query", "events[].message"); got == "" {
		t.Error("get-log-events: no lines")
	}
	group := aws("elbv2", "describe-target-groups", "--query", "TargetGroups[0].TargetGroupArn")
	if got := aws("elbv2", "describe-target-health", "--target-group-arn", group, "--query", "TargetHealthDescriptions[].TargetHealth.State"); got != "healthy" {
		t.Errorf("describe-target-health: %q", got)
	}
}

// cli runs the aws CLI against an embedded AWS.
func cli(t *testing.T, server *awslocal.Server) func(args ...string) string {
	return func(args ...string) string {
		t.Helper()
		cmd := exec.Command("aws", append([]string{"--endpoint-url", server.URL(), "--output", "text"}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=ap-southeast-1", "AWS_PAGER=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
}
