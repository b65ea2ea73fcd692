//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// The tests run as whoever runs them. Where that is root, TestAsOrdinaryUser runs all of them once more as a user, in this executable.
const (
	asUser    = "SPLITECS_TEST_AS_USER"
	programAt = "SPLITECS_TEST_PROGRAM" // the program of testdata, built
	someUser  = 64321                   // of no account

	withCapabilities = "SPLITECS_TEST_WITH_CAPABILITIES" // as another user than root, with all that it may
)

func TestMain(m *testing.M) {
	built := ""
	if os.Getenv(programAt) == "" {
		var err error
		if built, err = os.MkdirTemp("", "program"); err == nil {
			err = errors.Join(os.Chmod(built, 0o755), buildProgram(filepath.Join(built, "program")))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Setenv(programAt, filepath.Join(built, "program"))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if built != "" {
			os.RemoveAll(built)
		}
		os.Exit(code)
	}))
}

func buildProgram(to string) error {
	build := exec.Command("go", "build", "-trimpath", "-o", to, "./testdata/program")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program of the tests: %w\n%s", err, out)
	}
	return os.Chmod(to, 0o755)
}

func TestAsOrdinaryUser(t *testing.T) {
	spread.Outside(t)
	onceMore(t, nil, "-test.timeout=100s")
}

// A user with root's capabilities, as the machine is in a container of an engine, has rung root, and what programs see there is no other.
func TestAsUserWithCapabilities(t *testing.T) {
	all := capabilities(t)
	onceMore(t, all, "-test.timeout=60s", "-test.run=^(TestTry|TestProgram.*|TestCommand|TestTerminal|TestUlimits|TestMountedIs.*|TestNothingIsLeft)$")
}

// capabilities that this process has.
func capabilities(t *testing.T) (all []uintptr) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, set, _ := strings.Cut(string(text), "\nCapPrm:")
	set, _, _ = strings.Cut(set, "\n")
	bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	for c := range uintptr(64) {
		if bits>>c&1 == 1 {
			all = append(all, c)
		}
	}
	return all
}

// onceMore runs tests as a user.
func onceMore(t *testing.T, ambient []uintptr, args ...string) {
	t.Helper()
	if os.Getenv(asUser) != "" {
		t.Skip("this is that user")
	}
	if os.Geteuid() != 0 {
		t.Skip("NOT RUN on rung root: the tests are not run by root, so every one has run as an ordinary user")
	}
	folder, err := os.MkdirTemp("", "user")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	theirs := filepath.Join(folder, "sandbox.test")
	this, err := os.ReadFile("/proc/self/exe")
	if err := errors.Join(err, os.WriteFile(theirs, this, 0o755), os.Chown(theirs, someUser, someUser), os.Chown(folder, someUser, someUser)); err != nil {
		t.Fatal(err)
	}
	again := exec.Command(theirs, append([]string{"-test.v", "-test.count=1"}, args...)...)
	again.Env = append(os.Environ(), asUser+"=1", "TMPDIR="+folder, "HOME="+folder)
	if len(ambient) > 0 {
		again.Env = append(again.Env, withCapabilities+"=1")
	}
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: someUser, Gid: someUser}, Pdeathsig: syscall.SIGKILL, AmbientCaps: ambient}
	out, err := again.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "SKIP") || strings.Contains(line, "NOT RUN") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Errorf("as another user: %v\n%s", err, out)
	}
}

// can is what this machine allows; the test is skipped where it allows nothing.
func can(t testing.TB) sandbox.Sandbox {
	t.Helper()
	found, err := tried()
	if err != nil {
		t.Skip("NOT RUN:", err)
	}
	return found
}

var tried = sync.OnceValues(func() (sandbox.Sandbox, error) {
	folder, err := os.MkdirTemp("", "try")
	if err != nil {
		return sandbox.Sandbox{}, err
	}
	defer os.RemoveAll(folder)
	return sandbox.Try(folder)
})

type spec = sandbox.ContainerSpec

var own = netip.MustParseAddr("10.0.1.5")

// newTask makes a task and closes it with the test.
func newTask(t testing.TB) *sandbox.Task {
	t.Helper()
	task, err := can(t).Task(t.Context(), sandbox.TaskSpec{
		ID: "test", Address: own, Platform: []netip.Addr{netip.MustParseAddr("169.254.170.2")}, Dir: filepath.Join(folder(t), "task"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := task.Close(); err != nil {
			t.Error(err)
		}
	})
	return task
}

// folder is one that the test's user can use; a test's own is in one of root's.
func folder(t testing.TB) string {
	t.Helper()
	f, err := os.MkdirTemp("", "a,b:c") // characters that mount options have no escape for
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(f) })
	return f
}

// layer is a folder with the program of the tests and files.
func layer(t testing.TB, files map[string]string) string {
	t.Helper()
	at := folder(t)
	if err := os.Chmod(at, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		name = filepath.Join(at, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

var program = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(os.Getenv(programAt))
	return string(b), err
})

// withProgram is a container that runs the program of the tests.
func withProgram(t testing.TB, args ...string) sandbox.ContainerSpec {
	t.Helper()
	p, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.ContainerSpec{
		Name: "app", Hostname: "ip-10-0-1-5", Layers: []string{layer(t, map[string]string{"program": p})},
		Argv: append([]string{"/program"}, args...), Env: []string{"PATH=/bin:/", "GREETING=hello"}, UID: 1000, GID: 1000,
	}
}

// output collects what a container writes, and gives the file for it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	done chan struct{}
}

func (o *output) file(t testing.TB) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o.done = make(chan struct{})
	go func() {
		defer close(o.done)
		defer r.Close()
		b := make([]byte, 4096)
		for {
			n, err := r.Read(b)
			o.mu.Lock()
			o.text.Write(b[:n])
			o.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return w
}

// all of it, when the program has ended.
func (o *output) all() string {
	<-o.done
	return o.text.String()
}

// await a text in it.
func (o *output) await(t testing.TB, text string) {
	t.Helper()
	eventually(t, func() error {
		o.mu.Lock()
		defer o.mu.Unlock()
		if !strings.Contains(o.text.String(), text) {
			return fmt.Errorf("the output has no %q: %q", text, o.text.String())
		}
		return nil
	})
}

// eventually something is so, within 20 s.
func eventually(t testing.TB, is func() error) {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for {
		err := is()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// start a container.
func start(t testing.TB, task *sandbox.Task, spec sandbox.ContainerSpec) (*sandbox.Container, *output) {
	t.Helper()
	o := &output{}
	spec.Stdout = o.file(t)
	spec.Stderr, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	c, err := task.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return c, o
}

// run a container to its end.
func run(t testing.TB, spec sandbox.ContainerSpec) (string, sandbox.Exit) {
	t.Helper()
	c, o := start(t, newTask(t), spec)
	exit := c.Wait()
	return o.all(), exit
}

// get a page of the task.
func get(ctx context.Context, task *sandbox.Task, address string) (string, error) {
	c, err := task.Dial(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(c)
	_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	return body, err
}
