package preflight_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

var update = flag.Bool("update", false, "rewrite generated texts")

// The table of the guide says what is checked, and what it takes.
func TestTheGuideListsTheChecks(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "verify.md")
	guide, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- checks: go test ./magefiles/preflight -update -->\n", "<!-- end of checks -->"
	before, rest, begins := strings.Cut(string(guide), from)
	_, after, ends := strings.Cut(rest, to)
	if !begins || !ends {
		t.Fatalf("%s has not the marks %q and %q", file, from, to)
	}
	var b strings.Builder
	fmt.Fprint(&b, "| check | finds | reads with |\n| --- | --- | --- |\n")
	for _, d := range preflight.Checks() {
		reads := "nothing"
		if len(d.Permissions) > 0 {
			reads = "`" + strings.Join(d.Permissions, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", d.Name, d.Finds, reads)
	}
	want := before + from + b.String() + to + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(guide), want); d != "" {
		t.Errorf("%s differs (go test ./magefiles/preflight -update rewrites it):\n%s", file, d)
	}
}
