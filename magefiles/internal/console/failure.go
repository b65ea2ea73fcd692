package console

import (
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
)

// Code is the exit code of a target.
type Code int

// The exit codes.
const (
	Done        Code = 0  // done, or nothing to do
	Unexpected  Code = 1  // a fault of this program or of its surroundings
	Usage       Code = 2  // usage or configuration; nothing was sent
	Access      Code = 3  // credentials, account or permission
	Preflight   Code = 4  // preflight found errors; nothing was changed
	ImageFailed Code = 5  // image build or push failed
	StackFailed Code = 6  // the stack failed
	RolledBack  Code = 7  // deployment failed, the service is back on the last good revision
	Unhealthy   Code = 8  // deployment failed and the service is not healthy
	TimedOut    Code = 9  // timed out; the operation goes on
	Interrupted Code = 10 // interrupted; likewise
	Conflict    Code = 11 // another deployment is under way
)

// Failure is how a target ends when it does not succeed: everything a person needs to go on.
type Failure struct {
	Code     Code     `json:"code"`
	What     string   `json:"what"`               // the target and what it could not do
	Why      string   `json:"why,omitempty"`      // the cause, as far as it is known
	Evidence []string `json:"evidence,omitempty"` // what was seen, a line each
	Next     []string `json:"next,omitempty"`     // commands to run next, or what to do
	Err      error    `json:"-"`                  // the cause for errors.Is and errors.As; not printed
	Told     bool     `json:"-"`                  // all of it was written as JSON: see Format

	runner bool // GitHub's reads what is written
}

// ExitStatus is the process's exit code, by Mage's convention.
func (f *Failure) ExitStatus() int { return int(f.Code) }

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Error is the whole failure, on several lines.
func (f *Failure) Error() string { return f.head() + f.seen() + f.next() }

func (f *Failure) head() string {
	if f.Why == "" {
		return indent(f.What)
	}
	return indent(f.What) + "\n  why:  " + indent(f.Why)
}

func (f *Failure) seen() string {
	var b strings.Builder
	for _, e := range f.Evidence {
		b.WriteString("\n  seen: " + indent(e))
	}
	return b.String()
}

func (f *Failure) next() string {
	var b strings.Builder
	for _, n := range f.Next {
		b.WriteString("\n  next: " + indent(n))
	}
	return b.String()
}

// Quotation begins a line that a program wrote, within evidence.
const Quotation = "| "

// quotes tells whether lines of a program are in the evidence.
func (f *Failure) quotes() bool {
	return slices.ContainsFunc(f.Evidence, func(e string) bool { return strings.Contains("\n"+e, "\n"+Quotation) })
}

// printed is the failure as the last thing that is written. What programs wrote stands between marks where GitHub's runner
// reads it.
func (f *Failure) printed() string {
	if !f.runner || !f.quotes() {
		return f.Error()
	}
	var b strings.Builder
	b.WriteString(f.head() + "\n")
	bracketed(&b, strings.TrimPrefix(f.seen(), "\n")+"\n")
	b.WriteString(strings.TrimPrefix(f.next(), "\n"))
	return strings.TrimRight(b.String(), "\n")
}

// Format is the text, for any verb. Where the failure was told as JSON and the main function that Mage writes is about
// to print it, the process ends here, with the exit code with which it would end behind that line: text after the last
// object would break what reads them. To whoever else prints the error nothing happens.
func (f *Failure) Format(s fmt.State, verb rune) {
	text := f.Error()
	if (f.Told || f.runner) && verb == 'v' && s.Flag('+') && printedByMage() {
		if f.Told {
			os.Exit(f.ExitStatus())
		}
		text = f.printed()
	}
	fmt.Fprintf(s, fmt.FormatString(s, verb), text)
}

// printedByMage tells whether a logger of Mage's main function formats an error.
// https://github.com/magefile/mage/blob/v1.17.2/mage/template.go (handleError)
func printedByMage() bool {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	logged := false
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "log."):
			logged = true
		case logged:
			return path.Base(frame.File) == "mage_output_file.go"
		}
		if !more {
			return false
		}
	}
}

// indent aligns the later lines of a text with its first one.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n        ") }
