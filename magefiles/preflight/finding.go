package preflight

import (
	"fmt"
	"slices"
)

// Level is how bad a finding is.
type Level string

// The levels. A deployment with an Error cannot succeed; with a Warning it may; a Note is what was not checked.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// Finding is one thing that was found.
type Finding struct {
	Level Level
	Check string // the check's name
	What  string // what it is about, e.g. "secret DATABASE_URL"
	Why   string
	Next  string // the command to run, or what to do
	// Unseen is what the service stack does not know of until it is compared with what there is.
	Unseen bool
}

// String is the finding in one line.
func (f Finding) String() string {
	line := fmt.Sprintf("%-7s  %s: %s", f.Level, f.What, f.Why)
	if f.Next != "" {
		line += "; next: " + f.Next
	}
	return line
}

// check looks at one side of the facts.
type check struct {
	Description
	find func(Facts) []Finding
}

// Description of a check, for the guide.
type Description struct {
	Name        string
	Finds       string   // what is an error or a warning
	Permissions []string // of what it reads, as IAM names them
}

// checks in the order of their findings.
var checks = slices.Concat(accountChecks, imageChecks, commandChecks, wordsChecks, programChecks, accessChecks, serviceChecks, networkChecks, runningChecks, restartChecks)

// Checks describes every check, in the order of their findings.
func Checks() []Description {
	var all []Description
	for _, c := range checks {
		all = append(all, c.Description)
	}
	return all
}

// Check judges the facts. Pure.
func Check(f Facts) []Finding { return judge(f, checks) }

// judge has some checks judge the facts.
func judge(f Facts, checks []check) []Finding {
	var all []Finding
	for _, c := range checks {
		for _, one := range c.find(f) {
			one.Check = c.Name
			all = append(all, one)
		}
	}
	return all
}

// Count is how many findings have a level.
func Count(findings []Finding, level Level) int {
	n := 0
	for _, f := range findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// infraDeploy is the command that mends the infra stack.
func (w Wanted) infraDeploy() string { return "go tool mage infra:deploy " + w.Environment }

// mendSubnets is what to do about subnets that are wrong: those that are brought stand in the App.
func (w Wanted) mendSubnets() string {
	if w.OwnNetwork == "" {
		return w.infraDeploy()
	}
	return "mend " + w.OwnNetwork + " in the magefile, then " + w.infraDeploy()
}

// unknown is the note for a fact that could not be read; nothing where it could.
func (f Fact[T]) unknown(what string) []Finding {
	if f.State != Unknown {
		return nil
	}
	if f.Denied {
		return []Finding{{Level: Note, What: what, Why: "not checked: these credentials may not " + f.Operation, Next: "allow " + f.Operation + " to check it"}}
	}
	return []Finding{{Level: Note, What: what, Why: fmt.Sprintf("not checked: %s did not answer: %v", f.Operation, f.Err)}}
}
