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
package splitecs

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// The configuration, documented where it is defined.
type (
	App          = cfn.App
	Environment  = cfn.Environment
	Container    = cfn.Container
	ImageSource  = cfn.Image
	Network      = cfn.Network
	Scaling      = cfn.Scaling
	Schedule     = cfn.Schedule
	Architecture = cfn.Architecture
)

// The architectures that Fargate runs. X8664 is the default.
const (
	X8664 = cfn.X8664
	ARM64 = cfn.ARM64
)

// app is what Use was given.
var app App

// Use names the application that the targets are about. Call it once, from init of the magefile. It is checked
// when a target runs, and every problem is told at once.
func Use(a App) { app = a }

func all() targets.Set { return targets.Set{App: app} }

// Infra are the targets of the infra stack: network, load balancer, cluster, repository, roles, logs.
type Infra mg.Namespace

// Deploy creates or updates the infra stack of env and prints its outputs.
func (Infra) Deploy(ctx context.Context, env string) error { return all().InfraDeploy(ctx, env) }

// Diff shows what infra:deploy would change in env; it changes nothing.
func (Infra) Diff(ctx context.Context, env string) error { return all().InfraDiff(ctx, env) }

// Synth prints the infra template of env; it needs no credentials.
func (Infra) Synth(ctx context.Context, env string) error { return all().InfraSynth(ctx, env) }

// Status shows the infra stack of env and its outputs.
func (Infra) Status(ctx context.Context, env string) error { return all().InfraStatus(ctx, env) }

// Policy prints the IAM policy of the role that deploys env; it needs no credentials.
func (Infra) Policy(ctx context.Context, env string) error { return all().InfraPolicy(ctx, env) }

// Destroy deletes both stacks of env, once it is approved.
func (Infra) Destroy(ctx context.Context, env string) error { return all().InfraDestroy(ctx, env) }

// Service are the targets of the service stack: task definition, service, auto-scaling, alarms.
type Service mg.Namespace

// Deploy releases the image of SPLITECS_IMAGE, else of the current commit, to env and waits until it runs.
func (Service) Deploy(ctx context.Context, env string) error {
	return all().ServiceDeploy(ctx, env)
}

// Rollback returns env to the last revision that was deployed successfully.
func (Service) Rollback(ctx context.Context, env string) error {
	return all().ServiceRollback(ctx, env)
}

// RollbackTo returns env to a good revision: a number, -2, a tag or a digest.
func (Service) RollbackTo(ctx context.Context, env, to string) error {
	return all().ServiceRollbackTo(ctx, env, to)
}

// Watch follows the deployment of env that is under way to its end.
func (Service) Watch(ctx context.Context, env string) error { return all().ServiceWatch(ctx, env) }

// History shows the latest deployments of env: when, what, by whom, how they ended.
func (Service) History(ctx context.Context, env string) error { return all().ServiceHistory(ctx, env) }

// Logs prints what the tasks of env have written; see SPLITECS_SINCE, SPLITECS_TASK, SPLITECS_FOLLOW.
func (Service) Logs(ctx context.Context, env string) error { return all().ServiceLogs(ctx, env) }

// Scale sets how many tasks env runs now; auto-scaling goes on from there.
func (Service) Scale(ctx context.Context, env string, count int) error {
	return all().ServiceScale(ctx, env, count)
}

// Restart replaces the tasks of env by new ones of the same revision.
func (Service) Restart(ctx context.Context, env string) error { return all().ServiceRestart(ctx, env) }

// Run runs a command once in env, such as a migration; its exit code is the target's.
func (Service) Run(ctx context.Context, env, command string) error {
	return all().ServiceRun(ctx, env, command)
}

// Prune deregisters revisions of env that no rollback can need, once it is approved.
func (Service) Prune(ctx context.Context, env string) error { return all().ServicePrune(ctx, env) }

// Verify tells everything that would make a deployment to env fail; it changes nothing.
func (Service) Verify(ctx context.Context, env string) error { return all().ServiceVerify(ctx, env) }

// Diff shows what service:deploy would change in env; it changes nothing.
func (Service) Diff(ctx context.Context, env string) error { return all().ServiceDiff(ctx, env) }

// Synth prints the service template of env; it needs no credentials.
func (Service) Synth(ctx context.Context, env string) error { return all().ServiceSynth(ctx, env) }

// Status shows stack, deployments, tasks, target health, image and scaling of env.
func (Service) Status(ctx context.Context, env string) error {
	return all().ServiceStatus(ctx, env)
}

// Image are the targets of the container image; Docker is not involved.
type Image mg.Namespace

// Build builds the image and prints its digest.
func (Image) Build(ctx context.Context) error { return all().ImageBuild(ctx) }

// Push builds the image, pushes it to the repository of SPLITECS_ENV and prints repository@sha256:….
func (Image) Push(ctx context.Context) error { return all().ImagePush(ctx) }

// List shows the images of env: tag, digest, size, age, commit, scan findings, and where they run.
func (Image) List(ctx context.Context, env string) error { return all().ImageList(ctx, env) }

// Promote copies the image of SPLITECS_IMAGE, else of the current commit, from one environment to another, by digest.
func (Image) Promote(ctx context.Context, from, to string) error {
	return all().ImagePromote(ctx, from, to)
}

// Local are the targets of the embedded AWS, which needs no account.
type Local mg.Namespace

// Up deploys everything to the embedded AWS: infra stack, image, service stack.
func (Local) Up(ctx context.Context) error { return all().LocalUp(ctx) }

// Serve puts the embedded AWS on a port, for the aws CLI.
func (Local) Serve(ctx context.Context) error { return all().LocalServe(ctx) }

// Reset forgets the state of the embedded AWS.
func (Local) Reset(ctx context.Context) error { return all().LocalReset(ctx) }
