//go:build unix

package targets_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// realNextJS has the application of testdata/nextjs built with npm, which takes a minute. Otherwise a program of a few
// lines stands where its server would.
var realNextJS = flag.Bool("nextjs", false, "build the Next.js application with npm")

// judge finds a program that judges independently; where it is missing the test is skipped, and on CI it fails.
func judge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing := "judge missing: " + name
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// command runs a program and returns its stdout.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, &out, &errs)
	}
	return out.String()
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs a program until the test ends, and waits until url answers.
func start(t *testing.T, cmd *exec.Cmd, url string) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", cmd.Path, err, &said)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer at %s: %v\n%s", cmd.Path, url, err, &said)
		}
	}
}

// dockerRegistry is Docker's own registry on loopback.
func dockerRegistry(t *testing.T) (host string) {
	t.Helper()
	program := judge(t, "docker-registry")
	dir := t.TempDir()
	host = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	config := fmt.Sprintf("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"+
		"storage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", filepath.Join(dir, "data"), host)
	must(t, os.WriteFile(filepath.Join(dir, "config.yml"), []byte(config), 0o644))
	start(t, exec.Command(program, "serve", filepath.Join(dir, "config.yml")), "http://"+host+"/v2/")
	return host
}

// nodeBase pushes an image with this machine's Node.js and the libraries that it needs, and returns its reference.
func nodeBase(t *testing.T, host string) string {
	t.Helper()
	node, err := filepath.EvalSymlinks(judge(t, "node"))
	must(t, err)
	root := t.TempDir()
	copyTo := func(from, to string) {
		content, err := os.ReadFile(from)
		must(t, err)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755))
		must(t, os.WriteFile(filepath.Join(root, to), content, 0o755))
	}
	copyTo(node, "usr/local/bin/node")
	for _, library := range regexp.MustCompile(`/[^ ]+`).FindAllString(command(t, "", "ldd", node), -1) {
		copyTo(library, library)
	}
	built, err := image.Build(t.Context(), image.Spec{
		Folders: []image.Folder{{From: root, To: "/"}}, Env: map[string]string{"PATH": "/usr/local/bin:/usr/bin:/bin"},
	}, image.Options{})
	must(t, err)
	defer built.Close()
	pushed, err := image.Push(t.Context(), built, host+"/node:1", image.PushOptions{})
	must(t, err)
	return pushed.Reference
}

// nextBuild is a folder with what `next build` leaves.
func nextBuild(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if *realNextJS {
		must(t, os.CopyFS(dir, os.DirFS("../testdata/nextjs")))
		command(t, dir, judge(t, "npm"), "ci", "--no-audit", "--no-fund")
		t.Setenv("NEXT_TELEMETRY_DISABLED", "1")
		command(t, dir, "npm", "run", "build")
		return dir
	}
	for name, content := range map[string]string{
		".next/BUILD_ID":                                   "b",
		".next/standalone/.next/BUILD_ID":                  "b",
		".next/static/b/app.js":                            "// of the browser",
		"public/plate.svg":                                 "<svg/>",
		".next/standalone/node_modules/pages/package.json": `{"name":"pages","version":"1.0.0","license":"MIT"}`,
		".next/standalone/node_modules/pages/index.js": `module.exports =
			'<img src="/plate.svg"><script src="/_next/static/b/app.js"></script>';`,
		".next/standalone/server.js": `const fs = require("fs"), page = require("pages");
			require("http").createServer((req, res) => {
				if (req.url === "/health") return res.end("ok");
				if (req.url === "/") return res.end(page);
				const file = req.url.startsWith("/_next/") ? req.url.replace("/_next/", ".next/") : "public" + req.url;
				fs.readFile(file, (err, content) => { res.statusCode = err ? 404 : 200; res.end(content); });
			}).listen(process.env.PORT, process.env.HOSTNAME);`,
	} {
		file := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(content), 0o644))
	}
	return dir
}

// runs pulls the image with skopeo, unpacks it with tar, and starts it as its configuration says.
func runs(t *testing.T, reference string, login ...string) {
	t.Helper()
	layout, root := filepath.Join(t.TempDir(), "layout"), t.TempDir()
	args := append([]string{"--insecure-policy", "copy", "--src-tls-verify=false"}, login...)
	command(t, "", judge(t, "skopeo"), append(args, "docker://"+reference, "oci:"+layout+":1")...)
	blob := func(digest string) string {
		return filepath.Join(layout, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
	}
	read := func(file string, v any) {
		t.Helper()
		content, err := os.ReadFile(file)
		must(t, err)
		must(t, json.Unmarshal(content, v))
	}
	type descriptor struct{ Digest string }
	var index struct{ Manifests []descriptor }
	read(filepath.Join(layout, "index.json"), &index)
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	read(blob(index.Manifests[0].Digest), &manifest)
	var config struct {
		Config struct {
			Cmd, Env   []string
			WorkingDir string
		}
	}
	read(blob(manifest.Config.Digest), &config)
	for _, l := range manifest.Layers {
		command(t, "", "tar", "--extract", "--auto-compress", "--zstd", "--directory="+root, "--file="+blob(l.Digest))
	}

	port := freePort(t)
	if config.Config.Cmd[0] != "node" {
		t.Fatalf("command %v", config.Config.Cmd)
	}
	cmd := exec.Command("/usr/local/bin/node", config.Config.Cmd[1:]...)
	cmd.Dir = config.Config.WorkingDir
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Geteuid() != 0 { // then the libraries are this machine's
		cmd.SysProcAttr = nil
		cmd.Path, cmd.Dir = filepath.Join(root, cmd.Path), filepath.Join(root, cmd.Dir)
	}
	cmd.Env = append(config.Config.Env, fmt.Sprintf("PORT=%d", port), "HOSTNAME=127.0.0.2")
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	start(t, cmd, url+"/health")

	get(t, url+"/health")
	page := get(t, url+"/")
	assets := regexp.MustCompile(`/_next/static/[^"\\ ?]+\.(?:js|css)|/plate\.svg`).FindAllString(page, -1)
	if len(assets) < 2 {
		t.Errorf("the page names no assets:\n%s", page)
	}
	for _, a := range assets {
		get(t, url+a)
	}
}

// get fails the test unless the answer is 200.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode != http.StatusOK || len(body) == 0 {
		t.Errorf("%s: %s, %d bytes", url, resp.Status, len(body))
	}
	return string(body)
}

// The application is built, pushed to Docker's registry and to the embedded AWS, and runs from both.
func TestNextJSApplicationRuns(t *testing.T) {
	host := dockerRegistry(t)
	w := twoEnvironments(t)
	w.dir = nextBuild(t)
	w.app.Image = cfn.Image{Base: nodeBase(t, host)}
	w.env["SPLITECS_SOURCE"] = "."

	w.run(imagePush, "SPLITECS_REPOSITORY="+host+"/shop")
	w.want(0)
	there := strings.TrimSpace(w.out.String())
	runs(t, there)
	w.run(imagePush, "SPLITECS_REPOSITORY="+host+"/shop")
	w.want(0, "nothing sent")

	w.run(imagePush)
	w.want(0)
	if digestOf(t, w.out.String()) != digestOf(t, there) {
		t.Errorf("in ECR it is %s, in Docker's registry %s", &w.out, there)
	}
	// skopeo resolves no host of ECR: it asks the embedded AWS for the same repository.
	repository, digest, _ := strings.Cut(strings.TrimSpace(w.out.String()), "@")
	_, name, _ := strings.Cut(repository, "/")
	endpoint := strings.TrimPrefix(w.env["AWS_ENDPOINT_URL"], "http://")
	runs(t, endpoint+"/"+name+"@"+digest, "--src-creds="+credentials(t, w))
}

// credentials are those of `aws ecr get-login-password`, as user:password.
func credentials(t *testing.T, w *world) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.env["AWS_ENDPOINT_URL"], strings.NewReader("{}"))
	must(t, err)
	req.Header.Set("X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken")
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	var answer struct {
		AuthorizationData []struct{ AuthorizationToken []byte }
	}
	must(t, json.NewDecoder(resp.Body).Decode(&answer))
	return string(answer.AuthorizationData[0].AuthorizationToken)
}
