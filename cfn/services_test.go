package cfn_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

// several is Bellyfed's App with an API and a worker in dev.
func several(change func(*cfn.Environment)) cfn.App {
	return with("dev", func(_ *cfn.App, e *cfn.Environment) {
		e.CertificateARN = "arn:aws:acm:ap-southeast-1:123456789012:certificate/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11"
		e.Secrets = map[string]string{"DATABASE_URL": "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:dev/database-Ab12Cd"}
		e.Scaling.RequestsPerTask = 500
		e.Services = map[string]cfn.AdditionalService{
			"api": {
				Container: cfn.Container{Port: 8080, HealthCheckPath: "/api/health", Variables: map[string]string{"PORT": "8080"}},
				Paths:     []string{"/api", "/api/*"},
				Priority:  10,
				Image:     &cfn.Image{Source: "./cmd/api"},
				CPU:       512,
				MaxTasks:  4,
			},
			"worker": {
				Container: cfn.Container{Command: []string{"node", "worker.js"}},
				Secrets:   map[string]string{"QUEUE_KEY": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/dev/queue-key"},
			},
		}
		change(e)
	})
}

func unchanged(*cfn.Environment) {}

// severalTemplates are the templates of an environment with several services, by the names of their golden files.
func severalTemplates(t testing.TB) map[string]*cloudformation.Template {
	t.Helper()
	app := several(unchanged)
	templates := map[string]*cloudformation.Template{}
	for name, build := range map[string]func() (*cloudformation.Template, error){
		"services.infra":          func() (*cloudformation.Template, error) { return cfn.Infra(app, "dev") },
		"services.service":        func() (*cloudformation.Template, error) { return cfn.Service(app, "dev") },
		"services-api.service":    func() (*cloudformation.Template, error) { return cfn.Service(app, "dev/api") },
		"services-worker.service": func() (*cloudformation.Template, error) { return cfn.Service(app, "dev/worker") },
	} {
		template, err := build()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		templates[name] = template
	}
	return templates
}

func TestGoldenOfSeveralServices(t *testing.T) {
	for name, template := range severalTemplates(t) {
		got, file := render(t, template), filepath.Join("testdata", "golden", name+".yaml")
		checkReferences(t, parse(t, got))
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), string(got)); diff != "" {
			t.Errorf("%s differs (- golden, + now); -update rewrites it\n%s", file, diff)
		}
	}
}

func TestNamesOfAService(t *testing.T) {
	want := cfn.Names{
		InfraStack:   "BellyfedEcsInfraStack-dev",
		ServiceStack: "BellyfedEcsServiceStack-dev-worker",
		Cluster:      "bellyfed-dev",
		Service:      "bellyfed-dev-worker",
		Family:       "bellyfed-dev-worker",
		Container:    "bellyfed-dev-worker-container",
		LogGroup:     "/aws/ecs/bellyfed-dev-worker",
		StreamPrefix: "bellyfed-dev-worker-container",
		Repository:   "bellyfed-dev",
	}
	app := several(unchanged)
	if diff := cmp.Diff(want, app.Names("dev/worker")); diff != "" {
		t.Error(diff)
	}
	if got := app.Names("dev/api").Repository; got != "bellyfed-dev-api" {
		t.Errorf("the repository of a service with an image of its own is %s", got)
	}
}

// What a service leaves empty comes from its environment.
func TestEnvironmentOfAService(t *testing.T) {
	app := several(unchanged)
	api, err := app.Environment("dev/api")
	if err != nil {
		t.Fatal(err)
	}
	if api.CPU != 512 || api.Memory != 1024 || api.MinTasks != 1 || api.MaxTasks != 4 || api.Scaling.RequestsPerTask != 500 {
		t.Errorf("api: %+v", api)
	}
	if api.Variables["PORT"] != "8080" || api.Variables["NODE_ENV"] != "production" || len(api.Secrets) != 1 {
		t.Errorf("api: variables %v, secrets %v", api.Variables, api.Secrets)
	}
	worker, err := app.Environment("dev/worker")
	if err != nil {
		t.Fatal(err)
	}
	if worker.CPU != 256 || worker.Memory != 1024 || worker.MaxTasks != 2 || worker.Scaling.RequestsPerTask != 0 || len(worker.Secrets) != 2 {
		t.Errorf("worker: %+v", worker)
	}
	own, err := app.Environment("dev")
	if err != nil {
		t.Fatal(err)
	}
	if own.Variables["PORT"] != "3000" || len(own.Secrets) != 1 {
		t.Errorf("a service changes the application's own: %+v", own)
	}
}

func TestUnknownService(t *testing.T) {
	for _, c := range []struct{ place, want string }{
		{"dev/cron", `unknown service "cron" of environment dev; known are dev/api, dev/worker, and dev for the application's own`},
		{"dev/", `unknown service ""`},
		{"dev/api/x", `unknown service "api/x"`},
		{"qa/api", `unknown service "api": environment qa has none besides the application's own, which is qa`},
	} {
		_, err := several(unchanged).Environment(c.place)
		if e, ok := errors.AsType[*cfn.ServiceError](err); !ok || !strings.HasPrefix(e.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.place, err, c.want)
		}
	}
	if _, err := several(unchanged).Environment("stage/api"); err == nil || !strings.Contains(err.Error(), `unknown environment "stage"`) {
		t.Errorf("an unknown environment: %v", err)
	}
}

// Another service changes nothing of what is there but what all share, so that no number and no name moves.
func TestOneMoreServiceMovesNothing(t *testing.T) {
	before := section(parse(t, render(t, severalTemplates(t)["services.infra"])), "Resources")
	more, err := cfn.Infra(several(func(e *cfn.Environment) {
		e.Services["admin"] = cfn.AdditionalService{Container: cfn.Container{Port: 8081}, Paths: []string{"/admin/*"}, Priority: 5}
	}), "dev")
	if err != nil {
		t.Fatal(err)
	}
	after := section(parse(t, render(t, more)), "Resources")
	shared := []string{"ExecutionRole", "ServiceSecurityGroup"}
	for name, resource := range before {
		if !slices.Contains(shared, name) && !cmp.Equal(resource, after[name]) {
			t.Errorf("%s: %s", name, cmp.Diff(resource, after[name]))
		}
	}
	if len(after) != len(before)+3 { // log group, target group, rule
		t.Errorf("%d resources became %d", len(before), len(after))
	}
}

// What CloudFormation would not take is told before it is asked.
func TestServicesTooLargeForOneTemplate(t *testing.T) {
	of := func(path string) cfn.App {
		return several(func(e *cfn.Environment) {
			e.Services = map[string]cfn.AdditionalService{}
			for i := range 10 {
				e.Services[fmt.Sprintf("service-%02d", i)] = cfn.AdditionalService{
					Container: cfn.Container{Port: 8000 + i, HealthCheckPath: path}, Paths: []string{fmt.Sprintf("/%d/*", i)}, Priority: 1 + i, Image: &cfn.Image{},
				}
			}
		})
	}
	if err := of("/health").Validate(); err != nil {
		t.Errorf("ten services: %v", err)
	}
	got := problems(t, of("/"+strings.Repeat("h", 900)).Validate())
	if len(got) != 1 || !strings.HasPrefix(got[0], `Environments["dev"].Services: are too large for one infra stack: render template: `) {
		t.Errorf("ten services that are too large: %v", got)
	}
}

// A worker has nothing of the load balancer.
func TestAWorkerHasNoLoadBalancer(t *testing.T) {
	template := severalTemplates(t)["services-worker.service"]
	body := render(t, template)
	for _, word := range []string{"TargetGroup", "LoadBalancer", "HealthCheckGracePeriod", "PortMappings", "ApplicationELB", "ALBRequest"} {
		if bytes.Contains(body, []byte(word)) {
			t.Errorf("its template has %s", word)
		}
	}
}

// outputsOf are values for the outputs of a template; those that are texts keep theirs.
func outputsOf(template *cloudformation.Template) map[string]string {
	outputs := map[string]string{}
	for name, output := range template.Outputs {
		outputs[name] = "value of " + name
		if text, ok := output.Value.(string); ok && (strings.HasSuffix(name, cfn.OutputProvides) || name == cfn.OutputContract) {
			outputs[name] = text
		}
	}
	return outputs
}

func TestCheckInfraOfServices(t *testing.T) {
	app := several(unchanged)
	outputs := outputsOf(severalTemplates(t)["services.infra"])
	for prefix, place := range map[string]string{"": "dev", "Api": "dev/api", "Worker": "dev/worker"} {
		n := app.Names(place)
		for name, value := range map[string]string{cfn.OutputCluster: n.Cluster, cfn.OutputLogGroup: n.LogGroup, cfn.OutputRepository: n.Repository} {
			if _, ok := outputs[prefix+name]; ok {
				outputs[prefix+name] = value
			}
		}
	}
	for _, place := range at(t, app, "dev").Places() {
		if err := place.CheckInfra(outputs); err != nil {
			t.Errorf("%s: %v", place, err)
		}
		seen := place.InfraOutputs(outputs)
		if again := place.InfraOutputs(seen); !maps.Equal(seen, again) {
			t.Errorf("%s: a second look sees something else: %s", place, cmp.Diff(seen, again))
		}
		template, err := place.ServiceTemplate()
		if err != nil {
			t.Fatal(err)
		}
		for name := range template.Parameters {
			if seen[name] == "" && !slices.Contains([]string{cfn.ParameterImage, cfn.ParameterPinned, cfn.ParameterRestart, cfn.ParameterContainer, cfn.ParameterPort}, name) {
				t.Errorf("%s: nothing fills parameter %s", place, name)
			}
		}
	}
	for _, c := range []struct {
		name, place string
		change      func(*cfn.Environment)
		want        string
	}{
		{"a new service", "dev/cron", func(e *cfn.Environment) { e.Services["cron"] = cfn.AdditionalService{} }, "it does not know service cron"},
		{"another port", "dev/api", func(e *cfn.Environment) {
			api := e.Services["api"]
			api.Container.Port = 9090
			e.Services["api"] = api
		}, "it is not made for container port 9090"},
		{"a worker gets paths", "dev/worker", func(e *cfn.Environment) {
			worker := e.Services["worker"]
			worker.Paths, worker.Priority = []string{"/jobs/*"}, 20
			e.Services["worker"] = worker
		}, "it has no output TargetGroupArn"},
		{"a secret", "dev/worker", func(e *cfn.Environment) {
			e.Services["worker"].Secrets["OTHER"] = "arn:aws:ssm:ap-southeast-1:123456789012:parameter/dev/other"
		}, "its execution role may not read arn:aws:ssm:ap-southeast-1:123456789012:parameter/dev/other"},
		{"an image of its own", "dev/worker", func(e *cfn.Environment) {
			worker := e.Services["worker"]
			worker.Image = &cfn.Image{}
			e.Services["worker"] = worker
		}, "it has no output WorkerRepositoryUri"},
	} {
		err := several(c.change).CheckInfra(c.place, outputs)
		if _, ok := errors.AsType[*cfn.OutdatedInfraError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if err := several(c.change).CheckInfra("dev", outputs); err != nil {
			t.Errorf("%s keeps the application's own service from being deployed: %v", c.name, err)
		}
	}
}

func TestOriginInAService(t *testing.T) {
	for _, c := range []struct{ resource, path, want string }{
		{"TaskDefinition", "Cpu", `Environments["dev"].Services["api"].CPU`},
		{"TaskDefinition", "ContainerDefinitions[0].Environment[PORT]", `Environments["dev"].Services["api"].Container.Variables["PORT"]`},
		{"TaskDefinition", "ContainerDefinitions[0].Command", `Environments["dev"].Services["api"].Container.Command`},
		{"CpuScaling", "TargetTrackingScalingPolicyConfiguration.TargetValue", `Environments["dev"].Services["api"].Scaling.CPUPercent`},
		{"TaskDefinition", "RuntimePlatform.CpuArchitecture", `Environments["dev"].Architecture`},
	} {
		if got := at(t, several(unchanged), "dev/api").Origin(c.resource, c.path); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.resource, c.path, got, c.want)
		}
	}
}

func TestValidateServices(t *testing.T) {
	const at = `Environments["dev"].Services["x"]`
	// named adds a service x.
	named := func(s cfn.AdditionalService) func(*cfn.Environment) {
		return func(e *cfn.Environment) { e.Services["x"] = s }
	}
	for _, c := range []struct {
		name   string
		change func(*cfn.Environment)
		want   []string // beginnings of the problems
	}{
		{"name", func(e *cfn.Environment) { e.Services["Api"] = cfn.AdditionalService{} }, []string{`Environments["dev"].Services["Api"]: is not a name`}},
		{"the application's own name", func(e *cfn.Environment) { e.Services["service"] = cfn.AdditionalService{} }, []string{
			`Environments["dev"].Services["service"]: would have names in AWS that dev has`,
		}},
		{"long name", func(e *cfn.Environment) { e.Services[strings.Repeat("s", 110)] = cfn.AdditionalService{} }, []string{
			`Environments["dev"].Services["` + strings.Repeat("s", 110) + `"]: is too long: stack name`,
		}},
		{"same resources", func(e *cfn.Environment) {
			e.Services["a-1"], e.Services["a1"] = cfn.AdditionalService{}, cfn.AdditionalService{}
		}, []string{`Environments["dev"].Services["a1"]: gives its resources the same names as service "a-1"`}},
		{"too many", func(e *cfn.Environment) {
			for _, letter := range "abcdefghi" {
				e.Services[string(letter)] = cfn.AdditionalService{}
			}
		}, []string{`Environments["dev"].Services: 11 are too many`}},
		{"no priority", named(cfn.AdditionalService{Paths: []string{"/x"}}), []string{at + `.Priority: 0 is out of range: with Paths, from 1 to 50000`}},
		{"priority", named(cfn.AdditionalService{Paths: []string{"/x"}, Priority: 50_001}), []string{at + `.Priority: 50001 is out of range`}},
		{"priority of another", named(cfn.AdditionalService{Paths: []string{"/x"}, Priority: 10}), []string{at + `.Priority: 10 is that of service "api" as well`}},
		{"priority of a worker", named(cfn.AdditionalService{Priority: 1}), []string{at + `.Priority: is for Paths`}},
		{"path", named(cfn.AdditionalService{Paths: []string{"api/*", "/a b"}, Priority: 1}), []string{at + `.Paths[0]: "api/*" is not a path`, at + `.Paths[1]: "/a b" is not a path`}},
		{"path of another", named(cfn.AdditionalService{Paths: []string{"/api/*"}, Priority: 20}), []string{at + `.Paths[0]: "/api/*" goes to service "api" already`}},
		{"paths", named(cfn.AdditionalService{Paths: []string{"/1", "/2", "/3", "/4", "/5", "/6"}, Priority: 1}), []string{at + `.Paths: 6 are too many`}},
		{"wildcards", named(cfn.AdditionalService{Paths: []string{"/*/*/*/*", "/?/?/?"}, Priority: 1}), []string{at + `.Paths: have 7 wildcards: use at most 6`}},
		{"requests of a worker", named(cfn.AdditionalService{Scaling: cfn.Scaling{RequestsPerTask: 5}}), []string{at + `.Scaling.RequestsPerTask: is for Paths`}},
		{"scaling", named(cfn.AdditionalService{Scaling: cfn.Scaling{CPUPercent: 101}}), []string{at + `.Scaling.CPUPercent: 101 is more than 100`}},
		{"size", named(cfn.AdditionalService{CPU: 300}), []string{at + `.CPU: 300 is not a Fargate size`}},
		{"bounds", named(cfn.AdditionalService{MinTasks: 3, MaxTasks: 2}), []string{at + `.MaxTasks: 2 is out of range`}},
		{"container", named(cfn.AdditionalService{Container: cfn.Container{Port: 70_000}}), []string{at + `.Container.Port: 70000 is not a port`}},
		{"image", named(cfn.AdditionalService{Image: &cfn.Image{Compression: "lz4"}}), []string{at + `.Image.Compression: "lz4" is neither zstd nor gzip`}},
		{"secret", named(cfn.AdditionalService{Secrets: map[string]string{"A": "b"}}), []string{at + `.Secrets["A"]: "b" is not the full ARN`}},
		{"variable that is a secret", named(cfn.AdditionalService{Container: cfn.Container{Variables: map[string]string{"DATABASE_URL": "x"}}}), []string{
			at + `.Container.Variables["DATABASE_URL"]: is a secret of the environment as well`,
		}},
	} {
		got := problems(t, several(c.change).Validate())
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	clash := several(unchanged)
	clash.Environments["dev-worker"] = cfn.Environment{}
	if got := problems(t, clash.Validate()); len(got) != 1 || got[0] != `Environments["dev"].Services["worker"]: would have names in AWS that dev-worker has: call it otherwise` {
		t.Errorf("an environment of the same names: %v", got)
	}
}

// Sidecars are a service's own; what they need is granted to the role that all services share.
func TestSidecarsOfAService(t *testing.T) {
	const image, secret = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tools/cron@sha256:", "arn:aws:ssm:ap-southeast-1:123456789012:parameter/dev/cron"
	app := several(func(e *cfn.Environment) {
		worker := e.Services["worker"]
		worker.Sidecars = []cfn.Sidecar{{Name: "cron", Image: image + strings.Repeat("0", 64), Secrets: map[string]string{"TOKEN": secret}}}
		e.Services["worker"] = worker
	})
	for place, want := range map[string]int{"dev": 1, "dev/api": 1, "dev/worker": 2} {
		template, err := cfn.Service(app, place)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(template.Resources["TaskDefinition"].(*ecs.TaskDefinition).ContainerDefinitions); got != want {
			t.Errorf("%s has %d containers, want %d", place, got, want)
		}
	}
	template, err := cfn.Infra(app, "dev")
	if err != nil {
		t.Fatal(err)
	}
	for _, granted := range []string{"arn:aws:ecr:ap-southeast-1:123456789012:repository/tools/cron", secret} {
		if !bytes.Contains(render(t, template), []byte(granted)) {
			t.Errorf("the infra template grants nothing on %s", granted)
		}
	}
	if got := at(t, app, "dev/worker").Origin("TaskDefinition", "ContainerDefinitions[1].Image"); got != `Environments["dev"].Services["worker"].Sidecars[0]` {
		t.Errorf("its image comes from %q", got)
	}
	worker := app.Environments["dev"].Services["worker"]
	worker.Sidecars[0].Image = "tools/cron:latest"
	if got := problems(t, app.Validate()); len(got) != 1 || !strings.HasPrefix(got[0], `Environments["dev"].Services["worker"].Sidecars[0].Image: "tools/cron:latest" is not a reference with a digest`) {
		t.Errorf("a tag: %v", got)
	}
}
