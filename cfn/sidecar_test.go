package cfn_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

var someDigest = "@sha256:" + strings.Repeat("0123456789abcdef", 4)

// accompanied has sidecars of every form.
func accompanied(e *cfn.Environment) {
	e.Sidecars = []cfn.Sidecar{
		{
			Name: "collector", Image: "public.ecr.aws/aws-observability/aws-otel-collector" + someDigest,
			Command: []string{"--config", "/etc/ecs/ecs-xray.yaml"}, Optional: true, WaitFor: "START",
		},
		{
			Name: "proxy", Image: "210987654321.dkr.ecr.ap-southeast-1.amazonaws.com/team/proxy:v7" + someDigest,
			Variables: map[string]string{"UPSTREAM": "127.0.0.1:3000"},
			Secrets:   map[string]string{"TOKEN": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/dev/proxy"},
			CPU:       64, Memory: 128, HealthCheckCommand: []string{"CMD", "proxy", "--check"}, WaitFor: "HEALTHY",
			User: "101:101", WritableRootFilesystem: true,
		},
	}
}

func TestValidateSidecars(t *testing.T) {
	const at = `Environments["dev"].Sidecars[0].`
	for _, test := range []struct {
		name string
		with func(*cfn.Sidecar)
		want []string
	}{
		{"good", func(*cfn.Sidecar) {}, nil},
		{"nothing", func(s *cfn.Sidecar) { *s = cfn.Sidecar{} }, []string{at + `Name: "" is not the name of a container`, at + `Image: "" is not a reference with a digest`}},
		{"the application's name", func(s *cfn.Sidecar) { s.Name = "bellyfed-dev-container" }, []string{at + `Name: "bellyfed-dev-container" is another container's`}},
		{"tag", func(s *cfn.Sidecar) { s.Image = "nginx:latest" }, []string{at + `Image: "nginx:latest" is not a reference with a digest`}},
		{"short digest", func(s *cfn.Sidecar) { s.Image = "nginx@sha256:abc" }, []string{at + "Image: "}},
		{"short name", func(s *cfn.Sidecar) { s.Image = "nginx" + someDigest }, nil},
		{"port", func(s *cfn.Sidecar) { s.Image = "registry.example:5000/a/b_c" + someDigest }, nil},
		{"credential", func(s *cfn.Sidecar) {
			s.Variables = map[string]string{"KEY": "AKIAABCDEFGHIJKLMNOP", "a b": ""}
		}, []string{at + `Variables["KEY"]: is an AWS access key`, at + `Variables["a b"]: "a b" is not the name of a variable`}},
		{"secrets", func(s *cfn.Sidecar) {
			s.Variables, s.Secrets = map[string]string{"A": "b"}, map[string]string{"A": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/a", "B": "b"}
		}, []string{at + `Secrets["A"]: is a plain variable as well`, at + `Secrets["B"]: "b" is not the full ARN`}},
		{"reservations", func(s *cfn.Sidecar) { s.CPU, s.Memory = -1, 5 }, []string{at + "CPU: -1 is negative", at + "Memory: 5 is out of range"}},
		{"all of the CPU", func(s *cfn.Sidecar) { s.CPU = 256 }, []string{`Environments["dev"].Sidecars: reserve 256 units of CPU of the task's 256`}},
		{"all of the memory", func(s *cfn.Sidecar) { s.Memory = 961 }, []string{`Environments["dev"].Sidecars: reserve 961 MiB of the task's 1024`}},
		{"most of the memory", func(s *cfn.Sidecar) { s.Memory = 960 }, nil},
		{"health check", func(s *cfn.Sidecar) { s.HealthCheckCommand = []string{"true"} }, []string{at + `HealthCheckCommand[0]: "true" is not`}},
		{"wait for what", func(s *cfn.Sidecar) { s.WaitFor = "healthy" }, []string{at + `WaitFor: "healthy" is neither START nor HEALTHY`}},
		{"wait for health", func(s *cfn.Sidecar) { s.WaitFor = "HEALTHY" }, []string{at + "WaitFor: HEALTHY needs a HealthCheckCommand"}},
		{"user", func(s *cfn.Sidecar) { s.User = "a b" }, []string{at + `User: "a b" is not a user`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := cfn.Sidecar{Name: "proxy", Image: "public.ecr.aws/x" + someDigest}
			test.with(&s)
			got := problems(t, with("dev", func(_ *cfn.App, e *cfn.Environment) { e.Sidecars = []cfn.Sidecar{s} }).Validate())
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
	many := with("dev", func(_ *cfn.App, e *cfn.Environment) {
		e.Sidecars = slices.Repeat([]cfn.Sidecar{{Name: "a", Image: "x" + someDigest}}, 10)
	})
	got := problems(t, many.Validate())
	if !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, `Environments["dev"].Sidecars: 10 are too many`) }) ||
		!slices.Contains(got, `Environments["dev"].Sidecars[9].Name: "a" is another container's`) {
		t.Errorf("%q", got)
	}
}

func TestWhatSidecarsNeed(t *testing.T) {
	e := cfn.Environment{Secrets: map[string]string{"KEY": "arn:k"}}
	accompanied(&e)
	want := map[string]string{"KEY": "arn:k", "proxy/TOKEN": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/dev/proxy"}
	if diff := cmp.Diff(want, e.AllSecrets()); diff != "" || !maps.Equal(e.Secrets, map[string]string{"KEY": "arn:k"}) {
		t.Errorf("%s%v", diff, e.Secrets)
	}
	for image, want := range map[string][]string{
		"public.ecr.aws/a/b": nil,
		"nginx":              nil,
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a":      {"arn:aws-cn:ecr:cn-north-1:123456789012:repository/a"},
		"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/b": {"arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/b"},
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:tag":    {"arn:aws:ecr:eu-west-1:123456789012:repository/a/b"},
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.org/a": nil,
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/a":       nil,
		"123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/otel":   {"arn:aws-eusc:ecr:eusc-de-east-1:123456789012:repository/otel"},
		"123456789012.dkr-ecr.eu-west-1.on.aws/a":                 {"arn:aws:ecr:eu-west-1:123456789012:repository/a"},
		"123456789012.dkr-ecr-fips.us-west-2.on.aws/a":            {"arn:aws:ecr:us-west-2:123456789012:repository/a"},
	} {
		if got := (cfn.Environment{Sidecars: []cfn.Sidecar{{Image: image + someDigest}}}).SidecarRepositories(); !slices.Equal(got, want) {
			t.Errorf("%s: %q", image, got)
		}
	}
}

func TestOriginOfSidecars(t *testing.T) {
	for path, want := range map[string]string{
		"ContainerDefinitions[2].Environment[A]": `Environments["dev"].Sidecars[1]`,
		"ContainerDefinitions[0].Environment[A]": `Environments["dev"].Variables["A"]`,
		"ContainerDefinitions[0].Image":          "",
	} {
		if got := at(t, bellyfed(), "dev").Origin("TaskDefinition", path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}
