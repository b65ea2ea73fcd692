package cfn

import (
	"context"
	"fmt"
)

// Hook is a function of the magefile's that a deployment calls. It has to end when ctx does, which SPLITECS_TIMEOUT and an
// interruption bring about. What it prints should go to stderr: stdout is for results. One that migrates a database before
// each release:
//
//	app.BeforeDeploy = func(ctx context.Context, d splitecs.Deployment) error {
//		return d.Run(ctx, "node", "migrate.js", "--to", "latest")
//	}
type Hook func(ctx context.Context, d Deployment) error

// Deployment is what a [Hook] is told of. There are no secrets in it.
type Deployment struct {
	// Environment by its name, ENV/SERVICE for a service beside the application's own; "local" is the embedded AWS, whose
	// load balancer answers nobody.
	Environment string
	// Image is the reference of what is deployed, pinned by its digest.
	Image string
	// Names are the AWS names of the environment.
	Names Names
	// URL is where the application answers: the infra stack's output.
	URL string
	// Changed is false where the service stack had it all already.
	Changed bool
	// Run runs a command once, such as a migration of a database, in a task of its own: a program and its arguments,
	// which no shell sees. The task has what a task of the release has: image, variables, secrets, roles, network, sizes.
	// In BeforeDeploy that is the release to come, also where there is no service yet; in AfterDeploy the one that runs.
	// The command is executed as service:run does it, whatever the image's entry point. What it writes goes to stderr.
	//
	// Run returns when the task has ended: nil where the command's exit code is 0. Any other end is an error that says
	// what happened, and the deployment's failure has the command's last lines, if the hook returns it, wrapped or not.
	// When ctx ends, the error wraps ctx's, and the task goes on: it is named, with the command that follows it. Each
	// call starts one task, also where the answer to the start was lost; a deployment that is begun anew calls its
	// hooks anew, so that a command has to be one that can be repeated.
	Run func(ctx context.Context, command ...string) error
}

// Call calls the hook, if there is one. An error, or a panic, tells the field of the App that it stands in.
func (h Hook) Call(ctx context.Context, field string, d Deployment) error {
	if h == nil {
		return nil
	}
	if err := guarded(func() error { return h(ctx, d) }); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	return nil
}
