package image_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

const sha = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"

func TestTag(t *testing.T) {
	day := time.Date(2026, 11, 3, 23, 30, 0, 0, time.FixedZone("", -3600)) // the 4th in UTC
	for _, c := range []struct {
		ref   string
		dirty bool
		want  string
	}{
		{"main", false, "main-20261104-1a2b3c4"},
		{"main", true, "main-20261104-1a2b3c4-dirty"},
		{"v1.2.3", false, "v1.2.3-20261104-1a2b3c4"},
		{"v1.2.3-rc.1+build", false, "v1.2.3-rc.1-build-20261104-1a2b3c4"},
		{"feature/BELLY-12_log in", false, "feature-BELLY-12_log-in-20261104-1a2b3c4"},
		{"--weird..//name.-", false, "weird..-name-20261104-1a2b3c4"},
		{"", false, "commit-20261104-1a2b3c4"},
		{"日本語", false, "commit-20261104-1a2b3c4"},
		{strings.Repeat("x", 200), true, strings.Repeat("x", 128-len("-20261104-1a2b3c4-dirty")) + "-20261104-1a2b3c4-dirty"},
		{strings.Repeat("x", 110) + "-" + strings.Repeat("y", 20), false, strings.Repeat("x", 110) + "-20261104-1a2b3c4"},
	} {
		got := image.Commit{Ref: c.ref, SHA: sha, Time: day, Dirty: c.dirty}.Tag()
		if got != c.want {
			t.Errorf("%q: got %s\nwant %s", c.ref, got, c.want)
		}
	}
}

func FuzzTag(f *testing.F) {
	f.Add("main", sha, int64(1_790_000_000), false)
	f.Add("feature/ü..", "", int64(-1), true)
	f.Add(strings.Repeat("/", 300), "abc", int64(1<<40), true)
	grammar := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	f.Fuzz(func(t *testing.T, ref, sha string, seconds int64, dirty bool) {
		c := image.Commit{Ref: ref, SHA: sha, Time: time.Unix(seconds, 0), Dirty: dirty}
		tag := c.Tag()
		if !grammar.MatchString(tag) {
			t.Errorf("%q is no tag", tag)
		}
		if strings.HasSuffix(tag, "-dirty") != dirty && !strings.HasSuffix(sha, "-dirty") {
			t.Errorf("%q, dirty is %t", tag, dirty)
		}
	})
}

// repository is a git repository that ignores the settings of this machine.
func repository(t *testing.T) (dir string, git func(args ...string)) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("judge missing: git")
	}
	dir = t.TempDir()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull, "GIT_CEILING_DIRECTORIES": filepath.Dir(dir),
		"GIT_AUTHOR_DATE": "2026-11-03T12:00:00Z", "GIT_COMMITTER_DATE": "2026-11-03T12:00:00Z",
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@example.com",
	} {
		t.Setenv(name, value)
	}
	return dir, func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
}

func TestDescribe(t *testing.T) {
	dir, git := repository(t)
	describe := func() image.Commit {
		t.Helper()
		c, err := image.Describe(t.Context(), dir)
		must(t, err)
		if len(c.SHA) != 40 {
			t.Errorf("object name %q", c.SHA)
		}
		c.SHA = ""
		return c
	}
	at := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

	git("init", "-q", "-b", "feature/one")
	writeTo(t, dir, files{"a": "1", ".gitignore": "ignored\n"})
	git("add", ".")
	git("commit", "-q", "-m", "one")
	diff(t, image.Commit{Ref: "feature/one", Time: at}, describe())

	writeTo(t, dir, files{"ignored": "x", "magefiles/mage_output_file.go": "package main", "mage_output_file.go": "package main"})
	diff(t, image.Commit{Ref: "feature/one", Time: at}, describe())

	git("tag", "v1.2.0-rc.1")
	git("tag", "other")
	git("tag", "v1.2")
	if ref := describe().Ref; ref != "v1.2.0-rc.1" {
		t.Errorf("with a pre-release: %s", ref)
	}
	git("tag", "-a", "-m", "release", "v1.2.0")
	if ref := describe().Ref; ref != "v1.2.0" {
		t.Errorf("with a release: %s", ref)
	}

	writeTo(t, dir, files{"sub/new": "untracked"})
	diff(t, image.Commit{Ref: "v1.2.0", Time: at, Dirty: true}, describe())

	git("add", "sub")
	git("commit", "-q", "-m", "two")
	git("checkout", "-q", "--detach")
	diff(t, image.Commit{Time: at}, describe())
}

// Neither settings of git nor variables of its hooks change the answer.
func TestDescribeWhateverGitIsToldToShow(t *testing.T) {
	dir, git := repository(t)
	git("init", "-q", "-b", "rel")
	writeTo(t, dir, files{"a": "1", "sub/ü": "2", ".gitignore": "ignored\n"})
	git("add", ".")
	git("commit", "-q", "-m", "one\n\ncommitter somebody <else@example.com> 1 +0000")
	git("tag", "rel")
	describe := func(dir string) image.Commit {
		t.Helper()
		c, err := image.Describe(t.Context(), dir)
		must(t, err)
		return c
	}
	want := describe(dir)
	diff(t, image.Commit{Ref: "rel", SHA: want.SHA, Time: time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)}, want)

	for key, value := range map[string]string{
		"column.ui": "always", "color.ui": "always", "color.status": "always", "core.abbrev": "40", "log.showSignature": "true", "log.date": "relative",
		"status.short": "true", "status.branch": "true", "status.showStash": "true", "status.showUntrackedFiles": "no", "status.aheadBehind": "true",
		"core.quotePath": "false", "core.fsmonitor": "false-monitor", "versionsort.suffix": "-rc", "tag.sort": "refname", "log.decorate": "full",
		"alias.status": "!false", "diff.ignoreSubmodules": "all", "core.pager": "false", "pager.status": "true", "format.pretty": "oneline", "core.warnAmbiguousRefs": "true",
	} {
		git("config", key, value)
	}
	for name, value := range map[string]string{
		"GIT_DIR": ".git", "GIT_INDEX_FILE": filepath.Join(t.TempDir(), "none"), "GIT_PREFIX": "sub/", "GIT_LITERAL_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1",
	} {
		t.Setenv(name, value)
	}
	diff(t, want, describe(dir))
	diff(t, want, describe(filepath.Join(dir, "sub")))

	// git itself needs to be told nothing of this to go on with the test.
	for _, name := range []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_LITERAL_PATHSPECS", "GIT_ICASE_PATHSPECS"} {
		must(t, os.Unsetenv(name))
	}
	for _, tag := range []string{"v1.0.0", "v1.1.0-rc.1", "v1.1.0", "v0.9.0", "v1.1.0-rc.2", "v1.0.10"} {
		git("tag", tag)
	}
	if ref := describe(dir).Ref; ref != "v1.1.0" {
		t.Errorf("the highest of the versions is %s", ref)
	}
	writeTo(t, dir, files{"new": "untracked"})
	if !describe(dir).Dirty {
		t.Error("an untracked file is not seen")
	}
	// A worktree beside, without a branch; a submodule is a repository of its own.
	beside := filepath.Join(t.TempDir(), "beside")
	git("worktree", "add", "-q", "--detach", beside)
	git("tag", "-d", "v1.0.0", "v1.1.0-rc.1", "v1.1.0", "v0.9.0", "v1.1.0-rc.2", "v1.0.10")
	want.Ref = ""
	diff(t, want, describe(beside))

	// Who says both which repository and which folder means it.
	t.Setenv("GIT_DIR", filepath.Join(dir, ".git"))
	t.Setenv("GIT_WORK_TREE", dir)
	if c := describe(t.TempDir()); c.SHA != want.SHA || c.Ref != "rel" || !c.Dirty {
		t.Errorf("with GIT_DIR and GIT_WORK_TREE: %+v", c)
	}
}

func TestDescribeWithoutCommit(t *testing.T) {
	dir, git := repository(t)
	var none *image.NoCommitError
	if _, err := image.Describe(t.Context(), dir); !errors.As(err, &none) || none.Reason != "is not in a git repository" {
		t.Errorf("no repository: %v", err)
	}
	git("init", "-q", "-b", "main")
	if _, err := image.Describe(t.Context(), dir); !errors.As(err, &none) || none.Reason != "its git repository has no commit yet" {
		t.Errorf("no commit: %v", err)
	}
	if _, err := image.Describe(cancelled(), dir); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := image.Describe(t.Context(), dir); !errors.As(err, &none) || none.Reason != "git is not installed" {
		t.Errorf("no git: %v", err)
	}
}
