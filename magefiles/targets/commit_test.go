package targets_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

// gitSettings are the settings of git under which a test runs: those in the file that it returns alone.
func gitSettings(t *testing.T) (file string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("judge missing: git")
	}
	file = filepath.Join(t.TempDir(), "gitconfig")
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": file, "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@example.com",
		"GIT_AUTHOR_DATE": "2026-11-03T12:00:00Z", "GIT_COMMITTER_DATE": "2026-11-03T12:00:00Z",
	} {
		t.Setenv(name, value)
	}
	return file
}

func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// committed is a repository on branch main with one commit: a folder, and a Go program.
func committed(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "origin")
	for name, content := range map[string]string{
		"app/server.txt": "version 1", "app/server": "a program", "app/sub/more.txt": "more", "go.mod": "module example.com/app\n\ngo 1.24\n",
		"main.go": "package main\n\nfunc main() { println(\"hello\") }\n", ".gitignore": ".splitecs/\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if filepath.Base(name) == "server" {
			mode = 0o755
		}
		if err := os.WriteFile(file, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	runGit(t, dir, "init", "-q", "-b", "main")
	runGit(t, dir, "add", ".")
	runGit(t, dir, "commit", "-q", "-m", "one")
	return dir
}

// hostile are settings of git that change what its commands show.
const hostile = "[column]\nui = always\n[color]\nui = always\nstatus = always\n[core]\nabbrev = 40\nfsmonitor = /nonexistent/monitor\nquotePath = false\n" +
	"[log]\nshowSignature = true\ndate = relative\n[status]\nshort = true\nbranch = true\nshowUntrackedFiles = no\n[tag]\nsort = refname\n[alias]\nstatus = !false\n"

// Of one commit there is one image, whoever makes it, and everybody finds it.
func TestOneImageOfACommit(t *testing.T) {
	settings := gitSettings(t)
	origin := committed(t)
	clone := func(name string) string {
		dir := filepath.Join(t.TempDir(), name)
		runGit(t, origin, "clone", "-q", origin, dir)
		return dir
	}
	renamed := func(url string) func() string {
		return func() string {
			dir := clone("clone")
			runGit(t, dir, "remote", "set-url", "origin", url)
			return dir
		}
	}
	places := []struct {
		name string
		make func() string
	}{
		{"ssh", renamed("git@git.example.com:team/shop.git")},
		{"https", renamed("https://git.example.com/team/shop")},
		{"https, .git", renamed("https://git.example.com/team/shop.git")},
		{"credentials", renamed("https://ci:token@git.example.com/team/shop.git")},
		{"no remote", func() string { dir := clone("alone"); runGit(t, dir, "remote", "remove", "origin"); return dir }},
		{"detached", func() string { dir := clone("detached"); runGit(t, dir, "checkout", "-q", "--detach"); return dir }},
		{"branch", func() string { dir := clone("b"); runGit(t, dir, "checkout", "-q", "-b", "feature/x"); return dir }},
		{"version", func() string { dir := clone("v"); runGit(t, dir, "tag", "-a", "-m", "1", "v1.0.0"); return dir }},
		{"branch and tag of one name", func() string {
			dir := clone("rel")
			runGit(t, dir, "checkout", "-q", "-b", "rel")
			runGit(t, dir, "tag", "rel")
			return dir
		}},
		{"worktree", func() string {
			dir := filepath.Join(t.TempDir(), "beside")
			runGit(t, clone("main"), "worktree", "add", "-q", dir, "-b", "beside")
			return dir
		}},
		{"submodule", func() string {
			outer := filepath.Join(t.TempDir(), "outer")
			runGit(t, origin, "init", "-q", outer)
			runGit(t, outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin, "inner")
			return filepath.Join(outer, "inner")
		}},
		{"shallow", func() string {
			dir := filepath.Join(t.TempDir(), "shallow")
			runGit(t, origin, "clone", "-q", "--depth=1", "file://"+origin, dir)
			return dir
		}},
		{"umask", func() string {
			dir := clone("private")
			for _, name := range []string{"app/server.txt", "app/sub/more.txt", "main.go"} {
				if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			return dir
		}},
		{"settings", func() string {
			dir := clone("hostile")
			runGit(t, dir, "tag", "v1.1.0")
			runGit(t, dir, "tag", "v1.2.0")
			if err := os.WriteFile(settings, []byte(hostile), 0o600); err != nil {
				t.Fatal(err)
			}
			return dir
		}},
	}
	for _, source := range []string{"app", "."} {
		t.Run("source "+source, func(t *testing.T) {
			if err := os.WriteFile(settings, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			w.env["SPLITECS_SOURCE"] = source
			w.dir = clone("first")
			w.run(localUp)
			w.want(0)
			w.run(imagePush)
			w.want(0, "nothing sent")
			first := digestOf(t, w.out.String())
			names := map[string]bool{}
			for _, p := range places {
				w.dir = p.make()
				// Whoever has the commit finds its image before they have pushed anything.
				w.run(serviceDeploy)
				w.want(0, "nothing to change", "@"+first)
				w.run(targets.Set.ImageBuild, "SPLITECS_CACHE=off")
				w.want(0)
				if built := strings.TrimSpace(w.out.String()); built != first {
					t.Errorf("%s: digest %s, want %s", p.name, built, first)
				}
				w.run(imagePush)
				w.want(0)
				if pushed := digestOf(t, w.out.String()); pushed != first {
					t.Errorf("%s: pushed %s, want %s", p.name, pushed, first)
				}
				if !strings.Contains(w.err.String(), "nothing sent") && !strings.Contains(w.err.String(), "0.0 MB sent") {
					t.Errorf("%s: more than a tag was sent:\n%s", p.name, &w.err)
				}
				_, tag, _ := strings.Cut(w.err.String(), "pushing ")
				tag, _, _ = strings.Cut(tag, "\n")
				name, _, _ := strings.Cut(tag[strings.LastIndex(tag, ":")+1:], "-20")
				names[name] = true
			}
			for _, name := range []string{"main", "commit", "feature-x", "v1.0.0", "rel", "beside", "v1.2.0"} {
				if !names[name] {
					t.Errorf("no image was pushed as %s, only as %v", name, names)
				}
			}
			w.run(in("local", targets.Set.ImageList))
			w.want(0)
			_, listed, _ := strings.Cut(strings.TrimSpace(w.out.String()), "\n") // below the heading
			if lines := strings.Count(listed, "\n") + 1; lines != len(names) || strings.Count(listed, first) != lines {
				t.Errorf("%d lines, want the names %v of one image:\n%s", lines, names, &w.out)
			}
		})
	}
}

// The image that was pushed from main is the one that is promoted and deployed once its commit is a version.
func TestTheImageOfACommitIsFoundUnderAnotherName(t *testing.T) {
	gitSettings(t)
	w := twoEnvironments(t)
	delete(w.env, "SPLITECS_TAG")
	w.dir = committed(t)
	sha := runGit(t, w.dir, "rev-parse", "HEAD")[:7]
	w.run(imagePush)
	w.want(0, "shop-dev:main-")
	pushed := digestOf(t, w.out.String())

	runGit(t, w.dir, "tag", "v1.0.0")
	runGit(t, w.dir, "checkout", "-q", "--detach")
	said := ": the image of commit " + sha + ", pushed under that name"
	w.run(promote("dev", "prod"))
	w.want(0, "image main-", said, "pushing", "shop-prod:main-")
	if promoted := digestOf(t, w.out.String()); promoted != pushed {
		t.Errorf("promoted %s, pushed %s", promoted, pushed)
	}
	for _, text := range []string{"", sha, runGit(t, w.dir, "rev-parse", "HEAD")} {
		w.run(in("prod", targets.Set.ServiceDiff), "SPLITECS_IMAGE="+text)
		w.want(0, said, "compared with image", pushed)
	}
	w.run(in("prod", targets.Set.ServiceVerify))
	w.want(0, said)
	w.run(in("prod", targets.Set.ServiceDeploy))
	w.want(0, said, pushed)
	w.run(rollbackIn("prod", sha))
	if !strings.Contains(w.err.String(), said) {
		t.Errorf("service:rollbackTo does not say which image it takes:\n%s", &w.err)
	}

	// With two images of the commit somebody has to choose; who asks for one of them by its tag has chosen.
	w.write("app/server.txt", "version 2")
	two := []string{"hand-20261103-" + sha, "main-20261103-" + sha}
	w.run(imagePush, "SPLITECS_ENV=prod", "SPLITECS_TAG="+two[0])
	w.want(0)
	w.write("app/server.txt", "version 1")
	w.run(in("prod", targets.Set.ServiceDeploy))
	w.want(4, "image v1.0.0-20261103-"+sha+" is not in repository shop-prod, and its commit has several others there: "+strings.Join(two, ", "),
		"SPLITECS_IMAGE="+two[0]+" go tool mage service:deploy prod", "SPLITECS_IMAGE="+two[1]+" go tool mage service:deploy prod")
	w.run(promote("prod", "dev"))
	w.want(4, "SPLITECS_IMAGE="+two[1]+" go tool mage image:promote prod dev")
	w.run(rollbackIn("prod", sha))
	w.want(4, "go tool mage service:rollbackTo prod "+two[1])
	w.run(in("prod", targets.Set.ServiceVerify))
	w.want(4, "its commit has several others there")
	w.run(in("prod", targets.Set.ServiceDiff), "SPLITECS_IMAGE="+two[1])
	w.want(0, pushed)
	w.run(in("prod", targets.Set.ServiceDiff), "SPLITECS_IMAGE=v1.0.1-20261103-0000000")
	w.want(4, "image v1.0.1-20261103-0000000 is not in repository shop-prod")
}

// The first thing that is proposed after local:up works in a tree with changes, and in one without a repository.
func TestDeployAfterLocalUpOfWhatIsNotCommitted(t *testing.T) {
	gitSettings(t)
	for name, prepare := range map[string]func(w *world){
		"changed":       func(w *world) { w.dir = committed(t); w.write("app/server.txt", "version 2") },
		"no repository": func(w *world) { t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(w.dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			prepare(w)
			w.run(serviceDeploy)
			if w.code == 0 {
				t.Fatal("a deployment of nothing succeeded")
			}
			w.run(localUp)
			w.want(0, "local-")
			_, reference, _ := strings.Cut(w.err.String(), "image 1234")
			reference, _, _ = strings.Cut(reference, "\n")
			w.run(serviceDeploy, "SPLITECS_LOCAL_SCENARIO=exit")
			w.want(7, "taking the image that the stack has", reference)
			w.run(in("local", targets.Set.ServiceVerify))
			w.want(0, "taking the image that the stack has")
			w.run(serviceDeploy, "SPLITECS_IMAGE=main-20261103-0000000") // what is named is never something else
			w.want(4, "is not in repository shop-local")
		})
	}
}

func rollbackIn(env, to string) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return t.ServiceRollbackTo(ctx, env, to) }
}
