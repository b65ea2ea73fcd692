package acceptance_test

import (
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// public are the packages that others import.
var public = []string{
	".", "cfn", "cfn/confidential", "cfn/partition", "magefiles/awslocal", "magefiles/awslocal/ledger", "magefiles/image", "magefiles/preflight", "magefiles/rollout",
	"magefiles/stack", "magefiles/targets",
}

const apiGolden = "magefiles/testdata/api.txt"

// What others can use of each package stands in one file. A line that goes or changes breaks somebody.
func TestTheAPI(t *testing.T) {
	var lines []string
	for _, dir := range public {
		name := strings.TrimPrefix(dir, ".")
		for _, e := range exportedOf(t, dir) {
			lines = append(lines, fmt.Sprintf("%s: %s", path.Join("splitecs", name), e.line))
		}
	}
	if *update {
		rewrite(t, apiGolden, strings.Join(lines, "\n")+"\n")
		return
	}
	present := strings.Split(strings.TrimSuffix(read(t, apiGolden), "\n"), "\n")
	var changed strings.Builder
	for _, line := range present {
		if !slices.Contains(lines, line) {
			fmt.Fprintf(&changed, "- %s\n", line)
		}
	}
	for _, line := range lines {
		if !slices.Contains(present, line) {
			fmt.Fprintf(&changed, "+ %s\n", line)
		}
	}
	if changed.Len() > 0 {
		t.Errorf("the API is not that of %s:\n%sA line that goes (-) breaks who uses it: docs/contributing.md tells which version that needs. "+
			"Tell of it in CHANGELOG.md, then go test -run TestTheAPI ./magefiles/acceptance -update", apiGolden, &changed)
	}
}

// Every package is in the list of public ones, or cannot be imported by others.
func TestTheAPIIsOfEveryPackage(t *testing.T) {
	for name := range rooms {
		private := strings.Contains(name, "internal") || name == "magefiles/awslocal/hello" || name == "magefiles/acceptance" || // a program, and tests
			name == everywhere // no folder named internal is above both cfn and magefiles
		if name == "" {
			name = "."
		}
		if slices.Contains(public, name) == private {
			t.Errorf("package %s: in the list of public packages: %v, and for this module only: %v", name, !private, private)
		}
	}
}

// fulfilled are methods that say nothing of their own: interfaces of the standard library and of Mage have them.
var fulfilled = []string{"Error", "Unwrap", "String", "ExitStatus", "Write", "Read", "Close"}

// Every exported name tells what it is. Functions and types do so in a sentence that begins with the name.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, dir := range public {
		for _, e := range exportedOf(t, dir) {
			owner, name, member := strings.Cut(e.name, ".")
			if !member {
				name = owner
			}
			function := strings.HasPrefix(e.line, "func ")
			switch first, _, _ := strings.Cut(e.doc, " "); {
			case e.grouped, function && member && slices.Contains(fulfilled, name):
			case e.doc == "":
				t.Errorf("%s: %s has no comment", dir, e.name)
			case (function || !member && strings.HasPrefix(e.line, "type ")) && strings.TrimRight(first, ",:\n") != name:
				t.Errorf("%s: the comment of %s begins with %q", dir, e.name, first)
			}
		}
	}
}

// Every package shows what one would want to see of it first, with an output that is checked.
func TestEveryPackageHasAnExample(t *testing.T) {
	for _, dir := range public {
		files := token.NewFileSet()
		var examples []*doc.Example
		for _, name := range matching(t, path.Join(dir, "*_test.go")) {
			file, err := parser.ParseFile(files, inRepository(name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			examples = append(examples, doc.Examples(file)...)
		}
		if !slices.ContainsFunc(examples, func(e *doc.Example) bool { return e.Output != "" }) {
			t.Errorf("package %s has no example whose output is checked", dir)
		}
	}
}
