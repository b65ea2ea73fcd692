package acceptance_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs"
	"github.com/bellyfed/splitecs/cfn"
)

// What the guide says of which change goes to which stack, tried on the templates.
func TestWhichChangeGoesWhere(t *testing.T) {
	type environment = splitecs.Environment
	const account = ":ap-southeast-1:123456789012:"
	for _, c := range []struct {
		row            string // begins so in the guide
		infra, service bool
		changes        []func(*splitecs.App, *environment)
	}{
		{"variables, CPU", false, true, []func(*splitecs.App, *environment){
			func(_ *splitecs.App, e *environment) { e.Variables = map[string]string{"GREETING": "hello"} },
			func(_ *splitecs.App, e *environment) { e.CPU, e.Memory = 512, 1024 },
			func(_ *splitecs.App, e *environment) { e.Architecture = splitecs.ARM64 },
			func(_ *splitecs.App, e *environment) { e.MaxTasks = 4 },
			func(_ *splitecs.App, e *environment) { e.Spot = true },
			func(_ *splitecs.App, e *environment) { e.Scaling.CPUPercent = 50 },
			func(_ *splitecs.App, e *environment) {
				e.Scaling.Schedules = []splitecs.Schedule{{Name: "night", Expression: "cron(0 22 * * ? *)"}}
			},
			func(_ *splitecs.App, e *environment) { e.AlarmTopicARN = "arn:aws:sns" + account + "alarms" },
		}},
		{"start period", false, true, []func(*splitecs.App, *environment){
			func(a *splitecs.App, _ *environment) { a.Container.StartPeriod = time.Minute },
			func(a *splitecs.App, _ *environment) { a.Container.StopTimeout = time.Minute },
			func(_ *splitecs.App, e *environment) { e.BlockingCleanup = true },
			func(a *splitecs.App, _ *environment) { a.Container.HealthCheckCommand = []string{"CMD", "/health"} },
			func(a *splitecs.App, _ *environment) { a.Container.Command = []string{"/server"} },
			func(a *splitecs.App, _ *environment) { a.Container.User = "65532" },
			func(a *splitecs.App, _ *environment) { a.Container.WritablePaths = []string{"/tmp"} },
		}},
		{"a secret", true, true, []func(*splitecs.App, *environment){
			func(_ *splitecs.App, e *environment) {
				e.Secrets = map[string]string{"KEY": "arn:aws:ssm" + account + "parameter/key"}
			},
		}},
		{"the container's port", true, true, []func(*splitecs.App, *environment){
			func(a *splitecs.App, _ *environment) { a.Container.Port = 8080 },
		}},
		{"the health check's path", true, false, []func(*splitecs.App, *environment){
			func(a *splitecs.App, _ *environment) { a.Container.HealthCheckPath = "/ready" },
			func(_ *splitecs.App, e *environment) {
				e.CertificateARN = "arn:aws:acm" + account + "certificate/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11"
			},
			func(_ *splitecs.App, e *environment) { e.LogRetentionDays = 30 },
			func(a *splitecs.App, _ *environment) { a.Container.DeregistrationDelay = 5 * time.Second },
			func(_ *splitecs.App, e *environment) { e.ContainerInsights = true },
			func(_ *splitecs.App, e *environment) {
				e.TaskPolicies = []string{"arn:aws:iam::123456789012:policy/uploads"}
			},
			func(_ *splitecs.App, e *environment) { e.Network.NATGateways = 2 },
		}},
		{"zones", true, false, []func(*splitecs.App, *environment){ // the service gets the subnets as a parameter
			func(_ *splitecs.App, e *environment) { e.Network.Zones = 3 },
		}},
		{"the CIDR", true, false, []func(*splitecs.App, *environment){
			func(_ *splitecs.App, e *environment) { e.Network.CIDR = "10.1.0.0/16" },
		}},
	} {
		if !strings.Contains(read(t, "docs/split-architecture.md"), "\n| "+c.row) {
			t.Errorf("the guide has no row %q", c.row)
		}
		for i, change := range c.changes {
			infra, service := changed(t, change)
			if infra != c.infra || service != c.service {
				t.Errorf("%s, change %d: infra stack %v, service stack %v; the guide says %v, %v", c.row, i, infra, service, c.infra, c.service)
			}
		}
	}
}

// changed tells which templates a change of the configuration changes.
func changed(t *testing.T, change func(*splitecs.App, *splitecs.Environment)) (infra, service bool) {
	t.Helper()
	render := func(change func(*splitecs.App, *splitecs.Environment)) (infra, service []byte) {
		app := splitecs.App{Name: "shop", Region: "ap-southeast-1", DefaultEnvironment: "dev"}
		dev := splitecs.Environment{MaxTasks: 2}
		change(&app, &dev)
		app.Environments = map[string]splitecs.Environment{"dev": dev}
		i, err := cfn.Infra(app, "dev")
		if err != nil {
			t.Fatal(err)
		}
		s, err := cfn.Service(app, "dev")
		if err != nil {
			t.Fatal(err)
		}
		if infra, err = cfn.Render(i); err != nil {
			t.Fatal(err)
		}
		if service, err = cfn.Render(s); err != nil {
			t.Fatal(err)
		}
		return infra, service
	}
	oldInfra, oldService := render(func(*splitecs.App, *splitecs.Environment) {})
	newInfra, newService := render(change)
	return !bytes.Equal(oldInfra, newInfra), !bytes.Equal(oldService, newService)
}
