package console

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// liveRows is how many lines the table has at most; what is under way beyond them is counted.
const liveRows = 13

// live writes finished events as lines, and below them a table of what is under way, which it rewrites.
type live struct {
	w     io.Writer
	size  func() (columns, rows int)
	paint func(state, text string) string
	drawn []string // the lines of the table that are on the screen
}

func (l *live) event(e Event, under []row) {
	l.erase()
	switch {
	case e.Kind == "failure": // Mage prints it
	case e.Expected > 0: // the table has it
	case e.Kind == "progress" && underWay(e.State) && (!strings.Contains(e.State, "ROLLBACK") || e.Text == ""):
		// It is in the table. Why something goes back is news.
	default:
		fmt.Fprintln(l.w, l.paint(e.State, line(e)))
	}
	l.draw(under)
}

func (l *live) refresh(under []row) {
	l.erase()
	l.draw(under)
}

func (l *live) end() { l.erase() }

// draw writes the table. It is never wider or higher than the terminal: what wraps or scrolls away could not be
// erased.
func (l *live) draw(under []row) {
	columns, height := l.size()
	most := min(liveRows, height-1) // the cursor has a line too
	if most < 1 {
		return
	}
	more := 0
	if len(under) > most {
		more = len(under) - most + 1
		under = under[:most-1]
	}
	for _, r := range under {
		l.print(columns, r.state, tableLine(r, columns))
	}
	if more > 0 {
		l.print(columns, "", fmt.Sprintf("  … and %d more", more))
	}
}

// tableLine is a row as text: what it is, indented below what it is part of, how it stands, and for how long. Names
// are aligned where there is room for it. Pure.
func tableLine(r row, columns int) string {
	indent := strings.Repeat("  ", r.depth+1)
	aligned := min(32, columns-45) - len(indent)
	state := strings.TrimRight(r.state+"  "+r.far, " ")
	text := fmt.Sprintf("%s… %-*s %s  %s", indent, max(0, aligned), r.subject, state, r.age.Round(time.Second))
	if rest := left(r.expected, r.age); rest != "" {
		text += ", " + rest
	}
	return text
}

func (l *live) print(columns int, state, text string) {
	text = clip(strings.NewReplacer("\n", " ", "\t", " ").Replace(text), columns-1) // which have no width of their own
	fmt.Fprintln(l.w, l.paint(state, text))
	l.drawn = append(l.drawn, text)
}

// erase removes the table. The terminal may have become narrower since it was drawn, and its lines wrapped.
func (l *live) erase() {
	if len(l.drawn) == 0 {
		return
	}
	columns, _ := l.size()
	up := 0
	for _, text := range l.drawn {
		up += rows(text, columns)
	}
	fmt.Fprintf(l.w, "\r\x1b[%dA\x1b[J", up) // up, and clear to the end of the screen
	l.drawn = nil
}

// terminal tells whether w is one, and how to learn its size at any time: windows are resized.
func terminal(w io.Writer) (size func() (columns, rows int), ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil || columns < 1 || rows < 1 {
			return 80, 24 // a serial line does not know
		}
		return columns, rows
	}, true
}

// painter colours a text by a state's meaning, or not at all where NO_COLOR is set (https://no-color.org).
func painter(getenv func(string) string) func(state, text string) string {
	if getenv("NO_COLOR") != "" {
		return func(_, text string) string { return text }
	}
	return func(state, text string) string {
		switch {
		case strings.Contains(state, "FAILED"), strings.Contains(state, "ROLLBACK"), state == "STOPPED", state == "unhealthy":
			return "\x1b[31m" + text + "\x1b[0m"
		case strings.HasSuffix(state, "COMPLETE"), strings.HasSuffix(state, "COMPLETED"), state == "RUNNING", state == "healthy":
			return "\x1b[32m" + text + "\x1b[0m"
		}
		return text
	}
}
