package console

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// screen is a terminal: it wraps, scrolls, and wraps anew what it shows when it is resized, as most do. What scrolls
// away at its top is gone.
type screen struct {
	t             *testing.T
	columns, rows int
	lines         [][]rune // what is shown, before it is wrapped; the last one is not ended
	scrolled      bool     // something has gone
	up            int      // rows that the cursor is above the last one, at their beginning
}

func newScreen(t *testing.T, columns, rows int) *screen {
	return &screen{t: t, columns: columns, rows: rows, lines: make([][]rune, 1)}
}

// wrapped is a line as rows of the screen.
func (s *screen) wrapped(line []rune) [][]rune {
	rows := [][]rune{nil}
	width := 0
	for _, r := range line {
		if width+cell(r) > s.columns {
			rows, width = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], r)
		width += cell(r)
	}
	return rows
}

func (s *screen) height() int {
	n := 0
	for _, line := range s.lines {
		n += len(s.wrapped(line))
	}
	return n
}

// scroll lets go of what is above the top.
func (s *screen) scroll() {
	for s.height() > s.rows {
		s.scrolled = true
		first := s.wrapped(s.lines[0])
		if len(first) == 1 {
			s.lines = s.lines[1:]
		} else {
			s.lines[0] = s.lines[0][len(first[0]):]
		}
	}
}

func (s *screen) resize(columns, rows int) {
	s.columns, s.rows = columns, rows
	s.scroll()
}

// clear removes what is from the cursor on.
func (s *screen) clear() {
	for ; s.up > 0; s.up-- {
		last := len(s.lines) - 1
		if rows := s.wrapped(s.lines[last]); len(rows) > 1 {
			s.lines[last] = s.lines[last][:len(s.lines[last])-len(rows[len(rows)-1])]
		} else {
			s.lines = s.lines[:last]
		}
	}
	last := len(s.lines) - 1
	rows := s.wrapped(s.lines[last])
	s.lines[last] = s.lines[last][:len(s.lines[last])-len(rows[len(rows)-1])]
}

var sequence = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

func (s *screen) Write(p []byte) (int, error) {
	for text := string(p); text != ""; {
		if m := sequence.FindStringSubmatch(text); m != nil {
			switch m[2] {
			case "A":
				n, err := strconv.Atoi(m[1])
				if err != nil {
					s.t.Fatal(err)
				}
				s.up = min(n, s.height()-1) // it stops at the top
			case "J":
				s.clear()
			case "m":
			default:
				s.t.Fatalf("the screen does not know %q", m[0])
			}
			text = text[len(m[0]):]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		last := len(s.lines) - 1
		switch {
		case r == '\r' && len(s.wrapped(s.lines[last])) == 1 && len(s.lines[last]) == 0:
		case r == '\x1b' || r == '\r':
			s.t.Fatalf("the screen does not know what %q at %q does", r, string(s.lines[last]))
		case s.up > 0:
			s.t.Fatalf("%q is written over what is shown", text)
		case r == '\n':
			s.lines = append(s.lines, nil)
			s.scroll()
		case r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\u200c' && r != '\u200d', r == utf8.RuneError && size == 1:
			s.t.Fatalf("%q at %q does something on a terminal", r, string(s.lines[last]))
		default:
			s.lines[last] = append(s.lines[last], r)
		}
	}
	return len(p), nil
}

func (s *screen) String() string {
	var lines []string
	for _, line := range s.lines {
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}

// show is a console on a screen, and what it should show.
type show struct {
	*Console
	screen *screen
	live   *live
	kept   strings.Builder // the lines that stay
	at     time.Time
}

func newShow(t *testing.T, columns, rows int) *show {
	s := &show{screen: newScreen(t, columns, rows), at: time.Unix(0, 0)}
	s.live = &live{
		w: s.screen, size: func() (int, int) { return s.screen.columns, s.screen.rows },
		paint: func(_, text string) string {
			if !strings.HasPrefix(strings.TrimLeft(text, " "), "…") && strings.TrimSpace(text) != "" { // not of the table
				s.kept.WriteString(text + "\n")
			}
			return "\x1b[31m" + text + "\x1b[0m"
		},
	}
	s.Console = &Console{
		out: io.MultiWriter(&s.kept, s.screen), renderer: s.live, start: s.at, now: func() time.Time { s.at = s.at.Add(time.Second); return s.at },
		filter: NewFilter(func(string) string { return "" }),
	}
	return s
}

// check compares the screen with the lines that stay and the table below them. What has scrolled away may be
// missing at the top; nothing else may, and nothing else may be there.
func (s *show) check(when string) {
	s.screen.t.Helper()
	var table bytes.Buffer
	fresh := &live{w: &table, size: s.live.size, paint: painter(func(string) string { return "1" })}
	fresh.draw(s.tree.rows(s.at))
	want, got := s.kept.String()+table.String(), s.screen.String()
	if got != want && !(s.screen.scrolled && strings.HasSuffix("\n"+want, got)) {
		s.screen.t.Fatalf("%s, at %d×%d: the screen is\n%s\nand should be the end of\n%s", when, s.screen.columns, s.screen.rows, got, want)
	}
	n := 0
	for text := range strings.Lines(table.String()) {
		n += len(s.screen.wrapped([]rune(strings.TrimSuffix(text, "\n"))))
	}
	if n >= s.screen.rows && n > 0 {
		s.screen.t.Fatalf("%s: a table of %d rows on a screen of %d", when, n, s.screen.rows)
	}
}

// something happens to the console, or to its window.
func (s *show) something(random *rand.Rand) {
	states := []string{"CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "PENDING", "initial", "CREATE_COMPLETE", "UPDATE_FAILED", "event"}
	name := func(n int) string { return strings.Repeat("長い", n%3) + fmt.Sprintf("Resource%d", n) }
	switch random.IntN(8) {
	case 0:
		s.screen.resize(2+random.IntN(120), 1+random.IntN(30))
		s.Refresh()
	case 1:
		s.Refresh()
	case 2:
		s.Note("a fact%s", strings.Repeat(" and more", random.IntN(20)))
	case 3:
		s.Expect("Resource0", time.Duration(random.IntN(60))*time.Second, "about a minute")
	default:
		n := random.IntN(25)
		p := Progress{Subject: name(n), State: states[random.IntN(len(states))], Reason: strings.Repeat("because ", random.IntN(20))}
		if n > 0 {
			p.Parent = name(n / 2)
		}
		s.Progress(p)
	}
}

// Whatever happens, and however the window is resized meanwhile, nothing of an earlier table is left, and no finished
// line is lost.
func TestTheTableLeavesNothingBehind(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		s := newShow(t, 100, 30)
		for step := range 60 {
			s.something(random)
			s.check(fmt.Sprintf("seed %d, step %d", seed, step))
		}
		s.End()
		s.check(fmt.Sprintf("seed %d, at the end", seed))
	}
}

// A table of 100 columns takes more rows when the window becomes narrower.
func TestANarrowerWindow(t *testing.T) {
	s := newShow(t, 100, 30)
	s.Note("before")
	s.Progress(Progress{Subject: "S", State: "UPDATE_IN_PROGRESS"})
	s.Progress(Progress{Subject: "Service", Parent: "S", State: "UPDATE_IN_PROGRESS"})
	s.screen.resize(40, 30)
	s.Refresh()
	s.check("after the resize")
	if want := "    1.0s  before\n  … S UPDATE_IN_PROGRESS  2s\n    … Service UPDATE_IN_PROGRESS  1s\n"; s.screen.String() != want {
		t.Errorf("got\n%s\nwant\n%s", s.screen, want)
	}
}

// What does not fit is counted, and a window of one line has no table.
func TestALowWindow(t *testing.T) {
	s := newShow(t, 80, 4)
	for i := range 6 {
		s.Progress(Progress{Subject: fmt.Sprintf("R%d", i), State: "CREATE_IN_PROGRESS"})
	}
	if got := s.screen.String(); strings.Count(got, "\n") != 3 || !strings.HasSuffix(got, "  … and 4 more\n") {
		t.Errorf("got\n%s", got)
	}
	s.screen.resize(80, 1)
	s.Refresh()
	if got := s.screen.String(); got != "" {
		t.Errorf("got %q", got)
	}
}
