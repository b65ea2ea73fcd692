package console

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Mode is how progress is written.
type Mode string

// The modes of SPLITECS_OUTPUT.
const (
	Auto  Mode = "auto"  // what suits the place it is written to: a live table, GitHub's marks, or lines
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

// Event is what progress is made of, and one line of SPLITECS_OUTPUT=json. The fields are stable.
type Event struct {
	Time    time.Time `json:"time"`
	Elapsed float64   `json:"elapsed"`           // seconds since the start
	Kind    string    `json:"kind"`              // step, note, progress or failure
	Subject string    `json:"subject,omitempty"` // of progress: the resource
	State   string    `json:"state,omitempty"`   // of progress, e.g. CREATE_COMPLETE
	Text    string    `json:"text,omitempty"`    // the reason of progress, the text of the others
	Failure *Failure  `json:"failure,omitempty"` // of failure
}

// renderer writes events in one form.
type renderer interface {
	event(Event)
	// refresh brings what is on the screen up to the time.
	refresh(time.Time)
	// end leaves the screen as it is to stay.
	end()
}

// Console writes results to stdout and progress to stderr. It may be used by several goroutines.
type Console struct {
	mu       sync.Mutex
	out      io.Writer
	renderer renderer
	now      func() time.Time
	start    time.Time
}

// New writes results to out and progress to err, in the form that mode and, for Auto, the place ask for. Times
// are counted from now on. getenv tells of NO_COLOR, GITHUB_ACTIONS, CI and TERM.
func New(out, err io.Writer, mode Mode, getenv func(string) string) *Console {
	return &Console{out: out, renderer: choose(err, mode, getenv), now: time.Now, start: time.Now()}
}

// choose takes the renderer for a place.
func choose(err io.Writer, mode Mode, getenv func(string) string) renderer {
	switch {
	case mode == JSON:
		return &jsonLines{err}
	case mode == Plain:
		return &lines{w: err}
	case getenv("GITHUB_ACTIONS") == "true":
		return &github{lines: lines{w: err}}
	case getenv("CI") == "" && getenv("TERM") != "dumb":
		if width, ok := terminal(err); ok {
			return &live{w: err, width: width, paint: painter(getenv)}
		}
	}
	return &lines{w: err}
}

// Result writes one line to stdout.
func (c *Console) Result(format string, args ...any) {
	c.Raw(fmt.Appendf(nil, format+"\n", args...))
}

// Raw writes text to stdout as it is.
func (c *Console) Raw(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renderer.end()         // on a terminal, results follow what is finished, not what moves
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

// Fail tells how the run failed, where the form has a place for that: Mage prints the error itself.
func (c *Console) Fail(f *Failure) {
	c.write(Event{Kind: "failure", Text: f.What, Failure: f})
}

// Refresh brings a live table up to the present time. Whoever waits calls it now and then.
func (c *Console) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renderer.refresh(c.now())
}

// End leaves the screen as it is to stay.
func (c *Console) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renderer.end()
}

func (c *Console) write(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.Time = c.now().UTC()
	e.Elapsed = e.Time.Sub(c.start).Round(time.Millisecond).Seconds()
	c.renderer.event(e)
}
