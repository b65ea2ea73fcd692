//go:build linux

package awslocal_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// asUser is set where the tests of real programs are run once more, as a user that is not root.
const (
	asUser   = "SPLITECS_TEST_AS_USER"
	someUser = 64322 // of no account
)

// realCases are what programs live through, each a task or two of one embedded AWS.
var realCases = map[string]func(*testing.T, *executed){
	"output": outputIsComplete, "exit codes": exitCodes, "signals": exitsBySignals, "memory": memoryKills, "sidecar's memory": sidecarsMemory,
	"stop": stops, "process 1": firstProcess, "identity": identity, "variables": variables, "secrets": secretsOfTasks,
	"files": filesOfTasks, "volumes": volumes, "limits": limitsOfFiles, "not started": notStarted,
	"dependencies": dependencies, "hopeless dependency": hopelessDependency, "sidecar ends": sidecarEnds,
	"healthy": healthyService, "loopback": loopbackOnly, "wrong port": wrongPort, "redirect": redirected, "silent": silent, "sick": sick, "ends": endsAndIsReplaced,
	"metadata": metadata, "SDK": theSDK, "neighbours": neighbours, "names": namesAreResolved,
}

func TestRealPrograms(t *testing.T) {
	machine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the machine") }))
	t.Cleanup(machine.Close)
	a := executes(t, awslocal.HostPorts{machine.Listener.Addr().(*net.TCPAddr).Port})
	a.machine = machine.Listener.Addr().(*net.TCPAddr)
	for name, run := range spread.Table(t, 8, realCases) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, a)
		})
	}
}

func TestRealProgramsAsOrdinaryUser(t *testing.T) {
	spread.Outside(t)
	if os.Getenv(asUser) != "" {
		t.Skip("this is that user")
	}
	if os.Geteuid() != 0 {
		t.Skip("NOT RUN as root: the tests have run as an ordinary user")
	}
	if _, err := programs(); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "user")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := os.Chown(folder, someUser, someUser); err != nil {
		t.Fatal(err)
	}
	again := exec.Command("/proc/self/exe", "-test.v", "-test.count=1", "-test.timeout=100s", "-test.run=^TestRealPrograms$|^TestRealRollingUpdatesLoseNothing$", "-test.short")
	again.Env = append(os.Environ(), asUser+"=1", "TMPDIR="+folder, "HOME="+folder)
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: someUser, Gid: someUser}, Pdeathsig: syscall.SIGKILL}
	out, err := again.CombinedOutput()
	if err != nil {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "SKIP") || strings.Contains(line, "no program is executed") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

func outputIsComplete(t *testing.T, a *executed) {
	p := a.start(t, a.container("app", "lines", "2000", ",", "exit", "0"))
	if code, reason := p.exit(t, "app"); code != 0 {
		t.Fatal(code, reason)
	}
	var even, odd []string
	for _, line := range p.said(t, "app") {
		n := 0
		if _, err := fmt.Sscanf(line, "line %d", &n); err != nil {
			t.Fatalf("%q is no line of the program", line)
		}
		if n%2 == 0 {
			even = append(even, line)
		} else {
			odd = append(odd, line)
		}
	}
	want := func(first int) (lines []string) {
		for n := first; n < 2000; n += 2 {
			lines = append(lines, fmt.Sprint("line ", n))
		}
		return lines
	}
	if !slices.Equal(even, want(0)) || !slices.Equal(odd, want(1)) { // each of the two pipes has its order
		t.Errorf("%d lines of standard output and %d of standard error have come, or in another order", len(even), len(odd))
	}
}

func exitCodes(t *testing.T, a *executed) {
	for _, want := range []int{0, 3, 255} {
		if code, reason := a.start(t, a.container("app", "exit", fmt.Sprint(want))).exit(t, "app"); code != want || reason != "" {
			t.Errorf("exit %d: code %d, reason %q", want, code, reason)
		}
	}
}

func exitsBySignals(t *testing.T, a *executed) {
	c := a.container("app", "signal", "9")
	c.LinuxParameters = &types.LinuxParameters{InitProcessEnabled: aws.Bool(true)} // nothing in its namespace kills process 1
	if code, reason := a.start(t, c).exit(t, "app"); code != 137 || reason != "" {
		t.Errorf("code %d, reason %q", code, reason)
	}
}

var outOfMemory = regexp.MustCompile(`^OutOfMemoryError: `)

func memoryKills(t *testing.T, a *executed) {
	if code, reason := a.start(t, a.container("app", "eat", "700")).exit(t, "app"); code != 137 || !outOfMemory.MatchString(reason) {
		t.Errorf("code %d, reason %q", code, reason)
	}
	if said := a.output(t, a.container("app", "eat", "100")); said != "ate 100" {
		t.Errorf("a program with room enough: %q", said)
	}
}

func sidecarsMemory(t *testing.T, a *executed) {
	small := a.container("small", "eat", "200")
	small.Memory, small.Essential = aws.Int32(64), aws.Bool(false)
	p := a.start(t, a.container("app", "obey"), small)
	eventually(t, func() error {
		for _, c := range p.now(t).Containers {
			if *c.Name == "small" && aws.ToInt32(c.ExitCode) == 137 && outOfMemory.MatchString(aws.ToString(c.Reason)) {
				return nil
			}
		}
		return fmt.Errorf("the sidecar lives: %+v", p.now(t).Containers)
	})
	if s := aws.ToString(p.now(t).LastStatus); s != "RUNNING" {
		t.Errorf("the task is %s", s)
	}
	p.stop(t)
	if code, _ := p.exit(t, "app"); code != 0 {
		t.Errorf("code %d", code)
	}
}

// stops: SIGTERM, and after the stop timeout SIGKILL.
func stops(t *testing.T, a *executed) {
	for _, test := range []struct {
		behaviour string
		init      bool
		code      int
		said      string
	}{
		{"obey", true, 0, "obeyed"}, {"obey", false, 0, "obeyed"},
		{"ignore", true, 137, "ignored"}, {"ignore", false, 137, "ignored"},
		{"sleep", true, 143, "ready"}, // the kernel's default
		{"sleep", false, 2, "ready"},  // which process 1 does not have: the runtime of Go ends it then
	} {
		t.Run(fmt.Sprint(test.behaviour, " with an init ", test.init), func(t *testing.T) {
			t.Parallel()
			c := a.container("app", test.behaviour)
			c.LinuxParameters = &types.LinuxParameters{InitProcessEnabled: &test.init}
			p := a.start(t, c)
			p.says(t, "app", "ready")
			p.stop(t)
			began := time.Now()
			code, _ := p.exit(t, "app")
			took := time.Since(began)
			if code != test.code || !slices.Contains(p.said(t, "app"), test.said) {
				t.Errorf("code %d after %s, said %q", code, took, p.said(t, "app"))
			}
			if killed := took >= 2*time.Second; killed != (test.code == 137) { // the stop timeout
				t.Errorf("it ended after %s", took)
			}
		})
	}
}

func firstProcess(t *testing.T, a *executed) {
	for init, want := range map[bool]string{true: "pid=2 ", false: "pid=1 "} {
		c := a.container("app", "self")
		c.LinuxParameters = &types.LinuxParameters{InitProcessEnabled: &init}
		if said := a.output(t, c); strings.HasPrefix(said, "pid=1 ") != (want == "pid=1 ") {
			t.Errorf("init %v: %s", init, said)
		}
	}
}

func identity(t *testing.T, a *executed) {
	said := a.output(t, a.container("app", "self"))
	if !regexp.MustCompile(`uid=1000 gid=1000 .* dir=/task host=ip-10-0-\d+-\d+\.ap-southeast-1\.compute\.internal`).MatchString(said) {
		t.Errorf("the image's user: %s", said)
	}
	c := a.container("app", "self")
	c.User, c.WorkingDirectory = aws.String("other"), aws.String("/data")
	if said := a.output(t, c); !strings.Contains(said, "uid=1001 gid=1001") || !strings.Contains(said, "dir=/data") {
		t.Errorf("another user: %s", said)
	}
	c.User = aws.String("0")
	if said := a.output(t, c); !strings.Contains(said, "uid=0 gid=0") {
		t.Errorf("root: %s", said)
	}
}

func variables(t *testing.T, a *executed) {
	c := a.container("app", "env", "GREETING", "PORT", "HOME", "AWS_REGION", "AWS_EXECUTION_ENV", "HOSTNAME", ",", "say", "end")
	c.Environment = []types.KeyValuePair{{Name: aws.String("PORT"), Value: aws.String("8080")}}
	said := a.output(t, c)
	if !regexp.MustCompile(`^GREETING=hello\nPORT=8080\nHOME=/home/app\nAWS_REGION=ap-southeast-1\nAWS_EXECUTION_ENV=AWS_ECS_FARGATE\nHOSTNAME=ip-10-0-\d+-\d+\.ap-southeast-1\.compute\.internal\nend$`).MatchString(said) {
		t.Error(said)
	}
}

func secretsOfTasks(t *testing.T, a *executed) {
	made, err := secretsmanager.NewFromConfig(a.Config()).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("shop"), SecretString: aws.String(`{"password":"of the key","n":5}`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ssm.NewFromConfig(a.Config()).PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String("/shop/token"), Value: aws.String("of the store"), Type: ssmtypes.ParameterTypeSecureString}); err != nil {
		t.Fatal(err)
	}
	c := a.container("app", "env", "WHOLE", "KEY", "NUMBER", "PARAMETER")
	for name, from := range map[string]string{
		"WHOLE": *made.ARN, "KEY": *made.ARN + ":password::", "NUMBER": *made.ARN + ":n::", "PARAMETER": "arn:aws:ssm:" + awslocal.DefaultRegion + ":" + awslocal.AccountID + ":parameter/shop/token",
	} {
		c.Secrets = append(c.Secrets, types.Secret{Name: &name, ValueFrom: &from})
	}
	want := `WHOLE={"password":"of the key","n":5}` + "\nKEY=of the key\nNUMBER=5\nPARAMETER=of the store"
	if said := a.output(t, c); said != want {
		t.Errorf("%s\nwant\n%s", said, want)
	}
}

func filesOfTasks(t *testing.T, a *executed) {
	c := a.container("app", "write", "/task/a", "/etc/passwd", "/x", ",", "look", "/secret")
	if said := a.output(t, c); said != "/task/a: <nil>\n/etc/passwd: open /etc/passwd: permission denied\n/x: open /x: permission denied\n/secret: open /secret: permission denied" {
		t.Errorf("of its user: %s", said)
	}
	// A volume at a folder of the image belongs to whom that does, else to root:
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
	c = a.container("app", "write", "/task/a", "/data/b", "/cache/c", "/dev/shm/d")
	c.ReadonlyRootFilesystem = aws.Bool(true)
	c.MountPoints = []types.MountPoint{{SourceVolume: aws.String("data"), ContainerPath: aws.String("/data")}, {SourceVolume: aws.String("cache"), ContainerPath: aws.String("/cache")}}
	p := a.startAs(t, withVolumes("cache", "data"), c)
	p.ended(t)
	if said := strings.Join(p.said(t, "app"), "\n"); said != "/task/a: open /task/a: read-only file system\n/data/b: <nil>\n/cache/c: open /cache/c: permission denied\n/dev/shm/d: <nil>" {
		t.Errorf("read-only: %s", said)
	}
}

func withVolumes(names ...string) func(*ecs.RegisterTaskDefinitionInput) {
	return func(in *ecs.RegisterTaskDefinitionInput) {
		for _, name := range names {
			in.Volumes = append(in.Volumes, types.Volume{Name: &name})
		}
	}
}

func volumes(t *testing.T, a *executed) {
	if said := a.output(t, a.container("app", "look", "/data/seed", ",", "write", "/data/new")); said != "/data/seed: of the image <nil>\n/data/new: <nil>" {
		t.Errorf("the image's volume: %s", said)
	}
	writer, reader := a.container("writer", "write", "/data/seed"), a.container("reader", "look", "/shared/seed", ",", "write", "/shared/seed")
	writer.Essential = aws.Bool(false)
	writer.MountPoints = []types.MountPoint{{SourceVolume: aws.String("shared"), ContainerPath: aws.String("/data")}}
	reader.MountPoints = []types.MountPoint{{SourceVolume: aws.String("shared"), ContainerPath: aws.String("/shared"), ReadOnly: aws.Bool(true)}}
	reader.DependsOn = []types.ContainerDependency{{ContainerName: aws.String("writer"), Condition: types.ContainerConditionSuccess}}
	p := a.startAs(t, withVolumes("shared"), writer, reader)
	p.ended(t)
	if said := strings.Join(p.said(t, "reader"), "\n"); said != "/shared/seed: written<nil>\n/shared/seed: open /shared/seed: read-only file system" {
		t.Errorf("a volume of two containers: %s; %q", said, p.said(t, "writer"))
	}
}

func limitsOfFiles(t *testing.T, a *executed) {
	c := a.container("app", "look", "/proc/self/limits", ",", "self")
	c.Ulimits = []types.Ulimit{{Name: types.UlimitNameNofile, SoftLimit: 700, HardLimit: 800}, {Name: types.UlimitNameCore, SoftLimit: 4096, HardLimit: 8192}}
	said := a.output(t, c)
	if !strings.HasSuffix(said, "/800") || !regexp.MustCompile(`Max core file size +4096 +8192 `).MatchString(said) { // of open files, Go takes as many as it may
		t.Error(said)
	}
}

func notStarted(t *testing.T, a *executed) {
	for name, test := range map[string]struct {
		change func(*types.ContainerDefinition)
		want   string
	}{
		"missing": {func(c *types.ContainerDefinition) { c.EntryPoint = []string{"/bin/absent"} }, "no such file or directory"},
		"in PATH": {func(c *types.ContainerDefinition) { c.EntryPoint = []string{"absent"} }, "executable file not found in $PATH"},
		"plain":   {func(c *types.ContainerDefinition) { c.EntryPoint = []string{"/plain"} }, "permission denied"},
		"user":    {func(c *types.ContainerDefinition) { c.User = aws.String("nobody") }, "nobody"},
		"image":   {func(c *types.ContainerDefinition) { c.Image = aws.String(strings.Split(a.image, "@")[0] + ":absent") }, "CannotPullContainerError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := a.container("app", "exit", "0")
			test.change(&c)
			task := a.start(t, c).ended(t)
			if reason := aws.ToString(task.StoppedReason); task.StopCode != types.TaskStopCodeTaskFailedToStart || !strings.Contains(reason, test.want) || task.Containers[0].ExitCode != nil {
				t.Errorf("%s %q, exit code %v", task.StopCode, reason, task.Containers[0].ExitCode)
			}
		})
	}
}

func dependencies(t *testing.T, a *executed) {
	migrate, warm, proxy := a.container("migrate", "say", "migrated"), a.container("warm", "exit", "3"), a.container("proxy", "wait", "300ms", ",", "serve", ":4000")
	migrate.Essential, warm.Essential = aws.Bool(false), aws.Bool(false)
	proxy.HealthCheck = &types.HealthCheck{Command: []string{"CMD", "program", "get", "4000"}, Interval: aws.Int32(5), Timeout: aws.Int32(2), Retries: aws.Int32(3), StartPeriod: aws.Int32(20)}
	app := a.container("app", "ask", "http://127.0.0.1:4000/of-the-neighbour", ",", "exit", "0")
	on := func(name string, c types.ContainerCondition) types.ContainerDependency {
		return types.ContainerDependency{ContainerName: &name, Condition: c}
	}
	app.DependsOn = []types.ContainerDependency{on("migrate", types.ContainerConditionSuccess), on("warm", types.ContainerConditionComplete), on("proxy", types.ContainerConditionHealthy)}
	proxy.DependsOn = []types.ContainerDependency{on("warm", types.ContainerConditionStart)}
	p := a.start(t, app, proxy, warm, migrate)
	if code, reason := p.exit(t, "app"); code != 0 || !strings.HasPrefix(strings.Join(p.said(t, "app"), "\n"), "200 hello/of-the-neighbour at ip-10-0-") {
		t.Errorf("code %d %s, said %q", code, reason, p.said(t, "app"))
	}
	if code, _ := p.exit(t, "proxy"); code != 0 || !slices.Contains(p.said(t, "proxy"), "bye") { // it gets SIGTERM when the app has ended
		t.Errorf("code %d, said %q", code, p.said(t, "proxy"))
	}
}

func hopelessDependency(t *testing.T, a *executed) {
	migrate, app := a.container("migrate", "exit", "3"), a.container("app", "say", "started")
	migrate.Essential = aws.Bool(false)
	app.DependsOn = []types.ContainerDependency{{ContainerName: aws.String("migrate"), Condition: types.ContainerConditionSuccess}}
	p := a.start(t, app, migrate)
	if task := p.ended(t); task.StopCode != types.TaskStopCodeTaskFailedToStart || !strings.Contains(aws.ToString(task.StoppedReason), "migrate") || len(p.said(t, "app")) > 0 {
		t.Errorf("%s %q, said %q", task.StopCode, aws.ToString(task.StoppedReason), p.said(t, "app"))
	}
}

func sidecarEnds(t *testing.T, a *executed) {
	essential := a.container("side", "wait", "50ms", ",", "exit", "5")
	p := a.start(t, a.container("app", "obey"), essential)
	if code, _ := p.exit(t, "side"); code != 5 {
		t.Errorf("code %d", code)
	}
	if task := p.ended(t); task.StopCode != types.TaskStopCodeEssentialContainerExited {
		t.Errorf("%s %s", task.StopCode, aws.ToString(task.StoppedReason))
	}
}

func metadata(t *testing.T, a *executed) {
	c := a.container("app", "env", "ECS_CONTAINER_METADATA_URI_V4", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ",", "sleep")
	p := a.start(t, c)
	p.says(t, "app", "ready")
	said := p.said(t, "app")
	uri, credentials := strings.TrimPrefix(said[0], "ECS_CONTAINER_METADATA_URI_V4="), strings.TrimPrefix(said[1], "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=")
	if uri == "" || credentials == "" {
		t.Fatal(said)
	}
	p.stop(t)
	// What the program of another task is told is of that task alone.
	foreign := a.output(t, a.container("app", "ask", uri+"/task", ",", "ask", "http://169.254.170.2"+credentials))
	if !strings.HasPrefix(foreign, "404 ") || !strings.Contains(foreign, "\n400 ") {
		t.Errorf("another task is told %s", foreign)
	}
}

func theSDK(t *testing.T, a *executed) {
	if _, err := ssm.NewFromConfig(a.Config()).PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String("/sdk"), Value: aws.String("found"), Type: ssmtypes.ParameterTypeString}); err != nil {
		t.Fatal(err)
	}
	c := a.container("app", "/sdk")
	c.EntryPoint = []string{"client"}
	if said := a.output(t, c); said != "region=ap-southeast-1 credentials=CredentialsEndpointProvider account="+awslocal.AccountID+" parameter=found" {
		t.Error(said)
	}
}

// neighbours: a task's own loopback is not that of this machine, nor of another task.
func neighbours(t *testing.T, a *executed) {
	p := a.start(t, a.container("app", "dial", a.machine.String()))
	if code, _ := p.exit(t, "app"); code != 1 || !strings.Contains(strings.Join(p.said(t, "app"), ""), "connection refused") {
		t.Errorf("code %d, said %q", code, p.said(t, "app"))
	}
	if said := a.output(t, a.container("app", "ask", fmt.Sprintf("http://host.splitecs.internal:%d", a.machine.Port))); said != "200 the machine" {
		t.Error(said)
	}
}

func namesAreResolved(t *testing.T, a *executed) {
	if said := a.output(t, a.container("app", "lookup", "host.splitecs.internal", ",", "lookup", "localhost")); said != "[169.254.170.3] <nil>\n[127.0.0.1] <nil>" {
		t.Error(said)
	}
	names, err := net.LookupHost("name.invalid") // reserved: https://datatracker.ietf.org/doc/html/rfc6761#section-6.4
	if err == nil {
		t.Skipf("the resolver of this machine finds name.invalid: %v", names)
	}
	p := a.start(t, a.container("app", "lookup", "name.invalid"))
	p.ended(t)
	if said := strings.Join(p.said(t, "app"), "\n"); !strings.Contains(said, "lookup name.invalid on 169.254.169.253:53") {
		t.Error(said)
	}
}
