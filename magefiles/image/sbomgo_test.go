package image_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// modular is a program with modules of others in it, one of which stands in for another.
var modular = files{
	"go.mod":     "module example.com/shop\n\ngo 1.24\n\nrequire (\n\texample.com/one v1.2.3\n\texample.com/two v0.0.0-20260101000000-0123456789ab\n)\n\nreplace (\n\texample.com/one => ./one\n\texample.com/two => ./two\n)\n",
	"main.go":    "package main\n\nimport (\n\t_ \"example.com/one\"\n\t_ \"example.com/two\"\n)\n\nfunc main() {}\n",
	"one/go.mod": "module example.com/one\n",
	"one/one.go": "package one\n",
	"two/go.mod": "module example.com/two\n",
	"two/two.go": "package two\n",
}

// compiled compiles a program into a file.
func compiled(t *testing.T, dir, pkg, to string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", to, pkg)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
}

// goVersion is what `go version -m` lists of a program, as "name version".
func goVersion(t *testing.T, file string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", file).Output()
	must(t, err)
	var found []string
	for line := range strings.Lines(string(out)) {
		switch words := strings.Fields(line); {
		case len(words) < 2:
		case strings.HasSuffix(words[0], ":"):
			found = append(found, "stdlib "+strings.TrimPrefix(words[1], "go"))
		case words[0] == "mod" || words[0] == "dep":
			found = append(found, words[1]+" "+strings.ReplaceAll(words[2], "(devel)", ""))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Programs of Go are found in folders, whatever they are called: all modules that the go command knows of.
func TestBillOfMaterialsOfGoProgramsInAFolder(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(t.TempDir(), "main.go")
	must(t, os.WriteFile(main, []byte("package main\n\nimport (\n\t_ \"github.com/klauspost/compress/zstd\"\n\t_ \"golang.org/x/mod/semver\"\n)\n\nfunc main() {}\n"), 0o600))
	compiled(t, ".", main, filepath.Join(dir, "bin", "tool"))
	compiled(t, write(t, modular), ".", filepath.Join(dir, "lib", "worker.bin"))
	must(t, os.Chmod(filepath.Join(dir, "lib", "worker.bin"), 0o644))
	writeTo(t, dir, files{
		"no-elf":     strings.Repeat("x", 300<<10),
		"broken-elf": "\x7fELF\x02\x01\x01" + strings.Repeat("\xff", 300<<10),
		"small-elf":  "\x7fELF",
	})
	want := slices.Concat(goVersion(t, filepath.Join(dir, "bin", "tool")), goVersion(t, filepath.Join(dir, "lib", "worker.bin")))
	slices.Sort(want)
	want = slices.Compact(want)
	if len(want) < 6 {
		t.Fatalf("go version -m lists %q", want)
	}
	spec := image.Spec{Source: image.Source{Kind: image.KindFolder, Path: dir}}
	doc, names := bill(t, mustSBOM(t, mustBuild(t, spec)))
	slices.Sort(names)
	diff(t, want, names)
	if strings.Contains(doc.DocumentComment, "partial") {
		t.Errorf("the document says %q", doc.DocumentComment)
	}
	cache := openCache(t, t.TempDir())
	first := digest(t, mustSBOM(t, mustBuild(t, spec, image.Options{Cache: cache}.Later())))
	if second := digest(t, mustSBOM(t, mustBuild(t, spec, image.Options{Cache: cache}.Later()))); second != first {
		t.Error("out of the cache it is another one")
	}
}

// What is saved and built again from the file has the same bill of materials, with what it says of itself.
func TestBillOfMaterialsIsSavedAsItIs(t *testing.T) {
	built := mustBuild(t, projectSpec(t, "", files{"package.json": npmPackageJSON, "package-lock.json": npmLockJSON}))
	sbom := mustSBOM(t, built)
	file := filepath.Join(t.TempDir(), "image.tar")
	must(t, image.Save(t.Context(), built, sbom, file))
	again := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindArchive, Path: file}})
	diff(t, document(t, sbom), document(t, mustSBOM(t, again)))
}

// document is the text of a bill of materials.
func document(t *testing.T, sbom v1.Image) string {
	t.Helper()
	layers, err := sbom.Layers()
	must(t, err)
	r, err := layers[0].Compressed()
	must(t, err)
	defer r.Close()
	text, err := io.ReadAll(r)
	must(t, err)
	return string(text)
}

// spdx-tools, the reference of the specification's authors, finds nothing wrong with a document of every kind of package.
func TestSPDXToolsReadsTheBillOfMaterials(t *testing.T) {
	spread.Outside(t)
	judge, err := exec.LookPath("pyspdxtools")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: pyspdxtools")
		}
		t.Skip("judge missing: pyspdxtools")
	}
	tree := files{"package.json": npmPackageJSON, "package-lock.json": npmLockJSON, ".next/standalone/node_modules/a/package.json": `{"name":"a","version":"1.2.0","license":"ISC"}`}
	spec := projectSpec(t, "", tree)
	compiled(t, write(t, modular), ".", filepath.Join(spec.Source.Path, ".next/standalone/node_modules/tool/bin/tool"))
	folder := t.TempDir()
	for name, spec := range map[string]image.Spec{
		"next.spdx.json": spec,
		"go.spdx.json":   {Source: image.Source{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")}},
	} {
		file := filepath.Join(folder, name)
		must(t, os.WriteFile(file, []byte(document(t, mustSBOM(t, mustBuild(t, spec)))), 0o600))
		if out, err := exec.CommandContext(t.Context(), judge, "--infile", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
