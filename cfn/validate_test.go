package cfn_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

func TestValidateAcceptsSamples(t *testing.T) {
	for _, s := range samples() {
		if err := s.app.Validate(); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

func TestValidateAcceptsTheLeast(t *testing.T) {
	app := cfn.App{Name: "shop", Region: "eu-central-1", Environments: map[string]cfn.Environment{"dev": {}}}
	if err := app.Validate(); err != nil {
		t.Error(err)
	}
	app.Environments = nil
	if err := app.Validate(); err != nil {
		t.Errorf("without environments there is still local: %v", err)
	}
}

// What AWS takes is not refused.
func TestValidateAcceptsWhatAWSTakes(t *testing.T) {
	app := cfn.App{Name: "shop", Region: "eusc-de-east-1", DefaultEnvironment: "dev",
		Container: cfn.Container{
			Variables:          map[string]string{"discovery.type": "single-node", "Logging-Level": "info"},
			HealthCheckCommand: []string{"CMD-SHELL", "curl -f http://127.0.0.1:3000/health || exit 1"},
		},
		Environments: map[string]cfn.Environment{"dev": {Secrets: map[string]string{
			"DB_PASSWORD":                "arn:aws-eusc:secretsmanager:eusc-de-east-1:123456789012:secret:rds!db-11112222-3333-4444-5555-666677778888-AbCdEf:password::",
			"spring.datasource.password": "arn:aws-eusc:ssm:eusc-de-east-1:123456789012:parameter/shop/db",
		}}},
	}
	if err := app.Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	brought := cfn.Network{
		VPCID:            "vpc-0a1b2c3d",
		PublicSubnetIDs:  []string{"subnet-00000001", "subnet-00000002"},
		PrivateSubnetIDs: []string{"subnet-00000003", "subnet-00000004"},
	}
	const dev = `Environments["dev"].`
	tests := []struct {
		name   string
		change func(*cfn.App, *cfn.Environment)
		want   []string // beginnings of the problems
	}{
		{"no name", func(a *cfn.App, _ *cfn.Environment) { a.Name = "" }, []string{`Name: "" is not a name`}},
		{"upper-case name", func(a *cfn.App, _ *cfn.Environment) { a.Name = "Bellyfed" }, []string{`Name: "Bellyfed" is not`}},
		{"long name", func(a *cfn.App, _ *cfn.Environment) { a.Name = strings.Repeat("a", 25) }, []string{`Name: `}},
		{"hyphen at the end", func(a *cfn.App, _ *cfn.Environment) { a.Name = "shop-" }, []string{`Name: `}},
		{"no region", func(a *cfn.App, _ *cfn.Environment) { a.Region = "" }, []string{
			`Region: is empty, and so is that of dev, prod, qa, test: name one for all environments here`,
		}},
		{"region", func(a *cfn.App, _ *cfn.Environment) { a.Region = "Singapore" }, []string{`Region: "Singapore" is not an AWS region`}},
		{"environment's region", func(_ *cfn.App, e *cfn.Environment) { e.Region = "ap_1" }, []string{dev + `Region: "ap_1" is not`}},
		{"default environment", func(a *cfn.App, _ *cfn.Environment) { a.DefaultEnvironment = "stage" }, []string{
			`DefaultEnvironment: "stage" is none of the environments: dev, local, prod, qa, test`,
		}},
		{"environment's name", func(a *cfn.App, _ *cfn.Environment) { a.Environments["Prod"] = cfn.Environment{} }, []string{
			`Environments["Prod"]: is not a name`,
		}},
		{"environment's name is long", func(a *cfn.App, _ *cfn.Environment) {
			a.Environments[strings.Repeat("e", 110)] = cfn.Environment{}
		}, []string{`Environments["` + strings.Repeat("e", 110) + `"]: is too long: stack name`}},

		{"working directory", func(a *cfn.App, _ *cfn.Environment) { a.Image.WorkingDir = "app" }, []string{`Image.WorkingDir: "app" is not an absolute path`}},
		{"variable of the image", func(a *cfn.App, _ *cfn.Environment) { a.Image.Env = map[string]string{"A B": ""} }, []string{`Image.Env["A B"]: "A B" is not the name`}},
		{"label without a name", func(a *cfn.App, _ *cfn.Environment) { a.Image.Labels = map[string]string{"": "x"} }, []string{`Image.Labels: `}},
		{"platform", func(a *cfn.App, _ *cfn.Environment) { a.Image.Platforms = []cfn.Architecture{cfn.ARM64, "mips"} }, []string{`Image.Platforms[1]: "mips" is neither X86_64 nor ARM64`}},
		{"kept assets", func(a *cfn.App, _ *cfn.Environment) { a.Image.KeepAssets = 21 }, []string{`Image.KeepAssets: 21 is out of range: use 0 to 20`}},
		{"allowed secrets", func(a *cfn.App, _ *cfn.Environment) { a.Image.AllowedSecrets = []string{"/app/*.pem", "app/x", "/a["} }, []string{
			`Image.AllowedSecrets[1]: "app/x" is not the pattern of an absolute path in the image, such as /app/certs/*.pem`,
			`Image.AllowedSecrets[2]: "/a[" is not the pattern of an absolute path in the image, such as /app/certs/*.pem`,
		}},
		{"files", func(a *cfn.App, _ *cfn.Environment) { a.Image.Files = []string{"ui", "../x", "/etc/y", ""} }, []string{
			`Image.Files[1]: "../x" is not the name of a file or folder in the project`,
			`Image.Files[2]: "/etc/y" is not the name of a file or folder in the project`,
			`Image.Files[3]: "" is not the name of a file or folder in the project`,
		}},
		{"further programs", func(a *cfn.App, _ *cfn.Environment) {
			a.Image.Go.Programs = []string{"./cmd/x", "example.com/x", "", "./...", "-x"}
		}, []string{
			`Image.Go.Programs[2]: "" is neither the folder nor the import path of one Go package`,
			`Image.Go.Programs[3]: "./..." is neither the folder nor the import path of one Go package`,
			`Image.Go.Programs[4]: "-x" is neither the folder nor the import path of one Go package`,
		}},
		{"values of the linker", func(a *cfn.App, _ *cfn.Environment) {
			a.Image.Go.Values = map[string]string{
				"main.version": "{commit} of 'today'", "example.com/a-b/c.größe": "", "version": "1", "main.a b": "1", "main.": "1", "main.quotes": `'"`, "main.queue": "amqp://a:hunter2@mq",
			}
		}, []string{
			`Image.Go.Values["main."]: "main." is not the import path of a package and the name of a variable in it, such as main.version`,
			`Image.Go.Values["main.a b"]: "main.a b" is not the import path of a package and the name of a variable in it, such as main.version`,
			`Image.Go.Values["main.queue"]: is a URL with a password, which everybody who may pull the image would see: keep it in Secrets Manager or SSM, and name its ARN in Secrets`,
			`Image.Go.Values["main.quotes"]: has both kinds of quotes, which the go command cannot take`,
			`Image.Go.Values["version"]: "version" is not the import path of a package and the name of a variable in it, such as main.version`,
		}},
		{"build tags", func(a *cfn.App, _ *cfn.Environment) { a.Image.Go.Tags = []string{"netgo", "go1.26", "a,b", ""} }, []string{
			`Image.Go.Tags[2]: "a,b" is not a build tag: letters, digits, _ and dots`,
			`Image.Go.Tags[3]: "" is not a build tag: letters, digits, _ and dots`,
		}},
		{"compression", func(a *cfn.App, _ *cfn.Environment) { a.Image.Compression = "lz4" }, []string{`Image.Compression: "lz4" is neither zstd nor gzip`}},

		{"port", func(a *cfn.App, _ *cfn.Environment) { a.Container.Port = 70000 }, []string{`Container.Port: 70000 is not a port`}},
		{"health path", func(a *cfn.App, _ *cfn.Environment) { a.Container.HealthCheckPath = "health" }, []string{`Container.HealthCheckPath: "health" is not a path`}},
		{"health command", func(a *cfn.App, _ *cfn.Environment) {
			a.Container.HealthCheckCommand = []string{"curl", "-f", "localhost"}
		}, []string{`Container.HealthCheckCommand[0]: "curl" is not "CMD"`}},
		{"empty health command", func(a *cfn.App, _ *cfn.Environment) { a.Container.HealthCheckCommand = []string{"CMD"} }, []string{`Container.HealthCheckCommand: has nothing to run`}},
		{"several words for a shell", func(a *cfn.App, _ *cfn.Environment) {
			a.Container.HealthCheckCommand = []string{"CMD-SHELL", "curl", "-f", "http://127.0.0.1:3000/health"}
		}, []string{`Container.HealthCheckCommand: has 3 words after CMD-SHELL, of which a shell runs the first alone: write them as one, "curl -f http://127.0.0.1:3000/health", or use CMD`}},
		{"partitions", func(_ *cfn.App, e *cfn.Environment) {
			e.Region = "cn-north-1"
			e.Secrets = map[string]string{"A": "arn:aws:ssm:cn-north-1:123456789012:parameter/a"}
			e.TaskPolicies = []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess"}
			e.AlarmTopicARN = "arn:aws:sns:cn-north-1:123456789012:alarms"
			e.CertificateARN = "arn:aws:acm:cn-north-1:123456789012:certificate/a"
			e.TaskStatements = []cfn.Statement{{Actions: []string{"s3:GetObject"}, Resources: []string{"*", "arn:aws-cn:s3:::a/*", "arn:*:s3:::a/*", "arn:aws:s3:::a/*"}}}
			e.ExecutionStatements = []cfn.Statement{{Actions: []string{"kms:Decrypt"}, Resources: []string{"arn:aws:kms:cn-north-1:123456789012:key/a"}}}
			e.Services = map[string]cfn.AdditionalService{"worker": {Secrets: map[string]string{"B": "arn:aws:ssm:cn-north-1:123456789012:parameter/b"}}}
		}, []string{
			dev + `CertificateARN: is of partition aws, and region cn-north-1 is in partition aws-cn: ARNs there begin with arn:aws-cn:`,
			dev + `Secrets["A"]: is of partition aws`, dev + `AlarmTopicARN: is of partition aws`, dev + `TaskPolicies[0]: is of partition aws`,
			dev + `TaskStatements[0].Resources[3]: is of partition aws`, dev + `ExecutionStatements[0].Resources[0]: is of partition aws`,
			dev + `Services["worker"].Secrets["B"]: is of partition aws`,
		}},
		{"tags that differ in case", func(a *cfn.App, _ *cfn.Environment) {
			a.Tags = map[string]string{"Environment": "Production", "environment": "x", "Team": "a", "team": "b", "app": "other"}
		}, []string{
			`Tags["Environment"]: differs from environment in case alone, and roles cannot have both`, `Tags["team"]: differs from Team in case alone`,
		}},
		{"tags that differ in case from the application's", func(a *cfn.App, e *cfn.Environment) {
			a.Tags, e.Tags = map[string]string{"Team": "a"}, map[string]string{"TEAM": "b"}
		}, []string{dev + `Tags["TEAM"]: differs from Team in case alone`}},
		{"what a listener has", func(_ *cfn.App, e *cfn.Environment) {
			e.CertificateARN = "arn:aws:acm:ap-southeast-1:123456789012:certificate/a"
			e.TLSPolicy, e.StrictTransportSecurity, e.AccessLogBucket = "TLS13", "includeSubDomains", "Logs"
		}, []string{
			dev + `TLSPolicy: "TLS13" is not a security policy of load balancers, such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09`,
			dev + `StrictTransportSecurity: "includeSubDomains" is not "max-age=SECONDS"`, dev + `AccessLogBucket: "Logs" is not the name`,
		}},
		{"a bucket with two dots", func(_ *cfn.App, e *cfn.Environment) { e.AccessLogBucket = "my..logs" }, []string{dev + `AccessLogBucket: "my..logs" is not the name`}},
		{"a bucket that is an address", func(_ *cfn.App, e *cfn.Environment) { e.AccessLogBucket = "192.168.0.1" }, []string{dev + `AccessLogBucket: "192.168.0.1" is not the name`}},
		{"a listener without a certificate", func(_ *cfn.App, e *cfn.Environment) {
			e.TLSPolicy, e.StrictTransportSecurity = "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", "max-age=300"
		}, []string{dev + `TLSPolicy: needs a CertificateARN`, dev + `StrictTransportSecurity: needs a CertificateARN`}},
		{"boundary", func(_ *cfn.App, e *cfn.Environment) { e.PermissionsBoundary = "bellyfed-boundary" }, []string{
			dev + `PermissionsBoundary: "bellyfed-boundary" is not the ARN of a managed policy`,
		}},
		{"boundary elsewhere", func(_ *cfn.App, e *cfn.Environment) {
			e.AccountID, e.PermissionsBoundary = "111111111111", "arn:aws-cn:iam::222222222222:policy/b"
		}, []string{dev + `PermissionsBoundary: is of partition aws-cn`, dev + `PermissionsBoundary: is in account 222222222222, and the environment in 111111111111`}},
		{"start period", func(a *cfn.App, _ *cfn.Environment) { a.Container.StartPeriod = 6 * time.Minute }, []string{`Container.StartPeriod: 6m0s is out of range: whole seconds from 1 to 300`}},
		{"stop timeout", func(a *cfn.App, _ *cfn.Environment) { a.Container.StopTimeout = 3 * time.Minute }, []string{`Container.StopTimeout: 3m0s is out of range: whole seconds from 1 to 120`}},
		{"deregistration delay", func(a *cfn.App, _ *cfn.Environment) { a.Container.DeregistrationDelay = 2 * time.Hour }, []string{`Container.DeregistrationDelay: 2h0m0s is out of range: whole seconds from 1 to 3600`}},
		{"half a second", func(a *cfn.App, _ *cfn.Environment) { a.Container.StopTimeout = 1500 * time.Millisecond }, []string{`Container.StopTimeout: 1.5s`}},
		{"user", func(a *cfn.App, _ *cfn.Environment) { a.Container.User = "1000:" }, []string{`Container.User: "1000:" is not a user`}},
		{"relative writable path", func(a *cfn.App, _ *cfn.Environment) { a.Container.WritablePaths = []string{"tmp"} }, []string{`Container.WritablePaths[0]: "tmp" is not an absolute path`}},
		{"writable path with dots", func(a *cfn.App, _ *cfn.Environment) {
			a.Container.WritablePaths = []string{"/tmp/../etc"}
		}, []string{`Container.WritablePaths[0]: `}},
		{"writable path twice", func(a *cfn.App, _ *cfn.Environment) {
			a.Container.WritablePaths = []string{"/tmp", "/tmp"}
		}, []string{`Container.WritablePaths[1]: "/tmp" stands there twice`}},
		{"writable paths of one volume", func(a *cfn.App, _ *cfn.Environment) {
			a.Container.WritablePaths = []string{"/a/b", "/a-b"}
		}, []string{`Container.WritablePaths[1]: "/a-b" gives its volume the same name as "/a/b"`}},
		{"writable paths without use", func(a *cfn.App, _ *cfn.Environment) { a.Container.WritableRootFilesystem = true }, []string{`Container.WritablePaths: have no use`}},
		{"variable", func(a *cfn.App, _ *cfn.Environment) { a.Container.Variables = map[string]string{"1A": "x"} }, []string{`Container.Variables["1A"]: "1A" is not the name of a variable`}},
		{"zero byte", func(a *cfn.App, _ *cfn.Environment) { a.Container.Variables = map[string]string{"A": "\x00"} }, []string{`Container.Variables["A"]: is not text`}},
		{"intrinsic function in disguise", func(a *cfn.App, _ *cfn.Environment) {
			a.Container.Command = []string{"eyAiUmVmIjogIkltYWdlVXJpIiB9"}
		}, []string{`Container.Command[0]: would be taken for an intrinsic function`}},
		{"tag of AWS", func(a *cfn.App, _ *cfn.Environment) { a.Tags = map[string]string{"AWS:x": "y"} }, []string{`Tags["AWS:x"]: keys with aws: belong to AWS`}},
		{"tag without a value", func(a *cfn.App, _ *cfn.Environment) { a.Tags = map[string]string{"x": ""} }, []string{`Tags["x"]: the value needs 1 to 256 characters`}},
		{"characters of a tag", func(a *cfn.App, _ *cfn.Environment) { a.Tags = map[string]string{"x": "<y>"} }, []string{`Tags["x"]: the value may have`}},
		{"many tags together", func(a *cfn.App, e *cfn.Environment) {
			a.Tags, e.Tags = map[string]string{}, map[string]string{}
			for i := range 30 {
				a.Tags[fmt.Sprint("a", i)] = "x"
			}
			for i := range 11 {
				e.Tags[fmt.Sprint("b", i)] = "x"
			}
		}, []string{dev + `Tags: are 41 with those of the application: use at most 40`}},

		{"account", func(_ *cfn.App, e *cfn.Environment) { e.AccountID = "12345" }, []string{dev + `AccountID: "12345" is not an AWS account: 12 digits`}},
		{"CIDR", func(_ *cfn.App, e *cfn.Environment) { e.Network.CIDR = "10.0.0.0" }, []string{dev + `Network.CIDR: "10.0.0.0" is not an IPv4 block`}},
		{"IPv6", func(_ *cfn.App, e *cfn.Environment) { e.Network.CIDR = "fd00::/16" }, []string{dev + `Network.CIDR: "fd00::/16" is not an IPv4 block`}},
		{"large VPC", func(_ *cfn.App, e *cfn.Environment) { e.Network.CIDR = "10.0.0.0/8" }, []string{dev + `Network.CIDR: 10.0.0.0/8 is out of range: use /16 to /24`}},
		{"host bits", func(_ *cfn.App, e *cfn.Environment) { e.Network.CIDR = "10.0.0.1/16" }, []string{dev + `Network.CIDR: 10.0.0.1/16 has bits beyond its prefix: use 10.0.0.0/16`}},
		{"one zone", func(_ *cfn.App, e *cfn.Environment) { e.Network.Zones = 1 }, []string{dev + `Network.Zones: 1 are too few`}},
		{"zones of a small VPC", func(_ *cfn.App, e *cfn.Environment) {
			e.Network.CIDR, e.Network.Zones = "10.0.0.0/24", 5
		}, []string{dev + `Network.Zones: 5 are too many: 10.0.0.0/24 has room for 4`}},
		{"NAT gateways", func(_ *cfn.App, e *cfn.Environment) { e.Network.NATGateways = 3 }, []string{dev + `Network.NATGateways: 3 is out of range: from 1 to the number of zones, 2`}},
		{"brought and made", func(_ *cfn.App, e *cfn.Environment) {
			e.Network = brought
			e.Network.CIDR, e.Network.Zones, e.Network.NATGateways = "10.0.0.0/16", 2, 1
		}, []string{dev + `Network.CIDR: has no meaning`, dev + `Network.Zones: has no meaning`, dev + `Network.NATGateways: has no meaning`}},
		{"subnets without a VPC", func(_ *cfn.App, e *cfn.Environment) {
			e.Network = brought
			e.Network.VPCID = ""
		}, []string{dev + `Network.VPCID: is needed`}},
		{"VPC without subnets", func(_ *cfn.App, e *cfn.Environment) {
			e.Network = cfn.Network{VPCID: "vpc-1"}
		}, []string{dev + `Network.VPCID: "vpc-1" is not the identifier`, dev + `Network.PublicSubnetIDs: 0 are out of range`, dev + `Network.PrivateSubnetIDs: 0 are out of range`}},
		{"subnets", func(_ *cfn.App, e *cfn.Environment) {
			e.Network = brought
			e.Network.PublicSubnetIDs = []string{"subnet-00000001", "subnet-00000001", "x"}
			e.Network.PrivateSubnetIDs = []string{"subnet-00000001", "subnet-00000004"}
		}, []string{
			dev + `Network.PublicSubnetIDs[1]: "subnet-00000001" stands there twice`,
			dev + `Network.PublicSubnetIDs[2]: "x" is not the identifier`,
			dev + `Network.PrivateSubnetIDs[0]: "subnet-00000001" is a public subnet as well`,
		}},
		{"certificate", func(_ *cfn.App, e *cfn.Environment) { e.CertificateARN = "arn:aws:iam::1:cert" }, []string{dev + `CertificateARN: "arn:aws:iam::1:cert" is not the ARN of an ACM certificate`}},
		{"certificate elsewhere", func(_ *cfn.App, e *cfn.Environment) {
			e.AccountID = "123456789012"
			e.CertificateARN = "arn:aws:acm:us-east-1:210987654321:certificate/abc"
		}, []string{dev + `CertificateARN: is in us-east-1 and has to be in ap-southeast-1`, dev + `CertificateARN: is in account 210987654321, and the environment in 123456789012`}},
		{"CPU", func(_ *cfn.App, e *cfn.Environment) { e.CPU = 300 }, []string{dev + `CPU: 300 is not a Fargate size; with 1024 MiB use 256 or 512`}},
		{"CPU alone", func(_ *cfn.App, e *cfn.Environment) { e.CPU, e.Memory = 300, 0 }, []string{dev + `CPU: 300 is not a Fargate size; use 256, 512, 1024, 2048, 4096, 8192 or 16384`}},
		{"memory", func(_ *cfn.App, e *cfn.Environment) { e.Memory = 3072 }, []string{dev + `Memory: 3072 MiB is not a Fargate size; with 256 CPU units use 512, 1024 or 2048`}},
		{"memory in steps", func(_ *cfn.App, e *cfn.Environment) { e.CPU, e.Memory = 1024, 2500 }, []string{dev + `Memory: 2500 MiB is not a Fargate size; with 1024 CPU units use 2048 to 8192 in steps of 1024`}},
		{"neither fits", func(_ *cfn.App, e *cfn.Environment) { e.CPU, e.Memory = 300, 999 }, []string{dev + `CPU: 300 is not a Fargate size; use 256, 512, 1024, 2048, 4096, 8192 or 16384 (and 999 MiB fits none of them)`}},
		{"architecture", func(_ *cfn.App, e *cfn.Environment) { e.Architecture = "amd64" }, []string{dev + `Architecture: "amd64" is not X86_64 or ARM64`}},
		{"tasks", func(_ *cfn.App, e *cfn.Environment) { e.MinTasks, e.MaxTasks = 3, 2 }, []string{dev + `MaxTasks: 2 is out of range: from MinTasks, 3, to 5000`}},
		{"negative tasks", func(_ *cfn.App, e *cfn.Environment) { e.MinTasks = -1 }, []string{dev + `MinTasks: -1 is out of range`}},
		{"percent", func(_ *cfn.App, e *cfn.Environment) { e.Scaling.CPUPercent = 101 }, []string{dev + `Scaling.CPUPercent: 101 is more than 100`}},
		{"requests", func(_ *cfn.App, e *cfn.Environment) { e.Scaling.RequestsPerTask = -1 }, []string{dev + `Scaling.RequestsPerTask: -1 is less than none`}},
		{"schedules", func(_ *cfn.App, e *cfn.Environment) {
			e.Scaling.Schedules = []cfn.Schedule{
				{Name: "a", Expression: "rate(1 hours)", MaxTasks: 1},
				{Name: "a", Expression: "cron(0 8 * * * *)", MaxTasks: 1},
				{Name: "b c", Expression: "at(2026-13-01T00:00:00)", TimeZone: "UTC+", MinTasks: 2, MaxTasks: 1},
				{Name: "d", Expression: "cron(0 8 * * ?)"},
				{Name: "e", Expression: "every day"},
				{Name: "f", Expression: "cron(0 8 $ * ? *)"},
				{Name: "g", Expression: "when(now)"},
			}
		}, []string{
			dev + `Scaling.Schedules[0].Expression: "rate(1 hours)" is not a rate`,
			dev + `Scaling.Schedules[1].Name: "a" is there twice`,
			dev + `Scaling.Schedules[1].Expression: "cron(0 8 * * * *)" needs ? as either`,
			dev + `Scaling.Schedules[2].Name: "b c" is not a name`,
			dev + `Scaling.Schedules[2].Expression: "at(2026-13-01T00:00:00)" is not a time`,
			dev + `Scaling.Schedules[2].TimeZone: "UTC+" is not a time zone`,
			dev + `Scaling.Schedules[2].MaxTasks: 1 is out of range`,
			dev + `Scaling.Schedules[3].Expression: "cron(0 8 * * ?)" needs six fields`,
			dev + `Scaling.Schedules[4].Expression: "every day" is not cron`,
			dev + `Scaling.Schedules[5].Expression: "cron(0 8 $ * ? *)" has a field that cron does not know: "$"`,
			dev + `Scaling.Schedules[6].Expression: "when(now)" is not cron`,
		}},
		{"retention", func(_ *cfn.App, e *cfn.Environment) { e.LogRetentionDays = 8 }, []string{dev + `LogRetentionDays: 8 is not offered by CloudWatch Logs: use 1, 3, 5, 7, 14`}},
		{"environment's variable", func(_ *cfn.App, e *cfn.Environment) { e.Variables = map[string]string{"A B": "x"} }, []string{dev + `Variables["A B"]: "A B" is not the name`}},
		{"secrets", func(_ *cfn.App, e *cfn.Environment) {
			e.Secrets = map[string]string{
				"NODE_ENV": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/x",
				"A":        "qa/database",
				"B":        "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:short",
			}
		}, []string{
			dev + `Secrets["A"]: "qa/database" is not the full ARN`,
			dev + `Secrets["B"]: "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:short" is not the full ARN`,
			dev + `Secrets["NODE_ENV"]: is a plain variable as well`,
		}},
		{"many secrets", func(_ *cfn.App, e *cfn.Environment) {
			e.Secrets = map[string]string{}
			for i := range 100 {
				e.Secrets[fmt.Sprint("S", i)] = fmt.Sprintf("arn:aws:ssm:ap-southeast-1:123456789012:parameter/%d", i)
			}
		}, []string{dev + `Secrets: are too many for one role`}},
		{"topic", func(_ *cfn.App, e *cfn.Environment) { e.AlarmTopicARN = "alarms" }, []string{dev + `AlarmTopicARN: "alarms" is not the ARN of an SNS topic`}},
		{"topic elsewhere", func(_ *cfn.App, e *cfn.Environment) {
			e.AlarmTopicARN = "arn:aws:sns:us-east-1:123456789012:alarms"
		}, []string{dev + `AlarmTopicARN: is in us-east-1 and has to be in ap-southeast-1`}},
		{"policies", func(_ *cfn.App, e *cfn.Environment) {
			e.TaskPolicies = []string{"arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/A", "AdministratorAccess"}
		}, []string{dev + `TaskPolicies[1]: "arn:aws:iam::aws:policy/A" stands there twice`, dev + `TaskPolicies[2]: "AdministratorAccess" is not the ARN`}},
		{"too much text", func(_ *cfn.App, e *cfn.Environment) {
			e.Variables = map[string]string{"BIG": strings.Repeat("x", 31_000)}
		}, []string{dev + `Variables: commands, variables and secrets take`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := problems(t, with("dev", test.change).Validate())
			if len(got) != len(test.want) {
				t.Fatalf("got %d problems, want %d:\n%s", len(got), len(test.want), strings.Join(got, "\n"))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("problem %d:\n got %s\nwant %s", i, got[i], want)
				}
			}
		})
	}
}

// problems of a validation, as people see them.
func problems(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var invalid *cfn.ValidationError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %T %v, want a *cfn.ValidationError", err, err)
	}
	var all []string
	for _, p := range invalid.Problems {
		all = append(all, p.String())
	}
	return all
}

func TestValidateIsOrdered(t *testing.T) {
	app := with("dev", func(a *cfn.App, e *cfn.Environment) {
		a.Name = "-"
		a.Tags = map[string]string{"b": "", "a": "", "c": ""}
		e.CPU = 1
		e.Secrets = map[string]string{"Z": "", "Y": "", "X": ""}
	})
	first := problems(t, app.Validate())
	for range 50 {
		if diff := cmp.Diff(first, problems(t, app.Validate())); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestValidationErrorOnScreen(t *testing.T) {
	app := with("dev", func(a *cfn.App, e *cfn.Environment) { a.Container.Port, e.CPU = -1, 300 })
	const want = `invalid configuration, 2 problems:
  Container.Port: -1 is not a port: use 1 to 65535
  Environments["dev"].CPU: 300 is not a Fargate size; with 1024 MiB use 256 or 512`
	if diff := cmp.Diff(want, app.Validate().Error()); diff != "" {
		t.Error(diff)
	}
}

func TestTemplatesOfInvalidApp(t *testing.T) {
	app := with("prod", func(_ *cfn.App, e *cfn.Environment) { e.CPU = 1 })
	if _, err := cfn.Infra(app, "dev"); len(problems(t, err)) != 1 {
		t.Errorf("Infra: %v", err)
	}
	if _, err := cfn.Service(app, "dev"); len(problems(t, err)) != 1 {
		t.Errorf("Service: %v", err)
	}
}

func FuzzValidate(f *testing.F) {
	f.Add("bellyfed", "dev", "ap-southeast-1", "10.0.0.0/16", "arn:aws:ssm:ap-southeast-1:123456789012:parameter/x", "cron(0 22 ? * * *)", "/tmp", 256, 1024)
	f.Add("", "", "", "", "", "", "", 0, 0)
	f.Add("a", "-x", "x", "::/0", "arn:aws:secretsmanager:::::::", "cron()", "/../", -1, 1<<62)
	f.Add("shop", "local", "eu-west-1", "10.0.0.0/24", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-Ab12Cd:k::", ")(", "\x00\xff", 16384, 122880)
	f.Fuzz(func(t *testing.T, name, env, region, cidr, arn, expression, text string, n, m int) {
		app := cfn.App{
			Name: name, Region: region, DefaultEnvironment: env,
			Container: cfn.Container{
				Port: n, HealthCheckPath: text, HealthCheckCommand: []string{expression, text}, User: text,
				StartPeriod: time.Duration(m), StopTimeout: time.Duration(n), WritablePaths: []string{text, expression},
				Command: []string{text}, Variables: map[string]string{text: expression},
			},
			Environments: map[string]cfn.Environment{env: {
				Network: cfn.Network{CIDR: cidr, Zones: n, NATGateways: m},
				CPU:     n, Memory: m, MinTasks: n, MaxTasks: m, CertificateARN: arn, AlarmTopicARN: arn,
				Secrets: map[string]string{name: arn}, TaskPolicies: []string{arn}, Tags: map[string]string{text: text},
				Services: map[string]cfn.AdditionalService{name: {
					Container: cfn.Container{Port: n, Command: []string{text}}, Paths: []string{text}, Priority: m, CPU: n, Memory: m,
					Image: &cfn.Image{}, Secrets: map[string]string{text: arn},
				}},
				Scaling: cfn.Scaling{CPUPercent: n, Schedules: []cfn.Schedule{{Name: name, Expression: expression, TimeZone: text, MinTasks: n, MaxTasks: m}}},
			}},
		}
		if app.Validate() != nil {
			return
		}
		for _, build := range builders {
			template, err := build(app, env)
			if err != nil {
				t.Fatalf("a valid application without a template: %v", err)
			}
			checkReferences(t, parse(t, render(t, template)))
		}
	})
}
