package acceptance_test

import (
	"strings"
	"testing"
)

// The completion, asked as bash asks it: with the line up to the cursor.
func TestCompletion(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.dir = t.TempDir()
	path := "PATH=" + quickPath(t)
	for line, want := range map[string]string{
		"go tool mage infra:de":           "deploy destroy", // bash keeps what stands before the colon
		"go tool mage image:l":            "list",
		"go tool mage rac":                "race",
		"go tool mage nothing":            "",
		"go tool mage service:deploy ":    "dev local prod qa test",
		"go tool mage service:deploy p":   "prod",
		"go tool mage service:scale dev ": "",
		"go build ./":                     "",
	} {
		const ask = `source "$1"; COMP_LINE=$2 COMP_POINT=${#2} _splitecs_complete; echo "${COMPREPLY[*]}"`
		out, errs, code := u.run([]string{path}, "bash", "-c", ask, "bash", inRepository("scripts/completion.sh"), line)
		if code != 0 || strings.TrimSpace(out) != want {
			t.Errorf("%q: completed by %q, want %q (exit code %d, %s)", line, out, want, code, errs)
		}
	}
}
