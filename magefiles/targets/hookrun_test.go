package targets_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/awslabs/goformation/v7/cloudformation"
	goecs "github.com/awslabs/goformation/v7/cloudformation/ecs"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// migrating is a world whose releases run a migration before.
func migrating(t *testing.T) *world {
	w := newWorld(t).timed()
	w.app.Image = cfn.Image{Command: []string{"node", "server.js"}}
	w.holds(w.app.Image.Command)
	w.pushed("v1", "v2")
	w.app.BeforeDeploy = func(ctx context.Context, d cfn.Deployment) error {
		return d.Run(ctx, "node", "migrate.js", "--to", "the end")
	}
	return w
}

// definitions are task definitions by their names; one that is not there is an error.
func (w *world) definitions(names ...string) (all []types.TaskDefinition) {
	w.t.Helper()
	w.behind(1, func(server *awslocal.Server) {
		for _, name := range names {
			out, err := ecs.NewFromConfig(server.Config()).DescribeTaskDefinition(context.Background(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(name)})
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, *out.TaskDefinition)
		}
	})
	return all
}

const migration = "node migrate.js --to 'the end'"

// A migration goes before the release, with the image of the release, also where there is no service yet.
func TestAMigrationBeforeTheRelease(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	w.app.Container.Variables = map[string]string{"LEVEL": "1"}
	for i, version := range []string{"v1", "v2"} {
		w.run(serviceDeploy, "SPLITECS_IMAGE="+version)
		w.want(0, ": runs "+migration+"\n", "] would run: "+migration, "the embedded AWS did not execute "+migration, fmt.Sprintf("shop-local-service:%d complete", i+1))
		if strings.Contains(w.out.String(), "would run") {
			t.Errorf("stdout is for results:\n%s", &w.out)
		}
		if said := w.err.String(); strings.Index(said, "runs "+migration) > strings.Index(said, "_IN_PROGRESS: User Initiated") {
			t.Errorf("the release came first:\n%s", said)
		}
		w.app.Container.Variables["LEVEL"] = "2"
	}
	all := w.definitions("shop-local-service:1", "shop-local-service:2", "shop-local-service-run:1", "shop-local-service-run:2")
	for i := range 2 {
		release, own := all[i], all[i+2]
		c, d := release.ContainerDefinitions[0], own.ContainerDefinitions[0]
		if *c.Image != *d.Image || *d.Environment[0].Value != fmt.Sprint(i+1) || own.Status != types.TaskDefinitionStatusInactive ||
			*release.TaskRoleArn != *own.TaskRoleArn || *release.ExecutionRoleArn != *own.ExecutionRoleArn || *release.Cpu != *own.Cpu ||
			d.LogConfiguration.Options["awslogs-group"] != c.LogConfiguration.Options["awslogs-group"] {
			t.Errorf("%d: %+v\n%+v", i+1, release, own)
		}
	}
	// Nothing to change is nothing to migrate for.
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, "nothing to change")
	if strings.Contains(w.err.String(), migration) {
		t.Errorf("a migration for nothing:\n%s", &w.err)
	}
}

// A migration that fails ends the deployment before anything of it, and says what it wrote.
func TestAMigrationThatFails(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=crash:relation users exists")
	w.want(4, "why:  BeforeDeploy: run "+migration+": ", "; nothing was changed", "| [embedded AWS] relation users exists",
		"next: SPLITECS_TASK=", "next: go tool mage service:deploy local   # once that is mended: calls BeforeDeploy again")
	w.run(serviceStatus)
	w.want(4) // not even an empty stack is left
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(4, "exit code 3", "; nothing was changed")
	w.runs("shop-local-service:1")
	if active, _ := w.ownRevisions(); len(active) > 0 {
		t.Errorf("%q can still be run", active)
	}
	if all := w.definitions("shop-local-service"); *all[0].TaskDefinitionArn == "" || all[0].Revision != 1 {
		t.Errorf("revision %d was made", all[0].Revision)
	}
}

// What it wraps, and what it passes over, is the hook's.
func TestAHookDecidesAboutItsCommand(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	w.app.BeforeDeploy = func(ctx context.Context, d cfn.Deployment) error {
		if err := d.Run(ctx, "node", "migrate.js"); err != nil {
			return fmt.Errorf("migrate %s: %w", d.Environment, err)
		}
		return nil
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(4, "why:  BeforeDeploy: migrate local: run node migrate.js: ", "| [embedded AWS] scenario exit")
	w.app.BeforeDeploy = func(ctx context.Context, d cfn.Deployment) error {
		for _, words := range [][]string{nil, {""}, {"echo", strings.Repeat("a", 9000)}} {
			if err := d.Run(ctx, words...); err == nil {
				t.Errorf("%.20q ran", words)
			}
		}
		_ = d.Run(ctx, "false")
		return nil
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(8, ": runs false\n", "this was its first deployment")
}

// Interrupted, the task goes on and is named; the deployment has not begun.
func TestAMigrationThatIsInterrupted(t *testing.T) {
	t.Parallel()
	for operation, begun := range map[string]bool{"ecs:RegisterTaskDefinition": false, "ecs:RunTask": true, "logs:FilterLogEvents": true} {
		w := migrating(t)
		w.run(func(t targets.Set, ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			return serviceDeploy(t.WithFaults(awslocal.Fault{Operation: operation, Call: 1, Do: func(int, string) { cancel() }}), ctx)
		}, "SPLITECS_IMAGE=v1")
		w.want(10, "go tool mage service:deploy local   # calls the hook again")
		id := regexp.MustCompile(`next: SPLITECS_TASK=[0-9a-f]{32} SPLITECS_FOLLOW=1 go tool mage service:logs local`)
		if begun != id.MatchString(w.err.String()) {
			t.Errorf("%s: task named %t:\n%s", operation, !begun, &w.err)
		}
		if active, _ := w.ownRevisions(); len(active) > 0 {
			t.Errorf("%s: %q can still be run", operation, active)
		}
		w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
		w.want(0, "shop-local-service:1 complete")
	}
}

// A hook that does not wait for its command ends the deployment, and the task is named.
func TestAHookWithATimeLimitOfItsOwn(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	w.app.BeforeDeploy = func(ctx context.Context, d cfn.Deployment) error {
		ctx, cancel := context.WithTimeout(ctx, 0)
		defer cancel()
		return d.Run(ctx, "node", "migrate.js")
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(4, "run node migrate.js: ", "context deadline exceeded; nothing was changed")
}

// A start whose answer is lost is one task; what AWS refuses is told as of any call.
func TestAMigrationAndTroubleWithAWS(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	with := func(fault awslocal.Fault) func(targets.Set, context.Context) error {
		return func(t targets.Set, ctx context.Context) error { return serviceDeploy(t.WithFaults(fault), ctx) }
	}
	w.run(with(awslocal.Fault{Operation: "ecs:RunTask", Kind: awslocal.AccessDenied}), "SPLITECS_IMAGE=v1")
	w.want(3, "BeforeDeploy: run "+migration, "not authorized", "infra:policy")
	w.run(with(awslocal.Fault{Operation: "ecs:RunTask", Kind: awslocal.ConnectionReset, After: true, Call: 1}), "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(serviceLogs, "SPLITECS_TASK=all", "SPLITECS_SINCE=24h")
	if n := strings.Count(w.out.String(), "would run: "+migration); n != 1 {
		t.Errorf("%d tasks ran\n%s", n, &w.out)
	}
}

// What runs after the deployment has the image that runs.
func TestACommandAfterTheRelease(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	w.app.BeforeDeploy = nil
	w.app.AfterDeploy = func(ctx context.Context, d cfn.Deployment) error { return d.Run(ctx, "node", "warm.js") }
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "shop-local-service:1 complete", "would run: node warm.js")
	if active, all := w.ownRevisions(); len(all) > 0 {
		t.Errorf("revisions of its own: %q, %q", active, all)
	}
	w.run(func(t targets.Set, ctx context.Context) error {
		return serviceDeploy(t.WithFaults(awslocal.Fault{Operation: "ecs:RunTask", Kind: awslocal.Throttle}), ctx)
	}, "SPLITECS_IMAGE=v1")
	w.want(1, "the deployment is complete and stands", "AfterDeploy: run node warm.js: ")
}

// The plan is what the release will be: what functions of the App add is in it, secrets too; what is known only with the
// release ends the migration, and says so.
func TestAMigrationHasWhatTheReleaseWillHave(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	add := func(name, value string) {
		w.app.ExtendService = func(_ string, t *cloudformation.Template) error {
			d, err := t.GetECSTaskDefinitionWithName(cfn.ResourceTaskDefinition)
			c := &d.ContainerDefinitions[0]
			c.Environment = append(c.Environment, goecs.TaskDefinition_KeyValuePair{Name: &name, Value: &value})
			return err
		}
	}
	add("STACK", cloudformation.Sub("${AWS::StackName} in ${AWS::Region}"))
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	environment := w.definitions("shop-local-service-run:1")[0].ContainerDefinitions[0].Environment
	if !slices.ContainsFunc(environment, func(v types.KeyValuePair) bool { return *v.Value == "ShopEcsServiceStack-local in ap-southeast-1" }) {
		t.Errorf("%+v", environment)
	}
	add("ALARM", cloudformation.Ref("ErrorsAlarm"))
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2") // it is there
	w.want(0)
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0)
	w.pushed("v3")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v3")
	w.want(4, "BeforeDeploy: run "+migration+": read planned task definition: TaskDefinition.ContainerDefinitions[0].Environment[0].Value is not known before the deployment; nothing was changed")
}

// Where the task definition stays, it is the stack's own that is released, whatever the service runs.
func TestAMigrationOfADeploymentWithoutANewRevision(t *testing.T) {
	t.Parallel()
	w := migrating(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.run(serviceRollback)
	w.want(0)
	if strings.Contains(w.err.String(), migration) {
		t.Errorf("a migration before a rollback:\n%s", &w.err)
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, ": runs "+migration, "shop-local-service:2 complete")
	w.run(serviceLogs, "SPLITECS_TASK=all", "SPLITECS_SINCE=24h")
	if n := strings.Count(w.out.String(), "would run: "+migration); n != 3 {
		t.Errorf("%d tasks ran", n)
	}
	if _, all := w.ownRevisions(); len(all) != 2 {
		t.Errorf("%q, although there was a revision already", all)
	}
}
