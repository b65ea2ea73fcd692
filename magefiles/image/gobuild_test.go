package image_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// stamped is a module of two programs, with values of the linker, a file that a build tag chooses, and files beside them.
var stamped = files{
	"go.mod":             "module example.com/shop\n\ngo 1.24\n",
	"build/build.go":     "package build\n\nvar Commit string\n",
	"plain.go":           "//go:build !extra\n\npackage main\n\nconst kind = \"plain\"\n",
	"extra.go":           "//go:build extra\n\npackage main\n\nconst kind = \"extra\"\n",
	"main.go":            "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.com/shop/build\"\n)\n\nvar version = \"unknown\"\n\nfunc main() {\n\tpage, err := os.ReadFile(\"ui/page.html\")\n\tfmt.Println(version, build.Commit, kind, string(page), err)\n}\n",
	"cmd/admin/main.go":  "package main\n\nimport \"fmt\"\n\nvar version string\n\nfunc main() { fmt.Println(\"admin\", version) }\n",
	"ui/page.html":       "<p>",
	"ui/deep/more.html":  "<b>",
	"ui/notes.txt":       "not for the image",
	"config.yaml":        "a: b\n",
	"elsewhere/left.txt": "not named",
	".dockerignore":      "**/notes.txt\n",
}

func TestGoProgramWithAllThatItNeeds(t *testing.T) {
	dir := write(t, stamped)
	spec := image.Spec{
		Source: image.Source{Kind: image.KindGo, Path: dir}, Architecture: runtime.GOARCH, Revision: strings.Repeat("ab", 20), Created: time.Unix(1<<30, 0),
		Files: image.Files{From: dir, Names: []string{"ui", "./config.yaml"}},
		Go: image.GoBuild{
			Programs: []image.Source{{Kind: image.KindGo, Path: filepath.Join(dir, "cmd", "admin")}}, Tags: []string{"extra"},
			Values: map[string]string{"main.version": "v7 of {version}", "example.com/shop/build.Commit": "{commit}"},
		},
	}
	built := mustBuild(t, spec)
	names, entries := contents(t, built)
	diff(t, [][]string{{"app/", "app/config.yaml", "app/ui/", "app/ui/deep/", "app/ui/deep/more.html", "app/ui/page.html"}, {"app/", "app/admin", "app/shop"}}, names[1:])
	diff(t, []string{"/app/shop"}, config(t, built).Config.Cmd)
	if len(built.Warnings) > 0 {
		t.Errorf("warnings %q", built.Warnings)
	}
	if got := digest(t, mustBuild(t, spec)); got != digest(t, built) {
		t.Error("built again it is another image")
	}
	root := t.TempDir()
	unpack(t, root, entries)
	diff(t, "admin v7 of 20040110-abababa\n", chrooted(t, root, 1000, "/app/admin"))
	if got := chrooted(t, root, 1000, "/app/shop"); !strings.HasPrefix(got, "v7 of 20040110-abababa "+strings.Repeat("ab", 20)+" extra ") {
		t.Errorf("the program says %q", got)
	}
}

func TestGoFlagsOfTheEnvironmentReachTheProgram(t *testing.T) {
	t.Setenv("GOFLAGS", "'-ldflags=-X main.version=by-flag' -tags=extra -mod=mod")
	_, entries := contents(t, mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindGo, Path: write(t, stamped)}, Architecture: runtime.GOARCH}))
	root := t.TempDir()
	unpack(t, root, entries)
	if got := chrooted(t, root, 1000, "/app/shop"); !strings.HasPrefix(got, "by-flag  extra ") {
		t.Errorf("the program says %q", got)
	}
	for _, flag := range []string{"-race", "-json", "-C=.."} { // the last ones change what the go command says of itself
		t.Setenv("GOFLAGS", flag)
		_, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindGo, Path: write(t, stamped)}}, image.Options{})
		if e, ok := errors.AsType[*image.GoFlagError](err); !ok || e.Flag != flag {
			t.Errorf("%s: got %v", flag, err)
		}
	}
}

// The linker says nothing of a variable that is not there.
func TestValuesThatReachNoProgramAreTold(t *testing.T) {
	dir := write(t, stamped)
	for name, told := range map[string]bool{
		"main.version": false, "example.com/shop/build.Commit": false,
		"main.Version": true, "main.kind": true, "example.com/shop/build.Time": true, "example.com/else.Commit": true,
	} {
		spec := image.Spec{Source: image.Source{Kind: image.KindGo, Path: dir}, Go: image.GoBuild{Values: map[string]string{name: "a value like no other"}}}
		built := mustBuild(t, spec)
		if got := len(built.Warnings) == 1 && strings.HasPrefix(built.Warnings[0], "the value of "+name+" is not in the program: "); got != told || !told && len(built.Warnings) > 0 {
			t.Errorf("%s: warnings %q", name, built.Warnings)
		}
	}
}

func TestPartsThatCannotBeInTheImage(t *testing.T) {
	dir := write(t, stamped)
	writeTo(t, dir, files{"cmd/other/shop/main.go": "package main\n\nfunc main() {}\n"})
	source := image.Source{Kind: image.KindGo, Path: dir}
	for name, c := range map[string]struct {
		spec image.Spec
		want string
	}{
		"a file that is not there": {image.Spec{Files: image.Files{From: dir, Names: []string{"ui", "templates"}}}, "App.Image.Files: templates does not exist in " + dir},
		"one that is left out":     {image.Spec{Files: image.Files{From: dir, Names: []string{"ui/notes.txt"}}}, "App.Image.Files: ui/notes.txt is left out by .dockerignore in " + dir},
		"two programs of one name": {image.Spec{Go: image.GoBuild{Programs: []image.Source{{Kind: image.KindGo, Path: dir + "/cmd/other/shop"}}}}, "App.Image.Go.Programs: " + dir + "/cmd/other/shop is a second program of the name shop"},
	} {
		c.spec.Source = source
		_, err := image.Build(t.Context(), c.spec, image.Options{})
		if part, ok := errors.AsType[*image.PartError](err); !ok || part.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := image.Build(t.Context(), image.Spec{Source: source, Files: image.Files{From: dir, Names: []string{"../x"}}}, image.Options{}); err == nil || !strings.Contains(err.Error(), `Files.Names[0]: "../x"`) {
		t.Errorf("a file of elsewhere: %v", err)
	}
}

// Files lie beside what other sources are made of, too, and beneath it.
func TestFilesBesideAFolder(t *testing.T) {
	dir := write(t, stamped)
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"config.yaml": "the folder's\n"})}, Files: image.Files{From: dir, Names: []string{"config.yaml"}}})
	_, entries := contents(t, built)
	diff(t, "the folder's\n", entries["app/config.yaml"].content)
}

// Who compiles for the first time hears of it, and who does not, does not.
func TestCompilingIsTold(t *testing.T) {
	dir := write(t, stamped)
	writeTo(t, dir, files{"build/new.go": fmt.Sprintf("package build\n\nconst Unseen = %d\n", rand.Int64())})
	t.Chdir(dir)
	for _, want := range [][]string{{"compiling ./cmd/admin for linux/arm64"}, nil} {
		writeTo(t, dir, files{"cmd/admin/import.go": "package main\n\nimport _ \"example.com/shop/build\"\n"})
		var doing []string
		mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindGo, Path: filepath.Join(dir, "cmd", "admin")}, Architecture: "arm64"}, image.Options{Progress: func(p image.Progress) {
			if p.Doing != "" {
				doing = append(doing, p.Doing)
			}
		}})
		diff(t, want, doing)
	}
}

// A failure to compile is told without the packages that were compiled before it.
func TestFailureToCompileIsToldAlone(t *testing.T) {
	dir := write(t, stamped)
	writeTo(t, dir, files{"build/new.go": fmt.Sprintf("package build\n\nconst Unseen = %d\n", rand.Int64()), "wrong.go": "package main\n\nvar x = nothing\n"})
	_, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindGo, Path: dir}}, image.Options{})
	if err == nil || strings.Contains(err.Error(), "\nexample.com/shop/build\n") || !strings.Contains(err.Error(), "exit status 1: # example.com/shop\n") {
		t.Errorf("got %v", err)
	}
}
