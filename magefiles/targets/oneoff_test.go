package targets_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

func runOnce(line string) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return t.ServiceRun(ctx, "local", line) }
}

// of is a world with a service whose image starts so.
func of(t *testing.T, made cfn.Image) *world {
	t.Helper()
	w := newWorld(t).timed()
	w.app.Image = made
	w.holds(made.Entrypoint, made.Command)
	return w.up()
}

// holds puts what an image executes into it: the application's folder is its root then.
func (w *world) holds(commands ...[]string) {
	w.t.Helper()
	w.app.Image.WorkingDir = "/"
	for _, word := range slices.Concat(commands...) {
		switch {
		case strings.HasPrefix(word, "-"):
		case strings.Contains(word, "/"), strings.HasSuffix(word, ".js"):
			w.program(word)
		default:
			w.program("usr/bin/" + word)
		}
	}
}

// ownRevisions are the one-off tasks' own revisions that can still be run, and how many there ever were.
func (w *world) ownRevisions() (active, all []string) {
	w.t.Helper()
	w.behind(1, func(server *awslocal.Server) {
		api := ecs.NewFromConfig(server.Config())
		for _, status := range []types.TaskDefinitionStatus{types.TaskDefinitionStatusActive, types.TaskDefinitionStatusInactive} {
			out, err := api.ListTaskDefinitions(context.Background(), &ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("shop-local-service-run"), Status: status})
			if err != nil {
				w.t.Fatal(err)
			}
			if all = append(all, out.TaskDefinitionArns...); status == types.TaskDefinitionStatusActive {
				active = out.TaskDefinitionArns
			}
		}
	})
	return active, all
}

// Whatever the image's entry point, the command is executed as it is given.
func TestACommandIsExecutedAsItIsGiven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		image cfn.Image
		runs  string
		own   bool // the task has a revision of its own
	}{
		"a program as entry point": {cfn.Image{Entrypoint: []string{"/app/server"}}, "node migrate.js --to 'the end'", true},
		"a server as entry point":  {cfn.Image{Entrypoint: []string{"node", "server.js"}, Command: []string{"-v"}}, "node migrate.js --to 'the end'", true},
		"no entry point":           {cfn.Image{Command: []string{"node", "server.js"}}, "node migrate.js --to 'the end'", false},
		"an init":                  {cfn.Image{Entrypoint: []string{"/sbin/tini", "--"}, Command: []string{"node", "server.js"}}, "/sbin/tini -- node migrate.js --to 'the end'", false},
		"a script":                 {cfn.Image{Entrypoint: []string{"docker-entrypoint.sh"}, Command: []string{"node", "server.js"}}, "docker-entrypoint.sh node migrate.js --to 'the end'", false},
	} {
		w := of(t, c.image)
		w.run(runOnce(`node migrate.js --to "the end"`))
		w.want(0, ": runs "+c.runs+"\n", "STOPPED")
		w.prints("[embedded AWS] would run: "+c.runs+"\n", "the command has ended (simulated: it was not executed)")
		said := strings.Split(strings.TrimSpace(w.err.String()), "\n")
		if last := said[len(said)-1]; !strings.HasSuffix(last, "the embedded AWS did not execute "+c.runs+": how it ended is assumed, or rehearsed") {
			t.Errorf("%s: the last line is %s", name, last)
		}
		active, all := w.ownRevisions()
		if len(active) > 0 || c.own != (len(all) == 1) {
			t.Errorf("%s: %d revisions of its own, active %q", name, len(all), active)
		}
		w.run(runOnce("node migrate.js"), "SPLITECS_LOCAL_SCENARIO=exit:42")
		w.want(42, "service:run local: ", "exit code 42", "go tool mage service:logs local")
		w.runs("shop-local-service:1") // the service did not notice
		w.run(serviceDiff, "SPLITECS_IMAGE=v1")
		w.unchanged("service:diff")
	}
}

// SPLITECS_IMAGE is the image to run the command in, before it is released.
func TestACommandInAnotherImage(t *testing.T) {
	t.Parallel()
	w := of(t, cfn.Image{Command: []string{"node", "server.js"}})
	w.write("app/migrations.txt", "new")
	reference := w.push("v3")
	w.run(runOnce("node migrate.js"), "SPLITECS_IMAGE=v3")
	w.want(0, "image "+reference+" in place of the service's", ": runs node migrate.js\n")
	w.prints("would run: node migrate.js")
	w.behind(1, func(server *awslocal.Server) {
		out, err := ecs.NewFromConfig(server.Config()).DescribeTaskDefinition(context.Background(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("shop-local-service-run:1")})
		if err != nil || *out.TaskDefinition.ContainerDefinitions[0].Image != reference || out.TaskDefinition.Status != types.TaskDefinitionStatusInactive {
			t.Errorf("%+v %v", out, err)
		}
	})
	w.run(runOnce("node migrate.js"), "SPLITECS_IMAGE=v9")
	w.want(4, "v9")
	w.runs("shop-local-service:1")
}

// A start whose answer is lost is asked for again, and there is one task.
func TestAStartWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{true, false} {
		w := of(t, cfn.Image{Command: []string{"node", "server.js"}})
		w.run(func(t targets.Set, ctx context.Context) error {
			return runOnce("node migrate.js")(t.WithFaults(awslocal.Fault{Operation: "ecs:RunTask", Call: 1, Kind: awslocal.ConnectionReset, After: after}), ctx)
		})
		w.want(0)
		w.run(serviceLogs, "SPLITECS_TASK=all")
		if n := strings.Count(w.out.String(), "would run: node migrate.js"); n != 1 {
			t.Errorf("%d tasks ran\n%s", n, &w.out)
		}
	}
}

// Where the task definition says what is executed, the image is not asked.
func TestTheEntryPointOfTheTaskDefinition(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.app.Image = cfn.Image{Entrypoint: []string{"/app/server"}, Env: map[string]string{"PATH": "/app"}}
	w.program("tini")
	w.app.ExtendService = func(_ string, t *cloudformation.Template) error {
		d, err := t.GetECSTaskDefinitionWithName("TaskDefinition")
		d.ContainerDefinitions[0].EntryPoint = []string{"tini", "--"}
		return err
	}
	w.app.Container.Command = []string{"/app/server"}
	w.up()
	w.run(runOnce("/app/migrate"))
	w.want(0, ": runs tini -- /app/migrate\n")
	w.prints("[embedded AWS] would run: tini -- /app/migrate\n")
}

// An image that may not be looked at could have any entry point.
func TestTheEntryPointIsNotKnown(t *testing.T) {
	t.Parallel()
	w := of(t, cfn.Image{Command: []string{"/app/server"}})
	w.run(func(t targets.Set, ctx context.Context) error {
		return runOnce("/app/migrate")(t.WithFaults(awslocal.Fault{Operation: "registry:GET", Kind: awslocal.AccessDenied}), ctx)
	})
	w.want(0, "the image's entry point is not known, and the command runs in its place", ": runs /app/migrate\n")
	w.prints("[embedded AWS] would run: /app/migrate\n")
}

// A revision of its own is gone, however the run ends.
func TestNoRevisionIsLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault awslocal.Fault
		leave string // operation at which the run is interrupted
		code  int
	}{
		"interrupted before it is registered": {leave: "ecs:RegisterTaskDefinition", code: 10},
		"interrupted when it starts":          {leave: "ecs:RunTask", code: 10},
		"interrupted while it runs":           {leave: "logs:FilterLogEvents", code: 10},
		"it may not be started":               {fault: awslocal.Fault{Operation: "ecs:RunTask", Kind: awslocal.AccessDenied}, code: 3},
		"it cannot be looked at":              {fault: awslocal.Fault{Operation: "ecs:DescribeTasks", Kind: awslocal.AccessDenied}, code: 3},
	} {
		w := of(t, cfn.Image{Entrypoint: []string{"/app/server"}})
		w.run(func(t targets.Set, ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			if c.leave != "" {
				c.fault = awslocal.Fault{Operation: c.leave, Call: 1, Do: func(int, string) { cancel() }}
			}
			return runOnce("/app/migrate")(t.WithFaults(c.fault), ctx)
		})
		w.want(c.code)
		if id := regexp.MustCompile(`SPLITECS_TASK=[0-9a-f]{32} SPLITECS_FOLLOW=1 go tool mage service:logs local`); strings.Contains(name, "starts") && !id.MatchString(w.err.String()) {
			t.Errorf("%s: the task that was started is not named:\n%s", name, &w.err)
		}
		if active, all := w.ownRevisions(); len(active) != 0 || len(all) != 1 {
			t.Errorf("%s: %q of %q can still be run", name, active, all)
		}
	}
}

// A revision that cannot be deregistered is told; the command counts.
func TestARevisionThatStays(t *testing.T) {
	t.Parallel()
	w := of(t, cfn.Image{Entrypoint: []string{"/app/server"}})
	w.run(func(t targets.Set, ctx context.Context) error {
		return runOnce("/app/migrate")(t.WithFaults(awslocal.Fault{Operation: "ecs:DeregisterTaskDefinition", Kind: awslocal.AccessDenied}), ctx)
	}, "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(3, "ACTIVE: deregister task definition shop-local-service-run:1:")
}

// Its own revision has what the service's has.
func TestTheRevisionOfACommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.app.Container.Variables = map[string]string{"A": "1"}
	w.app.Container.HealthCheckCommand = []string{"CMD", "/app/server", "-healthy"}
	w.app.Container.WritablePaths = []string{"/tmp"}
	w.up()
	w.run(runOnce("/app/migrate up"))
	w.want(0)
	w.behind(1, func(server *awslocal.Server) {
		api := ecs.NewFromConfig(server.Config())
		read := func(name string) (types.TaskDefinition, []string) {
			out, err := api.DescribeTaskDefinition(context.Background(), &ecs.DescribeTaskDefinitionInput{
				TaskDefinition: aws.String(name), Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags}})
			if err != nil {
				t.Fatal(err)
			}
			var tags []string
			for _, tag := range out.Tags {
				if !strings.HasPrefix(*tag.Key, "aws:") {
					tags = append(tags, *tag.Key+"="+*tag.Value)
				}
			}
			return *out.TaskDefinition, tags
		}
		of, tags := read("shop-local-service:1")
		own, ownTags := read("shop-local-service-run:1")
		c, d := of.ContainerDefinitions[0], own.ContainerDefinitions[0]
		if *of.TaskRoleArn != *own.TaskRoleArn || *of.ExecutionRoleArn != *own.ExecutionRoleArn || *c.Image != *d.Image || *c.Name != *d.Name ||
			len(d.MountPoints) != 1 || len(own.Volumes) != 1 || *d.Environment[0].Value != *c.Environment[0].Value ||
			d.LogConfiguration.Options["awslogs-stream-prefix"] != c.LogConfiguration.Options["awslogs-stream-prefix"] || !slices.Equal(tags, ownTags) || len(tags) == 0 {
			t.Errorf("%+v\n%+v\n%q %q", of, own, tags, ownTags)
		}
		if c.HealthCheck == nil || d.HealthCheck != nil || !slices.Equal(d.EntryPoint, []string{"/app/migrate"}) || len(d.Command) > 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestLinesThatAreNoCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for line, why := range map[string]string{
		"": "it is empty", "  ": "it is empty", "''": "its program is empty", `node "`: "without closing quote",
	} {
		w.run(runOnce(line))
		w.want(2, "is no command: ", why, `such as "node migrate.js --to latest"`)
	}
	for line, c := range map[string][2]string{
		"echo $(date)": {"run by a shell", `"sh -c 'echo \$(date)'"`}, "a && b": {"operators", `"sh -c 'a && b'"`},
		"X=1 node migrate.js": {"assignment", `"sh -c 'X=1 node migrate.js'"`},
	} {
		w.run(runOnce(line))
		w.want(2, "is no command: ", c[0], "next: go tool mage service:run local "+c[1])
	}
	w.run(runOnce("echo " + strings.Repeat("a", 9000)))
	w.want(2, "the command is too long: its override has 9", "and ECS takes 8192")
	if _, err := os.Stat(w.env["SPLITECS_LOCAL_DIR"]); err == nil {
		t.Error("something was sent")
	}
}

// The advice of a one-off task names the environment.
func TestTheAdviceOfACommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.run(runOnce("true"), "SPLITECS_LOCAL_SCENARIO=no-pull")
	w.want(1, "SPLITECS_ENV=local go tool mage image:push")
	w.run(runOnce("true"), "SPLITECS_LOCAL_SCENARIO=no-secret:denied")
	w.want(1, "go tool mage infra:deploy local")
}

// A server that swallows a command of its own goes on, on the embedded AWS as on AWS.
func TestAServerThatSwallowsACommand(t *testing.T) {
	t.Parallel()
	w := of(t, cfn.Image{Entrypoint: []string{"node", "server.js"}})
	w.behind(1, func(server *awslocal.Server) {
		ctx, api := context.Background(), ecs.NewFromConfig(server.Config())
		service, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String("shop-local"), Services: []string{"shop-local-service"}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := api.RunTask(ctx, &ecs.RunTaskInput{
			Cluster: aws.String("shop-local"), TaskDefinition: aws.String("shop-local-service"), LaunchType: types.LaunchTypeFargate,
			NetworkConfiguration: service.Services[0].NetworkConfiguration,
			Overrides:            &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("shop-local-container"), Command: []string{"node", "migrate.js"}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.clock.Pause(ctx, 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		task, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("shop-local"), Tasks: []string{*out.Tasks[0].TaskArn}})
		if err != nil || *task.Tasks[0].LastStatus != "RUNNING" {
			t.Errorf("%+v %v", task, err)
		}
	})
	w.run(serviceLogs, "SPLITECS_TASK=all")
	w.prints("would run: node server.js node migrate.js", "it goes on, as a server does")
}

// A log that comes later than is waited for is not taken for that of a command without one.
func TestALogThatComesTooLateIsNamed(t *testing.T) {
	t.Parallel()
	w := up(t).timed()
	const said = "no line of its log has come so far; what comes later: SPLITECS_TASK="
	w.run(runOnce("npm run migrate"))
	w.want(0)
	if strings.Contains(w.err.String(), said) {
		t.Errorf("its log has come:\n%s", &w.err)
	}
	w.run(func(t targets.Set, ctx context.Context) error {
		return runOnce("npm run migrate")(t.WithFaults(awslocal.Fault{Operation: "logs:FilterLogEvents", Kind: awslocal.LateLogs, Delay: time.Hour}), ctx)
	})
	w.want(0, said, " go tool mage service:logs local")
}
