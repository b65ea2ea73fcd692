package image

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"
)

// run runs a command with env over the inherited environment and returns its stdout.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	return command{dir: dir, environ: func(inherited []string) []string { return append(inherited, env...) }}.run(ctx, name, args...)
}

// command is how a command is run.
type command struct {
	dir, stdin string
	environ    func(inherited []string) []string
	heard      io.Writer // gets its stderr as well, while it runs; nil is nobody
}

// run runs a command and returns its stdout; an error carries the end of its stderr. It ends with ctx.
func (c command) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdin = c.dir, strings.NewReader(c.stdin)
	cmd.Env = c.environ(cmd.Environ())
	// Children of the command may outlive it and hold its pipes open.
	cmd.WaitDelay = 2 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.heard != nil {
		cmd.Stderr = io.MultiWriter(&stderr, c.heard)
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		said := strings.TrimSpace(stderr.String())
		if said == "" {
			return "", err
		}
		return "", &commandError{said: tail(said, 4<<10), err: err}
	}
	return stdout.String(), nil
}

// commandError is a command that ran and failed.
type commandError struct {
	said string
	err  error
}

func (e *commandError) Error() string { return e.err.Error() + ": " + e.said }
func (e *commandError) Unwrap() error { return e.err }

// notInstalled tells whether the command could not be found.
func notInstalled(err error) bool { return errors.Is(err, exec.ErrNotFound) }

// tail is the end of s, whole lines of at most n bytes where there are any.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	if _, rest, ok := strings.Cut(s, "\n"); ok {
		s = rest
	}
	return "…\n" + s
}
