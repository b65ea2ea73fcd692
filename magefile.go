// Package splitecs deploys a containerised application to ECS on Fargate as two CloudFormation stacks, from a
// magefile: an infra stack that changes rarely, and a service stack that changes with each release.
//
// A whole magefile (magefiles/magefile.go):
//
//	//go:build mage
//
//	package main
//
//	//mage:import
//	import "github.com/bellyfed/splitecs"
//
//	func init() {
//		splitecs.Use(splitecs.App{
//			Name:   "shop",
//			Region: "eu-central-1",
//			Environments: map[string]splitecs.Environment{
//				"dev": {CPU: 256, Memory: 512},
//			},
//			DefaultEnvironment: "dev",
//		})
//	}
//
// With `go get -tool github.com/magefile/mage`, this is
//
//	go tool mage local:up             the whole of it on an embedded AWS, without an account
//	go tool mage infra:deploy dev     the first stack
//	go tool mage image:push           an image without Docker, in the environment's repository
//	go tool mage service:deploy dev   the second stack, until the deployment is complete
//	go tool mage service:rollback dev back to the last revision that was deployed successfully
//
// Each target prints results to stdout and everything else to stderr, and ends with a documented exit code.
// The targets are the methods of [Infra], [Service], [Image] and [Local]; the package does nothing before one
// of them is called.
//
// It knows names, arguments and help of the targets, and the types of the configuration. It does not know how anything is
// done: package targets does. Imported by magefiles.
package splitecs

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// The configuration, documented where it is defined.
type (
	App               = cfn.App
	Environment       = cfn.Environment
	AdditionalService = cfn.AdditionalService
	Container         = cfn.Container
	Sidecar           = cfn.Sidecar
	ImageSource       = cfn.Image
	GoBuild           = cfn.GoBuild
	Network           = cfn.Network
	Scaling           = cfn.Scaling
	Schedule          = cfn.Schedule
	Names             = cfn.Names
	Statement         = cfn.Statement
	Deployment        = cfn.Deployment
	Architecture      = cfn.Architecture
)

// The architectures that Fargate runs. X8664 is the default.
const (
	X8664 = cfn.X8664
	ARM64 = cfn.ARM64
)

// Help keeps its lines: https://magefile.org/magefiles/
//mage:multiline

// app is what Use was given.
var app App

// Use names the application that the targets are about. Call it once, from init of the magefile. It is checked
// when a target runs, and every problem is told at once.
//
// In a magefile it also reads the command line before Mage does. Help that is asked for behind a target is printed, and
// that is all; an unknown target, a flag, a missing or surplus word, or an environment that is not there end the process
// with 2 before any target has run. In a test, or in a program with a main of its own, it does neither.
func Use(a App) {
	app = a
	all().CheckCommandLine()
}

func all() targets.Set { return targets.Set{App: app} }

// Infra are the targets of the infra stack: network, load balancer, cluster, repository, roles, logs.
type Infra mg.Namespace

// Deploy creates or updates the infra stack of env and prints its outputs.
//
// It shows its change set first, and asks where something that holds data or has an address would be lost, or what runs
// would be cut off. What a running revision needs stays until its service has moved; what was deleted by other means is
// made again. A stack that is in the middle of something is followed first, one whose creation failed is made anew.
//
//	env: an environment of the App, or local, the embedded AWS
//	SPLITECS_APPROVE: 1 approves what is replaced or deleted, where nobody can be asked
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 done, or nothing to change; 2 configuration; 3 access to AWS;
//	            4 refused or not approved; 6 stack failed; 9 timed out; 10 interrupted;
//	            11 another deployment is under way
//
//	go tool mage infra:deploy dev
//	SPLITECS_APPROVE=1 go tool mage infra:deploy dev
func (Infra) Deploy(ctx context.Context, env string) error { return all().InfraDeploy(ctx, env) }

// Adopt deploys the infra stack of env and takes over what exists under its names.
//
// A cluster, a repository and a log group that belong to no stack become part of the infra stack, with what is in them;
// then they are brought to the configuration, and the rest is made.
//
//	env: an environment of the App, or local, the embedded AWS
//	SPLITECS_APPROVE: 1 approves what is replaced or deleted, where nobody can be asked
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 done, or nothing to change; 2 configuration; 3 access to AWS;
//	            4 refused or not approved; 6 stack failed; 9 timed out; 10 interrupted;
//	            11 another deployment is under way
//
//	go tool mage infra:adopt dev
func (Infra) Adopt(ctx context.Context, env string) error { return all().InfraAdopt(ctx, env) }

// Diff shows what infra:deploy would change in env; it changes nothing.
//
//	env: an environment of the App, or local, the embedded AWS
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 shown; 2 configuration; 3 access to AWS; 4 refused by CloudFormation; 9 timed out;
//	            10 interrupted; 11 the stack is in the middle of something
//
//	go tool mage infra:diff dev
func (Infra) Diff(ctx context.Context, env string) error { return all().InfraDiff(ctx, env) }

// Synth prints the infra template of env; it needs no credentials.
//
//	env: an environment of the App, or local, the embedded AWS
//	exit codes: 0 printed; 2 configuration
//
//	go tool mage infra:synth dev >infra.yaml
func (Infra) Synth(ctx context.Context, env string) error { return all().InfraSynth(ctx, env) }

// Status shows the infra stack of env and its outputs.
//
// With its last operation, its distance to the configuration, and what was changed behind its back (drift).
//
//	env: an environment of the App, or local, the embedded AWS
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 shown; 2 configuration; 3 access to AWS; 4 there is no stack; 9 timed out;
//	            10 interrupted
//
//	go tool mage infra:status dev
func (Infra) Status(ctx context.Context, env string) error { return all().InfraStatus(ctx, env) }

// Policy prints the IAM policy of the role that deploys env.
//
// It needs no credentials.
//
//	env: an environment of the App, or local, the embedded AWS
//	exit codes: 0 printed; 2 configuration
//
//	aws iam put-role-policy --role-name ROLE --policy-name deploy --policy-document "$(go tool mage infra:policy dev)"
func (Infra) Policy(ctx context.Context, env string) error { return all().InfraPolicy(ctx, env) }

// Destroy deletes every stack of env, once it is approved.
//
// It tells what is lost before it asks.
//
//	env: an environment of the App, or local, the embedded AWS
//	SPLITECS_APPROVE: 1 approves it, where nobody can be asked
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 deleted, or nothing there; 2 configuration; 3 access to AWS;
//	            4 protected or not approved; 6 stack failed; 9 timed out; 10 interrupted;
//	            11 another deployment is under way
//
//	go tool mage infra:destroy dev
func (Infra) Destroy(ctx context.Context, env string) error { return all().InfraDestroy(ctx, env) }

// Service are the targets of the service stack: task definition, service, auto-scaling, alarms.
type Service mg.Namespace

// Deploy releases an image to env and waits until it runs.
//
// It pins the digest, starts a service that stands at 0 tasks, and says why where it fails.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_IMAGE: tag, commit, digest or reference; current is the one that runs;
//	                default: the image of the current commit
//	SPLITECS_APPROVE: 1 approves what is replaced or deleted, where nobody can be asked
//	SPLITECS_EVIDENCE: off leaves lines of containers out of what is said
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 runs, or nothing to change; 1 runs, and AfterDeploy failed; 2 configuration;
//	            3 access to AWS; 4 no infra stack, no such image, or refused; 6 stack failed;
//	            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;
//	            10 interrupted; 11 another deployment is under way
//
//	go tool mage service:deploy dev
//	go tool mage service:deploy dev/worker
//	SPLITECS_IMAGE=main-20261104-4d2f9c1 go tool mage service:deploy prod
//	SPLITECS_IMAGE=current go tool mage service:deploy prod
func (Service) Deploy(ctx context.Context, env string) error {
	return all().ServiceDeploy(ctx, env)
}

// Rollback returns env to the last revision that was deployed successfully.
//
// A deployment that is under way is taken back. Run again, it goes one revision further back.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_EVIDENCE: off leaves lines of containers out of what is said
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 runs; 2 configuration; 3 access to AWS; 4 there is no such revision; 6 stack failed;
//	            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;
//	            10 interrupted; 11 another deployment is under way
//
//	go tool mage service:rollback prod
func (Service) Rollback(ctx context.Context, env string) error {
	return all().ServiceRollback(ctx, env)
}

// RollbackTo returns env to a good revision: a number, -2, a tag or a digest.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	to: the number of a revision, -2 for the second last good one, the tag, commit or digest of its image
//	SPLITECS_EVIDENCE: off leaves lines of containers out of what is said
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 runs; 2 configuration; 3 access to AWS; 4 it was never deployed successfully;
//	            6 stack failed; 7 failed and back on the last good revision; 8 failed and not healthy;
//	            9 timed out; 10 interrupted; 11 another deployment is under way
//
//	go tool mage service:rollbackTo prod 41
//	go tool mage service:rollbackTo prod -2
func (Service) RollbackTo(ctx context.Context, env, to string) error {
	return all().ServiceRollbackTo(ctx, env, to)
}

// Watch follows the deployment of env that is under way to its end.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_EVIDENCE: off leaves lines of containers out of what is said
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 complete, or nothing under way; 2 configuration; 3 access to AWS;
//	            4 there is no service; 7 failed and back on the last good revision;
//	            8 failed and not healthy; 9 timed out; 10 interrupted
//
//	go tool mage service:watch prod
func (Service) Watch(ctx context.Context, env string) error { return all().ServiceWatch(ctx, env) }

// History shows the latest deployments of env and how they ended.
//
// When, which image and commit, by whom.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 shown; 2 configuration; 3 access to AWS; 4 there is no service; 9 timed out;
//	            10 interrupted
//
//	go tool mage service:history prod
func (Service) History(ctx context.Context, env string) error { return all().ServiceHistory(ctx, env) }

// Logs prints what the tasks of env have written.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_SINCE: how far back; default 1h
//	SPLITECS_TASK: stopped, all or the id of a task; default: the tasks that run
//	SPLITECS_FOLLOW: 1 goes on until interrupted
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 printed; 2 configuration; 3 access to AWS; 4 there is no service; 9 timed out;
//	            10 interrupted
//
//	go tool mage service:logs prod
//	SPLITECS_TASK=stopped SPLITECS_SINCE=24h go tool mage service:logs prod
func (Service) Logs(ctx context.Context, env string) error { return all().ServiceLogs(ctx, env) }

// Scale sets how many tasks env runs now; auto-scaling goes on from there.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	count: within MinTasks and MaxTasks, or 0, which stops the service
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 they run; 2 configuration, or out of bounds; 3 access to AWS; 4 there is no service;
//	            8 they do not get up; 9 timed out; 10 interrupted
//
//	go tool mage service:scale dev 2
func (Service) Scale(ctx context.Context, env string, count int) error {
	return all().ServiceScale(ctx, env, count)
}

// Restart replaces the tasks of env by new ones of the same revision.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_EVIDENCE: off leaves lines of containers out of what is said
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 they run; 2 configuration; 3 access to AWS; 4 there is no service; 6 stack failed;
//	            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;
//	            10 interrupted; 11 another deployment is under way
//
//	go tool mage service:restart prod
func (Service) Restart(ctx context.Context, env string) error { return all().ServiceRestart(ctx, env) }

// Run runs a command once in env, such as a migration.
//
// In a task of its own with the service's image, variables, secrets and roles. Its lines go to stdout.
// What is executed is shown before, word by word: the command behind the image's entry point where that
// passes commands on (tini, docker-entrypoint.sh), else in its place.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	command: its words, quoted as in a shell; no shell runs it: $NAME, ~, * and backquotes stay as
//	         they are; &&, |, >, $(…) and NAME=value before a program are refused (use sh -c '…')
//	SPLITECS_IMAGE: tag, digest or reference of the image to run it in. Default: the service's
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: the command's own; 2 configuration, or no command; 3 access to AWS;
//	            4 there is no service; 9 timed out; 10 interrupted
//
//	go tool mage service:run dev "node migrate.js --to latest"
func (Service) Run(ctx context.Context, env, command string) error {
	return all().ServiceRun(ctx, env, command)
}

// Exec executes a command in a task of local that runs; sh is a shell.
//
// As the user of the service's container, in its files, its network and its environment. Where stdin and stdout are a
// terminal, the command has one. In an account it is AWS's own plugin that does so: what to type is shown.
//
//	env: local, or local/SERVICE, one of its Services
//	command: its words, quoted as in a shell; no shell runs it
//	SPLITECS_TASK: the id of a task; default: the newest that runs
//	exit codes: the command's own; 2 configuration, or no command; 3 access to AWS;
//	            4 no such task runs; 10 interrupted
//
//	go tool mage service:exec local sh
//	go tool mage service:exec local "ls -l /app"
func (Service) Exec(ctx context.Context, env, command string) error {
	return all().ServiceExec(ctx, env, command)
}

// Prune deregisters revisions of env that no rollback can need.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_APPROVE: 1 approves it, where nobody can be asked
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 done; their number is on stdout; 2 configuration; 3 access to AWS;
//	            4 not approved, or there is no service; 9 timed out; 10 interrupted
//
//	SPLITECS_APPROVE=1 go tool mage service:prune dev
func (Service) Prune(ctx context.Context, env string) error { return all().ServicePrune(ctx, env) }

// Verify tells what would make a deployment to env fail; it changes nothing.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_IMAGE: tag, commit, digest or reference of the image; current is the one that runs;
//	                default: that of the current commit
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 no errors, warnings perhaps; 2 configuration; 3 access to AWS; 4 errors, or no infra stack;
//	            9 timed out; 10 interrupted
//
//	SPLITECS_IMAGE=main-20260102-0123abc go tool mage service:verify dev
func (Service) Verify(ctx context.Context, env string) error { return all().ServiceVerify(ctx, env) }

// Diff shows what service:deploy would change in env; it changes nothing.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_IMAGE: tag, commit, digest or reference; current is the one that runs;
//	                default: that of the current commit, else the one deployed
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 shown; 2 configuration; 3 access to AWS; 4 no infra stack, or no such image;
//	            9 timed out; 10 interrupted; 11 the stack is in the middle of something
//
//	go tool mage service:diff dev
func (Service) Diff(ctx context.Context, env string) error { return all().ServiceDiff(ctx, env) }

// Synth prints the service template of env; it needs no credentials.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	exit codes: 0 printed; 2 configuration
//
//	go tool mage service:synth dev >service.yaml
func (Service) Synth(ctx context.Context, env string) error { return all().ServiceSynth(ctx, env) }

// Status shows stack, deployments, tasks, health, image and scaling of env.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 shown; 2 configuration; 3 access to AWS; 4 there is no service; 9 timed out;
//	            10 interrupted
//
//	go tool mage service:status dev
func (Service) Status(ctx context.Context, env string) error {
	return all().ServiceStatus(ctx, env)
}

// Image are the targets of the container image; Docker is not involved.
type Image mg.Namespace

// Build builds the image and prints its digest.
//
//	SPLITECS_ENV: the environment, or ENV/SERVICE, one of its Services; default App.DefaultEnvironment
//	SPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 built; 2 configuration or source; 3 access to the base image; 5 build failed;
//	            9 timed out; 10 interrupted
//
//	go tool mage image:build
//	SPLITECS_SOURCE=./cmd/server go tool mage image:build
func (Image) Build(ctx context.Context) error { return all().ImageBuild(ctx) }

// Push builds and pushes the image; repository@sha256:… on stdout.
//
//	SPLITECS_ENV: the environment, or ENV/SERVICE, one of its Services; default App.DefaultEnvironment
//	SPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source
//	SPLITECS_TAG: default: branch or version, day and short name of the commit
//	SPLITECS_REPOSITORY: any repository; default: the environment's in ECR
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 pushed, or there already; 2 configuration, source or no commit; 3 access to AWS;
//	            4 no infra stack; 5 build or push failed; 9 timed out; 10 interrupted
//
//	SPLITECS_ENV=dev go tool mage image:push
func (Image) Push(ctx context.Context) error { return all().ImagePush(ctx) }

// Save builds the image into a file for an image:push elsewhere; digest on stdout.
//
// What is pushed with SPLITECS_SOURCE=FILE is this image, whatever is built or configured there; so who builds needs no
// credentials, and who has them runs nothing of the application.
//
//	file: an archive of an OCI layout, relative to the project; it is overwritten. Where git does not ignore it, a
//	      later image is one of a tree with changes
//	SPLITECS_ENV: the environment, or ENV/SERVICE, one of its Services; default App.DefaultEnvironment
//	SPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 saved; 2 configuration or source; 3 access to the base image; 5 build failed;
//	            9 timed out; 10 interrupted
//
//	go tool mage image:save .splitecs/image.tar
func (Image) Save(ctx context.Context, file string) error { return all().ImageSave(ctx, file) }

// List shows the images of env: tag, digest, size, commit, and where they run.
//
//	env: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 shown; 2 configuration; 3 access to AWS; 4 no infra stack; 9 timed out; 10 interrupted
//
//	go tool mage image:list dev
func (Image) List(ctx context.Context, env string) error { return all().ImageList(ctx, env) }

// Promote copies an image by digest between two environments; its reference on stdout.
//
// Both are in one account, whose credentials the run has; they may be in two regions.
//
//	from: the environment whose repository has it, or ENV/SERVICE, one of its Services
//	to: the environment that is to have it, or ENV/SERVICE
//	SPLITECS_IMAGE: tag, commit, digest or reference of the image; current is the one that runs;
//	                default: that of the current commit
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …
//	exit codes: 0 copied, or there already; 2 configuration; 3 access to AWS; 4 no such image or infra stack;
//	            5 copy failed; 9 timed out; 10 interrupted
//
//	go tool mage image:promote dev qa
func (Image) Promote(ctx context.Context, from, to string) error {
	return all().ImagePromote(ctx, from, to)
}

// Local are the targets of the embedded AWS, which needs no account.
type Local mg.Namespace

// Up deploys everything to the embedded AWS, and runs it.
//
// Where the source is not there, it is a sample application. On stdout is the address at which it answers, which stays the
// same. It runs until local:down. Where this system cannot execute programs, that is said, and that they run is assumed.
//
//	SPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source
//	SPLITECS_LOCAL_SCENARIO: a failure to rehearse, such as exit:3 or fault:ecs:*:throttle
//	SPLITECS_LOCAL_DIR: the state; default .splitecs/local
//	SPLITECS_LOCAL_SPEED: how much faster than AWS, default 100
//	SPLITECS_LOCAL_ACCOUNT: the account of a new state; default: a number of its own
//	SPLITECS_LOCAL_PROGRAMS: off executes no program: that it starts and answers is assumed
//	SPLITECS_LOCAL_HOST_PORTS: ports of this machine that programs reach at host.splitecs.internal, such as 5432,6379
//	SPLITECS_LOCAL_ACCESS_LOG: 1 tells each request to the load balancer in run/access.log in the state folder
//	SPLITECS_EVIDENCE: off leaves lines of containers out of what is said
//	SPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json
//	exit codes: 0 runs; 2 configuration; 5 build or push failed; 6 stack failed;
//	            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;
//	            10 interrupted
//
//	go tool mage local:up
func (Local) Up(ctx context.Context) error { return all().LocalUp(ctx) }

// Serve puts the embedded AWS on a port, for the aws CLI.
//
// It is 127.0.0.1:4566, or where that is in use another port, until it is interrupted; stdout and stderr tell what to
// export.
//
//	SPLITECS_LOCAL_PORT: the port; default 4566, else any free one, which the state remembers
//	SPLITECS_LOCAL_SCENARIO: a failure to rehearse, such as exit:3 or fault:ecs:*:throttle
//	SPLITECS_LOCAL_DIR: the state; default .splitecs/local
//	SPLITECS_LOCAL_SPEED: how much faster than AWS, default 100
//	exit codes: 0 ended by Ctrl-C; 2 configuration, or the port is in use
//
//	go tool mage local:serve
func (Local) Serve(ctx context.Context) error { return all().LocalServe(ctx) }

// Down stops what runs of the environment local; its state stays.
//
// Tasks get SIGTERM, and SIGKILL after their stop timeout. local:up, or any other target on local, starts them again.
//
//	SPLITECS_LOCAL_DIR: the state; default .splitecs/local
//	SPLITECS_TIMEOUT: a limit such as 45m
//	exit codes: 0 stopped, or nothing ran; 2 configuration; 9 timed out; 10 interrupted
//
//	go tool mage local:down
func (Local) Down(ctx context.Context) error { return all().LocalDown(ctx) }

// Reset forgets the state of the embedded AWS, and ends what runs.
//
//	SPLITECS_LOCAL_DIR: the state; default .splitecs/local
//	exit codes: 0 removed, or nothing there; 1 the folder is not such a state; 2 configuration
//
//	go tool mage local:reset
func (Local) Reset(ctx context.Context) error { return all().LocalReset(ctx) }
