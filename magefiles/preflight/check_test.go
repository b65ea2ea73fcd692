package preflight_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

const (
	account  = "123456789012"
	region   = "eu-west-1"
	roleARN  = "arn:aws:iam::" + account + ":role/start"
	groupARN = "arn:aws:elasticloadbalancing:" + region + ":" + account + ":targetgroup/web/0123"
	dbARN    = "arn:aws:secretsmanager:" + region + ":" + account + ":secret:db-AbCdEf"
	keyARN   = "arn:aws:ssm:" + region + ":" + account + ":parameter/shop/key"
	trust    = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":["sts:AssumeRole"],"Condition":{` +
		`"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:123456789012:*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`
	grants = `{"Statement":[{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"},` +
		`{"Effect":"Allow","Action":["ecr:Batch*","ecr:GetDownloadUrlForLayer"],"Resource":"arn:aws:ecr:eu-west-1:123456789012:repository/shop"},` +
		`{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:eu-west-1:123456789012:log-group:/shop:*"},` +
		`{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","ssm:GetParameters"],"Resource":["` + dbARN + `","` + keyARN + `"]}]}`
)

func known[T any](v T) preflight.Fact[T] { return preflight.Fact[T]{State: preflight.Known, Value: v} }
func gone[T any]() preflight.Fact[T] {
	return preflight.Fact[T]{State: preflight.Absent, Err: errors.New("it is not there")}
}
func denied[T any](operation string) preflight.Fact[T] {
	return preflight.Fact[T]{State: preflight.Unknown, Operation: operation, Denied: true, Err: errors.New("no")}
}

// good are facts in which nothing is wrong.
func good() preflight.Facts {
	rule := func(port int, groups ...string) preflight.Rule {
		return preflight.Rule{Protocol: "tcp", From: port, To: port, Groups: groups, Elsewhere: len(groups) == 0}
	}
	return preflight.Facts{
		Wanted: preflight.Wanted{
			Place: "dev", Environment: "dev", Account: account, Region: region, Architecture: "amd64", CPU: 256, Memory: 512, Port: 3000, User: "1000:1000",
			ReadOnlyRoot: true, WritablePaths: []string{"/tmp"}, Secrets: map[string]string{"DATABASE_URL": dbARN + ":url::", "KEY": keyARN, "WHOLE": dbARN},
			ExecutionRole: roleARN, TaskRole: roleARN, Repository: "shop", LogGroup: "/shop", TargetGroup: groupARN, VPC: "vpc-1",
			Subnets: []string{"subnet-a", "subnet-b"}, SecurityGroups: []string{"sg-tasks"}, MinTasks: 1, MaxTasks: 4,
			Cluster: "shop-dev", Service: "shop-dev-service", CapacityProviders: []string{"FARGATE"},
			MinimumHealthyPercent: 100, MaximumPercent: 200, HealthCheckPath: "/health", StartPeriod: 2 * time.Minute, GracePeriod: 2 * time.Minute,
		},
		Infra:         preflight.Infra{Stack: "Infra", Status: "UPDATE_COMPLETE", Changed: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		Caller:        known(preflight.Caller{Account: account}),
		Image:         known(preflight.Image{Platforms: []string{"linux/amd64"}, Ports: []int{3000}, User: "1000", Volumes: []string{"/tmp"}, Starts: true}),
		ExecutionRole: known(preflight.Role{ARN: roleARN, Trust: trust}),
		TaskRole:      known(preflight.Role{ARN: roleARN, Trust: trust}),
		Policies:      known(preflight.Policies{Inline: []string{grants}}),
		Secrets: map[string]preflight.Fact[preflight.Secret]{
			"DATABASE_URL": known(preflight.Secret{HasValue: true, Keys: known([]string{"password", "url"})}),
			"KEY":          known(preflight.Secret{HasValue: true}),
			"WHOLE":        known(preflight.Secret{HasValue: true}),
		},
		LogGroup: known(preflight.LogGroup{Name: "/shop"}),
		TargetGroup: known(preflight.TargetGroup{
			Type: "ip", Protocol: "HTTP", VPC: "vpc-1", Path: "/health", Port: "traffic-port", Matcher: "200-299", Interval: 10 * time.Second, SickAfter: 3,
			LoadBalancers: []string{"arn:lb"},
		}),
		Balancers: known([]preflight.Balancer{{ARN: "arn:lb", Name: "shop", State: "active", SecurityGroups: []string{"sg-balancer"}, Ports: []int{80}}}),
		Groups: known([]preflight.SecurityGroup{
			{ID: "sg-tasks", Ingress: []preflight.Rule{rule(3000, "sg-balancer")}, Egress: []preflight.Rule{{Protocol: "-1", Elsewhere: true}}},
			{ID: "sg-balancer", Ingress: []preflight.Rule{rule(80)}, Egress: []preflight.Rule{rule(3000, "sg-tasks")}},
		}),
		Subnets: known([]preflight.Subnet{{ID: "subnet-a", VPC: "vpc-1", Zone: "a"}, {ID: "subnet-b", VPC: "vpc-1", Zone: "b"}}),
		RouteTables: known([]preflight.RouteTable{
			{ID: "rtb-main", Main: true, Routes: []preflight.Route{{Destination: "0.0.0.0/0", Target: "tgw-1", Active: true}}},
			{ID: "rtb-a", Subnets: []string{"subnet-a"}, Routes: []preflight.Route{{Destination: "10.0.0.0/16", Target: "local", Active: true}, {Destination: "0.0.0.0/0", Target: "nat-1", Active: true}}},
		}),
		Endpoints: known([]preflight.Endpoint(nil)),
		Cluster:   known(preflight.Cluster{CapacityProviders: []string{"FARGATE", "FARGATE_SPOT"}}),
		Service: known(preflight.Service{
			TargetGroup: groupARN, Ports: []int{3000}, Subnets: []string{"subnet-a", "subnet-b"}, SecurityGroups: []string{"sg-tasks"},
		}),
	}
}

// endpoints are those that a subnet without any route needs.
func endpoints() []preflight.Endpoint {
	all := []preflight.Endpoint{{Service: "com.amazonaws." + region + ".s3", Type: "Gateway", Available: true, RouteTables: []string{"rtb-a"}}}
	for _, s := range []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"} {
		all = append(all, preflight.Endpoint{Service: "com.amazonaws." + region + "." + s, Type: "Interface", Available: true, PrivateDNS: true})
	}
	return all
}

type facts = preflight.Facts

// closed takes the way out of subnet-a.
func closed(f *facts) { f.RouteTables.Value[1].Routes = f.RouteTables.Value[1].Routes[:1] }

// nextServer makes the image that of a Next.js server of which nothing else is known.
func nextServer(change func(*facts)) func(*facts) {
	return func(f *facts) {
		f.Image.Value.Program.NextJS = true
		if change != nil {
			change(f)
		}
	}
}

// keeps gives a variable to a load balancer's target that is kept for a minute.
func keeps(name, value string) func(*facts) {
	return func(f *facts) { f.Wanted.IdleTimeout, f.Wanted.Variables = time.Minute, map[string]string{name: value} }
}

// made is the command of an image that was made here of a Next.js build.
func made(address string) []string {
	return []string{"node", "--import", `data:text/javascript,process.env.HOSTNAME="` + address + `"`, "server.js"}
}

// nextBuild makes the image that of a Next.js server which tells of itself; only /tmp and the folders that it writes to
// are declared volumes.
func nextBuild(writable ...string) func(*facts) {
	return func(f *facts) {
		writes := []string{"/tmp", "/app/.next/cache", "/app/.next/server/route-cache"}
		f.Image.Value.Program = preflight.Program{NextJS: true, Home: "/app", Dist: ".next", Writes: writes}
		f.Image.Value.Volumes, f.Wanted.WritablePaths = writes, writable
		f.Wanted.Variables = map[string]string{"HOSTNAME": "0.0.0.0"}
	}
}

// runs is a running revision of which nothing is missing.
func runs(change func(*preflight.Running)) preflight.Running {
	v := preflight.Running{
		Name: "web:7", Active: true, Image: "shop@sha256:1", ImageThere: known(struct{}{}), ExecutionRole: "arn:aws:iam::" + account + ":role/old",
		TaskRole: "arn:aws:iam::" + account + ":role/old", LogGroup: "/old", Secrets: map[string]string{"OLD": dbARN},
	}
	if change != nil {
		change(&v)
	}
	return v
}

func TestEachCheck(t *testing.T) {
	type one struct {
		change func(*facts)
		want   string // "level  what: why", as far as it is told apart; empty where nothing is found
	}
	const (
		passes = ""
		note   = "note     "
		warns  = "warning  "
		fails  = "error    "
	)
	var tried []string
	for name, cases := range map[string][]one{
		"account": {
			{func(f *facts) { f.Wanted.Account = "" }, passes},
			{func(f *facts) { f.Wanted.Account = "210987654321" }, fails + "account: environment dev belongs to account 210987654321, and these credentials to 123456789012"},
			{func(f *facts) { f.Wanted.ExecutionRole = strings.Replace(roleARN, account, "210987654321", 1) }, fails + "account: the roles of the infra stack are of account 210987654321"},
			{func(f *facts) { f.Wanted.Region = "eu-west-3" }, fails + "region: the target group is in eu-west-1, and environment dev in eu-west-3"},
			{func(f *facts) { f.Caller = denied[preflight.Caller]("sts:GetCallerIdentity") }, note + "account: not checked: these credentials may not sts:GetCallerIdentity"},
		},
		"infra stack": {
			{func(f *facts) { f.Infra.Status = "CREATE_COMPLETE" }, passes},
			{func(f *facts) { f.Infra.Missing = []string{"it has no output VpcId"} }, fails + "infra stack Infra: it has no output VpcId; it was last changed 2026-01-02; next: go tool mage infra:deploy dev"},
			{func(f *facts) { f.Infra.Status = "UPDATE_ROLLBACK_COMPLETE" }, warns + "infra stack Infra: is UPDATE_ROLLBACK_COMPLETE"},
			{func(f *facts) { f.Infra = preflight.Infra{} }, passes}, // not looked at
		},
		"image": {
			{func(f *facts) {
				f.Image.Value.NotStartable, f.Image.Value.StartNext = "node is not in it", "set a base"
			}, fails + "image: cannot start: node is not in it; next: set a base"},
			{func(f *facts) { f.Image.Value.Starts, f.Wanted.Command = false, []string{"node"} }, passes},
			{func(f *facts) { f.Image = gone[preflight.Image]() }, fails + "image: it is not there; next: SPLITECS_ENV=dev go tool mage image:push"},
			{func(f *facts) { f.Image.Value.Starts = false }, fails + "image: starts nothing"},
			{func(f *facts) { f.Image.Value.UnknownLayer = "application/vnd.docker.image.rootfs.diff.tar.zstd" }, warns + `image: has a layer of the media type "application/vnd.docker.image.rootfs.diff.tar.zstd", which containerd before 2.0 does not count`},
			{func(f *facts) { f.Image = denied[preflight.Image]("ecr:BatchGetImage") }, note + "image: not checked: these credentials may not ecr:BatchGetImage"},
			{func(f *facts) {
				f.Image = preflight.Fact[preflight.Image]{State: preflight.Unknown, Operation: "ecr:DescribeImages", Err: errors.New("EOF")}
			}, note + "image: not checked: ecr:DescribeImages did not answer: EOF"},
		},
		"address": {
			{nextServer(nil), warns + "image: has a Next.js server, which listens on HOSTNAME"},
			{nextServer(func(f *facts) { f.Image.Value.Env = map[string]string{"HOSTNAME": "0.0.0.0"} }), warns + "image: has a Next.js server, which listens on HOSTNAME"},
			{nextServer(func(f *facts) { f.Wanted.Variables = map[string]string{"HOSTNAME": "0.0.0.0"} }), passes},
			{nextServer(func(f *facts) { f.Wanted.Secrets["HOSTNAME"] = keyARN; f.Secrets["HOSTNAME"] = f.Secrets["KEY"] }), passes},
			{nextServer(func(f *facts) { f.Image.Value.Command = []string{"sh", "-c", "HOSTNAME=0.0.0.0 exec node server.js"} }), passes},
			{nextServer(func(f *facts) {
				f.Wanted.Command = []string{"node", "server.js"}
				f.Image.Value.Command = []string{"HOSTNAME"}
			}), warns + "image: has a Next.js server, which listens on HOSTNAME"},
			{nextServer(func(f *facts) { f.Wanted.Port = 0 }), passes},
			{nextServer(func(f *facts) { f.Wanted.Variables = map[string]string{"HOSTNAME": "127.0.0.1"} }), warns + "variable HOSTNAME: lets the Next.js server listen on 127.0.0.1 alone"},
			{nextServer(func(f *facts) { f.Wanted.Variables = map[string]string{"HOSTNAME": "::"} }), passes},
			// The command of an image that was made here goes before the variable.
			{nextServer(func(f *facts) {
				f.Image.Value.Command = made("0.0.0.0")
				f.Wanted.Variables = map[string]string{"HOSTNAME": "::"}
			}), warns + `variable HOSTNAME: says "::", and the image's command lets the server listen on "0.0.0.0"`},
			{nextServer(func(f *facts) {
				f.Image.Value.Command = made("::")
				f.Wanted.Variables = map[string]string{"HOSTNAME": "0.0.0.0"}
			}), passes},
			// next start does not read it.
			{nextServer(func(f *facts) { f.Image.Value.Command = []string{"node_modules/.bin/next", "start"} }), passes},
			{nextServer(func(f *facts) { f.Image.Value.Command = []string{"sh", "-c", "exec npx next start -p 80"} }), passes},
			{func(f *facts) { f.Image = gone[preflight.Image]() }, passes},
		},
		"idle connections": {
			{func(f *facts) { f.Wanted.IdleTimeout = time.Minute }, passes}, // nothing is known of its server
			{nextServer(func(f *facts) { f.Wanted.IdleTimeout = time.Minute }), warns + "image: has a Next.js server, which closes idle connections after 5 s, and the load balancer reuses them for 1m0s"},
			{keeps("KEEP_ALIVE_TIMEOUT", "65000"), passes},
			{keeps("KEEP_ALIVE_TIMEOUT", "75"), passes}, // of another program, which may mean seconds
			{nextServer(keeps("KEEP_ALIVE_TIMEOUT", "60000")), warns + "variable KEEP_ALIVE_TIMEOUT: closes idle connections after 1m0s, and the load balancer reuses them for 1m0s"},
			{keeps("UVICORN_TIMEOUT_KEEP_ALIVE", "5"), warns + "variable UVICORN_TIMEOUT_KEEP_ALIVE: closes idle connections after 5s"},
			{keeps("UVICORN_TIMEOUT_KEEP_ALIVE", "65"), passes},
			{keeps("KEEP_ALIVE_TIMEOUT", "long"), passes},
			{nextServer(func(f *facts) {
				f.Wanted.IdleTimeout, f.Image.Value.Env = time.Minute, map[string]string{"KEEP_ALIVE_TIMEOUT": "65000"}
			}), passes},
			{nextServer(func(f *facts) {
				f.Wanted.IdleTimeout, f.Image.Value.Env = 2*time.Minute, map[string]string{"KEEP_ALIVE_TIMEOUT": "65000"}
			}), warns + "variable KEEP_ALIVE_TIMEOUT: closes idle connections after 1m5s, and the load balancer reuses them for 2m0s"},
			// next start has an option for it, and reads no variable.
			{func(f *facts) {
				keeps("KEEP_ALIVE_TIMEOUT", "65000")(f)
				f.Image.Value.Command = []string{"next", "start"}
			}, warns + "command: starts a Next.js server that closes idle connections before the load balancer"},
			{func(f *facts) {
				f.Wanted.IdleTimeout, f.Image.Value.Command = time.Minute, []string{"sh", "-c", "next start --keepAliveTimeout=65000"}
			}, passes},
		},
		"writable folders": {
			{nextBuild("/tmp", "/app/.next/cache", "/app/.next/server/route-cache", "/app/node_modules"), fails + "writable path /app/node_modules: would be empty"},
			{nextBuild("/tmp", "/app/.next/cache", "/app/.next/server/route-cache", "/app/node_modules/.cache"), passes},
			{nextBuild("/tmp", "/app/.next/cache", "/app/.next/server/route-cache", "/app/node_modules/.prisma/client"), fails + "writable path /app/node_modules/.prisma/client: would be empty"},
			{nextBuild("/tmp", "/app/.next/cache", "/app/.next/server/route-cache"), passes},
			{nextBuild("/tmp", "/app/.next/cache"), warns + "folder /app/.next/server/route-cache: is read-only, and the Next.js server writes to it: each page that is rendered anew"},
			{nextBuild("/tmp", "/app/.next/server/route-cache"), warns + "folder /app/.next/cache: is read-only, and the Next.js server writes to it: each image is made anew for each request"},
			{nextBuild("/tmp", "/app/apps/web/.next/cache", "/app/.next/server/route-cache"), warns + "folder /app/.next/cache"},
			{nextBuild("/tmp", "/app/.next/cache", "/app/.next/server"), fails + "writable path /app/.next/server: would be empty"},
			{nextBuild("/tmp", "/app/.next/cache", "/app/.next/server/route-cache", "/app/.next/server/app"), fails + "writable path /app/.next/server/app: would be empty"},
			{nextBuild("/tmp", "/app"), fails + "writable path /app: would be empty"},
			{func(f *facts) {
				nextBuild("/tmp", "/app/.next")(f)
				f.Image.Value.Volumes = []string{"/tmp", "/app/.next"}
			}, passes},
			{func(f *facts) { nextBuild("/data")(f); f.Wanted.ReadOnlyRoot, f.Wanted.WritablePaths = false, nil }, passes},
		},
		"base path": {
			{nextServer(func(f *facts) { f.Image.Value.Program.BasePath = "/shop" }), warns + "health check: asks for /health, and the Next.js application answers below its basePath /shop alone; next: set Container.HealthCheckPath to /shop/health"},
			{nextServer(func(f *facts) {
				f.Image.Value.Program.BasePath, f.Wanted.HealthCheckPath, f.TargetGroup.Value.Path = "/shop", "/shop/health", "/shop/health"
			}), passes},
			{nextServer(func(f *facts) {
				f.Image.Value.Program.BasePath, f.Wanted.HealthCheckPath, f.TargetGroup.Value.Path = "/shop", "/shopping", "/shopping"
			}), warns + "health check: asks for /shopping"},
		},
		"architecture": {
			{func(f *facts) { f.Image.Value.Platforms, f.Wanted.Architecture = []string{"linux/arm64"}, "arm64" }, passes},
			{func(f *facts) { f.Image.Value.Platforms = []string{"linux/arm64"} }, fails + "image: is built for linux/arm64, and the task runs on linux/amd64"},
			{func(f *facts) { f.Image = denied[preflight.Image]("ecr:BatchGetImage") }, passes}, // told by the check of the image
		},
		"port": {
			{func(f *facts) { f.Image.Value.Ports = nil }, passes},
			{func(f *facts) { f.Image.Value.Ports = []int{8080, 9090} }, warns + "image: exposes 8080, 9090, and the load balancer asks on port 3000"},
			{func(f *facts) { f.Image = denied[preflight.Image]("ecr:BatchGetImage") }, passes},
		},
		"command": {
			{func(f *facts) { f.Wanted.Command = []string{"node", "worker.js"} }, passes},
			{func(f *facts) { f.Image.Value.EntryPoint = []string{"node", "server.js"} }, passes},
			{func(f *facts) {
				f.Wanted.Command, f.Image.Value.EntryPoint = []string{"node", "worker.js"}, []string{"node", "server.js"}
			}, warns + "command: what will be executed is node server.js node worker.js: "},
		},
		"user": {
			{func(f *facts) { f.Wanted.User = "" }, passes},
			{func(f *facts) { f.Wanted.ReadOnlyRoot, f.Image.Value.Volumes = false, nil }, passes},
			{func(f *facts) { f.Wanted.User, f.Image.Value.User = "", "" }, warns + "user: the container runs as root"},
			{func(f *facts) { f.Wanted.User = "0:0" }, warns + "user: the container runs as root"},
			{func(f *facts) { f.Image.Value.Volumes = nil }, warns + "writable path /tmp: the image does not declare it a volume: it will belong to root, and user 1000:1000 cannot write there"},
			{func(f *facts) { f.Image = denied[preflight.Image]("ecr:BatchGetImage") }, passes},
		},
		"image user": {
			{func(f *facts) { f.Image.Value.User = "" }, passes},
			{func(f *facts) { f.Image.Value.User = "node" }, passes},
			{func(f *facts) { f.Image.Value.User = "1000:1000" }, passes},
			{func(f *facts) { f.Wanted.User, f.Image.Value.User = "", "1001" }, passes},
			{func(f *facts) { f.Image.Value.User, f.Image.Value.Users = "app", map[string]string{"app": "1000"} }, passes},
			{func(f *facts) { f.Image.Value.User = "root" }, passes},
			{func(f *facts) { f.Image.Value.User = "1001" }, warns + "user: the image says USER 1001, and the container runs as 1000:1000"},
			{func(f *facts) {
				f.Image.Value.User, f.Image.Value.Users = "nextjs:nodejs", map[string]string{"nextjs": "1001"}
			}, warns + "user: the image says USER nextjs:nodejs"},
			{func(f *facts) { f.Image.Value.User = "app" }, warns + "user: the image says USER app"},
		},
		"image volumes": {
			{func(f *facts) { f.Image.Value.Volumes = nil }, passes},
			{func(f *facts) { f.Image.Value.Volumes = []string{"/tmp/cache"} }, passes},
			{func(f *facts) { f.Wanted.ReadOnlyRoot, f.Image.Value.Volumes = false, []string{"/data"} }, passes},
			{func(f *facts) { f.Image.Value.Volumes, f.Image.Value.OwnVolumes = []string{"/data"}, []string{"/data"} }, passes},
			{func(f *facts) { f.Image.Value.Volumes = []string{"/tmp", "/data"} }, warns + "volume /data: the image declares it (VOLUME), and the task definition mounts nothing there"},
		},
		"image health check": {
			{func(f *facts) { f.Wanted.HealthCheck, f.Image.Value.HealthCheck = true, []string{"CMD", "x"} }, passes},
			{func(f *facts) { f.Image.Value.HealthCheck = nil }, passes},
			{func(f *facts) { f.Image.Value.HealthCheck = []string{"CMD-SHELL", "curl -f localhost"} }, warns + `health check: the image has a HEALTHCHECK, which ECS ignores, and the task definition has none; next: set Container.HealthCheckCommand to ["CMD-SHELL" "curl -f localhost"]`},
		},
		"health check command": {
			{func(f *facts) { f.Image.Value.HealthCheckNext = "x" }, passes},
			{func(f *facts) {
				f.Image.Value.NoHealthCheck, f.Image.Value.HealthCheckNext = "curl is not in it", "take wget"
			}, fails + "health check: cannot run in the image: curl is not in it; each task would be unhealthy, and the deployment fail; next: take wget"},
		},
		"stop signal": {
			{func(f *facts) { f.Image.Value.StopSignal = "SIGTERM" }, passes},
			{func(f *facts) { f.Image.Value.StopSignal = "15" }, passes},
			{func(f *facts) { f.Image.Value.StopSignal = "SIGQUIT" }, passes}, // of nginx, which it ends gracefully
			{func(f *facts) { f.Image.Value.StopSignal, f.Wanted.Command = "SIGINT", []string{"x"} }, passes},
			{func(f *facts) { f.Image.Value.StopSignal = "9" }, warns + "stop signal: the image says STOPSIGNAL 9: a task that is stopped ends at once"},
			{func(f *facts) { f.Image.Value.StopSignal = "kill" }, warns + "stop signal: the image says STOPSIGNAL kill"},
			{func(f *facts) { f.Image.Value.StopSignal, f.Wanted.Command = "SIGWINCH", []string{"node", "x.js"} }, warns + "stop signal: the image says STOPSIGNAL SIGWINCH: a task that is stopped gets it in place of SIGTERM"},
			{nextServer(func(f *facts) { f.Image.Value.StopSignal = "28" }), warns + "stop signal: the image says STOPSIGNAL 28"},
		},
		"public variables": {
			{func(f *facts) { f.Wanted.Variables = map[string]string{"NEXT_PUBLIC_API": "x"} }, passes}, // no Next.js
			{nextServer(func(f *facts) { f.Wanted.Variables = map[string]string{"API": "x"} }), passes},
			{nextServer(func(f *facts) {
				f.Wanted.Variables, f.Image.Value.Program.Public = map[string]string{"NEXT_PUBLIC_API": "x"}, map[string]string{"NEXT_PUBLIC_API": "x"}
			}), passes},
			{nextServer(func(f *facts) {
				f.Wanted.Variables, f.Image.Value.Program.PublicAtRunTime = map[string]string{"NEXT_PUBLIC_API": "x"}, true
			}), passes},
			{nextServer(func(f *facts) { f.Wanted.Variables = map[string]string{"NEXT_PUBLIC_API": "x"} }), warns + "variable NEXT_PUBLIC_API: has no effect in browsers"},
			{nextServer(func(f *facts) {
				f.Wanted.Variables, f.Image.Value.Program.Public = map[string]string{"NEXT_PUBLIC_API": "x"}, map[string]string{"NEXT_PUBLIC_API": "y"}
			}), warns + `variable NEXT_PUBLIC_API: has no effect in browsers: next build writes the value that it has then into their files, which was "y", and the task has "x"`},
		},
		"health check path": {
			{nextBuild("/tmp"), passes},
			{func(f *facts) {
				nextBuild()(f)
				f.Wanted.Port, f.Image.Value.Program.HealthCheck = 0, "no route: add it"
			}, passes},
			{func(f *facts) {
				nextBuild()(f)
				f.Image.Value.Program.HealthCheck = "no route of the build answers /health: set Container.HealthCheckPath"
			}, warns + "health check: no route of the build answers /health; next: set Container.HealthCheckPath"},
		},
		"roles": {
			{func(f *facts) {
				f.TaskRole.Value.Trust = strings.Replace(trust, `"Service":"ecs-tasks.amazonaws.com"`, `"AWS":["x"],"Service":["a","ecs-tasks.amazonaws.com"]`, 1)
			}, passes},
			{func(f *facts) {
				f.TaskRole.Value.Trust = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`
			}, passes},
			{func(f *facts) { f.ExecutionRole = gone[preflight.Role]() }, fails + "execution role start: is not there"},
			{func(f *facts) {
				f.ExecutionRole.Value.Trust = strings.Replace(trust, "ecs-tasks", "ec2", 1)
			}, fails + "execution role start: its trust policy does not let ecs-tasks.amazonaws.com assume it"},
			{func(f *facts) { f.TaskRole.Value.Trust = strings.Replace(trust, `"Allow"`, `"Deny"`, 1) }, fails + "task role start: its trust policy"},
			{func(f *facts) {
				f.TaskRole.Value.Trust = strings.Replace(trust, `"aws:SourceAccount":"1234`, `"aws:SourceAccount":"9234`, 1)
			}, fails + "task role start: its trust policy"},
			{func(f *facts) { f.TaskRole.Value.Trust = strings.Replace(trust, "eu-west-1", "eu-west-3", 1) }, fails + "task role start: its trust policy"},
			{func(f *facts) { f.TaskRole.Value.Trust = "{" }, note + "task role start: not checked: read policy document"},
			{func(f *facts) { f.TaskRole = denied[preflight.Role]("iam:GetRole") }, note + "task role start: not checked: these credentials may not iam:GetRole"},
		},
		"execution role": {
			{func(f *facts) { // everything but something counts as everything; actions have no case
				f.Policies.Value.Inline = []string{`{"Statement":[{"Effect":"Allow","NotAction":"iam:*","NotResource":"x"}]}`}
			}, passes},
			{func(f *facts) {
				f.Policies.Value.Inline = []string{strings.NewReplacer("ssm:GetParameters", "SSM:getparameter?", ":parameter/", ":${aws:ResourceTag/x}eter/").Replace(grants)}
			}, passes},
			{func(f *facts) {
				f.Policies.Value.Inline, f.Policies.Value.Managed = nil, []string{"arn:aws:iam::123456789012:policy/own"}
			}, passes},
			{func(f *facts) {
				f.Policies.Value.Managed, f.Wanted.Secrets, f.Secrets = []string{"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}, nil, nil
				f.Policies.Value.Inline = nil
			}, passes},
			{func(f *facts) { f.Policies.Value.Inline = []string{strings.Replace(grants, dbARN, "x", 1)} }, fails + "execution role start: may not secretsmanager:GetSecretValue on " + dbARN + ", which it needs to read secret DATABASE_URL"},
			{func(f *facts) { f.Policies.Value.Inline = []string{strings.Replace(grants, "ssm:", "x:", 1)} }, fails + "execution role start: may not ssm:GetParameters on " + keyARN + ", which it needs to read secret KEY"},
			{func(f *facts) {
				f.Policies.Value.Inline = []string{strings.Replace(grants, "repository/shop", "repository/other", 1)}
			}, fails + "execution role start: may not ecr:BatchGetImage on arn:aws:ecr:eu-west-1:123456789012:repository/shop"},
			{func(f *facts) { f.Policies.Value.Inline = []string{"{"} }, note + "execution role start: not checked: read policy document"},
			{func(f *facts) { f.Policies = denied[preflight.Policies]("iam:GetRolePolicy") }, note + "execution role start: not checked: these credentials may not iam:GetRolePolicy"},
		},
		"secrets": {
			{func(f *facts) { f.Secrets = nil }, passes},
			{func(f *facts) { f.Secrets["DATABASE_URL"] = gone[preflight.Secret]() }, fails + "secret DATABASE_URL: Secrets Manager has no secret " + dbARN + "; next: store it"},
			{func(f *facts) { f.Secrets["KEY"] = gone[preflight.Secret]() }, fails + "secret KEY: SSM has no parameter " + keyARN},
			{func(f *facts) {
				f.Secrets["WHOLE"] = known(preflight.Secret{Deleted: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), HasValue: true})
			}, fails + "secret WHOLE: " + dbARN + " is marked for deletion since 2026-01-02; next: aws secretsmanager restore-secret --secret-id " + dbARN},
			{func(f *facts) { f.Secrets["WHOLE"] = known(preflight.Secret{}) }, fails + "secret WHOLE: " + dbARN + " has no value"},
			{func(f *facts) {
				f.Wanted.Secrets["DATABASE_URL"] = dbARN + "::OLD:"
				f.Secrets["DATABASE_URL"] = known(preflight.Secret{})
			}, fails + "secret DATABASE_URL: " + dbARN + " has no value at stage OLD"},
			{func(f *facts) {
				f.Secrets["DATABASE_URL"] = known(preflight.Secret{HasValue: true, Keys: known([]string{"password"})})
			}, fails + "secret DATABASE_URL: the value of " + dbARN + " is no JSON object with the key url"},
			{func(f *facts) {
				f.Secrets["DATABASE_URL"] = known(preflight.Secret{HasValue: true, Keys: denied[[]string]("secretsmanager:GetSecretValue")})
			}, note + "secret DATABASE_URL: not checked: these credentials may not secretsmanager:GetSecretValue"},
			{func(f *facts) { f.Secrets["KEY"] = denied[preflight.Secret]("ssm:GetParameters") }, note + "secret KEY: not checked: these credentials may not ssm:GetParameters; next: allow ssm:GetParameters to check it"},
		},
		"cluster": {
			{func(f *facts) { f.Wanted.CapacityProviders = nil }, passes},
			{func(f *facts) { f.Cluster = gone[preflight.Cluster]() }, fails + "cluster shop-dev: is not there; next: go tool mage infra:deploy dev"},
			{func(f *facts) { f.Cluster.Value.CapacityProviders = nil }, fails + "cluster shop-dev: does not have the capacity providers FARGATE, with which"},
			{func(f *facts) { f.Cluster = denied[preflight.Cluster]("ecs:DescribeClusters") }, note + "cluster shop-dev: not checked"},
		},
		"running service": {
			{func(f *facts) { f.Service = gone[preflight.Service]() }, passes}, // it was never released
			{func(f *facts) { f.Service, f.Wanted.Stack = gone[preflight.Service](), "Service-dev" }, fails + "service shop-dev-service: was deleted outside of its stack Service-dev; next: go tool mage service:deploy dev"},
			{func(f *facts) { f.Service.Value.Ports = []int{8000} }, warns + "service shop-dev-service: listens on port 8000, where load balancer shop is not let in: no request reaches it; next: go tool mage service:deploy dev"},
			{func(f *facts) {
				f.Service.Value.Ports = []int{8000}
				f.Groups.Value[0].Ingress = append(f.Groups.Value[0].Ingress, preflight.Rule{Protocol: "tcp", From: 8000, To: 8000, Groups: []string{"sg-balancer"}})
			}, passes},
			{func(f *facts) { f.Service.Value.Subnets = []string{"subnet-c"} }, warns + "service shop-dev-service: has tasks in subnet subnet-c, which is not among those of the infra stack"},
			{func(f *facts) { f.Service.Value.TargetGroup = groupARN + "4" }, warns + "service shop-dev-service: registers with target group web, which is not that of the infra stack"},
			{func(f *facts) { f.Service = denied[preflight.Service]("ecs:DescribeServices") }, note + "service shop-dev-service: not checked"},
		},
		"service stack": {
			{func(f *facts) { f.Deleted = known([]preflight.Deleted(nil)) }, passes},
			{func(f *facts) {
				f.Deleted = known([]preflight.Deleted{{What: "auto-scaling", Why: "was taken away", Next: "go tool mage service:deploy dev"}})
			}, warns + "auto-scaling: was taken away; next: go tool mage service:deploy dev"},
			{func(f *facts) {
				f.Deleted = known([]preflight.Deleted{{What: "task definition web:8", Revision: "web:8", Why: "was deregistered", Next: "go tool mage service:deploy dev"}})
				f.Running = known(runs(nil))
			}, warns + "task definition web:8: was deregistered; next: go tool mage service:deploy dev"},
			{func(f *facts) { // it runs, and is told there
				f.Deleted = known([]preflight.Deleted{{What: "task definition web:7", Revision: "web:7", Why: "was deregistered"}})
				f.Running = known(runs(func(v *preflight.Running) { v.Active = false }))
			}, passes},
			{func(f *facts) {
				f.Wanted.Stack, f.Service = "Service-dev", gone[preflight.Service]() // it is made again with the service
				f.Deleted = known([]preflight.Deleted{{What: "auto-scaling", Why: "was taken away"}})
			}, passes},
			{func(f *facts) {
				f.Wanted.Stack, f.Deleted = "Service-dev", denied[[]preflight.Deleted]("application-autoscaling:DescribeScalableTargets")
			}, note + "what stack Service-dev has made: not checked: these credentials may not application-autoscaling:DescribeScalableTargets"},
		},
		"log group": {
			{func(f *facts) { f.LogGroup = preflight.Fact[preflight.LogGroup]{} }, passes}, // the infra stack does not name one
			{func(f *facts) { f.LogGroup = gone[preflight.LogGroup]() }, fails + "log group /shop: is not there"},
			{func(f *facts) { f.LogGroup = denied[preflight.LogGroup]("logs:DescribeLogGroups") }, note + "log group /shop: not checked"},
		},
		"running revision": {
			{func(f *facts) { f.Running = gone[preflight.Running]() }, passes}, // a first deployment
			{func(f *facts) { f.Running = known(runs(nil)) }, passes},
			{func(f *facts) { f.Running = denied[preflight.Running]("ecs:DescribeServices") }, note + "running revision: not checked: these credentials may not ecs:DescribeServices"},
			{func(f *facts) { f.Running = known(runs(func(v *preflight.Running) { v.Active = false })) }, warns + "running revision web:7: could not be started again: task definition: is INACTIVE. Should this release fail"},
			{func(f *facts) {
				f.Deleted = known([]preflight.Deleted{{What: "task definition web:7", Revision: "web:7", Next: "go tool mage service:deploy dev"}})
				f.Running = known(runs(func(v *preflight.Running) { v.Active = false }))
			}, warns + "running revision web:7: could not be started again: task definition: is INACTIVE. Should this release fail, its tasks that run go on, and none could take the place of one that ends; next: go tool mage service:deploy dev"},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) { v.ImageThere = gone[struct{}]() }))
			}, warns + "running revision web:7: could not be started again: image shop@sha256:1: is not in its repository any more. Should this release fail, its tasks that run go on"},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) { v.ImageThere = denied[struct{}]("ecr:DescribeImages") }))
			}, note + "image shop@sha256:1: not checked: these credentials may not ecr:DescribeImages"},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) { v.ExecutionRoleThere = gone[preflight.Role]() }))
			}, warns + "running revision web:7: could not be started again: execution role old: is not there."},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) {
					v.TaskRoleThere = known(preflight.Role{Trust: strings.Replace(trust, "ecs-tasks", "ec2", 1)})
				}))
			}, warns + "running revision web:7: could not be started again: task role old: its trust policy does not let"},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) {
					v.SecretsThere = map[string]preflight.Fact[preflight.Secret]{"OLD": gone[preflight.Secret]()}
				}))
			}, warns + "running revision web:7: could not be started again: secret OLD: Secrets Manager has no secret " + dbARN + "."},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) { v.LogGroupThere = gone[preflight.LogGroup]() }))
			}, warns + "running revision web:7: could not be started again: log group /old: is not there."},
			{func(f *facts) {
				f.Running = known(runs(func(v *preflight.Running) { v.LogGroupThere = denied[preflight.LogGroup]("logs:DescribeLogGroups") }))
			}, note + "log group /old: not checked"},
		},
		"task size": {
			{func(f *facts) { f.Wanted.CPU = 512 }, passes},
			{func(f *facts) { f.Wanted.SizeProblem = "700 MiB is not a Fargate size" }, fails + "task size: 700 MiB is not a Fargate size"},
		},
		"deployment": {
			{func(f *facts) {
				f.Wanted.MinimumHealthyPercent, f.Wanted.MaximumPercent, f.Wanted.MinTasks = 50, 150, 2
			}, passes},
			{func(f *facts) { f.Wanted.MinimumHealthyPercent, f.Wanted.MaximumPercent = 0, 100 }, passes},
			{func(f *facts) { f.Wanted.MinimumHealthyPercent, f.Wanted.MaximumPercent = 50, 150 }, fails + "deployment: at a desired count of 1, a minimum of 50 % healthy keeps 1 and a maximum of 150 % allows 1"},
			{func(f *facts) {
				f.Wanted.MinimumHealthyPercent, f.Wanted.MaximumPercent, f.Wanted.MinTasks = 75, 130, 2
			}, fails + "deployment: at a desired count of 2, a minimum of 75 % healthy keeps 2 and a maximum of 130 % allows 2"},
			{func(f *facts) { f.Wanted.MinimumHealthyPercent, f.Wanted.MaximumPercent = 100, 100 }, fails + "deployment: at a desired count of 1"},
			{func(f *facts) { f.Wanted.MinTasks, f.Wanted.MaxTasks = 0, 0 }, passes}, // it stands at none
		},
		"target group": {
			{func(f *facts) { f.TargetGroup.Value.Protocol = "HTTPS" }, passes},
			{func(f *facts) { f.TargetGroup = gone[preflight.TargetGroup]() }, fails + "target group web: is not there"},
			{func(f *facts) { f.TargetGroup.Value.Type = "instance" }, fails + "target group web: takes targets of type instance"},
			{func(f *facts) { f.TargetGroup.Value.Protocol = "TCP" }, fails + "target group web: speaks TCP"},
			{func(f *facts) { f.TargetGroup.Value.VPC = "vpc-2" }, fails + "target group web: is in vpc-2, and the tasks in vpc-1"},
			{func(f *facts) {
				f.TargetGroup = denied[preflight.TargetGroup]("elasticloadbalancing:DescribeTargetGroups")
			}, note + "target group web: not checked"},
		},
		"health check": {
			{func(f *facts) { f.Wanted.GracePeriod, f.TargetGroup.Value.SickAfter = 0, 12 }, passes},
			{func(f *facts) { f.TargetGroup.Value.Matcher = "301, 200,404" }, passes},
			{func(f *facts) { f.TargetGroup.Value.Port = "3000" }, passes},
			{func(f *facts) { f.Wanted.GracePeriod = 0 }, fails + "health check of target group web: gives a task up after 30s (3 × 10s), or after the grace period of 0s; the application may take 2m0s to start"},
			{func(f *facts) { f.Wanted.GracePeriod = time.Minute }, warns + "health check of target group web: gives a task up after 30s"},
			{func(f *facts) { f.TargetGroup.Value.Path = "/" }, warns + "health check of target group web: asks for /, and the application is configured with /health"},
			{func(f *facts) { f.TargetGroup.Value.Matcher = "201-299,302" }, warns + "health check of target group web: takes 201-299,302 for health"},
			{func(f *facts) { f.TargetGroup.Value.Port = "9000" }, warns + "health check of target group web: asks on port 9000"},
			{func(f *facts) { f.TargetGroup = preflight.Fact[preflight.TargetGroup]{} }, passes},
		},
		"listener": {
			{func(f *facts) { f.Balancers.Value[0].Ports = []int{80} }, passes},
			{func(f *facts) { f.TargetGroup.Value.LoadBalancers = nil }, fails + "listener: none forwards to target group web"},
			{func(f *facts) { f.Balancers.Value[0].State = "provisioning" }, warns + "load balancer shop: is provisioning"},
			{func(f *facts) { f.Balancers = denied[[]preflight.Balancer]("elasticloadbalancing:DescribeListeners") }, note + "load balancer: not checked: these credentials may not elasticloadbalancing:DescribeListeners"},
		},
		"security groups": {
			{func(f *facts) { f.Groups.Value[0].Ingress = []preflight.Rule{{Protocol: "-1", Elsewhere: true}} }, passes},
			{func(f *facts) { f.Balancers.Value[0].SecurityGroups, f.Groups.Value[0].Ingress = nil, nil }, passes},
			{func(f *facts) { f.Groups.Value = f.Groups.Value[1:] }, fails + "security group sg-tasks: is not there"},
			{func(f *facts) { f.Groups.Value[0].Ingress = nil }, fails + "security group sg-tasks: does not let the load balancer (sg-balancer) in on port 3000"},
			{func(f *facts) { f.Groups.Value[0].Ingress[0].From, f.Groups.Value[0].Ingress[0].To = 3001, 3999 }, fails + "security group sg-tasks: does not let"},
			{func(f *facts) { f.Groups.Value[0].Ingress[0].Protocol = "udp" }, fails + "security group sg-tasks: does not let"},
			{func(f *facts) { f.Groups.Value[0].Egress = nil }, fails + "security group sg-tasks: lets the tasks reach nothing on port 443"},
			{func(f *facts) { f.Groups.Value[1].Egress[0].Groups = []string{"sg-other"} }, fails + "security group sg-balancer: does not let load balancer shop out to the tasks on port 3000"},
			{func(f *facts) { f.Balancers.Value[0].Ports = []int{80, 443} }, warns + "security group sg-balancer: lets nobody in on port 443"},
			{func(f *facts) { f.Groups = denied[[]preflight.SecurityGroup]("ec2:DescribeSecurityGroups") }, note + "security groups: not checked"},
		},
		"subnets": {
			{func(f *facts) {
				f.Subnets.Value, f.Wanted.OwnNetwork = f.Subnets.Value[1:], `Environments["dev"].Network`
				f.Wanted.Subnets, f.Service.Value.Subnets = []string{"subnet-a", "subnet-b", "subnet-b"}, nil
			}, fails + `subnet subnet-a: is not there; next: mend Environments["dev"].Network in the magefile, then go tool mage infra:deploy dev`},
			{func(f *facts) { f.Wanted.VPC = "" }, passes},
			{func(f *facts) { f.Subnets.Value = f.Subnets.Value[:1]; f.Subnets.Value[0].Zone = "c" }, fails + "subnet subnet-b: is not there"},
			{func(f *facts) { f.Subnets.Value[1].VPC = "vpc-2" }, fails + "subnet subnet-b: is in vpc-2"},
			{func(f *facts) { f.Subnets.Value[1].Zone = "a" }, warns + "subnets: all are in one zone"},
			{func(f *facts) { f.Subnets = denied[[]preflight.Subnet]("ec2:DescribeSubnets") }, note + "subnets: not checked"},
		},
		"ways out": {
			{func(f *facts) { closed(f); f.Endpoints.Value = endpoints() }, passes},
			{func(f *facts) { f.RouteTables.Value[1].Routes[1].Target = "igw-1"; f.Wanted.PublicAddress = true }, passes},
			{closed, fails + "subnet subnet-a: has no route to a NAT or transit gateway; without one it needs VPC endpoints, and lacks those for ecr.api, ecr.dkr, s3, logs, secretsmanager, ssm"},
			{func(f *facts) { f.RouteTables.Value[1].Routes[1].Active = false }, fails + "subnet subnet-a: has no route"},
			{func(f *facts) { f.RouteTables.Value[1].Routes[1].Target = "igw-1" }, fails + "subnet subnet-a: leads to an internet gateway, which lets nothing out without a public address"},
			{func(f *facts) {
				closed(f)
				f.Endpoints.Value = endpoints()
				f.Endpoints.Value[0].RouteTables = []string{"rtb-main"}
			}, fails + "subnet subnet-a: has no route to a NAT or transit gateway; without one it needs VPC endpoints, and lacks those for s3"},
			{func(f *facts) { closed(f); f.Endpoints.Value = endpoints(); f.Endpoints.Value[3].PrivateDNS = false }, fails + "subnet subnet-a: has no route to a NAT or transit gateway; without one it needs VPC endpoints, and lacks those for logs"},
			{func(f *facts) { f.RouteTables.Value = f.RouteTables.Value[1:] }, fails + "subnet subnet-b: has no route"},
			{func(f *facts) { f.RouteTables = denied[[]preflight.RouteTable]("ec2:DescribeRouteTables") }, note + "ways out of the subnets: not checked"},
			{func(f *facts) { closed(f); f.Endpoints = denied[[]preflight.Endpoint]("ec2:DescribeVpcEndpoints") }, note + "ways out of subnet subnet-a: not checked"},
		},
	} {
		passed, failed := 0, 0
		for i, c := range cases {
			f := good()
			c.change(&f)
			var found []string
			for _, one := range preflight.Check(f) {
				if one.Check == name {
					found = append(found, one.String())
				}
			}
			if c.want == passes && len(found) > 0 || c.want != passes && (len(found) == 0 || !strings.HasPrefix(found[0], c.want)) {
				t.Errorf("%s %d: found %q, want %q", name, i, found, c.want)
			}
			if c.want == passes {
				passed++
			} else if !strings.HasPrefix(c.want, note) {
				failed++
			}
		}
		if passed == 0 || failed == 0 {
			t.Errorf("check %s has no case that passes, or none that fails", name)
		}
		tried = append(tried, name)
	}
	slices.Sort(tried)
	var all []string
	for _, d := range preflight.Checks() {
		all = append(all, d.Name)
	}
	slices.Sort(all)
	if d := cmp.Diff(all, tried); d != "" {
		t.Errorf("checks and their cases differ:\n%s", d)
	}
}

func TestGoodFactsHaveNoFindings(t *testing.T) {
	if found := preflight.Check(good()); len(found) > 0 {
		t.Errorf("%v", found)
	}
	if found := preflight.Check(preflight.Facts{}); len(found) > 0 {
		t.Errorf("nothing was read, and this was found: %v", found)
	}
}

func TestFindingsAreInOneOrder(t *testing.T) {
	f := good()
	f.Secrets = map[string]preflight.Fact[preflight.Secret]{
		"DATABASE_URL": gone[preflight.Secret](), "KEY": gone[preflight.Secret](), "WHOLE": gone[preflight.Secret](),
	}
	f.Image, f.LogGroup, f.Groups = gone[preflight.Image](), gone[preflight.LogGroup](), denied[[]preflight.SecurityGroup]("ec2:DescribeSecurityGroups")
	first := preflight.Check(f)
	var order []string
	for _, one := range first {
		order = append(order, one.What)
	}
	want := []string{"image", "secret DATABASE_URL", "secret KEY", "secret WHOLE", "log group /shop", "security groups"}
	if d := cmp.Diff(want, order); d != "" {
		t.Error(d)
	}
	for range 20 {
		if d := cmp.Diff(first, preflight.Check(f)); d != "" {
			t.Fatal(d)
		}
	}
	if preflight.Count(first, preflight.Error) != 5 || preflight.Count(first, preflight.Note) != 1 || preflight.Count(first, preflight.Warning) != 0 {
		t.Errorf("%v", first)
	}
}

// A policy document is whatever somebody wrote.
func FuzzTrustPolicies(f *testing.F) {
	for _, text := range []string{trust, grants, "", "null", "[]", `{"Statement":[{"Principal":{"Service":null},"Action":[]}]}`, `{"Statement":{"Principal":"*","Condition":{"x":{"aws:SourceArn":"***?"}}}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		facts := good()
		facts.TaskRole.Value.Trust, facts.Policies.Value.Inline = text, []string{text}
		for _, one := range preflight.Check(facts) {
			if one.Check != "roles" && one.Check != "execution role" {
				t.Errorf("%s", one)
			}
		}
	})
}
