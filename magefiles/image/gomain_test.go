package image_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// program is a module with one program in it.
var program = files{
	"go.mod":          "module example.com/shop\n\ngo 1.24\n",
	"lib.go":          "package shop\n",
	"cmd/web/main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello from the image\") }\n",
}

func TestGoProgram(t *testing.T) {
	var digests []string
	for _, source := range []image.Source{
		{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")},
		{Kind: image.KindGo, Path: "example.com/shop/cmd/web", Module: write(t, program)},
	} {
		built := mustBuild(t, image.Spec{Source: source, Architecture: runtime.GOARCH, Ports: []int{8080}})
		validated(t, built)
		digests = append(digests, digest(t, built))
		names, entries := contents(t, built)
		if diff := cmp.Diff([][]string{{"app/", "app/web"}}, names[1:]); diff != "" { // the first is the default base
			t.Errorf("entries (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"/app/web"}, config(t, built).Config.Cmd); diff != "" {
			t.Error(diff)
		}
		runs(t, entries["app/web"])
	}
	if digests[0] != digests[1] {
		t.Errorf("the same program in two folders became %v", digests)
	}
}

// runs starts the program of an entry where this machine can.
func runs(t *testing.T, e entry) {
	t.Helper()
	if e.header == nil || e.header.Mode != 0o755 {
		t.Fatalf("no executable: %+v", e.header)
	}
	if runtime.GOOS != "linux" {
		return
	}
	file := filepath.Join(t.TempDir(), "web")
	must(t, os.WriteFile(file, []byte(e.content), 0o755))
	out, err := exec.CommandContext(t.Context(), file).CombinedOutput()
	if err != nil || string(out) != "hello from the image\n" {
		t.Errorf("the program said %q: %v", out, err)
	}
}

func TestGoProgramForTheOtherArchitecture(t *testing.T) {
	source := image.Source{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")}
	built := mustBuild(t, image.Spec{Source: source, Architecture: "ARM64"})
	must(t, image.CheckArchitecture(built, "arm64"))
	var mismatch *image.ArchitectureError
	err := image.CheckArchitecture(built, "X86_64")
	if !errors.As(err, &mismatch) || err.Error() != "image is built for linux/arm64, the task runs on linux/amd64" {
		t.Errorf("got %v", err)
	}
	_, entries := contents(t, built)
	const machine = 18 // e_machine of an ELF header; 183 is EM_AARCH64
	if b := entries["app/web"].content; len(b) < 20 || b[machine] != 183 {
		t.Error("the binary is not for arm64")
	}
}

func TestGoProgramThatDoesNotCompile(t *testing.T) {
	dir := write(t, files{"go.mod": "module example.com/shop\n", "main.go": "package main\n\nfunc main() { nothing() }\n"})
	_, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindGo, Path: dir}}, image.Options{})
	if err == nil || !strings.Contains(err.Error(), "for linux/amd64: exit status 1") || !strings.Contains(err.Error(), "undefined: nothing") {
		t.Errorf("got %v", err)
	}
}

// A toolchain line that GOTOOLCHAIN has ignored is told, and one that is heeded, or older, is not.
func TestAnOlderGoThanTheModuleNamesIsTold(t *testing.T) {
	t.Setenv("GOTOOLCHAIN", "local")
	for line, told := range map[string]bool{"": false, "toolchain go1.26.0": false, "toolchain go1.999.9": true} {
		dir := write(t, files{"go.mod": "module example.com/m\n\ngo 1.26\n\n" + line + "\n", "main.go": "package main\n\nfunc main() {}\n"})
		built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindGo, Path: dir}})
		if got := len(built.Warnings) == 1 && strings.Contains(built.Warnings[0], "and go.mod names go1.999.9"); got != told {
			t.Errorf("%q: warnings %q", line, built.Warnings)
		}
	}
}
