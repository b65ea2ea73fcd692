package targets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// layoutOf is an OCI layout of an image with one program, whose configuration says c.
func layoutOf(t *testing.T, w *world, c v1.Config) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "run"), nil, 0o755))
	built, err := image.Build(t.Context(), image.Spec{Folders: []image.Folder{{From: dir, To: "/bin"}}}, image.Options{})
	must(t, err)
	defer built.Close()
	img, err := mutate.Config(built, c)
	must(t, err)
	out := filepath.Join(w.dir, "layout")
	p, err := layout.Write(out, empty.Index)
	must(t, err)
	must(t, p.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"})))
	return out
}

// What a finished image says against the configuration is told when it is built and before it is deployed, in one line each.
func TestWordsOfAnImageAgainstTheConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Image = cfn.Image{}
	w.app.Container.Command = []string{"/bin/run", "worker"}
	w.env["SPLITECS_SOURCE"] = layoutOf(t, w, v1.Config{
		Entrypoint: []string{"/bin/run"}, ExposedPorts: map[string]struct{}{"8000/tcp": {}}, User: "1001", Volumes: map[string]struct{}{"/data": {}},
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/bin/run", "-healthy"}}, StopSignal: "SIGQUIT",
	})
	said := []string{
		"exposes 8000, and the load balancer asks on port 3000", "the image says USER 1001, and the container runs as 1000:1000",
		"volume /data: the image declares it", "the image has a HEALTHCHECK, which ECS ignores", "the image says STOPSIGNAL SIGQUIT",
		"what will be executed is /bin/run /bin/run worker",
	}
	w.run(targets.Set.ImageBuild)
	w.want(0, said...)
	for _, line := range said {
		if strings.Count(w.err.String(), line) != 1 {
			t.Errorf("not once: %s\n%s", line, &w.err)
		}
	}
	w.run(infraDeploy)
	w.want(0)
	w.push("v1")
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints(said...)
}

// Of an image that says what the configuration says, and of one that was made here, nothing is told.
func TestWordsOfAnImageThatAgrees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Container.WritablePaths = []string{"/data"}
	w.run(targets.Set.ImageBuild)
	w.want(0)
	w.silent("warning")
	w.app.Image = cfn.Image{}
	w.env["SPLITECS_SOURCE"] = layoutOf(t, w, v1.Config{
		Cmd: []string{"/bin/run"}, ExposedPorts: map[string]struct{}{"3000/tcp": {}}, User: "1000", Volumes: map[string]struct{}{"/data": {}}, StopSignal: "SIGTERM",
	})
	w.run(targets.Set.ImageBuild)
	w.want(0)
	w.silent("warning")
}

func (w *world) silent(about string) {
	w.t.Helper()
	if strings.Contains(w.err.String(), about) {
		w.t.Errorf("%s:\n%s", about, &w.err)
	}
}

// An image without the program that it executes is refused where it is built and, where another tool pushed it, before it is
// deployed. A repository of somebody's choice may hold bases of others.
func TestAnImageThatCannotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Image = cfn.Image{Command: []string{"node", "server.js"}}
	w.infra()
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(5, "why:  the image cannot start: node, which it executes, is not in it along PATH", "next: set App.Image.Base to an image that has node")
	w.run(targets.Set.ImageBuild)
	w.want(5, "the image cannot start")

	host, _, _ := strings.Cut(emptyBase(t), "/")
	w.run(imagePush, "SPLITECS_TAG=v1", "SPLITECS_REPOSITORY="+host+"/bases")
	w.want(0, "warning: the image cannot start: node")

	w.app.Image = cfn.Image{Command: []string{"/app/server"}}
	w.push("v2")
	w.app.Container.Command = []string{"/app/absent"}
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(4, "image: cannot start: /app/absent, which it executes, is not in it")
}

// Both environments' values of a variable that browsers get from the build are told where an image goes from one to the other.
func TestAPromotionOfPublicVariables(t *testing.T) {
	w := twoEnvironments(t)
	variables := func(env string, values map[string]string) {
		e := w.app.Environments[env]
		e.Variables = values
		w.app.Environments[env] = e
	}
	next := nextWorld(t)
	next.write("apps/web/.env.production", "NEXT_PUBLIC_API=https://dev.example\nNEXT_PUBLIC_SAME=1\n")
	w.app.Image, w.env["SPLITECS_SOURCE"] = next.app.Image, filepath.Join(next.dir, "apps/web")
	variables("dev", map[string]string{"NEXT_PUBLIC_API": "https://dev.example", "NEXT_PUBLIC_SAME": "1", "API": "a"})
	variables("prod", map[string]string{"NEXT_PUBLIC_API": "https://prod.example", "NEXT_PUBLIC_SAME": "1", "API": "b"})
	w.run(imagePush)
	w.want(0)
	w.silent("NEXT_PUBLIC_") // what the build had
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE=v1.0.0-20261103-1a2b3c4", "SPLITECS_TAG=")
	w.want(0, `warning: variable NEXT_PUBLIC_API is "https://dev.example" in dev and "https://prod.example" in prod, and browsers get the value that next build had`)
	w.silent("NEXT_PUBLIC_SAME")
	w.run(in("prod", targets.Set.ServiceVerify), "SPLITECS_IMAGE=v1.0.0-20261103-1a2b3c4")
	w.want(0)
	w.prints(`variable NEXT_PUBLIC_API: has no effect in browsers`, `which was "https://dev.example", and the task has "https://prod.example"`)
}

// A health check whose program is not in the image is told where the image is built, and refused where another tool pushed it.
func TestAHealthCheckThatIsNotInTheImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Container.HealthCheckCommand = []string{"CMD-SHELL", "curl -f http://127.0.0.1:3000/health || exit 1"}
	w.infra()
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0, "warning: health check: cannot run in the image: /bin/sh, which it executes, is not in it", "next: write it without a shell",
		"or set Container.HealthCheckCommand to []string{}")
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(4, "health check: cannot run in the image: /bin/sh, which it executes, is not in it")
	w.app.Container.HealthCheckCommand = []string{"CMD", "/app/server", "-healthy"}
	w.run(imagePush, "SPLITECS_TAG=v2")
	w.want(0)
	w.silent("health check")
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(0)
}
