package console

import (
	"slices"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// Filter is what every text goes through on its way out, whoever it came from: a program, AWS, a registry, a commit. What
// comes out has no credentials, moves no cursor, and is no command to GitHub's runner.
type Filter struct {
	process credentials
	runner  bool // GitHub's reads what is written
}

// NewFilter knows the credentials that getenv tells, and whether the runner listens.
func NewFilter(getenv func(string) string) *Filter {
	return &Filter{process: credentialsOf(getenv), runner: onGitHub(getenv)}
}

// Text is s as it may be written. A text that was already stays as it is.
func (f *Filter) Text(s string) string {
	s = printable(confidential.Redact(f.process.redact(uncoloured(s))))
	if f.runner {
		s = unheard(s)
	}
	return s
}

// document is a text that was made from the configuration, and is for programs: only what can be nothing but a
// credential is taken out of it.
func (f *Filter) document(s string) string { return confidential.RedactValues(f.process.redact(s)) }

// Failure is that of a failure; the one that is given stays as it is.
func (f *Filter) Failure(in *Failure) *Failure {
	if in == nil {
		return nil
	}
	clean := *in
	clean.What, clean.Why = f.Text(in.What), f.Text(in.Why)
	clean.Evidence, clean.Next = f.quotations(in.Evidence), f.texts(in.Next)
	clean.runner = f.runner
	return &clean
}

func (f *Filter) texts(list []string) []string {
	clean := slices.Clone(list)
	for i, s := range clean {
		clean[i] = f.Text(s)
	}
	return clean
}

// quotations are texts that may be lines of one program: a private key may reach over several.
func (f *Filter) quotations(list []string) []string {
	var program confidential.Stream
	clean := slices.Clone(list)
	for i, s := range clean {
		clean[i] = f.Text(program.Redact(uncoloured(s)))
	}
	return clean
}

// event is that of an event.
func (f *Filter) event(e Event) Event {
	e.Subject, e.Parent, e.State, e.Text = f.Text(e.Subject), f.Text(e.Parent), f.Text(e.State), f.Text(e.Text)
	e.Rung, e.Why = f.Text(e.Rung), f.Text(e.Why)
	e.Failure = f.Failure(e.Failure)
	return e
}
