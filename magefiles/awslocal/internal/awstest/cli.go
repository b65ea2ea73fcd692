package awstest

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

//go:embed cli.py
var driver string

// CLI is the aws CLI. It parses answers strictly, which makes it a good judge of an emulator. Its commands run
// in one process of its own Python, because most of a command's time is its start.
type CLI struct {
	t   testing.TB
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Reader
}

// NewCLI points the aws CLI at an address until the test ends. Where it is not installed the test is skipped,
// and fails with CI=true. With -short, as under the race detector, it is left out: another program does the work.
func NewCLI(t testing.TB, url string) *CLI {
	t.Helper()
	if testing.Short() {
		t.Skip("short: 0 of 1 cases: another program does the work")
	}
	python := interpreter()
	if python == "" {
		missing(t, "aws")
	}
	cmd := exec.Command(python, "-c", driver)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+url, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_DEFAULT_REGION="+Account.Region, "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", "AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("aws CLI: %v", err)
		}
	})
	return &CLI{t: t, in: in, out: bufio.NewReader(out)}
}

// Answer is how a command ended.
type Answer struct {
	Code int
	Out  string
	Err  string
}

// Try runs a command, such as Try("ecs", "list-clusters").
func (c *CLI) Try(args ...string) Answer {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	line, err := json.Marshal(args)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		c.t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	text, err := c.out.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		c.t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, text)
	}
	return a
}

// Run runs a command that succeeds, and returns its output without the white space around it.
func (c *CLI) Run(args ...string) string {
	c.t.Helper()
	a := c.Try(args...)
	if a.Code != 0 {
		c.t.Fatalf("aws %s: exit code %d\n%s%s", strings.Join(args, " "), a.Code, a.Out, a.Err)
	}
	return strings.TrimSpace(a.Out)
}

// Query runs a command that succeeds, and wants what a JMESPath query makes of its answer, as text: what stands side by
// side is parted by tabs.
func (c *CLI) Query(want, query string, args ...string) {
	c.t.Helper()
	if got := c.Run(slices.Concat(args, []string{"--query", query, "--output", "text"})...); got != want {
		c.t.Errorf("aws %s: %s is %q, want %q", strings.Join(args, " "), query, got, want)
	}
}

// Fail runs a command that AWS refuses with this error code.
func (c *CLI) Fail(code string, args ...string) {
	c.t.Helper()
	if a := c.Try(args...); a.Code == 0 || !strings.Contains(a.Err, "("+code+")") {
		c.t.Errorf("aws %s: exit code %d, want a refusal with %s\n%s%s", strings.Join(args, " "), a.Code, code, a.Out, a.Err)
	}
}

// Judge finds an independent judge's program. Where it is not installed the test is skipped, and fails with
// CI=true.
func Judge(t testing.TB, name string) (path string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name)
	}
	return path
}

func missing(t testing.TB, judge string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("judge missing: " + judge)
	}
	t.Skip("judge missing: " + judge)
}

// interpreter is a Python that has the aws CLI; empty where there is none.
func interpreter() string {
	candidates := []string{"python3", "python"}
	if path, err := exec.LookPath("aws"); err == nil {
		candidates = append([]string{filepath.Join(filepath.Dir(path), "python3")}, candidates...)
	}
	for _, python := range candidates {
		if exec.Command(python, "-c", "import awscli.clidriver").Run() == nil {
			return python
		}
	}
	return ""
}
