//go:build linux

package targets_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// What a container on Fargate is called: a name that no image knows, and that leads to one of its addresses only.
const (
	foreignName = "ip-10-0-1-23.eu-central-1.compute.internal"
	ownAddress  = "127.0.0.2"
)

// pulled is an image as skopeo brings it and tar unpacks it.
type pulled struct {
	root   string
	config v1.Config
}

func pull(t *testing.T, reference string, login ...string) pulled {
	t.Helper()
	layout, root := filepath.Join(t.TempDir(), "layout"), t.TempDir()
	args := append([]string{"--insecure-policy", "copy", "--src-tls-verify=false"}, login...)
	command(t, "", judge(t, "skopeo"), append(args, "docker://"+reference, "oci:"+layout+":1")...)
	blob := func(digest v1.Hash) string { return filepath.Join(layout, "blobs", digest.Algorithm, digest.Hex) }
	read := func(file string, v any) {
		t.Helper()
		content, err := os.ReadFile(file)
		must(t, err)
		must(t, json.Unmarshal(content, v))
	}
	var index v1.IndexManifest
	read(filepath.Join(layout, "index.json"), &index)
	var manifest v1.Manifest
	read(blob(index.Manifests[0].Digest), &manifest)
	var config v1.ConfigFile
	read(blob(manifest.Config.Digest), &config)
	for _, l := range manifest.Layers {
		command(t, "", "tar", "--extract", "--auto-compress", "--zstd", "--directory="+root, "--file="+blob(l.Digest))
	}
	return pulled{root, config.Config}
}

// asTask is the box in which ECS would run the container of a task: what the task definition and the overrides do not
// say is the image's, and between the image's variables and theirs stands the one that the runtime sets.
func asTask(t *testing.T, img pulled, d types.ContainerDefinition, o types.ContainerOverride) box {
	t.Helper()
	env := map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"}
	for _, kv := range img.config.Env {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	env["HOSTNAME"] = foreignName
	for _, kv := range append(d.Environment, o.Environment...) {
		env[aws.ToString(kv.Name)] = aws.ToString(kv.Value)
	}
	b := box{Root: img.root, Hostname: foreignName, ReadOnly: aws.ToBool(d.ReadonlyRootFilesystem)}
	for _, m := range d.MountPoints {
		path := aws.ToString(m.ContainerPath)
		_, declared := img.config.Volumes[path]
		b.Volumes = append(b.Volumes, volume{Path: path, Filled: declared})
	}
	entrypoint, command := img.config.Entrypoint, img.config.Cmd
	if len(d.EntryPoint) > 0 { // discards the image's command
		entrypoint, command = d.EntryPoint, nil
	}
	if len(d.Command) > 0 {
		command = d.Command
	}
	if len(o.Command) > 0 {
		command = o.Command
	}
	b.Program = program{Args: slices.Concat(entrypoint, command), Dir: img.config.WorkingDir}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		b.Program.Env = append(b.Program.Env, name+"="+env[name])
	}
	user := img.config.User
	if d.User != nil {
		user = *d.User
	}
	b.Program.UID, b.Program.GID = ids(t, user)
	return b
}

// ids of a user as "uid" or "uid:gid"; nobody's name is "".
func ids(t *testing.T, user string) (uid, gid uint32) {
	t.Helper()
	if user == "" {
		return 0, 0
	}
	u, g, _ := strings.Cut(user, ":")
	for _, id := range []struct {
		text string
		to   *uint32
	}{{u, &uid}, {g, &gid}} {
		if id.text == "" {
			continue
		}
		n, err := strconv.ParseUint(id.text, 10, 32)
		must(t, err)
		*id.to = uint32(n)
	}
	return uid, gid
}

// container runs, until the test ends, in namespaces of its own but for the network's.
type container struct {
	box   box
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	log   logged
	ended chan struct{}
	code  int
}

// logged is what programs have said so far.
type logged struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}

// namespaces is the command that makes them for a program. It needs root, by sudo where that asks for no password.
func namespaces(t *testing.T) []string {
	t.Helper()
	args := []string{judge(t, "unshare"), "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"}
	if os.Geteuid() != 0 {
		args = append([]string{"sudo", "--non-interactive"}, args...)
	}
	if out, err := exec.Command(args[0], append(args[1:], "true")...).CombinedOutput(); err != nil {
		t.Logf("%q: %v\n%s", args, err, out)
		missing(t, "namespaces")
	}
	return args
}

func run(t *testing.T, b box) *container {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	args := append(namespaces(t), self, containerInit)
	c := &container{box: b, cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	c.cmd.Stderr = &c.log
	c.in, err = c.cmd.StdinPipe()
	must(t, err)
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	c.out = bufio.NewReader(out)
	must(t, c.cmd.Start())
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait()
		c.code = c.cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		c.in.Close()
		<-c.ended
	})
	must(t, json.NewEncoder(c.in).Encode(b))
	return c
}

// exec runs a program in the container, with the container's variables, user and folder, as a health check is run.
func (c *container) exec(t *testing.T, args ...string) answer {
	t.Helper()
	p := c.box.Program
	p.Args = args
	must(t, json.NewEncoder(c.in).Encode(request{Program: p}))
	var a answer
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the container ended: %v\n%s", err, &c.log)
	}
	must(t, json.Unmarshal(line, &a))
	return a
}

// wait is for the end of the container, and what it said.
func (c *container) wait(limit time.Duration) (code int, err error) {
	select {
	case <-c.ended:
		return c.code, nil
	case <-time.After(limit):
		return 0, fmt.Errorf("%s still runs after %v:\n%s", strings.Join(c.box.Program.Args, " "), limit, &c.log)
	}
}
