package acceptance_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kept is a project whose magefile scripts/mage keeps compiled.
type kept struct {
	user
	cache string
}

// mageScript runs a target, and tells what it said and whether the magefile was compiled anew for that.
func (k kept) mageScript(set []string, args ...string) (said string, compiled bool) {
	k.t.Helper()
	before := k.programs()
	out, errs, code := k.run(append(set, "SPLITECS_CACHE="+k.cache), inRepository("scripts/mage"), args...)
	if code != 0 {
		k.t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	for _, p := range k.programs() {
		compiled = compiled || !slices.Contains(before, p)
	}
	return strings.TrimSpace(out), compiled
}

// programs that are kept, with their times: what is compiled anew under the same key is another one.
func (k kept) programs() (all []string) {
	k.t.Helper()
	found, err := filepath.Glob(filepath.Join(k.cache, "mage", "*", "*", "mage"))
	if err != nil {
		k.t.Fatal(err)
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			k.t.Fatal(err)
		}
		all = append(all, fmt.Sprint(path, info.ModTime()))
	}
	return all
}

// newKept is a project with a package of its own, a module beside it, embedded files, and files with build tags.
func newKept(t *testing.T) kept {
	t.Helper()
	if testing.Short() {
		t.Skip("short: compiles magefiles")
	}
	keptMagefile(t) // says so where there is no shell
	version := regexp.MustCompile(`github.com/magefile/mage (v\S+)`).FindStringSubmatch(read(t, "go.mod"))[1]
	k := kept{user: newUser(t), cache: filepath.Join(t.TempDir(), "my cache")}
	k.dir = filepath.Join(t.TempDir(), "a project")
	k.write("go.mod", "module example.com/shop\n\ngo 1.26\n\ntool github.com/magefile/mage\n\nrequire (\n\texample.com/beside v0.0.0\n\texample.com/unused v0.0.0\n\tgithub.com/magefile/mage "+version+"\n)\n\nreplace (\n\texample.com/beside => ./beside\n\texample.com/unused v0.0.0 => ./unused // comment\n)\n")
	k.write("go.sum", read(t, "go.sum"))
	for _, module := range []string{"unused", "other"} { // nothing is imported of them, but they have a say in versions
		k.write(module+"/go.mod", "module example.com/"+module+"\n\ngo 1.25\n")
	}
	k.write("beside/go.mod", "module example.com/beside\n\ngo 1.26\n")
	k.write("beside/beside.go", "package beside\n\nconst Says = \"beside\"\n")
	k.write("words/words.go", "package words\n\nimport \"embed\"\n\n//go:embed *.txt all:more\nvar Files embed.FS\n\nvar Tag = \"untagged\"\n\nfunc Says() string { return \"words\" }\n")
	k.write("words/a.txt", "text")
	k.write("words/more/a.txt", "more")
	k.write("words/tagged.go", "//go:build special\n\npackage words\n\nimport \"example.com/shop/special\"\n\nfunc init() { Tag = special.Tag }\n")
	k.write("special/special.go", "package special\n\nconst Tag = \"tagged\"\n")
	k.write("magefiles/magefile.go", `//go:build mage

package main

import (
	"fmt"
	"io/fs"
	"os"

	"example.com/beside"
	"example.com/shop/words"
)

var later = "first"

// Say says what there is.
func Say() error {
	n := 0
	text := ""
	err := fs.WalkDir(words.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
			var b []byte
			b, err = words.Files.ReadFile(path)
			text += string(b)
		}
		return err
	})
	fmt.Println("magefile", words.Says(), beside.Says, words.Tag, later, n, text)
	if err == nil {
		err = os.WriteFile("made", nil, 0o666)
	}
	return err
}
`)
	return k
}

// Whatever a magefile is made from changes, scripts/mage runs what "go tool mage" would; and where nothing has, it compiles nothing.
func TestAKeptMagefileIsNeverStale(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	said, compiled := k.mageScript(nil, "say")
	if said != "magefile words beside untagged first 2 textmore" || !compiled {
		t.Fatalf("compiled %v: %q", compiled, said)
	}
	// What a target makes is for others to read, too, as it is with "go tool mage".
	mode := func() os.FileMode {
		info, err := os.Stat(filepath.Join(k.dir, "made"))
		if err := errors.Join(err, os.Remove(filepath.Join(k.dir, "made"))); err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	compiledFirst := mode()
	k.run(nil, "go", "tool", "mage", "say")
	if want := mode(); compiledFirst != want {
		t.Errorf("a file of a target that was compiled first has the mode %v, want %v", compiledFirst, want)
	}
	// The name of the cache has two words. What has one of them for its name stays.
	others := []string{strings.Fields(k.cache)[0], filepath.Join(k.dir, strings.Fields(k.cache)[1])}
	for _, other := range others {
		if err := os.MkdirAll(filepath.Join(other, "mage"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	replace := func(name, old, by string) func() {
		return func() {
			path := filepath.Join(k.dir, name)
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), old) {
				t.Fatalf("%s has no %q: %v", name, old, err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			k.write(name, strings.Replace(string(text), old, by, 1))
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil { // neither time nor, often, length tell
				t.Fatal(err)
			}
		}
	}
	write := func(name, text string) func() { return func() { k.write(name, text) } }
	remove := func(name string) func() {
		return func() {
			if err := os.RemoveAll(filepath.Join(k.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	none := func() {}
	goBefore := olderGo(t)
	for _, c := range []struct {
		what   string
		change func()
		set    []string
		want   string // a part of what is said then
		same   bool   // nothing is compiled
	}{
		{what: "nothing", change: none, want: "untagged first 2 textmore", same: true},
		{what: "nothing, and a target of Mage runs this", change: none, set: []string{"MAGEFILE_GOCMD=go"}, want: "untagged first 2 textmore", same: true},
		{what: "the magefile", change: replace("magefiles/magefile.go", `"magefile", words`, `"MAGEFILE", words`), want: "MAGEFILE"},
		{what: "a file that is new in the folder", change: write("magefiles/later.go", "package main\n\nfunc init() { later = \"second\" }\n"), want: "second"},
		{what: "one that goes", change: remove("magefiles/later.go"), want: "first", same: true}, // as two before
		{what: "a package of the module", change: replace("words/words.go", `"words"`, `"WORDS"`), want: "WORDS"},
		{what: "a file that is new in a package", change: write("words/init.go", "package words\n\nfunc init() {}\n"), want: "WORDS"},
		{what: "a package of a module beside", change: replace("beside/beside.go", `"beside"`, `"BESIDE"`), want: "BESIDE"},
		{what: "that module's go.mod", change: replace("beside/go.mod", "go 1.26", "go 1.25"), want: "BESIDE"},
		{what: "the go.mod of a module that stands in for one that is not used", change: replace("unused/go.mod", "go 1.25", "go 1.26"), want: "BESIDE"},
		{what: "an embedded file", change: replace("words/a.txt", "text", "TEXT"), want: "TEXT"},
		{what: "a file that is embedded, too", change: write("words/b.txt", "b"), want: "3 TEXTbmore"},
		{what: "one in an embedded folder", change: write("words/more/deep/.b", "deep"), want: "4 TEXTbmoredeep"},
		{what: "one in a folder that was made before", change: write("words/more/deep/er/c", "er"), want: "5 TEXTbmoredeeper"},
		{what: "go.mod", change: replace("go.mod", "go 1.26\n", "go 1.26.0\n"), want: "MAGEFILE"},
		{what: "go.sum", change: write("go.sum", read(t, "go.sum")+"\n"), want: "MAGEFILE"},
		{what: "build tags", change: none, set: []string{"GOFLAGS=-tags=special"}, want: " tagged "},
		{what: "a package that the tags bring", change: replace("special/special.go", `"tagged"`, `"special"`), set: []string{"GOFLAGS=-tags=special"}, want: " special "},
		{what: "no build tags, as before", change: none, want: "untagged", same: true},
		{what: "cgo", change: none, set: []string{"CGO_ENABLED=0"}, want: "MAGEFILE"},
		{what: "a workspace", change: write("go.work", "go 1.26.0\n\nuse (\n\t.\n\t./beside\n\t./other\n)\n"), want: "BESIDE"},
		{what: "the go.mod of a module there that is not used", change: replace("other/go.mod", "go 1.25", "go 1.26"), want: "BESIDE"},
		{what: "the workspace's module", change: replace("beside/beside.go", `"BESIDE"`, `"WORKSPACE"`), want: "WORKSPACE"},
		{what: "no workspace", change: remove("go.work"), want: "WORKSPACE"},
		{what: "the version of Go", change: none, set: []string{"PATH=" + goBefore + string(filepath.ListSeparator) + os.Getenv("PATH")}, want: "WORKSPACE"},
	} {
		c.change()
		said, compiled := k.mageScript(c.set, "say")
		if !strings.Contains(said, c.want) || compiled == c.same {
			t.Errorf("%s: compiled %v, said %q, want %q", c.what, compiled, said, c.want)
		}
		if c.set == nil {
			continue
		}
		if mage, _, _ := k.run(c.set, "go", "tool", "mage", "say"); strings.TrimSpace(mage) != said {
			t.Errorf("%s: go tool mage says %q, and this %q", c.what, mage, said)
		}
	}
	for _, other := range others {
		if _, err := os.Stat(filepath.Join(other, "mage")); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(k.cache, "mage", "*", "*")); err != nil || len(left) > 4 {
		t.Errorf("%q are left, %v", left, err)
	}
}

// olderGo is a folder with a go that says it is another version, and is the same.
func olderGo(t *testing.T) string {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$1\" = env ]; then '%s' \"$@\" | sed 's/^go1\\..*/go1.0.1/'; else exec '%s' \"$@\"; fi\n", tool, tool)
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What a file outside of the inputs decides is left to Mage, and so are its own flags.
func TestWhatIsNotKnownIsLeftToMage(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.mageScript(nil, "say")
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	other := filepath.Join(t.TempDir(), "words.go")
	for path, text := range map[string]string{
		other:   "package words\n\nimport \"embed\"\n\n//go:embed *.txt all:more\nvar Files embed.FS\n\nvar Tag = \"untagged\"\n\nfunc Says() string { return \"overlaid\" }\n",
		overlay: fmt.Sprintf(`{"Replace": {%q: %q}}`, filepath.Join(k.dir, "words", "words.go"), other),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if said, compiled := k.mageScript([]string{"GOFLAGS=-overlay=" + overlay}, "say"); !strings.Contains(said, "overlaid") || compiled {
		t.Errorf("%q, kept %v", said, compiled)
	}
	if said, compiled := k.mageScript(nil, "-version"); !strings.Contains(said, "Mage Build Tool") || compiled {
		t.Errorf("%q", said)
	}
	if listed, _ := k.mageScript(nil, "-l"); !strings.Contains(listed, "say") {
		t.Errorf("%q", listed)
	}
	shared := filepath.Join(k.cache, "mage")
	if err := os.Chmod(shared, 0o770); err != nil {
		t.Fatal(err)
	}
	_, errs, code := k.run([]string{"SPLITECS_CACHE=" + k.cache}, inRepository("scripts/mage"), "say")
	if code != 0 || !strings.Contains(errs, "chmod 700") {
		t.Errorf("a folder that others may write: exit code %d\n%s", code, errs)
	}
	k.write("magefiles/magefile.go", "package main\n\nfunc broken(\n")
	_, errs, code = k.run([]string{"SPLITECS_CACHE=" + k.cache}, inRepository("scripts/mage"), "say")
	if code == 0 || !strings.Contains(errs, "magefile.go") {
		t.Errorf("a magefile that is broken: exit code %d\n%s", code, errs)
	}
}

// A magefile in the root is one of the files with Mage's tag.
func TestAKeptMagefileOfTheRoot(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	if err := os.RemoveAll(filepath.Join(k.dir, "magefiles")); err != nil {
		t.Fatal(err)
	}
	k.write("main.go", "package shop\n")
	k.write("magefile.go", "//go:build mage\n\npackage main\n\n// Say says.\nfunc Say() { println() ; print2() }\n")
	k.write("more.go", "//go:build mage\n\npackage main\n\nimport (\n\t\"fmt\"\n\n\t_ \"example.com/beside\"\n)\n\nfunc print2() { fmt.Println(\"one\") }\n")
	if said, compiled := k.mageScript(nil, "say"); said != "one" || !compiled {
		t.Errorf("%q, compiled %v", said, compiled)
	}
	if said, compiled := k.mageScript(nil, "say"); said != "one" || compiled {
		t.Errorf("%q, compiled %v", said, compiled)
	}
	k.write("more.go", "//go:build mage\n\npackage main\n\nimport \"fmt\"\n\nfunc print2() { fmt.Println(\"two\") }\n")
	if said, compiled := k.mageScript(nil, "say"); said != "two" || !compiled {
		t.Errorf("%q, compiled %v", said, compiled)
	}
}
