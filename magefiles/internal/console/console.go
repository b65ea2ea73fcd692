package console

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Mode is how progress is written.
type Mode string

// The modes of SPLITECS_OUTPUT.
const (
	Auto  Mode = "auto"  // what suits the place it is written to
	Plain Mode = "plain" // lines
	JSON  Mode = "json"  // one JSON object per event, see Event
)

// ParseMode reads the value of SPLITECS_OUTPUT; empty is Auto.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case "":
		return Auto, nil
	case Auto, Plain, JSON:
		return m, nil
	}
	return "", fmt.Errorf("%q is not an output mode; use auto, plain or json", s)
}

// Console writes results to stdout and progress to stderr. It may be used by several goroutines.
type Console struct {
	mu    sync.Mutex
	out   io.Writer
	err   io.Writer
	mode  Mode
	now   func() time.Time
	start time.Time
}

// New writes results to out and progress to err. Times are counted from now on.
func New(out, err io.Writer, mode Mode) *Console {
	return &Console{out: out, err: err, mode: mode, now: time.Now, start: time.Now()}
}

// Standard is the process's own stdout and stderr.
func Standard(mode Mode) *Console { return New(os.Stdout, os.Stderr, mode) }

// Event is one line of SPLITECS_OUTPUT=json.
type Event struct {
	Time    time.Time `json:"time"`
	Elapsed float64   `json:"elapsed"`           // seconds since the start
	Kind    string    `json:"kind"`              // "step", "note" or "progress"
	Subject string    `json:"subject,omitempty"` // of progress: the resource
	State   string    `json:"state,omitempty"`   // of progress
	Text    string    `json:"text,omitempty"`    // the reason of progress, the text of the others
}

// Result writes one line to stdout.
func (c *Console) Result(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, format+"\n", args...)
}

// Raw writes text to stdout as it is.
func (c *Console) Raw(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.out.Write(text) // as with every print: where stdout is gone there is nobody to tell
}

// Step announces the next stage of the work.
func (c *Console) Step(format string, args ...any) {
	c.write(Event{Kind: "step", Text: fmt.Sprintf(format, args...)})
}

// Note tells a fact.
func (c *Console) Note(format string, args ...any) {
	c.write(Event{Kind: "note", Text: fmt.Sprintf(format, args...)})
}

// Progress tells that a resource reached a state, and why where that is known.
func (c *Console) Progress(subject, state, reason string) {
	c.write(Event{Kind: "progress", Subject: subject, State: state, Text: reason})
}

func (c *Console) write(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.Time = c.now().UTC()
	e.Elapsed = e.Time.Sub(c.start).Round(time.Millisecond).Seconds()
	if c.mode == JSON {
		line, err := json.Marshal(e)
		if err != nil {
			line = fmt.Appendf(nil, "%q", err)
		}
		fmt.Fprintf(c.err, "%s\n", line)
		return
	}
	var line strings.Builder
	fmt.Fprintf(&line, "%7.1fs  ", e.Elapsed)
	switch e.Kind {
	case "step":
		line.WriteString("== " + e.Text)
	case "progress":
		fmt.Fprintf(&line, "%-30s %s", e.Subject, e.State)
		if e.Text != "" {
			line.WriteString(": " + e.Text)
		}
	default:
		line.WriteString(strings.ReplaceAll(e.Text, "\n", "\n"+strings.Repeat(" ", 10)))
	}
	fmt.Fprintln(c.err, strings.TrimRight(line.String(), " \n"))
}
