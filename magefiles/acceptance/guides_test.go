package acceptance_test

import (
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the README, the changelog and the guides.
func documents(t *testing.T) []string {
	t.Helper()
	return append(matching(t, "docs/*.md"), "README.md", "CHANGELOG.md")
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
)

// anchors are the names that GitHub gives to the headings of a document.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := strings.ToLower(strings.TrimSpace(m[1]))
		name = regexp.MustCompile(`[^\p{L}\p{N}\s_-]`).ReplaceAllString(name, "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

func TestLinksResolve(t *testing.T) {
	for _, name := range documents(t) {
		text := fence.ReplaceAllString(read(t, name), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(m[1], "#")
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(inRepository(file)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
				continue
			}
			if anchor != "" && !anchors(read(t, file))[anchor] {
				t.Errorf("%s links to %s: there is no such heading in %s", name, m[1], file)
			}
		}
	}
}

// Every guide can be found from the README, over one step at most.
func TestEveryGuideIsLinked(t *testing.T) {
	readme := read(t, "README.md")
	for _, name := range documents(t) {
		if strings.HasPrefix(name, "docs/") && !strings.Contains(readme, "("+name) {
			t.Errorf("README.md does not link to %s", name)
		}
	}
}

// Every exit code has its row in the guide to troubleshooting, with the meaning that the README gives it.
func TestTroubleshootingHasEveryExitCode(t *testing.T) {
	guide := read(t, "docs/troubleshooting.md")
	row := regexp.MustCompile(`\| (\d+) \| [^|]+`)
	codes := row.FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(codes) != 12 {
		t.Fatalf("the README has %d exit codes", len(codes))
	}
	for _, code := range codes {
		if !strings.Contains(guide, "\n| "+code[1]+" | ") {
			t.Errorf("troubleshooting.md does not tell what to do about exit code %s", code[1])
		}
	}
}

var mentioned = regexp.MustCompile("go tool mage ([a-z][a-zA-Z]*(?::[a-zA-Z]+)?)")

// Every target that the README or a guide names is there, and every target is in the README.
func TestDocumentsNameTheTargets(t *testing.T) {
	targets := map[string]bool{}
	for line := range strings.Lines(read(t, listing)) {
		if words := strings.Fields(line); strings.HasPrefix(line, "  ") && len(words) > 1 {
			targets[words[0]] = true
		}
	}
	for _, name := range append(matching(t, "docs/*.md"), "README.md", "magefile.go") {
		text := read(t, name)
		for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
			if !targets[m[1]] {
				t.Errorf("%s names the target %s, which does not exist", name, m[1])
			}
		}
		if name == "README.md" {
			for _, target := range slices.Sorted(maps.Keys(targets)) {
				if !strings.Contains(text, target) {
					t.Errorf("README.md does not mention the target %s", target)
				}
			}
		}
	}
}
