package ecs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
)

// once runs a task of no service with a command for the container, and describes it after two minutes.
func (r *region) once(definition string, command ...string) types.Task {
	r.t.Helper()
	in := &awsecs.RunTaskInput{Cluster: aws.String("dev"), TaskDefinition: &definition, LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}}}
	if len(command) > 0 {
		in.Overrides = &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("web"), Command: command}}}
	}
	out, err := r.ecs.RunTask(ctx, in)
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(2 * time.Minute)
	d, err := r.ecs.DescribeTasks(ctx, &awsecs.DescribeTasksInput{Cluster: aws.String("dev"), Tasks: []string{*out.Tasks[0].TaskArn}})
	if err != nil || len(d.Tasks) != 1 {
		r.t.Fatal(err, d)
	}
	return d.Tasks[0]
}

// A command ends with 0 only where it would have been executed: the image's own program goes on, whatever it is given.
func TestWhatATaskOfNoServiceExecutes(t *testing.T) {
	for name, c := range map[string]struct {
		entryPoint, imageCommand string // of the image
		given                    string // entry point of the task definition
		override                 string
		runs                     string // empty: is not told
		goesOn                   bool
	}{
		"a command":                         {imageCommand: "node server.js", override: "node migrate.js", runs: "node migrate.js"},
		"behind an init":                    {entryPoint: "tini --", imageCommand: "node server.js", override: "node migrate.js", runs: "tini -- node migrate.js"},
		"swallowed by a server":             {entryPoint: "node server.js", override: "node migrate.js", runs: "node server.js node migrate.js", goesOn: true},
		"swallowed by a program":            {entryPoint: "/app/shop", override: "/app/migrate up", runs: "/app/shop /app/migrate up", goesOn: true},
		"no command":                        {imageCommand: "node server.js", runs: "node server.js", goesOn: true},
		"no command behind an init":         {entryPoint: "tini --", imageCommand: "node server.js", runs: "tini -- node server.js", goesOn: true},
		"an entry point of the definition":  {entryPoint: "node server.js", given: "node", override: "migrate.js", runs: "node migrate.js"},
		"an image that is not known to run": {override: "migrate", runs: "migrate"},
	} {
		r := newRegion(t)
		r.ground()
		image := ecs.Image{Digest: "sha256:" + strings.Repeat("c", 64), EntryPoint: strings.Fields(c.entryPoint), Command: strings.Fields(c.imageCommand)}
		r.images[host+"/app:run"] = image
		task := r.once(r.register("app:run", "", func(in *awsecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].EntryPoint = strings.Fields(c.given)
		}), strings.Fields(c.override)...)
		lines := r.lines(task)
		if c.runs != "" && !slices.Contains(lines, "[embedded AWS] would run: "+c.runs) {
			t.Errorf("%s: %q", name, lines)
		}
		switch {
		case c.goesOn && (*task.LastStatus != "RUNNING" || !slices.Contains(lines, "[embedded AWS] that is the image's own program: it goes on, as a server does")):
			t.Errorf("%s: %s, %q", name, *task.LastStatus, lines)
		case !c.goesOn && (*task.LastStatus != "STOPPED" || *task.Containers[0].ExitCode != 0):
			t.Errorf("%s: %s, %q", name, *task.LastStatus, lines)
		}
	}
}

func TestATokenStartsTasksOnce(t *testing.T) {
	r := newRegion(t)
	r.ground()
	definition := r.register("app:1", "")
	in := &awsecs.RunTaskInput{Cluster: aws.String("dev"), TaskDefinition: &definition, LaunchType: types.LaunchTypeFargate, ClientToken: aws.String("one"),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}},
		Overrides:            &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("web"), Command: []string{"migrate"}}}}}
	var arns []string
	for range 3 {
		out, err := r.ecs.RunTask(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		arns = append(arns, *out.Tasks[0].TaskArn)
		r.pass(time.Minute)
	}
	if slices.Sort(arns); len(slices.Compact(arns)) != 1 {
		t.Errorf("%q", arns)
	}
	in.Overrides.ContainerOverrides[0].Command = []string{"seed"}
	_, err := r.ecs.RunTask(ctx, in)
	wantError(t, err, "ConflictException", "The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request.")
	in.ClientToken = aws.String("two")
	if out, err := r.ecs.RunTask(ctx, in); err != nil || *out.Tasks[0].TaskArn == arns[0] {
		t.Error(err)
	}
}

func TestOverridesThatAreTooLong(t *testing.T) {
	r := newRegion(t)
	r.ground()
	definition := r.register("app:1", "")
	empty := len(`{"containerOverrides":[{"name":"web","command":[""]}]}`)
	for n, refused := range map[int]bool{8192 - empty: false, 8193 - empty: true, 9000: true} {
		_, err := r.ecs.RunTask(ctx, &awsecs.RunTaskInput{Cluster: aws.String("dev"), TaskDefinition: &definition, LaunchType: types.LaunchTypeFargate,
			NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}},
			Overrides:            &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("web"), Command: []string{strings.Repeat("<", n)}}}}})
		if refused {
			wantError(t, err, "InvalidParameterException", "Container Overrides length must be at most 8192")
		} else if err != nil {
			t.Errorf("%d: %v", n, err)
		}
	}
}
