package targets_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// goWorld has a Go program of its own, in a module that nobody has compiled yet.
func goWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.env["SPLITECS_SOURCE"] = ""
	w.app.Image = cfn.Image{Source: "cmd/web"}
	w.write("go.mod", "module example.com/shop\n\ngo 1.24\n")
	w.write("cmd/web/main.go", fmt.Sprintf("package main\n\nvar version string\n\nconst unseen = %d\n\nfunc main() { println(version, unseen) }\n", rand.Int64()))
	w.write("cmd/admin/main.go", "package main\n\nfunc main() { println(1) }\n")
	w.write("ui/page.html", "<p>")
	return w
}

func TestImageOfAGoProgramWithItsParts(t *testing.T) {
	w := goWorld(t)
	w.app.Image.Files = []string{"ui"}
	w.app.Image.Go = cfn.GoBuild{Programs: []string{"./cmd/admin"}, Values: map[string]string{"main.version": "of a magefile"}}
	w.run(targets.Set.ImageBuild)
	w.want(0, "program", "compiling", "cmd/web for linux/amd64")
	first := w.out.String()
	w.run(targets.Set.ImageBuild)
	w.want(0)
	if w.out.String() != first || strings.Contains(w.err.String(), "compiling") {
		t.Errorf("again:\n%s%s", &w.out, &w.err)
	}
	// What stands in the program says what is compiled.
	w.app.Image.Go.Values["main.version"] = "of another one"
	w.run(targets.Set.ImageBuild)
	w.want(0)
	if w.out.String() == first {
		t.Error("another version is the same image")
	}
}

// A program that a build tag alone brings in is found by the tags of the App, and of a source that is not the App's asked for.
func TestImageOfAGoProgramOfATag(t *testing.T) {
	w := goWorld(t)
	w.write("cmd/web/main.go", "//go:build prod\n\npackage main\n\nfunc main() { println(1) }\n")
	w.run(targets.Set.ImageBuild)
	w.want(2, "build constraints leave out every file (main.go has //go:build prod)", "next: name the tags in App.Image.Go.Tags")
	w.app.Image.Go.Tags = []string{"prod"}
	w.run(targets.Set.ImageBuild)
	w.want(0, "building image from Go program")
	w.run(targets.Set.ImageBuild, "SPLITECS_SOURCE=cmd/web")
	w.want(2, "build constraints leave out every file")
}

func TestPartsOfAnImageThatAreNotThere(t *testing.T) {
	w := goWorld(t)
	w.app.Image.Files = []string{"templates"}
	w.run(targets.Set.ImageBuild)
	w.want(2, "App.Image.Files: templates does not exist in "+w.dir, "mend App.Image.Files, then")
	for program, reason := range map[string]string{"./cmd/none": "does not exist", "ui": "is no Go main package"} {
		w.app.Image = cfn.Image{Source: "cmd/web", Go: cfn.GoBuild{Programs: []string{program}}}
		w.run(targets.Set.ImageBuild)
		w.want(2, "App.Image.Go.Programs: "+program+" "+reason, "mend App.Image.Go.Programs, then")
	}
}

func TestGoFlagsThatAnImageCannotHeed(t *testing.T) {
	w := goWorld(t)
	t.Setenv("GOFLAGS", "-race")
	w.run(targets.Set.ImageBuild)
	w.want(2, "GOFLAGS has -race, which an image cannot heed: it needs cgo", "take -race out of GOFLAGS")
}

// A value of the commit is that of the project's, and is asked for where there is none.
func TestValuesOfTheCommitOfAProject(t *testing.T) {
	w := goWorld(t)
	w.app.Image.Go.Values = map[string]string{"main.version": "{version}"}
	w.run(targets.Set.ImageBuild)
	w.want(2, "App.Image.Go.Values: main.version has {version}, and there is no commit that it could stand for: commit the source")
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = w.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	w.run(targets.Set.ImageBuild)
	w.want(0)
}
