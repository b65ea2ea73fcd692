package targets_test

import (
	"context"
	"sync"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// calls runs a target and returns the calls that it made.
func (w *world) calls(f func(targets.Set, context.Context) error, set ...string) []string {
	w.t.Helper()
	var mu sync.Mutex
	var made []string
	w.run(func(t targets.Set, ctx context.Context) error {
		return f(t.WithFaults(awslocal.Fault{Do: func(_ int, operation string) {
			mu.Lock()
			defer mu.Unlock()
			made = append(made, operation)
		}}), ctx)
	}, set...)
	return made
}

func TestADeploymentWithoutChangesTakesFewCalls(t *testing.T) {
	t.Parallel()
	w := up(t)
	for name, c := range map[string]struct {
		run  func(targets.Set, context.Context) error
		most int
	}{
		"infra:deploy":   {infraDeploy, 2},
		"service:deploy": {serviceDeploy, 6},
	} {
		made := w.calls(c.run, "SPLITECS_IMAGE=v1")
		w.want(0, "nothing to change")
		if len(made) > c.most {
			t.Errorf("%s: %d calls: %q", name, len(made), made)
		}
		t.Logf("%s: %d calls: %q", name, len(made), made)
	}
}
