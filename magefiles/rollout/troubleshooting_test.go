package rollout

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/troubleshooting.md")

const (
	troubleshooting = "../../docs/troubleshooting.md"
	begin, end      = "<!-- signatures: go test ./magefiles/rollout -update -->\n", "<!-- end of signatures -->\n"
)

// TestTroubleshooting holds the guide's tables: each signature has its row, as the code has it.
func TestTroubleshooting(t *testing.T) {
	text, err := os.ReadFile(troubleshooting)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the tables", troubleshooting)
	}
	if *update {
		if err := os.WriteFile(troubleshooting, []byte(before+begin+tables()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != tables() {
		t.Errorf("the tables of %s differ; -update writes them", troubleshooting)
	}
	for _, l := range looks {
		if row := regexp.MustCompile(`\| ` + l.name + " \\| `go tool mage [^|]+ \\| `" + regexp.QuoteMeta(l.command) + "` \\|"); !row.MatchString(before) {
			t.Errorf("%s does not say which target and which command look at the %s: %s", troubleshooting, l.name, l.command)
		}
	}
}

// looks are the commands to look oneself, by what one looks at.
var looks = []struct{ name, command string }{
	{"task", lookTask}, {"service", lookService}, {"deployment", lookDeployment}, {"targets", lookTargets},
	{"log", lookLog}, {"definition", lookDefinition}, {"stack", lookStack},
}

func tables() string {
	var b strings.Builder
	for _, theme := range []struct {
		title string
		list  []signature
	}{
		{"The image cannot be pulled", imageSignatures},
		{"The task cannot be set up", setupSignatures},
		{"The program runs and is not healthy", healthSignatures},
		{"The program ends", programSignatures},
		{"The task gets no place, or loses it", placeSignatures},
		{"The deployment ends for another reason", deploymentSignatures},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| signature | seen | cause | what to do | look at |\n| --- | --- | --- | --- | --- |\n", theme.title)
		for _, s := range theme.list {
			what := s.what
			if s.retryable {
				what += " (waiting may help)"
			}
			fmt.Fprintf(&b, "| [`%s`](%s) | %s | %s | %s | %s |\n", s.name, s.page, s.seen(), what, s.advice, s.lookName())
		}
	}
	b.WriteString("\n")
	return b.String()
}

// seen is what people see, in words.
func (s signature) seen() string {
	var parts []string
	for _, w := range s.says {
		parts = append(parts, quoted(w))
	}
	for _, w := range s.logs {
		parts = append(parts, "log: "+quoted(w))
	}
	if s.sees != "" {
		parts = append(parts, s.sees)
	}
	return strings.Join(parts, "; ")
}

func quoted(alternatives string) string {
	return "`" + strings.ReplaceAll(alternatives, "|", "` or `") + "`"
}

func (s signature) lookName() string {
	return looks[slices.IndexFunc(looks, func(l struct{ name, command string }) bool { return l.command == s.look })].name
}
