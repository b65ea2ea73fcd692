//go:build linux

package targets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// judge finds a program that judges independently; where it is missing the test is skipped, and on CI it fails.
func judge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name)
	}
	return path
}

func missing(t *testing.T, judge string) {
	t.Helper()
	said := "judge missing: " + judge
	if os.Getenv("CI") == "true" {
		t.Fatal(said)
	}
	t.Skip(said)
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

// nodeBase pushes an image with a Node.js and the libraries of this machine that it needs, among them those of the
// usual native modules (libstdc++), and returns its reference.
func nodeBase(t *testing.T, host, node string) string {
	t.Helper()
	node, err := filepath.EvalSymlinks(node)
	must(t, err)
	root := t.TempDir()
	copyFile(t, node, filepath.Join(root, "usr/local/bin/node"))
	copyLibraries(t, root, node)
	built, err := image.Build(t.Context(), image.Spec{
		Folders: []image.Folder{{From: root, To: "/"}}, Env: map[string]string{"PATH": "/usr/local/bin:/usr/bin:/bin"},
	}, image.Options{})
	must(t, err)
	defer built.Close()
	pushed, err := image.Push(t.Context(), built, host+"/node:1", image.PushOptions{})
	must(t, err)
	return pushed.Reference
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	must(t, os.WriteFile(to, content, 0o755))
}

// copyLibraries copies those of this machine that a program or a module is linked with.
func copyLibraries(t *testing.T, root, program string) {
	t.Helper()
	for _, library := range regexp.MustCompile(`/[^ ]+`).FindAllString(command(t, "", "ldd", program), -1) {
		copyFile(t, library, filepath.Join(root, library))
		if filepath.Base(library) == "libc.so.6" { // sharp wants a part of it that Node.js does not
			resolver := filepath.Join(filepath.Dir(library), "libresolv.so.2")
			copyFile(t, resolver, filepath.Join(root, resolver))
		}
	}
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
