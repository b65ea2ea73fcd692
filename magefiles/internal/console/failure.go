package console

import "strings"

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

// indent aligns the later lines of a text with its first one.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n        ") }
