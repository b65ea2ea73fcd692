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

// Event is what progress is made of, and one line of SPLITECS_OUTPUT=json. The fields are stable, and
// docs/output.md describes them.
type Event struct {
	Time     time.Time `json:"time"`
	Elapsed  float64   `json:"elapsed"`            // seconds since the start
	Kind     string    `json:"kind"`               // step, note, progress or failure
	Subject  string    `json:"subject,omitempty"`  // of progress: the resource; of a note with Expected: the stack
	Parent   string    `json:"parent,omitempty"`   // of progress: what the subject is part of
	State    string    `json:"state,omitempty"`    // of progress, e.g. CREATE_COMPLETE
	Took     float64   `json:"took,omitempty"`     // of progress that ends something: how many seconds it took
	Expected float64   `json:"expected,omitempty"` // of a note: how many seconds the subject is expected to take
	Rung     string    `json:"rung,omitempty"`     // of a note: how programs are executed, or nothing
	Why      string    `json:"why,omitempty"`      // of a note with Rung: it is no better one
	Text     string    `json:"text,omitempty"`     // the reason of progress, the text of the others
	Failure  *Failure  `json:"failure,omitempty"`  // of failure
}

// Progress is a state that something reached.
type Progress struct {
	Subject string
	Parent  string // the subject that it is part of, e.g. a resource's stack; empty where it stands by itself
	State   string
	Reason  string
	// At is when it did, by its own clock. Zero: now.
	At time.Time
}

// renderer writes events in one form. It is given what is under way with each of them.
type renderer interface {
	event(Event, []row)
	// refresh brings what is on the screen up to date.
	refresh([]row)
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
	tree     tree
	filter   *Filter // everything goes through it
}

// New writes results to out and progress to err, in the form that mode and, for Auto, the place ask for. Times
// are counted from now on. getenv tells of NO_COLOR, GITHUB_ACTIONS, CI and TERM, and of credentials, which are
// written nowhere.
func New(out, err io.Writer, mode Mode, getenv func(string) string) *Console {
	return &Console{out: out, renderer: choose(err, mode, getenv), now: time.Now, start: time.Now(), filter: NewFilter(getenv)}
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
		if size, ok := terminal(err); ok {
			return &live{w: err, size: size, paint: painter(getenv)}
		}
	}
	return &lines{w: err}
}

// Result writes one line to stdout. What comes from elsewhere and has more than one is told with a mark before the others.
func (c *Console) Result(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result(below("  "+Quotation, c.filter.Text(fmt.Sprintf(format, args...))) + "\n")
}

// Document writes what was made from the configuration, and is for programs, to stdout as it is, but for credentials.
func (c *Console) Document(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result(c.filter.document(string(text)))
}

// result is called with mu held.
func (c *Console) result(text string) {
	c.renderer.end() // on a terminal, results follow what is finished, not what moves
	// As with every print: where stdout is gone there is nobody to tell.
	_, _ = io.WriteString(c.out, text)
}

// Step announces the next stage of the work. What was under way belongs to the stage before.
func (c *Console) Step(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tree = tree{}
	c.write(Event{Kind: "step", Text: fmt.Sprintf(format, args...)})
}

// Note tells a fact.
func (c *Console) Note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(Event{Kind: "note", Text: fmt.Sprintf(format, args...)})
}

// Expect tells how long what is about to begin will take, and in the text why that is thought.
func (c *Console) Expect(subject string, d time.Duration, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tree.expect(subject, d)
	c.write(Event{Kind: "note", Subject: subject, Expected: seconds(d), Text: text})
}

// Rung tells on which rung of the ladder programs are executed, and why on no better one.
func (c *Console) Rung(rung, why, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(Event{Kind: "note", Rung: rung, Why: why, Text: text})
}

// Progress tells that something reached a state, and why where that is known.
func (c *Console) Progress(p Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.filter.event(Event{
		Time: c.now(), Kind: "progress", Subject: p.Subject, Parent: p.Parent, State: p.State, Text: p.Reason,
	})
	e.Took = seconds(c.tree.reach(e, p.At))
	c.write(e)
}

// Fail tells how the run failed, where the form has a place for that: Mage prints the error itself, except behind JSON,
// where nothing else may stand.
func (c *Console) Fail(f *Failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(Event{Kind: "failure", Text: f.What, Failure: f})
	_, f.Told = c.renderer.(*jsonLines)
}

// Summary is a failure, or the success of what is named by title, as Markdown for a step summary.
func (c *Console) Summary(title string, f *Failure) string {
	return summary(c.filter.Text(title), c.filter.Failure(f))
}

// Refresh brings a live table up to the present time. Whoever waits calls it now and then.
func (c *Console) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renderer.refresh(c.tree.rows(c.now()))
}

// End leaves the screen as it is to stay.
func (c *Console) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tree = tree{}
	c.renderer.end()
}

// write is called with mu held. An event without a time is of now.
func (c *Console) write(e Event) {
	if e.Time.IsZero() {
		e.Time = c.now()
	}
	e.Time = e.Time.UTC()
	e.Elapsed = seconds(e.Time.Sub(c.start))
	c.renderer.event(c.filter.event(e), c.tree.rows(e.Time))
}

// seconds is a duration as JSON has it, to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
