package image

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// NoCommitError says that a folder belongs to no commit, so that the tag must be given.
type NoCommitError struct {
	Dir    string
	Reason string // in words, for a person
	Err    error  // of running git
}

func (e *NoCommitError) Error() string { return fmt.Sprintf("folder %s: %s", e.Dir, e.Reason) }

func (e *NoCommitError) Unwrap() error { return e.Err }

// versionTag is what counts as an exact version, with an optional pre-release (https://semver.org).
var versionTag = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// Describe asks the git command about the commit that is checked out in dir. It changes nothing, not
// even git's index. Where there is no git, no repository, no commit, or git refuses, the answer is a
// [*NoCommitError].
func Describe(ctx context.Context, dir string) (Commit, error) {
	head, err := git(ctx, dir, "log", "-1", "--no-show-signature", "--format=%H %ct")
	if err != nil {
		return Commit{}, noCommit(dir, err)
	}
	var c Commit
	sha, seconds, _ := strings.Cut(head, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return Commit{}, fmt.Errorf("describe commit: git answered %q", head)
	}
	c.SHA, c.Time = sha, time.Unix(unix, 0).UTC()

	// Mage writes a file beside the magefile while it compiles, and removes it: where two run at once, one would
	// see the other's.
	status, err := git(ctx, dir, "status", "--porcelain", "--untracked-files=normal", "--", ":/", ":(exclude,top,glob)**/mage_output_file.go")
	if err != nil {
		return Commit{}, noCommit(dir, err)
	}
	c.Dirty = status != ""
	if c.Ref, err = refOf(ctx, dir); err != nil {
		return Commit{}, noCommit(dir, err)
	}
	// A repository without that remote is no error.
	if origin, err := git(ctx, dir, "config", "--get", "remote.origin.url"); err == nil {
		c.Origin = publicURL(origin)
	}
	return c, ctx.Err()
}

// refOf is the highest version tag on HEAD, else the branch, else empty.
func refOf(ctx context.Context, dir string) (string, error) {
	// With this setting v1.0.0-rc.1 sorts below v1.0.0.
	tags, err := git(ctx, dir, "-c", "versionsort.suffix=-", "tag", "--points-at", "HEAD", "--sort=-version:refname")
	if err != nil {
		return "", err
	}
	for tag := range strings.Lines(tags) {
		if tag = strings.TrimSpace(tag); versionTag.MatchString(tag) {
			return tag, nil
		}
	}
	branch, err := git(ctx, dir, "rev-parse", "--abbrev-ref", "HEAD")
	if err != nil || branch == "HEAD" {
		return "", err
	}
	return branch, nil
}

// git runs a git command that writes nothing and returns what it says.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := run(ctx, dir, []string{"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"}, "git", args...)
	return strings.TrimSpace(out), err
}

// noCommit says why git gave no answer; an interruption stays one.
func noCommit(dir string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("describe commit: %w", err)
	}
	e := &NoCommitError{Dir: dir, Reason: err.Error(), Err: err}
	var said *commandError
	switch {
	case notInstalled(err):
		e.Reason = "git is not installed"
	case errors.As(err, &said) && strings.Contains(said.said, "not a git repository"):
		e.Reason = "is not in a git repository"
	case errors.As(err, &said) && strings.Contains(said.said, "does not have any commits"):
		e.Reason = "its git repository has no commit yet"
	case errors.As(err, &said):
		e.Reason = "git refuses: " + said.said
	}
	return e
}

// scpForm is git's short form of an SSH URL; it holds no password.
var scpForm = regexp.MustCompile(`^[\w.-]+@[\w.-]+:[^\\]`)

// publicURL is the URL of a remote as a label may show it: without user and password, and empty if it
// is a folder of this machine.
func publicURL(remote string) string {
	if scpForm.MatchString(remote) {
		return remote
	}
	u, err := url.Parse(remote)
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "https", "http", "ssh", "git":
		u.User = nil
		return u.String()
	}
	return ""
}
