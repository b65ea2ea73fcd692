//go:build linux

package targets_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// realApps are the applications that are built by their package managers, which takes minutes. Without it there is only
// the sketch.
var realApps = flag.String("realapps", "", "build these applications of testdata, e.g. npm,pnpm, or all")

// application is one whose image is made, pushed, deployed, pulled and run.
type application struct {
	name     string
	sources  string     // folder of testdata; empty is that of the Next.js application
	overlay  string     // folder of testdata
	public   string     // folder of what browsers ask for, in the application; empty is "public"
	home     string     // folder of the application in its project; empty where it is the project
	basePath string     // before every address
	node     string     // the Node.js of the image, in the project; empty is this machine's
	build    [][]string // commands, in the project's folder; without any, files are the project
	files    map[string]string
	writable []string                       // folders; nil is the default
	image    cfn.Image                      // what App.Image says; without a source it is the build, and stands on Node.js
	pack     func(t *testing.T, dir string) // writes the source of image, from what was built
	walls    []string                       // a command that tells what holds the program; nil is one of Node.js
	oneOff   string                         // what service:run runs; empty is a script of Node.js
	asks     [][]question
	mistakes []mistake
}

// greeting is a variable of the task definition.
const greeting = "selamat makan"

// releases are the contents of public/release.txt, of equal length.
var releases = []string{"release 1\n", "release 2\n"}

// The applications are built, pushed to Docker's registry and to the embedded AWS, deployed there, pulled, and run as
// their task definitions say.
func TestApplicationsRun(t *testing.T) {
	if *realApps == "" {
		spread.Outside(t)
	}
	var asked, failed, run int
	for _, a := range slices.Concat([]application{sketch, nodeSketch}, realApplications, nodeApplications, otherApplications) {
		if len(a.build) > 0 && *realApps != "all" && !slices.Contains(strings.Split(*realApps, ","), a.name) {
			continue
		}
		visited := false
		ok := t.Run(a.name, func(t *testing.T) {
			v := a.visit(t)
			visited = true
			questions := slices.Concat(a.asks...)
			if len(a.mistakes) > 0 {
				questions = append(questions, question{"mistakes are told when the image is built", func(t *testing.T, v *visit) { v.mistaken(t) }})
			}
			for _, q := range questions {
				skipped := false
				ok := t.Run(q.of, func(t *testing.T) {
					defer func() { skipped = t.Skipped() }()
					q.ask(t, v)
				})
				if !skipped {
					asked++
				}
				if !ok {
					failed++
				}
			}
		})
		switch {
		case visited:
			run++
		case !ok: // else -run names another one
			failed++
		}
	}
	fmt.Printf("%d applications, %d questions asked, %d failed\n", run, asked, failed)
}

// visit is an application with a release of it running.
type visit struct {
	t        *testing.T
	app      application
	w        *world
	api      *ecs.Client
	registry string
	port     int
	release  pulled
	running  *container
	started  []*container
}

// visit does the main job: infra:deploy, image:push, service:deploy.
func (a application) visit(t *testing.T) *visit {
	t.Helper()
	_ = namespaces(t) // before what takes long
	v := &visit{t: t, app: a, w: newWorld(t), registry: dockerRegistry(t), port: freePort(t)}
	v.w.dir = a.folder(t)
	v.w.app.Image = a.image
	v.w.app.Container = cfn.Container{
		Port: v.port, HealthCheckPath: a.basePath + "/health", Variables: map[string]string{"GREETING": greeting}, WritablePaths: a.writable,
	}
	if a.image.Source == "" {
		node := judge(t, "node")
		if a.node != "" {
			node = filepath.Join(v.w.dir, a.node)
		}
		v.w.app.Image.Base = nodeBase(t, v.registry, node)
		v.w.env["SPLITECS_SOURCE"] = filepath.Join(".", a.home)
	} else {
		v.w.app.Container.Variables["PORT"] = strconv.Itoa(v.port)
		delete(v.w.env, "SPLITECS_SOURCE")
	}
	server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Region: v.w.app.Region, Speed: 200}) // tasks that have ended are told of for an hour
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	awsEnvironment(t, "AWS_ENDPOINT_URL="+server.URL(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
	v.api = ecs.NewFromConfig(server.Config())
	v.w.env["AWS_ENDPOINT_URL"], v.w.env["SPLITECS_ENV"] = server.URL(), "dev"
	v.w.run(in("dev", targets.Set.InfraDeploy))
	v.w.want(0)
	v.deploy(t, 1)
	v.start(t)
	return v
}

// start runs the service's container until the application's test ends, and waits until it listens.
func (v *visit) start(t *testing.T) {
	t.Helper()
	v.running = run(v.t, v.service(t))
	v.started = append(v.started, v.running)
	v.awaits(t)
}

// deploy makes the application's release n and pulls its image from the embedded AWS. Docker's registry is a judge: what
// it holds has the same digest, and is not sent twice.
func (v *visit) deploy(t *testing.T, n int) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(v.w.dir, v.app.browsers(), "release.txt"), []byte(releases[n-1]), 0o644))
	if v.app.pack != nil {
		v.app.pack(t, v.w.dir)
	}
	v.w.env["SPLITECS_TAG"] = fmt.Sprintf("v%d.0.0-20261103-1a2b3c%d", n, n)
	v.w.run(imagePush, "SPLITECS_REPOSITORY="+v.registry+"/shop")
	v.w.want(0)
	there := digestOf(t, v.w.out.String())
	v.w.run(imagePush, "SPLITECS_REPOSITORY="+v.registry+"/shop")
	v.w.want(0, "nothing sent")
	v.w.run(imagePush)
	v.w.want(0)
	if digest := digestOf(t, v.w.out.String()); digest != there {
		t.Errorf("in ECR it is %s, in Docker's registry %s", digest, there)
	}
	reference := strings.TrimSpace(v.w.out.String())
	v.w.run(in("dev", targets.Set.ServiceDeploy), "SPLITECS_IMAGE="+reference)
	v.w.want(0)
	// skopeo resolves no host of ECR: it asks the embedded AWS for the same repository.
	_, name, _ := strings.Cut(reference, "/")
	v.release = pull(t, strings.TrimPrefix(v.w.env["AWS_ENDPOINT_URL"], "http://")+"/"+name, "--src-creds="+credentials(t, v.w))
}

// service is the box of the service's tasks.
func (v *visit) service(t *testing.T) box {
	t.Helper()
	names := v.w.app.Names("dev")
	out, err := v.api.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &names.Cluster, Services: []string{names.Service}})
	must(t, err)
	return asTask(t, v.release, v.definition(t, out.Services[0].TaskDefinition), types.ContainerOverride{})
}

// definition of the application's container.
func (v *visit) definition(t *testing.T, taskDefinition *string) types.ContainerDefinition {
	t.Helper()
	out, err := v.api.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: taskDefinition})
	must(t, err)
	for _, d := range out.TaskDefinition.ContainerDefinitions {
		if aws.ToString(d.Name) == v.w.app.Names("dev").Container {
			return d
		}
	}
	t.Fatalf("%s has no container of the application", *taskDefinition)
	return types.ContainerDefinition{}
}

// oneOff is the box of the task that service:run asked ECS for.
func (v *visit) oneOff(t *testing.T, line string) box {
	t.Helper()
	v.w.run(func(s targets.Set, ctx context.Context) error { return s.ServiceRun(ctx, "dev", line) })
	v.w.want(0)
	names := v.w.app.Names("dev")
	list, err := v.api.ListTasks(t.Context(), &ecs.ListTasksInput{
		Cluster: &names.Cluster, StartedBy: aws.String("splitecs"), DesiredStatus: types.DesiredStatusStopped,
	})
	must(t, err)
	out, err := v.api.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: &names.Cluster, Tasks: list.TaskArns})
	must(t, err)
	if len(out.Tasks) != 1 {
		t.Fatalf("%d tasks of service:run", len(out.Tasks))
	}
	var override types.ContainerOverride
	for _, o := range out.Tasks[0].Overrides.ContainerOverrides {
		if aws.ToString(o.Name) == names.Container {
			override = o
		}
	}
	return asTask(t, v.release, v.definition(t, out.Tasks[0].TaskDefinitionArn), override)
}
