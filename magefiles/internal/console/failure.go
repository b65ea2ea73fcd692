package console

import (
	"fmt"
	"os"
	"path"
	"runtime"
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
}

// ExitStatus is the process's exit code, by Mage's convention.
func (f *Failure) ExitStatus() int { return int(f.Code) }

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Error is the whole failure, on several lines.
func (f *Failure) Error() string {
	var b strings.Builder
	b.WriteString(f.What)
	if f.Why != "" {
		b.WriteString("\n  why:  " + indent(f.Why))
	}
	for _, e := range f.Evidence {
		b.WriteString("\n  seen: " + indent(e))
	}
	for _, n := range f.Next {
		b.WriteString("\n  next: " + indent(n))
	}
	return b.String()
}

// Format is the text, for any verb. Where the failure was told as JSON and the main function that Mage writes is about
// to print it, the process ends here, with the exit code with which it would end behind that line: text after the last
// object would break what reads them. To whoever else prints the error nothing happens.
func (f *Failure) Format(s fmt.State, verb rune) {
	if f.Told && verb == 'v' && s.Flag('+') && printedByMage() {
		os.Exit(f.ExitStatus())
	}
	fmt.Fprintf(s, fmt.FormatString(s, verb), f.Error())
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
