package ecs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// teapot is a behaviour that the embedded AWS does not have. It differs from a server in all that a program has a say in.
var teapot = program.Behaviour{
	Preset:    program.Scenario{Name: "teapot", Why: "none"},
	Arguments: []program.Argument{program.Why("none", "placement", "address", "capacity", "secrets", "pull", "logs", "runtime")},
	Help:      "is a teapot",
	New:       func(sc program.Scenario) program.Program { return pot{why: sc.Why} },
}

type pot struct {
	program.Server
	why string
}

func (p pot) Provision(c program.Container, n program.Need) string {
	names := map[program.Need]string{program.Placement: "placement", program.Address: "address", program.Capacity: "capacity",
		program.Secrets: "secrets", program.Logs: "logs", program.Runtime: "runtime"}
	if names[n] != p.why {
		return ""
	}
	return "TeapotError: no " + p.why + " for " + c.Name
}

func (p pot) Pull(c program.Container) error {
	if p.why != "pull" {
		return nil
	}
	return fmt.Errorf("CannotPullContainerError: %s is a teapot", c.Image)
}

func (pot) Start(c program.Container) {
	c.Output("whistling")
	c.Listen(0)
}

func (pot) Probe(int) int                          { return 418 }
func (pot) Check(program.Container) program.Health { return program.Unhealthy }
func (pot) Signal(program.Container) time.Duration { return 5 * time.Second }
func (pot) Stop(program.Container) program.Exit    { return program.Exit{Code: 41, Reason: "out of tea"} }

// Whatever a program does, the life of its task follows from that: this package knows none by its name.
func TestABehaviourThatTheEmbeddedAWSDoesNotHave(t *testing.T) {
	r := newRegion(t)
	r.svc.Rehearsing(teapot)
	r.ground()
	r.create(r.register("app:1", "teapot", checked), 1, func(in *awsecs.CreateServiceInput) { in.HealthCheckGracePeriodSeconds = aws.Int32(600) })
	r.pass(3 * time.Minute)
	task := r.tasks(types.DesiredStatusRunning)[0]
	if h := r.health(); h.Reason != "Target.ResponseCodeMismatch" || !strings.Contains(*h.Description, "418") || task.HealthStatus != types.HealthStatusUnhealthy {
		t.Errorf("%+v, and the container is %s", h, task.HealthStatus)
	}
	if lines := r.lines(task); !slices.Equal(lines, []string{"whistling", "[embedded AWS] listening on port 3000"}) {
		t.Errorf("%q", lines)
	}
	r.update(&awsecs.UpdateServiceInput{DesiredCount: aws.Int32(0)})
	r.pass(2 * time.Minute)
	if c := r.tasks(types.DesiredStatusStopped)[0].Containers[0]; c.ExitCode == nil || *c.ExitCode != 41 || aws.ToString(c.Reason) != "out of tea" {
		t.Errorf("%+v", c)
	}
}

// What a program cannot get keeps its task from running, in the words that it is given.
func TestWhatABehaviourKeepsFromItsTask(t *testing.T) {
	for why, want := range map[string]string{
		"address": "TeapotError: no address for web", "capacity": "TeapotError: no capacity for web", "secrets": "TeapotError: no secrets for web",
		"pull": "CannotPullContainerError: " + host + "/app:1 is a teapot", "logs": "TeapotError: no logs for web", "runtime": "TeapotError: no runtime for web",
	} {
		r := newRegion(t)
		r.svc.Rehearsing(teapot)
		r.ground()
		r.create(r.register("app:1", "teapot:"+why), 1)
		r.pass(30 * time.Second)
		if tasks := r.tasks(types.DesiredStatusStopped); len(tasks) == 0 || *tasks[0].StoppedReason != want || tasks[0].StopCode != types.TaskStopCodeTaskFailedToStart {
			t.Errorf("%s: %+v\n%s", why, tasks, r.story())
		}
	}
	r := newRegion(t)
	r.svc.Rehearsing(teapot)
	r.ground()
	r.create(r.register("app:1", "teapot:placement"), 1)
	r.pass(30 * time.Second)
	if !slices.Contains(r.plot(), "(service web) TeapotError: no placement for web") {
		t.Error(r.story())
	}
}

func TestABehaviourThatIsNotKnownIsRefusedWithThoseThatAre(t *testing.T) {
	r := newRegion(t)
	r.svc.Rehearsing(teapot)
	_, err := r.ecs.RegisterTaskDefinition(ctx, &awsecs.RegisterTaskDefinitionInput{
		Family: aws.String("app"), ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("web"), Image: aws.String(host + "/app:1"),
			Environment: []types.KeyValuePair{{Name: aws.String(program.Variable), Value: aws.String("sulk")}}}},
	})
	if err == nil || !strings.Contains(err.Error(), `container web: scenario "sulk" is unknown; there are: exit[:CODE], `) || !strings.Contains(err.Error(), ", teapot[:WHY]") {
		t.Error(err)
	}
}
