package console

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// lines writes a line per event, with the seconds since the start. It is for logs: nothing moves, nothing is
// coloured.
type lines struct{ w io.Writer }

func (l *lines) event(e Event, _ []row) {
	if e.Kind != "failure" {
		fmt.Fprintln(l.w, line(e))
	}
}

func (*lines) refresh([]row) {}
func (*lines) end()          {}

// line is an event as text. Pure.
func line(e Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%7.1fs  ", e.Elapsed)
	further := strings.Repeat(" ", 10)
	switch e.Kind {
	case "step":
		b.WriteString("== " + below(further, e.Text))
	case "progress":
		fmt.Fprintf(&b, "%-30s %s", below(further, e.Subject), below(further, e.State))
		if e.Took > 0 {
			fmt.Fprintf(&b, " (%s)", short(time.Duration(e.Took*float64(time.Second))))
		}
		if e.Text != "" {
			b.WriteString(": " + below(further, e.Text))
		}
	default:
		b.WriteString(below(further, e.Text))
	}
	return strings.TrimRight(b.String(), " \n")
}
