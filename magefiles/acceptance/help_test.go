package acceptance_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const listing = "magefiles/testdata/listing.txt"

// helpWidth is the width of a terminal that everybody has.
const helpWidth = 100

// entry is a line of the listing: a target, and in one sentence what it does.
var entry = regexp.MustCompile(`^  ([a-z]+(:[a-z]\w*|[A-Z]\w*)?) +[a-z][^.]*[^. ](\.[a-z][^.]*)*\.$`)

// The listing reads as a table of contents: one line for each target, with one sentence that begins in the same
// column, in the order of their names, none wider than a terminal.
func TestListing(t *testing.T) {
	t.Parallel()
	takeTurn(t)
	u := newUser(t)
	list, errs, code := u.mage("-l")
	if code != 0 {
		t.Fatal(errs)
	}
	heading, targets, _ := strings.Cut(list, "\n\nTargets:\n")
	if strings.Count(heading, "\n") > 0 {
		t.Errorf("the heading is more than a line: %s", heading)
	}
	column := regexp.MustCompile(`^  \S+ +`)
	var names []string
	for line := range strings.Lines(list) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > helpWidth {
			t.Errorf("%d columns: %s", n, line)
		}
		if !strings.Contains(targets, line+"\n") || line == "" {
			continue
		}
		m := entry.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no target with one sentence: %q", line)
			continue
		}
		if at, want := len(column.FindString(line)), len(column.FindString(targets)); at != want {
			t.Errorf("the sentence begins in column %d, those above in %d: %s", at, want, line)
		}
		names = append(names, m[1])
	}
	if len(names) < 20 || !slices.IsSorted(names) {
		t.Errorf("the targets are %q", names)
	}
	if *update {
		rewrite(t, listing, list)
	}
	if want := read(t, listing); list != want {
		t.Errorf("the listing is not %s (-update rewrites it):\n%s", listing, list)
	}
}

var (
	listed   = regexp.MustCompile(`(?m)^  ([a-z]+:[a-zA-Z]+) `)
	argument = regexp.MustCompile(`<([a-z]+)>`)
	setting  = regexp.MustCompile(`SPLITECS_[A-Z_]+`)
)

// The help of each target of the library has its arguments, variables that exist, its exit codes, and an example.
func TestHelpOfEveryTarget(t *testing.T) {
	t.Parallel()
	program := compiled(t)
	takeTurn(t)
	u := newUser(t)
	readme := read(t, "README.md")
	targets := listed.FindAllStringSubmatch(read(t, listing), -1)
	if len(targets) < 20 {
		t.Fatalf("only %d targets are listed", len(targets))
	}
	for i, target := range targets {
		name := target[1]
		help, errs, code := u.run(nil, program, "-h", name)
		if code != 0 {
			t.Fatalf("-h %s: exit code %d\n%s", name, code, errs)
		}
		if i == 0 {
			if mages, _, _ := u.mage("-h", name); mages != strings.ReplaceAll(help, filepath.Base(program), "mage") {
				t.Errorf("Mage's own help of %s:\n%s\nand that of the compiled magefile:\n%s", name, mages, help)
			}
		}
		text, usage, _ := strings.Cut(help, "Usage:")
		if !strings.Contains(text, "go tool mage "+name) {
			t.Errorf("the help of %s has no example:\n%s", name, help)
		}
		if !regexp.MustCompile(`\n\texit codes: (0 |the command's own)`).MatchString(text) || !strings.Contains(text, "; 2 ") {
			t.Errorf("the help of %s does not tell its exit codes:\n%s", name, help)
		}
		for _, m := range argument.FindAllStringSubmatch(usage, -1) {
			if !strings.Contains(text, "\n\t"+m[1]+": ") {
				t.Errorf("the help of %s does not tell what <%s> is:\n%s", name, m[1], help)
			}
		}
		for _, variable := range slices.Compact(setting.FindAllString(text, -1)) {
			if !strings.Contains(readme, "`"+variable+"`") {
				t.Errorf("the help of %s names %s, which the README does not know", name, variable)
			}
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth+20 {
				t.Errorf("the help of %s is %d columns wide: %s", name, n, line)
			}
		}
	}
}
