package cfn_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is an environment of an application whose templates are worth looking at.
type sample struct {
	name string
	app  cfn.App
	env  string
}

func samples() []sample {
	all := []sample{
		{"https", with("prod", func(_ *cfn.App, e *cfn.Environment) {
			e.AccountID = "123456789012"
			e.CertificateARN = "arn:aws:acm:ap-southeast-1:123456789012:certificate/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11"
			e.AlarmTopicARN = "arn:aws:sns:ap-southeast-1:123456789012:alarms"
		}), "prod"},
		{"guarded", with("prod", func(_ *cfn.App, e *cfn.Environment) { // what controls ask for by fields
			e.AccountID = "123456789012"
			e.CertificateARN = "arn:aws:acm:ap-southeast-1:123456789012:certificate/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11"
			e.TLSPolicy = "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09"
			e.StrictTransportSecurity = "max-age=31536000; includeSubDomains"
			e.WithoutServerHeader = true
			e.AccessLogBucket = "bellyfed-access-logs"
			e.PermissionsBoundary = "arn:aws:iam::123456789012:policy/bellyfed-boundary"
			e.LogRetentionDays = 365
		}), "prod"},
		{"brought-vpc", with("dev", func(_ *cfn.App, e *cfn.Environment) {
			e.Network = cfn.Network{
				VPCID:            "vpc-0a1b2c3d4e5f60718",
				PublicSubnetIDs:  []string{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"},
				PrivateSubnetIDs: []string{"subnet-0a1b2c3d4e5f60003", "subnet-0a1b2c3d4e5f60004"},
			}
		}), "dev"},
		{"arm-spot", with("dev", func(app *cfn.App, e *cfn.Environment) {
			e.Architecture = cfn.ARM64
			e.Spot = true
			app.Container.WritableRootFilesystem = true
			app.Container.WritablePaths = nil
			app.Container.User = "image"
			app.Container.HealthCheckCommand = nil
		}), "dev"},
		{"scaling-secrets", with("qa", func(app *cfn.App, e *cfn.Environment) {
			app.Container.Command = []string{"node", "server.js"}
			e.Scaling = cfn.Scaling{
				CPUPercent:      60,
				MemoryPercent:   -1,
				RequestsPerTask: 1000,
				Schedules: []cfn.Schedule{
					{Name: "night", Expression: "cron(0 22 ? * MON-FRI *)", TimeZone: "Asia/Singapore"},
					{Name: "morning", Expression: "cron(0 6 ? * MON-FRI *)", TimeZone: "Asia/Singapore", MinTasks: 1, MaxTasks: 4},
				},
			}
			e.Variables = map[string]string{"LOG_LEVEL": "debug", "GREETING": "it's: #1 \u00e9", "EMPTY": ""}
			e.Secrets = map[string]string{
				"DATABASE_URL":      "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:qa/database-Ab12Cd:url::",
				"DATABASE_PASSWORD": "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:qa/database-Ab12Cd:password::",
				"API_KEY":           "arn:aws:ssm:ap-southeast-1:123456789012:parameter/qa/api-key",
			}
			e.TaskPolicies = []string{"arn:aws:iam::123456789012:policy/bellyfed-uploads"}
		}), "qa"},
		{"beyond", with("qa", func(app *cfn.App, e *cfn.Environment) { // every way out of what is decided for an App
			e.Names = ownNames()
			granted(e)
			accompanied(e)
			extended(app)
		}), "qa"},
	}
	app := bellyfed()
	for _, env := range app.EnvironmentNames() {
		all = append(all, sample{env, app, env})
	}
	return all
}

// templates of a sample by the names of their stacks' kinds.
func (s sample) templates(t testing.TB) map[string]*cloudformation.Template {
	t.Helper()
	infra, err := cfn.Infra(s.app, s.env)
	if err != nil {
		t.Fatal(err)
	}
	service, err := cfn.Service(s.app, s.env)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*cloudformation.Template{"infra": infra, "service": service}
}

func (s sample) golden(kind string) string {
	return filepath.Join("testdata", "golden", s.name+"."+kind+".yaml")
}

func render(t testing.TB, template *cloudformation.Template) []byte {
	t.Helper()
	body, err := cfn.Render(template)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		for kind, template := range s.templates(t) {
			t.Run(s.name+"/"+kind, func(t *testing.T) {
				got := render(t, template)
				if *update {
					if err := os.WriteFile(s.golden(kind), got, 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(s.golden(kind))
				if err != nil {
					t.Fatal(err)
				}
				// A checkout on Windows may have turned line ends.
				want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("%s differs (- golden, + now); -update rewrites it\n%s", s.golden(kind), diff)
				}
			})
		}
	}
}
