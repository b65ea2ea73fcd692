package confidential

import (
	"os"
	"strings"
	"testing"
)

// The guide has every name that plans take for harmless, and no more.
func TestTheGuideHasTheHarmlessNames(t *testing.T) {
	text, err := os.ReadFile("../../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "its name is known to be harmless (")
	list, _, found := strings.Cut(rest, ", and what\nbegins with `"+publicPrefix+"` or `"+ownPrefix+"`)")
	want := "`" + strings.Join(harmless, "`, `") + "`"
	if got := strings.ReplaceAll(list, ",\n", ", "); !found || got != want {
		t.Errorf("docs/output.md has\n%s\nand the code\n%s", got, want)
	}
}
