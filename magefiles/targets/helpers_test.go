package targets_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// world is one user's machine: a project's folder, an environment, and what the targets print.
type world struct {
	t     *testing.T
	app   cfn.App
	env   map[string]string
	dir   string
	clock *awslocal.Clock // of the embedded AWS, where its time does not just fly
	out   bytes.Buffer
	err   bytes.Buffer
	code  int
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newWorld has an empty embedded AWS whose time flies, and an application in a folder.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), app: cfn.App{
		Name: "shop", Region: "ap-southeast-1", DefaultEnvironment: "dev",
		Image: cfn.Image{Entrypoint: []string{"/app/server"}},
		Environments: map[string]cfn.Environment{
			"dev": {CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2},
		},
	}}
	w.env = map[string]string{
		"SPLITECS_LOCAL_DIR":      filepath.Join(t.TempDir(), "state"),
		"SPLITECS_LOCAL_SPEED":    "2000",
		"SPLITECS_LOCAL_PROGRAMS": "off",
		"SPLITECS_LOCAL_ACCOUNT":  awslocal.AccountID,
		"SPLITECS_ENV":            "local",
		"SPLITECS_SOURCE":         "app",
		"HOME":                    t.TempDir(),
		"SPLITECS_CACHE":          filepath.Join(t.TempDir(), "cache"),
	}
	w.write("app/server.txt", "version 1")
	w.program("server", "api", "worker")
	return w
}

// program puts programs into the application's folder, which an image has at its working directory.
func (w *world) program(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.write(path.Join("app", name), "a program")
		if err := os.Chmod(filepath.Join(w.dir, "app", name), 0o755); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) write(name, content string) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	whole := filepath.Join(w.t.TempDir(), "whole") // twins build from the same folder meanwhile
	if err := errors.Join(os.WriteFile(whole, []byte(content), 0o644), os.Rename(whole, file)); err != nil {
		w.t.Fatal(err)
	}
}

// timed lets the embedded AWS have a time of its own, which goes on only while targets wait: they always take the same
// course, however busy the machine is.
func (w *world) timed() *world {
	w.clock = awslocal.NewClock(time.Now())
	w.env["SPLITECS_LOCAL_SPEED"] = "1"
	return w
}

// run runs a target as Mage does and keeps its exit code and output. set are variables for this run only.
func (w *world) run(f func(targets.Set, context.Context) error, set ...string) {
	w.t.Helper()
	w.out.Reset()
	w.err.Reset()
	vars := map[string]string{}
	for k, v := range w.env {
		vars[k] = v
	}
	for _, kv := range set {
		k, v, _ := strings.Cut(kv, "=")
		vars[k] = v
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		w.t.Fatal(err)
	}
	defer null.Close()
	err = f(targets.Set{
		App: w.app, Getenv: func(k string) string { return vars[k] }, Out: &w.out, Err: &w.err, In: null, Dir: w.dir,
	}.WithClock(w.clock), context.Background())
	w.code = 0
	if err != nil {
		w.advises(err, vars)
		w.err.WriteString("Error: " + err.Error() + "\n")
		w.code = 1
		if e, ok := err.(interface{ ExitStatus() int }); ok { // Mage looks at the error itself
			w.code = e.ExitStatus()
		}
		if errors.Is(err, context.Canceled) && w.code == 1 {
			w.t.Error("an interruption without its exit code")
		}
	}
}

// want fails the test unless the last run ended with this exit code and said all this on stderr.
func (w *world) want(code int, said ...string) {
	w.t.Helper()
	if w.code != code {
		w.t.Fatalf("exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", w.code, code, &w.out, &w.err)
	}
	for _, s := range said {
		if !strings.Contains(w.err.String(), s) {
			w.t.Errorf("stderr does not say %q:\n%s", s, &w.err)
		}
	}
}

// prints fails the test unless the last run's stdout has all this.
func (w *world) prints(wanted ...string) {
	w.t.Helper()
	for _, s := range wanted {
		if !strings.Contains(w.out.String(), s) {
			w.t.Errorf("stdout does not have %q:\n%s", s, &w.out)
		}
	}
}

func in(env string, f func(targets.Set, context.Context, string) error) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return f(t, ctx, env) }
}

// The targets, as the tests call them.
var (
	localUp         = targets.Set.LocalUp
	localReset      = targets.Set.LocalReset
	imagePush       = targets.Set.ImagePush
	infraDeploy     = in("local", targets.Set.InfraDeploy)
	infraDiff       = in("local", targets.Set.InfraDiff)
	infraStatus     = in("local", targets.Set.InfraStatus)
	infraDestroy    = in("local", targets.Set.InfraDestroy)
	serviceDeploy   = in("local", targets.Set.ServiceDeploy)
	serviceDiff     = in("local", targets.Set.ServiceDiff)
	serviceSynth    = in("local", targets.Set.ServiceSynth)
	imageBuild      = targets.Set.ImageBuild
	serviceRollback = in("local", targets.Set.ServiceRollback)
	serviceStatus   = in("local", targets.Set.ServiceStatus)
)
