package acceptance_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the guides have from the code")

// Parts of the guides are made from the code and the templates, so that they cannot differ from them.
func TestGeneratedPartsOfTheGuides(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		file, name string
		make       func(*testing.T) string
	}{
		{"docs/split-architecture.md", "diagram", diagram},
		{"docs/architecture.md", "rooms", drawnRooms},
		{"docs/architecture.md", "release", drawn(wayOfARelease)},
		{"docs/architecture.md", "layer", drawn(wayOfALayer)},
		{"docs/configuration.md", "fields", fields},
		{"docs/cost.md", "table", costs},
		{"docs/health-checks.md", "timing", timing},
		{"docs/extending.md", "names", snippet("names")},
		{"docs/extending.md", "sidecars", snippet("sidecars")},
		{"docs/extending.md", "statements", snippet("statements")},
		{"docs/extending.md", "extraResources", snippet("extraResources")},
		{"docs/extending.md", "hooks", snippet("hooks")},
		{"docs/security.md", "ownKeys", snippet("ownKeys")},
		{"docs/output.md", "mistakes", mistakesMade},
		{"docs/database.md", "migrations", snippet("migrations")},
	} {
		text := read(t, part.file)
		begin, end := fmt.Sprintf("<!-- %s: go test -run TestGenerated ./magefiles/acceptance -update -->\n", part.name), fmt.Sprintf("<!-- end of %s -->", part.name)
		before, rest, ok := strings.Cut(text, begin)
		present, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Errorf("%s has no part between %q and %q", part.file, begin, end)
			continue
		}
		want := part.make(t)
		if present == want {
			continue
		}
		if !*update {
			t.Errorf("%s: the part %q is not what it is made from (-update rewrites it):\n%s\nwant:\n%s", part.file, part.name, present, want)
			continue
		}
		rewrite(t, part.file, before+begin+want+end+after)
	}
}
