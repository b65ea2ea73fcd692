//go:build linux

package awslocal_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// programsAt names the folder of the programs of testdata, built.
const programsAt = "SPLITECS_TEST_PROGRAMS"

// programs is the folder of the programs that run in tasks; it is built by the first test that asks.
var programs = sync.OnceValues(func() (string, error) {
	if at := os.Getenv(programsAt); at != "" {
		return at, nil
	}
	at, err := os.MkdirTemp("", "programs")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(at, 0o755); err != nil { // for an ordinary user
		return "", err
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", at, "./testdata/program", "./testdata/client")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the programs of the tests: %w\n%s", err, out)
	}
	removePrograms = func() { os.RemoveAll(at) }
	return at, os.Setenv(programsAt, at)
})

// executed is an embedded AWS that executes programs, with an image of the programs of testdata, a cluster and a log group.
type executed struct {
	*awslocal.Test
	t        testing.TB
	services *ecs.Client
	logs     *cloudwatchlogs.Client
	image    string
	machine  *net.TCPAddr // of a server of this machine, whose port is passed on
}

// executes starts one.
func executes(t testing.TB, options ...awslocal.TestOption) *executed {
	t.Helper()
	a := &executed{Test: awslocal.Start(t, append(options, awslocal.RealPrograms)...), t: t}
	a.services, a.logs = ecs.NewFromConfig(a.Config()), cloudwatchlogs.NewFromConfig(a.Config())
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.services.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("real")}))
	must(a.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/real")}))
	must(ecr.NewFromConfig(a.Config()).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("real")}))
	a.image = pushPrograms(t, a.Test, "real")
	return a
}

// pushPrograms pushes an image of the programs of testdata and returns its reference. Its user is app, 1000:1000 with group
// staff, 50; its own folder is /task, and /data is a volume with content.
func pushPrograms(t testing.TB, server *awslocal.Test, repository string) string {
	t.Helper()
	at, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	w := tar.NewWriter(&content)
	add := func(h tar.Header, data []byte) {
		h.Size = int64(len(data))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"program", "client"} {
		data, err := os.ReadFile(filepath.Join(at, name))
		if err != nil {
			t.Fatal(err)
		}
		add(tar.Header{Name: "bin/" + name, Mode: 0o755}, data)
	}
	add(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\nother:x:1001:1001::/:/bin/sh\n"))
	add(tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\napp:x:1000:\nstaff:x:50:app\n"))
	add(tar.Header{Name: "task/", Typeflag: tar.TypeDir, Mode: 0o755, Uid: 1000, Gid: 1000}, nil)
	add(tar.Header{Name: "data/", Typeflag: tar.TypeDir, Mode: 0o755, Uid: 1000, Gid: 1000}, nil)
	add(tar.Header{Name: "data/seed", Mode: 0o644, Uid: 1000, Gid: 1000}, []byte("of the image "))
	add(tar.Header{Name: "secret", Mode: 0o600}, []byte("root's"))
	add(tar.Header{Name: "broken", Mode: 0o755}, []byte("\x7fELF is not all"))
	add(tar.Header{Name: "plain", Mode: 0o644}, []byte("no program"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil }, tarball.WithCompressionLevel(gzip.BestSpeed))
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config.OS, config.Architecture = "linux", "amd64"
	config.Config = v1.Config{
		Entrypoint: []string{"program"}, Env: []string{"PATH=/bin", "GREETING=hello", "PORT=3000"}, User: "app", WorkingDir: "/task",
		Volumes: map[string]struct{}{"/data": {}},
	}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		t.Fatal(err)
	}
	return pushImage(t, server, repository, image)
}

// pushImage pushes an image to a repository of the embedded AWS and returns its reference.
func pushImage(t testing.TB, server *awslocal.Test, repository string, image v1.Image) string {
	t.Helper()
	token, err := ecr.NewFromConfig(server.Config()).GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := base64.StdEncoding.DecodeString(*token.AuthorizationData[0].AuthorizationToken)
	if err != nil {
		t.Fatal(err)
	}
	user, password, _ := strings.Cut(string(plain), ":")
	tag, err := name.NewTag(strings.TrimPrefix(server.URL(), "http://") + "/" + repository + ":v1")
	if err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image, remote.WithAuth(&authn.Basic{Username: user, Password: password})); err != nil {
		t.Fatal(err)
	}
	return awslocal.AccountID + ".dkr.ecr." + awslocal.DefaultRegion + ".localhost/" + repository + "@" + digest.String()
}

// container is one whose program does this.
func (a *executed) container(name string, behaviour ...string) types.ContainerDefinition {
	return types.ContainerDefinition{
		Name: aws.String(name), Image: aws.String(a.image), Command: behaviour, StopTimeout: aws.Int32(2),
		LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
			"awslogs-group": "/real", "awslogs-region": awslocal.DefaultRegion, "awslogs-stream-prefix": "t",
		}},
	}
}

// process is a task that was started.
type process struct {
	*executed
	arn string
}

// define registers a task definition.
func (a *executed) define(t testing.TB, change func(*ecs.RegisterTaskDefinitionInput), containers ...types.ContainerDefinition) string {
	t.Helper()
	in := &ecs.RegisterTaskDefinitionInput{
		Family: aws.String(unnamed.ReplaceAllString(t.Name(), "-")), Cpu: aws.String("256"), Memory: aws.String("512"),
		NetworkMode: types.NetworkModeAwsvpc, RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		ExecutionRoleArn: aws.String("arn:aws:iam::" + awslocal.AccountID + ":role/execution"), TaskRoleArn: aws.String("arn:aws:iam::" + awslocal.AccountID + ":role/task"),
		ContainerDefinitions: containers,
	}
	if change != nil {
		change(in)
	}
	out, err := a.services.RegisterTaskDefinition(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.TaskDefinition.TaskDefinitionArn
}

// unnamed is what names of AWS have not.
var unnamed = regexp.MustCompile(`[^a-zA-Z0-9-]`)

var network = &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-0123456789abcdef0"}}}

// start starts a task of containers.
func (a *executed) start(t testing.TB, containers ...types.ContainerDefinition) process {
	t.Helper()
	return a.startAs(t, nil, containers...)
}

func (a *executed) startAs(t testing.TB, change func(*ecs.RegisterTaskDefinitionInput), containers ...types.ContainerDefinition) process {
	t.Helper()
	out, err := a.services.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: aws.String("real"), TaskDefinition: aws.String(a.define(t, change, containers...)), LaunchType: types.LaunchTypeFargate, NetworkConfiguration: network,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Failures) > 0 {
		t.Fatal(aws.ToString(out.Failures[0].Reason))
	}
	return process{a, *out.Tasks[0].TaskArn}
}

// now is how the task stands.
func (p process) now(t testing.TB) types.Task {
	t.Helper()
	out, err := p.services.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("real"), Tasks: []string{p.arn}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Tasks) == 0 {
		t.Fatalf("there is no task %s", p.arn)
	}
	return out.Tasks[0]
}

// stop asks for its end.
func (p process) stop(t testing.TB) {
	t.Helper()
	if _, err := p.services.StopTask(ctx, &ecs.StopTaskInput{Cluster: aws.String("real"), Task: &p.arn}); err != nil {
		t.Fatal(err)
	}
}

// ended waits for its end.
func (p process) ended(t testing.TB) types.Task {
	t.Helper()
	var task types.Task
	eventually(t, func() error {
		if task = p.now(t); aws.ToString(task.LastStatus) != "STOPPED" {
			return fmt.Errorf("the task is %s", aws.ToString(task.LastStatus))
		}
		return nil
	})
	return task
}

// exit waits for the end of the task, and is the exit code and the reason of a container of it.
func (p process) exit(t testing.TB, name string) (code int, reason string) {
	t.Helper()
	task := p.ended(t)
	for _, c := range task.Containers {
		if *c.Name == name {
			if c.ExitCode == nil {
				return -1, aws.ToString(c.Reason) + aws.ToString(task.StoppedReason)
			}
			return int(*c.ExitCode), aws.ToString(c.Reason)
		}
	}
	t.Fatalf("the task has no container %s", name)
	return 0, ""
}

// said are the lines of a container's log.
func (p process) said(t testing.TB, name string) (lines []string) {
	t.Helper()
	in := &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String("/real"), LogStreamName: aws.String("t/" + name + p.arn[strings.LastIndex(p.arn, "/"):]), StartFromHead: aws.Bool(true),
	}
	for {
		out, err := p.logs.GetLogEvents(ctx, in)
		if _, silent := errors.AsType[*logtypes.ResourceNotFoundException](err); silent {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Events {
			lines = append(lines, *e.Message)
		}
		if in.NextToken != nil && *out.NextForwardToken == *in.NextToken {
			return lines
		}
		in.NextToken = out.NextForwardToken
	}
}

// says waits until a container has said a line.
func (p process) says(t testing.TB, name, line string) {
	t.Helper()
	eventually(t, func() error {
		if lines := p.said(t, name); !slices.Contains(lines, line) {
			return fmt.Errorf("the lines of %s are %q: no %q; the task: %s %s", name, lines, line, aws.ToString(p.now(t).LastStatus), aws.ToString(p.now(t).StoppedReason))
		}
		return nil
	})
}

// output runs a program to its end, which has to be a good one, and is what it has said.
func (a *executed) output(t testing.TB, c types.ContainerDefinition) string {
	t.Helper()
	p := a.start(t, c)
	code, reason := p.exit(t, *c.Name)
	said := strings.Join(p.said(t, *c.Name), "\n")
	if code != 0 {
		t.Fatalf("exit code %d, %s: %s", code, reason, said)
	}
	return said
}

// eventually something is so, within a time that is far longer than it takes.
func eventually(t testing.TB, is func() error) {
	t.Helper()
	limit, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	for {
		err := is()
		if err == nil {
			return
		}
		select {
		case <-limit.Done():
			t.Fatal(errors.Join(limit.Err(), err))
		case <-time.After(10 * time.Millisecond):
		}
	}
}
