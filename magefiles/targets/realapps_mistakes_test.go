//go:build linux

package targets_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

// mistake is something that goes wrong with an application on Fargate, and is told when its image is built.
type mistake struct {
	of   string
	make func(t *testing.T, v *visit)
	code int
	said []string // what is wrong, and what to do about it
	// cleaned is a mistake that may be left out of the image instead, which then is the same.
	cleaned bool
}

// Mistakes with any folder of files, with what Node.js runs, with Next.js, with a Go program, and with an image of another tool.
var (
	folderMistakes = []mistake{
		{of: "a link to nothing", make: link("gone.svg"), said: []string{"links lead to nothing in the image", "gone.svg", "leave it out, or put what it leads to into the source"}},
		{of: "a link to this machine", make: link("/srv/pictures/of/this/machine.svg"), said: []string{"/srv/pictures/of/this/machine.svg", "What is there on this machine is not there in a container"}},
		{of: "a name that deletes", make: public(".wh.plate.svg"), code: 5, said: []string{`has a name that means in an image that "plate.svg" is deleted`, "next:"}},
	}
	nodeMistakes = slices.Concat(folderMistakes, []mistake{
		{of: "a native module of another C library", make: muslModule, said: []string{"is linked for musl, and the image has glibc", "npm ci --os=linux --cpu=x64 --libc=glibc"}},
		{of: "no Node.js", make: func(t *testing.T, v *visit) { v.w.app.Image.Base = "scratch" }, code: 5, said: []string{"node, which it executes, is not in it", "next: set App.Image.Base to an image that has node"}},
	})
	nextMistakes = slices.Concat(nodeMistakes, []mistake{
		{of: "a package that is linked from outside of the build", make: linkedPackage, said: []string{"links lead to nothing in the image", "set outputFileTracingRoot in next.config"}},
		{of: "a variable for browsers", make: variable("NEXT_PUBLIC_SHOP", "https://shop.example"), said: []string{"NEXT_PUBLIC_SHOP: has no effect in browsers", "give it to next build"}},
		{of: "a source that is newer than the build", make: newerSource, said: []string{"newer than the build", `run "next build" again`}},
		{of: "a build that was tried in place", make: tried, said: []string{"came after the build", `run "next build" again`}, cleaned: true},
		{of: "a health check that no route answers", make: healthAt("/no/such/route"), said: []string{"no route of the build answers", "or set Container.HealthCheckPath"}},
	})
	goMistakes = slices.Concat(folderMistakes, []mistake{
		{of: "a value of the linker that is in no program", make: func(t *testing.T, v *visit) {
			v.w.app.Image.Go.Values = map[string]string{"main.verison": "{version}"}
		}, said: []string{"the value of main.verison is not in the program", "look at App.Image.Go.Values"}},
		{of: "files that are not there", make: func(t *testing.T, v *visit) { v.w.app.Image.Files = []string{"templates"} }, code: 2, said: []string{"App.Image.Files: templates does not exist", "next: mend App.Image.Files"}},
		{of: "a user without a name", make: func(t *testing.T, v *visit) { v.w.app.Container.User = "shop" }, said: []string{`User "shop" is not known to the default base`, "give App.Container.User as a number"}},
	})
	archiveMistakes = []mistake{
		{of: "another user", make: configured("--user=33"), said: []string{"the image says USER 33, and the container runs as 1000:1000", `set Container.User to "33"`}},
		{of: "another port", make: configured("--port=8000"), said: []string{"exposes 8000, and the load balancer asks on port", "set App.Container.Port"}},
		{of: "a volume", make: configured("--volume=/data"), said: []string{"volume /data: the image declares it", "WritablePaths"}},
		{of: "another signal", make: configured("--stop-signal=SIGKILL"), said: []string{"the image says STOPSIGNAL SIGKILL", "build the image with STOPSIGNAL SIGTERM"}},
		{of: "a health check", make: configured("--healthcheck=CMD python3 health.py"), said: []string{"the image has a HEALTHCHECK, which ECS ignores", "set Container.HealthCheckCommand"}},
		{of: "an entry point before the command", make: func(t *testing.T, v *visit) {
			configured(`--entrypoint=["python3"]`)(t, v)
			v.w.app.Container.Command = []string{"python3", "-m", "app"}
		}, said: []string{"what will be executed is python3 python3 -m app", "next:"}},
		{of: "a program that is not there", make: configured("--cmd=gunicorn app.main:app"), code: 5, said: []string{"gunicorn, which it executes, is not in it", "next:"}},
		{of: "a folder of skopeo", make: func(t *testing.T, v *visit) {
			command(t, v.w.dir, judge(t, "skopeo"), "copy", "oci-archive:"+archived, "dir:mistaken")
			v.without(t, "mistaken")
			v.w.app.Image.Source = "mistaken"
		}, code: 2, said: []string{"is an image as `skopeo copy … dir:` writes it", "copy it into one of OCI (skopeo copy dir:"}},
	}
)

// mistaken makes each of the application's mistakes in turn, and builds the image.
func (v *visit) mistaken(t *testing.T) {
	defer v.told(t)()
	right := v.w.app
	v.w.run(targets.Set.ImageBuild)
	v.w.want(0)
	digest, silent := v.w.out.String(), v.w.err.String()
	for _, m := range v.app.mistakes {
		t.Run(m.of, func(t *testing.T) {
			v.w.app.Container.Variables = maps.Clone(right.Container.Variables)
			t.Cleanup(func() { v.w.app = right })
			defer v.told(t)()
			m.make(t, v)
			v.w.run(targets.Set.ImageBuild)
			if m.cleaned && v.w.out.String() == digest {
				return
			}
			v.w.want(m.code)
			for _, said := range m.said {
				if !strings.Contains(v.w.err.String(), said) {
					t.Errorf("it is not said: %q\n%s", said, &v.w.err)
				}
				if strings.Contains(silent, said) {
					t.Errorf("it is said without the mistake, too: %q\n%s", said, silent)
				}
			}
		})
	}
	v.w.run(targets.Set.ImageBuild)
	v.w.want(0)
	if v.w.out.String() != digest {
		t.Error("a mistake was not undone")
	}
}

// told lets the world tell a question of what goes wrong, and then again whom it told before.
func (v *visit) told(t *testing.T) (over func()) {
	before := v.w.t
	v.w.t = t
	return func() { v.w.t = before }
}

// without removes what a mistake writes, when that is over.
func (v *visit) without(t *testing.T, name string) {
	t.Cleanup(func() { must(t, os.RemoveAll(filepath.Join(v.w.dir, name))) })
}

// browsers is the folder of what browsers ask for.
func (a application) browsers() string { return filepath.Join(a.home, cmp.Or(a.public, "public")) }

// served is where what Node.js runs lies, with its packages.
func (v *visit) served(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{".next/standalone", "build/standalone", ".output/server", "."} {
		at := filepath.Join(v.app.home, dir)
		for _, at := range []string{filepath.Join(at, v.app.home), at} {
			if info, err := os.Stat(filepath.Join(v.w.dir, at, "node_modules")); err == nil && info.IsDir() {
				return at
			}
		}
	}
	t.Fatal("no folder of packages")
	return ""
}

func link(target string) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) {
		name := filepath.Join(v.app.browsers(), "linked.svg")
		v.without(t, name)
		must(t, os.Symlink(target, filepath.Join(v.w.dir, name)))
	}
}

func public(name string) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) {
		name := filepath.Join(v.app.browsers(), name)
		v.without(t, name)
		must(t, os.WriteFile(filepath.Join(v.w.dir, name), nil, 0o644))
	}
}

// muslModule is what npm installs for Alpine.
func muslModule(t *testing.T, v *visit) {
	name := filepath.Join(v.served(t), "node_modules", "picture-linuxmusl-x64")
	dir := filepath.Join(v.w.dir, name)
	v.without(t, name)
	must(t, os.MkdirAll(dir, 0o755))
	archive := strings.TrimSpace(command(t, dir, judge(t, "npm"), "pack", "--silent", "@img/sharp-linuxmusl-x64@0.34.5"))
	command(t, dir, "tar", "--extract", "--strip-components=1", "--file="+archive)
	must(t, os.Remove(filepath.Join(dir, archive)))
}

// linkedPackage is a link as pnpm makes it, to where only this machine has a package.
func linkedPackage(t *testing.T, v *visit) {
	name := filepath.Join(v.served(t), "node_modules", "linked")
	v.without(t, name)
	target, err := filepath.Rel(filepath.Join(v.w.dir, filepath.Dir(name)), t.TempDir())
	must(t, err)
	must(t, os.Symlink(target, filepath.Join(v.w.dir, name)))
}

func variable(name, value string) func(*testing.T, *visit) {
	return func(_ *testing.T, v *visit) { v.w.app.Container.Variables[name] = value }
}

func healthAt(path string) func(*testing.T, *visit) {
	return func(_ *testing.T, v *visit) { v.w.app.Container.HealthCheckPath = v.app.basePath + path }
}

// newerSource is a page that was changed after the build.
func newerSource(t *testing.T, v *visit) {
	page := filepath.Join(v.w.dir, v.app.home, "app/page.tsx")
	info, err := os.Stat(page)
	must(t, err)
	t.Cleanup(func() { must(t, os.Chtimes(page, info.ModTime(), info.ModTime())) })
	must(t, os.Chtimes(page, time.Now(), time.Now()))
}

// tried starts the server in the folder of the build, and asks for pages that it renders.
func tried(t *testing.T, v *visit) {
	served := filepath.Join(v.w.dir, v.served(t))
	for _, dir := range []string{v.served(t), filepath.Join(v.served(t), v.app.home)} {
		if _, err := os.Stat(filepath.Join(v.w.dir, dir, "server.js")); err == nil {
			served = filepath.Join(v.w.dir, dir)
		}
	}
	kept := filepath.Join(t.TempDir(), "kept")
	command(t, "", "cp", "--archive", served, kept)
	t.Cleanup(func() {
		must(t, os.RemoveAll(served))
		must(t, exec.Command("cp", "--archive", kept, served).Run()) // the test's context has ended
	})
	node := judge(t, "node")
	if v.app.node != "" {
		node = filepath.Join(v.w.dir, v.app.node)
	}
	port := freePort(t)
	at := fmt.Sprintf("http://127.0.0.1:%d%s", port, v.app.basePath)
	mark := filepath.Join(t.TempDir(), "mark") // older than all that the server writes
	must(t, os.WriteFile(mark, nil, 0o644))
	t.Run("trial", func(t *testing.T) {
		server := exec.Command(node, "server.js")
		server.Dir, server.Env = served, append(os.Environ(), fmt.Sprint("PORT=", port), "HOSTNAME=127.0.0.1")
		start(t, server, at+"/health")
		for _, path := range []string{"/menu", "/dishes/laksa", "/dishes/trial"} {
			resp, err := http.Get(at + path)
			must(t, err)
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", path, resp.Status)
			}
		}
		until(t, "files that the server wrote", func() bool {
			return command(t, "", "find", served, "-newer", mark, "-type", "f") != ""
		})
	})
}

// configured has buildah say something else of the image, in the form that knows all of it.
func configured(args ...string) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) {
		buildah := judge(t, "buildah")
		run := func(args ...string) string {
			return strings.TrimSpace(command(t, v.w.dir, buildah, append(storage(v.w.dir), args...)...))
		}
		container := run("from", packed)
		run(slices.Concat([]string{"config"}, args, []string{container})...)
		v.without(t, "mistaken.tar")
		run("commit", "--quiet", "--rm", "--format=docker", container, "docker-archive:mistaken.tar:shop:2")
		v.w.app.Image.Source = "mistaken.tar"
	}
}
