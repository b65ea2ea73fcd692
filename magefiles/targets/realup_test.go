//go:build linux

package targets_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// realUp is a world whose programs are executed, for local:up.
func realUp(t *testing.T) *world {
	t.Helper()
	base := realWorld(t)
	w := base.executes(t)
	app := filepath.Join(w.dir, "app")
	must(t, errors.Join(os.RemoveAll(app), os.CopyFS(app, os.DirFS(filepath.Join(base.dir, "app")))))
	return w
}

// Where another program has taken the port, local:up says which one, and answers at another port.
func TestPortOfTheApplicationIsTaken(t *testing.T) {
	t.Parallel()
	w := realUp(t)
	address := func() string {
		lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
		return strings.TrimPrefix(lines[len(lines)-1], "http://")
	}
	w.run(localUp)
	w.want(0)
	before := address()
	w.run(targets.Set.LocalDown)
	w.want(0)
	port := taken(t, before)
	w.run(localUp)
	w.want(0, fmt.Sprintf("port %s of 127.0.0.1, where the application was, is in use by targets.test (process %d)", port, os.Getpid()))
	if after := address(); after == before || !strings.HasPrefix(after, "127.0.0.1:") {
		t.Errorf("the application was at %s and is at %s", before, after)
	}
}

// A task of which nothing can be executed counts as running. Nobody takes it for one that answers.
func TestTasksThatAreNotExecuted(t *testing.T) {
	t.Parallel()
	w := realUp(t)
	exec := func(t targets.Set, ctx context.Context) error {
		return t.ServiceExec(ctx, "local", "/app/server exit 0")
	}
	const image = "registry.invalid/side@sha256:0f5e1f5a7ed1e26b2c1a4b7e9d1f1f0f7d0c8a5b6e4f3a2b1c0d9e8f7a6b5c4d"
	const why = "is executed: " + image + " is in another registry, and cannot be pulled from there: "
	dev := w.app.Environments["dev"]
	with := dev
	with.Sidecars = []cfn.Sidecar{{Name: "side", Image: image, Memory: 128}}

	w.app.Environments["dev"] = with
	w.run(localUp)
	w.want(0, "[embedded AWS] nothing of task ", why, " answers 503, since nothing of the service "+why)
	if strings.Contains(w.out.String(), "http://") {
		t.Errorf("an address at which nothing answers is given:\n%s", &w.out)
	}
	if !strings.Contains(w.out.String(), "nothing of it "+why) {
		t.Errorf("the status says nothing of it:\n%s", &w.out)
	}
	w.run(exec)
	w.want(4, "nothing of task ", why)

	w.app.Environments["dev"] = dev
	w.run(localUp)
	w.want(0)
	if strings.Contains(w.out.String()+w.err.String(), "is executed") || !strings.Contains(w.out.String(), "\nhttp://127.0.0.1:") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", &w.out, &w.err)
	}

	w.run(exec)
	w.want(0)

	w.run(serviceDeploy, "SPLITECS_LOCAL_SCENARIO=stubborn")
	w.want(0, "is executed: how its program does is rehearsed. That it runs is assumed")
}

// A command in a task that fails, or that is interrupted, is told of as what it is: nothing in AWS goes on.
func TestCommandsThatFail(t *testing.T) {
	t.Parallel()
	w := realUp(t)
	w.run(localUp)
	w.want(0)
	w.run(func(t targets.Set, ctx context.Context) error {
		return t.ServiceExec(ctx, "local", "/app/server exit 5")
	})
	w.want(5, "/app/server exit 5 ended with exit code 5", " go tool mage service:logs local   # what the task's own program has written")
	w.run(func(t targets.Set, ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		t.Out = writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
		return t.ServiceExec(ctx, "local", "/app/server say here , sleep")
	})
	w.want(10, "interrupted: /app/server say here , sleep has ended too")
}
