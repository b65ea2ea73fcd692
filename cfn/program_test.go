package cfn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

var nextServer = cfn.Program{NextJS: true, Writes: []string{"/tmp", "/app/apps/web/.next/cache"}}

// defined is the application's container in the service template of a place.
func defined(t *testing.T, place cfn.Place) ecs.TaskDefinition_ContainerDefinition {
	t.Helper()
	template, err := place.ServiceTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return template.Resources["TaskDefinition"].(*ecs.TaskDefinition).ContainerDefinitions[0]
}

func variablesOf(c ecs.TaskDefinition_ContainerDefinition) map[string]string {
	all := map[string]string{}
	for _, v := range c.Environment {
		all[*v.Name] = *v.Value
	}
	return all
}

func pathsOf(c ecs.TaskDefinition_ContainerDefinition) (paths []string) {
	for _, m := range c.MountPoints {
		paths = append(paths, *m.ContainerPath)
	}
	return paths
}

// webApp is an application with a worker and an API that share its image.
func webApp(container cfn.Container, environment cfn.Environment) cfn.App {
	environment.Services = map[string]cfn.AdditionalService{
		"worker": {Container: cfn.Container{Command: []string{"node", "worker.js"}}},
		"api":    {Container: cfn.Container{Port: 8080}, Paths: []string{"/api/*"}, Priority: 1},
	}
	return cfn.App{Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev", Container: container, Environments: map[string]cfn.Environment{"dev": environment}}
}

func TestTheTaskOfANextJSServer(t *testing.T) {
	app := webApp(cfn.Container{}, cfn.Environment{})
	for place, want := range map[string]struct {
		port   string
		server bool
	}{"dev": {"3000", true}, "local": {"3000", true}, "dev/api": {"8080", true}, "local/api": {"8080", true}, "dev/worker": {}} {
		t.Run(place, func(t *testing.T) {
			made, err := at(t, app, place).For(nextServer)
			if err != nil {
				t.Fatal(err)
			}
			c := defined(t, made)
			variables := map[string]string{}
			if want.server {
				variables = map[string]string{"HOSTNAME": "0.0.0.0", "PORT": want.port, "KEEP_ALIVE_TIMEOUT": "65000"}
			}
			if diff := cmp.Diff(variables, variablesOf(c)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(nextServer.Writes, pathsOf(c)); diff != "" {
				t.Error(diff)
			}
			if want.server != (c.HealthCheck != nil) {
				t.Fatalf("health check %v", c.HealthCheck)
			}
			if want.server && !strings.Contains(strings.Join(c.HealthCheck.Command, " "), `get("http://127.0.0.1:`+want.port+`/health"`) {
				t.Errorf("health check %q", c.HealthCheck.Command)
			}
		})
	}
	if len(app.Container.Variables) > 0 || len(app.Environments["dev"].Services["api"].Container.Variables) > 0 || len(app.Environments) > 1 {
		t.Error("the application itself was changed")
	}
}

func TestWhatIsConfiguredOfANextJSServerHolds(t *testing.T) {
	command := []string{"CMD", "/check"}
	app := webApp(cfn.Container{WritablePaths: []string{"/data"}, HealthCheckCommand: command, Variables: map[string]string{"PORT": "3001"}},
		cfn.Environment{
			Variables: map[string]string{"HOSTNAME": "::"},
			Secrets:   map[string]string{"KEEP_ALIVE_TIMEOUT": "arn:aws:ssm:eu-central-1:123456789012:parameter/keep"},
		})
	made, err := at(t, app, "dev").For(nextServer)
	if err != nil {
		t.Fatal(err)
	}
	c := defined(t, made)
	if diff := cmp.Diff(map[string]string{"HOSTNAME": "::", "PORT": "3001"}, variablesOf(c)); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(c.HealthCheck.Command, command) || !slices.Equal(pathsOf(c), []string{"/data"}) {
		t.Errorf("health check %q, writable paths %q", c.HealthCheck.Command, pathsOf(c))
	}

	nothing, err := at(t, webApp(cfn.Container{WritablePaths: []string{}, HealthCheckCommand: []string{}}, cfn.Environment{}), "dev").For(nextServer)
	if err != nil {
		t.Fatal(err)
	}
	if c := defined(t, nothing); c.HealthCheck != nil || len(c.MountPoints) > 0 {
		t.Errorf("health check %v, mount points %v", c.HealthCheck, c.MountPoints)
	}
	writable, err := at(t, webApp(cfn.Container{WritableRootFilesystem: true}, cfn.Environment{}), "dev").For(nextServer)
	if err != nil {
		t.Fatal(err)
	}
	if c := defined(t, writable); len(c.MountPoints) > 0 {
		t.Errorf("mount points %v", c.MountPoints)
	}
}

func TestAnotherProgramChangesNothing(t *testing.T) {
	app := webApp(cfn.Container{}, cfn.Environment{})
	made, err := at(t, app, "dev").For(cfn.Program{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(app, made.App); diff != "" {
		t.Error(diff)
	}
}

// The server keeps connections longer than the load balancer does, whatever that one is told.
func TestKeepAliveOutlastsTheLoadBalancer(t *testing.T) {
	for _, idle := range []string{"", "120", "4000"} {
		app := webApp(cfn.Container{}, cfn.Environment{})
		want := "65000"
		if idle != "" {
			want = idle[:len(idle)-1] + "5000"
			app.ExtendInfra = func(_ string, t *cloudformation.Template) error {
				attributes := t.Resources["LoadBalancer"].(*elb.LoadBalancer).LoadBalancerAttributes
				for i, a := range attributes {
					if *a.Key == "idle_timeout.timeout_seconds" {
						attributes[i].Value = &idle
					}
				}
				return nil
			}
		}
		made, err := at(t, app, "dev").For(nextServer)
		if err != nil {
			t.Fatal(err)
		}
		if got := variablesOf(defined(t, made))["KEEP_ALIVE_TIMEOUT"]; got != want {
			t.Errorf("the load balancer keeps idle connections for %s s, the server for %s ms, want %s", idle, got, want)
		}
	}
}
