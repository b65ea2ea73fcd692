package cfn

import (
	"context"
	"fmt"
)

// Hook is a function of the magefile's that a deployment calls. It has to end when ctx does, which SPLITECS_TIMEOUT and an
// interruption bring about. What it prints should go to stderr: stdout is for results.
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
