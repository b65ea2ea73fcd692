package rollout

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

func revision(n int32, c ...types.ContainerDefinition) types.TaskDefinition {
	return types.TaskDefinition{Revision: n, Memory: new("512"), Cpu: new("256"), ContainerDefinitions: c}
}

func variable(name, value string) types.KeyValuePair {
	return types.KeyValuePair{Name: &name, Value: &value}
}

func TestDifferences(t *testing.T) {
	before := revision(41, types.ContainerDefinition{
		Name: new("web"), Image: new("r.amazonaws.com/web@sha256:aaaaaaaaaaaaaaaaaaaa"), Command: []string{"serve"}, User: new("1000"),
		Environment: []types.KeyValuePair{
			variable("DATABASE_URL", "postgres://web:hidden@db/web"), variable("LOG", "info"), variable("API_TOKEN", "hidden"), variable("SAME", "x"),
			variable("MIRROR", "https://me:hidden@mirror"),
		},
		Secrets:          []types.Secret{{Name: new("PASSWORD"), ValueFrom: new("arn:old")}},
		PortMappings:     []types.PortMapping{{ContainerPort: new(int32(3000))}},
		LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/a"}},
	})
	after := revision(42, types.ContainerDefinition{
		Name: new("web"), Image: new("r.amazonaws.com/web@sha256:bbbbbbbbbbbbbbbbbbbb"), User: new("1001"), ReadonlyRootFilesystem: new(true),
		Environment:      []types.KeyValuePair{variable("LOG", "debug"), variable("API_TOKEN", "other"), variable("SAME", "x"), variable("MIRROR", "none"), variable("NEW", "1")},
		Secrets:          []types.Secret{{Name: new("PASSWORD"), ValueFrom: new("arn:new")}},
		PortMappings:     []types.PortMapping{{ContainerPort: new(int32(8080))}},
		HealthCheck:      &types.HealthCheck{Command: []string{"CMD", "check"}, Interval: new(int32(10)), Retries: new(int32(3)), StartPeriod: new(int32(60))},
		LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/b"}},
	})
	after.Memory, after.ExecutionRoleArn = new("1024"), new("arn:role")
	after.RuntimePlatform = &types.RuntimePlatform{CpuArchitecture: types.CPUArchitectureArm64}
	var got []string
	for _, c := range Differences(before, after) {
		got = append(got, c.String())
	}
	want := []string{
		"variable API_TOKEN has another value in revision 42 than in 41",
		"variable DATABASE_URL is absent in revision 42 and was present in 41",
		"variable LOG is debug in revision 42 and was info in 41",
		"variable MIRROR has another value in revision 42 than in 41",
		"variable NEW is new in revision 42",
		"secret PASSWORD is arn:new in revision 42 and was arn:old in 41",
		`command is "" in revision 42 and was serve in 41`,
		"user is 1001 in revision 42 and was 1000 in 41",
		"port is 8080 in revision 42 and was 3000 in 41",
		"health check is CMD check every 10 s, 3 times, after 60 s in revision 42 and was none in 41",
		"read-only root filesystem is on in revision 42 and was off in 41",
		"log configuration awslogs-group is /b in revision 42 and was /a in 41",
		"memory is 1024 in revision 42 and was 512 in 41",
		"architecture is ARM64 in revision 42 and was X86_64 in 41",
		`execution role is arn:role in revision 42 and was "" in 41`,
		"image is web@sha256:bbbbbbbbbbbb in revision 42 and was web@sha256:aaaaaaaaaaaa in 41",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if same := Differences(before, before); len(same) != 0 {
		t.Error(same)
	}
}

func TestDifferencesNeverHoldWhatMayBeConfidential(t *testing.T) {
	for _, name := range []string{"DB_PASSWORD", "client_secret", "TOKEN", "STRIPE_KEY", "AWS_CREDENTIALS", "SENTRY_DSN", "SMTP_PASS", "MYSQL_PWD", "BASIC_AUTH"} {
		c := types.ContainerDefinition{Name: new("web"), Environment: []types.KeyValuePair{variable(name, "hidden")}}
		d := types.ContainerDefinition{Name: new("web"), Environment: []types.KeyValuePair{variable(name, "other")}}
		for _, change := range Differences(revision(1, c), revision(2, d)) {
			if change.Before != "" || change.After != "" {
				t.Errorf("%+v", change)
			}
		}
	}
}

func TestCommandsWithPasswordsAreNotShown(t *testing.T) {
	c := types.ContainerDefinition{Name: new("web"), Command: []string{"serve", "--token", "hidden"}}
	d := types.ContainerDefinition{Name: new("web"), Command: []string{"serve"}}
	got := Differences(revision(1, c), revision(2, d))
	if len(got) != 1 || got[0].String() != "command has another value in revision 2 than in 1" || got[0].Before != "" {
		t.Error(got)
	}
}

func TestDifferencesNameTheContainerWhereThereAreSeveral(t *testing.T) {
	proxy := types.ContainerDefinition{Name: new("proxy"), Image: new("proxy:1")}
	other := proxy
	other.Image = new("proxy:2")
	web := types.ContainerDefinition{Name: new("web"), Image: new("web:1")}
	got := Differences(revision(1, web, proxy), revision(2, web, other))
	if len(got) != 1 || got[0].String() != "image of container proxy is proxy:2 in revision 2 and was proxy:1 in 1" {
		t.Error(got)
	}
}
