package targets_test

import (
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// emptyBase pushes an image where a base has to be: with a file called node, and nothing of use in it.
func emptyBase(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "node"), nil, 0o755))
	built, err := image.Build(t.Context(), image.Spec{Folders: []image.Folder{{From: dir, To: "/usr/local/bin"}}}, image.Options{})
	must(t, err)
	defer built.Close()
	pushed, err := image.Push(t.Context(), built, strings.TrimPrefix(server.URL, "http://")+"/node:1", image.PushOptions{})
	must(t, err)
	return pushed.Reference
}

// nextWorld is a monorepo whose application apps/web is built with Next.js.
func nextWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.app.Image = cfn.Image{Base: emptyBase(t)}
	w.env["SPLITECS_SOURCE"], w.env["SPLITECS_TAG"], w.env["SPLITECS_IMAGE"] = "apps/web", "v1", "v1"
	w.write("apps/web/package.json", "{}")
	w.write("apps/web/build/required-server-files.json", `{"config":{"distDir":"build"},"relativeAppDir":"apps/web"}`)
	w.write("apps/web/build/standalone/apps/web/server.js", "// the server")
	w.write("apps/web/build/standalone/apps/web/build/BUILD_ID", "1")
	w.write("apps/web/build/static/app.js", "// of the browser")
	return w
}

// wantNextTask fails the test unless the template's container is that of the Next.js server.
func (w *world) wantNextTask(template string) {
	w.t.Helper()
	for _, part := range []string{
		"Name: HOSTNAME Value: '0.0.0.0'", "Name: PORT Value: '3000'", "Name: KEEP_ALIVE_TIMEOUT Value: '65000'",
		"ContainerPath: /app/apps/web/build/cache", "ContainerPath: /tmp", `require('http').get("http://127.0.0.1:3000/health"`,
	} {
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(template, "''", "'")), " "), part) {
			w.t.Errorf("the template has no %q:\n%s", part, template)
		}
	}
}

// Where nobody said anything of it, the task is that of a Next.js server: in what is printed from the source, in what is
// deployed from the image, and there also where the source is not at hand.
func TestTheTaskFollowsTheProgram(t *testing.T) {
	t.Parallel()
	w := nextWorld(t)
	w.run(serviceSynth)
	w.want(0)
	w.wantNextTask(w.out.String())
	printed := w.out.String()

	w.run(localUp)
	w.want(0, "checks, 0 warnings")
	w.run(serviceDiff, "SPLITECS_SOURCE=not/here")
	w.want(0)
	w.prints("nothing to change")
	w.run(serviceDeploy, "SPLITECS_SOURCE=not/here")
	w.want(0, "nothing to change")
	w.run(serviceVerify, "SPLITECS_SOURCE=not/here")
	w.want(0)

	w.run(serviceSynth, "SPLITECS_SOURCE=not/here")
	w.want(0)
	if w.out.String() == printed {
		t.Error("a source that is not here changed nothing")
	}
}

// Of an image that says nothing of its program, the preflight tells what it looks like.
func TestAForeignNextJSImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Image = cfn.Image{Entrypoint: []string{"node", "server.js"}, Env: map[string]string{"NEXT_TELEMETRY_DISABLED": "1"}}
	w.holds(w.app.Image.Entrypoint)
	w.env["SPLITECS_TAG"], w.env["SPLITECS_IMAGE"] = "v1", "v1"
	w.run(localUp)
	w.want(0, "listens on HOSTNAME", "closes idle connections after 5 s")
	w.app.Container.Variables = map[string]string{"HOSTNAME": "0.0.0.0", "KEEP_ALIVE_TIMEOUT": "65000"}
	w.run(serviceVerify)
	w.want(0)
	if strings.Contains(w.out.String(), "HOSTNAME") || strings.Contains(w.out.String(), "idle") {
		t.Errorf("it is told all the same:\n%s", &w.out)
	}
}

// The server of next start reads no variables of these: seen in 16.4.6, with HOSTNAME and KEEP_ALIVE_TIMEOUT given.
func TestAnImageOfNextStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Image = cfn.Image{Command: []string{"node_modules/.bin/next", "start"}}
	w.holds(w.app.Image.Command)
	w.app.Container.Variables = map[string]string{"KEEP_ALIVE_TIMEOUT": "65000"}
	w.env["SPLITECS_TAG"], w.env["SPLITECS_IMAGE"] = "v1", "v1"
	w.run(localUp)
	w.want(0, "add --keepAliveTimeout 65000 to next start")
	if strings.Contains(w.err.String(), "listens on HOSTNAME") {
		t.Errorf("it does not:\n%s", &w.err)
	}
	w.app.Container.Command = []string{"node_modules/.bin/next", "start", "--keepAliveTimeout", "65000"}
	w.run(serviceVerify)
	w.want(0)
	w.prints("0 warnings")
}

func TestWarningsOfTheBuildAreTold(t *testing.T) {
	t.Parallel()
	w := nextWorld(t)
	w.write("apps/web/build/standalone/apps/web/build/routes-manifest.json", `{"basePath":"/shop","staticRoutes":[{"page":"/"}]}`)
	actions, err := json.Marshal(map[string]any{"node": map[string]any{"40": nil}, "encryptionKey": "a2V5"})
	must(t, err)
	w.write("apps/web/build/standalone/apps/web/build/server/server-reference-manifest.json", string(actions))
	w.run(imageBuild)
	w.want(0, "warning: the application answers below basePath /shop only", "warning: the application has Server Actions")
	w.app.Container.HealthCheckPath = "/shop"
	w.run(imageBuild, "NEXT_SERVER_ACTIONS_ENCRYPTION_KEY=a2V5")
	w.want(0)
	if strings.Contains(w.err.String(), "warning") {
		t.Errorf("warned of all the same:\n%s", &w.err)
	}
}
