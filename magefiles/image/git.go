package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/semver"
	"golang.org/x/sync/errgroup"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
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
var versionTag = lazyregexp.New(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// Describe asks the git command about the commit that is checked out in dir. It changes nothing, not
// even git's index. The answer depends on the repository and the working tree alone, not on git's settings for what
// it shows, nor on the variables that git sets for its hooks. Where there is no git, no repository, no commit, or git
// refuses, the answer is a [*NoCommitError].
func Describe(ctx context.Context, dir string) (Commit, error) {
	var c Commit
	var asking errgroup.Group
	var head, refs, status error
	asking.Go(func() error { head = c.readHead(ctx, dir); return nil })
	asking.Go(func() error { c.Ref, refs = refOf(ctx, dir); return nil })
	asking.Go(func() error { c.Dirty, status = isDirty(ctx, dir); return nil })
	_ = asking.Wait() // of several that fail, the first of these says most
	if err := cmp.Or(head, refs, status, ctx.Err()); err != nil {
		return Commit{}, noCommit(dir, err)
	}
	return c, nil
}

// errNoCommits says that there is a repository, and no commit in it.
var errNoCommits = errors.New("HEAD is no commit")

// readHead reads the name and the time of the commit, from the commit itself.
func (c *Commit) readHead(ctx context.Context, dir string) error {
	out, err := git(ctx, dir, "HEAD\n", "cat-file", "--batch")
	if err != nil {
		return err
	}
	head, object, _ := strings.Cut(out, "\n")
	sha, rest, _ := strings.Cut(head, " ")
	if strings.HasSuffix(head, " missing") {
		return errNoCommits
	}
	seconds := committed.FindStringSubmatch(object)
	if !strings.HasPrefix(rest, "commit ") || seconds == nil {
		return fmt.Errorf("describe commit: git answered %q", head)
	}
	unix, err := strconv.ParseInt(seconds[1], 10, 64)
	if err != nil {
		return fmt.Errorf("describe commit: git answered %q", seconds[0])
	}
	c.SHA, c.Time = sha, time.Unix(unix, 0).UTC()
	return nil
}

// committed is the committer's line of a commit; the first one stands before the message.
var committed = lazyregexp.New(`(?m)^committer .*> (-?\d+) [-+]\d+$`)

// isDirty tells whether the working tree differs from the commit.
func isDirty(ctx context.Context, dir string) (bool, error) {
	// Mage writes a file beside the magefile while it compiles, and removes it: where two run at once, one would
	// see the other's. A file system monitor is a program of the user's own, and may be none.
	status, err := git(ctx, dir, "", "-c", "core.fsmonitor=false", "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none",
		"--", ":/", ":(exclude,top,glob)**/mage_output_file.go")
	return status != "", err
}

// refOf is the highest version tag on HEAD, else the branch, else empty.
func refOf(ctx context.Context, dir string) (string, error) {
	// Full names, because a tag and a branch may share the short one.
	refs, err := git(ctx, dir, "", "for-each-ref", "--points-at=HEAD", "--format=%(HEAD)%(refname)", "refs/tags", "refs/heads")
	if err != nil {
		return "", err
	}
	version, branch := "", ""
	for line := range strings.Lines(refs) {
		line = strings.TrimSuffix(line, "\n")
		if b, ok := strings.CutPrefix(line, "*refs/heads/"); ok {
			branch = b
		}
		tag, ok := strings.CutPrefix(line, " refs/tags/")
		if ok && versionTag.MatchString(tag) && (version == "" || semver.Compare(tag, version) > 0) {
			version = tag
		}
	}
	return cmp.Or(version, branch), nil
}

// ofHooks are variables that git sets for its hooks and aliases, about the repository that they belong to, or that change
// what a path means. The repository here is the one that the folder is in.
// https://git-scm.com/docs/githooks, https://git-scm.com/docs/git#_environment_variables
var ofHooks = []string{
	"GIT_INDEX_FILE", "GIT_PREFIX", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
}

// gitEnviron is the environment of a git command that only reads. GIT_DIR stays where GIT_WORK_TREE says which folder it is
// about, which hooks do not do.
func gitEnviron(inherited []string) []string {
	explicit := slices.ContainsFunc(inherited, func(kv string) bool { return strings.HasPrefix(kv, "GIT_WORK_TREE=") })
	out := slices.DeleteFunc(slices.Clone(inherited), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(ofHooks, name) || name == "GIT_DIR" && !explicit
	})
	// A replaced commit is one of this clone alone.
	return append(out, "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C")
}

// git runs a git command that writes nothing, with stdin, and returns what it says.
func git(ctx context.Context, dir, stdin string, args ...string) (string, error) {
	return command{dir: dir, environ: gitEnviron, stdin: stdin}.run(ctx, "git", args...)
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
	case errors.Is(err, errNoCommits):
		e.Reason = "its git repository has no commit yet"
	case errors.As(err, &said):
		e.Reason = "git refuses: " + said.said
	}
	return e
}
