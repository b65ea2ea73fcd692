package console

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// liveRows is how many resources under way are shown at most; the others are counted.
const liveRows = 12

// live writes finished events as lines, and below them a table of what is under way, which it rewrites.
type live struct {
	w     io.Writer
	width func() int
	paint func(state, text string) string
	rows  []row
	drawn int // lines of the table that are on the screen
	now   float64
}

// row is a resource under way.
type row struct {
	subject, state string
	text           string  // how far it has come, where its state is nothing but IN_PROGRESS
	since          float64 // seconds after the start
	start          time.Time
}

func (l *live) event(e Event) {
	l.now = e.Elapsed
	l.erase()
	at := slices.IndexFunc(l.rows, func(r row) bool { return r.subject == e.Subject })
	underWay := e.Kind == "progress" && strings.HasSuffix(e.State, "IN_PROGRESS")
	if underWay && strings.Contains(e.State, "ROLLBACK") && e.Text != "" {
		fmt.Fprintln(l.w, l.paint(e.State, line(e))) // why it goes back is news
	}
	switch {
	case underWay && at < 0:
		l.rows = append(l.rows, row{subject: e.Subject, state: e.State, since: e.Elapsed, start: e.Time})
		at = len(l.rows) - 1
		fallthrough
	case underWay:
		l.rows[at].state, l.rows[at].text = e.State, ""
		if e.State == "IN_PROGRESS" && e.Text != "" {
			l.rows[at].text = "  " + e.Text
		}
	case e.Kind == "failure":
	default:
		text := line(e)
		if e.Kind == "progress" && at >= 0 {
			text += fmt.Sprintf("  (%.1fs)", e.Elapsed-l.rows[at].since)
			l.rows = slices.Delete(l.rows, at, at+1)
		}
		fmt.Fprintln(l.w, l.paint(e.State, text))
	}
	l.draw()
}

func (l *live) refresh(now time.Time) {
	if len(l.rows) == 0 {
		return
	}
	l.now = l.rows[0].since + now.Sub(l.rows[0].start).Seconds()
	l.erase()
	l.draw()
}

func (l *live) end() {
	l.erase()
	l.rows = nil
}

// draw writes the table. No line may be wider than the terminal: one that wraps could not be erased.
func (l *live) draw() {
	shown := l.rows[:min(len(l.rows), liveRows)]
	for _, r := range shown {
		l.print(r.state, fmt.Sprintf("  … %-30s %s%s  %.0fs", r.subject, r.state, r.text, l.now-r.since))
	}
	if more := len(l.rows) - len(shown); more > 0 {
		l.print("", fmt.Sprintf("  … and %d more", more))
	}
}

func (l *live) print(state, text string) {
	fmt.Fprintln(l.w, l.paint(state, clip(text, l.width()-1)))
	l.drawn++
}

func (l *live) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.w, "\x1b[%dA\x1b[J", l.drawn) // up, and clear to the end of the screen
		l.drawn = 0
	}
}

// clip cuts a text to a width in characters.
func clip(s string, width int) string {
	if width < 1 || utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width])
}

// terminal tells whether w is one, and how to learn its width at any time: windows are resized.
func terminal(w io.Writer) (width func() int, ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return func() int {
		columns, _, err := term.GetSize(int(f.Fd()))
		if err != nil || columns < 1 {
			return 80
		}
		return columns
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
		case strings.HasSuffix(state, "COMPLETE"), strings.HasSuffix(state, "COMPLETED"):
			return "\x1b[32m" + text + "\x1b[0m"
		}
		return text
	}
}
