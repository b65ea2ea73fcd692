package awslocal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// generated compares the part of the guide between the marks of a name with a text, or rewrites it.
func generated(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("..", "..", "docs", "embedded-aws.md")
	guide, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	from, to := "<!-- "+name+": go test ./magefiles/awslocal -update -->\n", "<!-- end of "+name+" -->"
	before, rest, begins := strings.Cut(string(guide), from)
	_, after, ends := strings.Cut(rest, to)
	if !begins || !ends {
		t.Fatalf("%s has not the marks %q and %q", file, from, to)
	}
	golden(t, file, before+from+text+to+after)
}

func TestTheGuideListsWhatProgramsDo(t *testing.T) {
	generated(t, "programs", program.Behaviours.Guide())
}
