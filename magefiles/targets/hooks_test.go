package targets_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// hooked keeps what hooks and changes of AWS happened, in order.
type hooked struct {
	*world
	happened []string
	told     []cfn.Deployment
}

func newHooked(t *testing.T) *hooked {
	h := &hooked{world: up(t)}
	hook := func(name string) cfn.Hook {
		return func(_ context.Context, d cfn.Deployment) error {
			h.happened = append(h.happened, name)
			h.told = append(h.told, d)
			return nil
		}
	}
	h.app.BeforeDeploy, h.app.AfterDeploy = hook("before"), hook("after")
	return h
}

// changes are the operations that a deployment changes something by.
var changes = []string{"cloudformation:ExecuteChangeSet", "ecs:UpdateService"}

func (h *hooked) ask(f func(targets.Set, context.Context) error, set ...string) {
	h.t.Helper()
	h.happened, h.told = nil, nil
	h.run(func(t targets.Set, ctx context.Context) error {
		return f(t.WithFaults(awslocal.Fault{Do: func(_ int, operation string) {
			if slices.Contains(changes, operation) {
				h.happened = append(h.happened, operation)
			}
		}}), ctx)
	}, set...)
}

func (h *hooked) wantOrder(order ...string) {
	h.t.Helper()
	if !slices.Equal(h.happened, order) {
		h.t.Errorf("happened %q, want %q", h.happened, order)
	}
}

func TestHooksStandAroundADeployment(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(0)
	h.wantOrder("before", "cloudformation:ExecuteChangeSet", "after")
	for _, d := range h.told {
		if d.Environment != "local" || !strings.Contains(d.Image, "/shop-local@sha256:") || d.Names != h.app.Names("local") || !strings.HasPrefix(d.URL, "http://") || !d.Changed {
			t.Errorf("told of %+v", d)
		}
	}
	// Nothing to change is nothing to stop; what comes after can be made up for.
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(0, "nothing to change")
	h.wantOrder("after")
	if h.told[0].Changed {
		t.Errorf("told of %+v", h.told[0])
	}
	h.ask(serviceRollback)
	h.want(0)
	h.wantOrder("cloudformation:ExecuteChangeSet")
	h.ask(serviceRestart)
	h.want(0)
	h.wantOrder("cloudformation:ExecuteChangeSet")
}

// A preflight that finds errors, and a deployment that fails, end before the hook behind them.
func TestHooksAreNotCalledForNothing(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	h.want(7)
	if h.happened[0] != "before" || slices.Contains(h.happened, "after") {
		t.Errorf("happened %q", h.happened)
	}
	e := h.app.Environments["dev"]
	e.Architecture = cfn.ARM64
	h.app.Environments["dev"] = e
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(4)
	h.wantOrder()
}

func TestBeforeDeployEndsADeployment(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	h.app.BeforeDeploy = func(context.Context, cfn.Deployment) error { return errors.New("it is Friday") }
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(4, "service:deploy local", "why:  BeforeDeploy: it is Friday; nothing was changed")
	h.wantOrder()
	h.runs("shop-local-service:1")

	var none map[string]int
	h.app.BeforeDeploy = func(context.Context, cfn.Deployment) error { none["x"]++; return nil }
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(4, "BeforeDeploy: panic: assignment to entry in nil map", "hooks_test.go:")
	h.wantOrder()
}

func TestAfterDeployTakesNothingBack(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	h.app.AfterDeploy = func(context.Context, cfn.Deployment) error { return errors.New("the cache is still warm") }
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(1, "the deployment is complete and stands", "why:  AfterDeploy: the cache is still warm",
		"next: go tool mage service:deploy local   # changes nothing, and calls AfterDeploy again", "next: go tool mage service:rollback local")
	h.runs("shop-local-service:2")
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2")
	h.want(1, "AfterDeploy: the cache is still warm")
}

func TestHooksEndWithTheTimeLimit(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	h.app.BeforeDeploy = func(ctx context.Context, _ cfn.Deployment) error {
		<-ctx.Done()
		return ctx.Err()
	}
	h.ask(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_TIMEOUT=3s")
	h.want(9, "SPLITECS_TIMEOUT=3s")
	h.wantOrder()
	h.runs("shop-local-service:1")

	h.app.BeforeDeploy = nil
	h.app.AfterDeploy = func(ctx context.Context, _ cfn.Deployment) error {
		<-ctx.Done()
		return ctx.Err()
	}
	h.ask(func(t targets.Set, ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		wait := t.App.AfterDeploy
		t.App.AfterDeploy = func(ctx context.Context, d cfn.Deployment) error { cancel(); return wait(ctx, d) }
		return serviceDeploy(t, ctx)
	}, "SPLITECS_IMAGE=v2")
	h.want(10, "AfterDeploy: context canceled; the deployment was complete before, and stands")
}
