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
	git("remote", "add", "origin", "https://user:token@example.com/bellyfed/web.git")
	diff(t, image.Commit{Ref: "feature/one", Time: at, Origin: "https://example.com/bellyfed/web.git"}, describe())

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
	git("remote", "set-url", "origin", dir)
	diff(t, image.Commit{Ref: "v1.2.0", Time: at, Dirty: true}, describe())

	git("add", "sub")
	git("commit", "-q", "-m", "two")
	git("checkout", "-q", "--detach")
	git("remote", "set-url", "origin", "git@example.com:bellyfed/web.git")
	diff(t, image.Commit{Time: at, Origin: "git@example.com:bellyfed/web.git"}, describe())
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
