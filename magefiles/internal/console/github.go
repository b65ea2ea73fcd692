package console

import (
	"fmt"
	"strings"
)

// github writes lines with the marks that GitHub Actions reads: a group per step, an annotation for a failure.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
type github struct {
	lines
	grouped bool
}

func (g *github) event(e Event, under []row) {
	switch e.Kind {
	case "step":
		g.end()
		fmt.Fprintf(g.w, "::group::%s\n", escape(e.Text))
		g.grouped = true
	case "failure":
		g.end()
		fmt.Fprintf(g.w, "::error title=%s::%s\n", escapeProperty(e.Failure.What), escape(e.Failure.Error()))
	default:
		g.lines.event(e, under)
	}
}

func (g *github) end() {
	if g.grouped {
		fmt.Fprintln(g.w, "::endgroup::")
		g.grouped = false
	}
}

// escape keeps a text within its workflow command.
func escape(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty keeps a text within one property of a workflow command.
func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escape(s))
}
