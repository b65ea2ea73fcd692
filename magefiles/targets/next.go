package targets

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// passing are the causes that pass by themselves: the same command, run again with nothing else changed, can end
// otherwise. Of every other cause, what comes next is never the command that has just failed.
var passing = []struct {
	cause string
	is    func(error) bool
}{
	{"the time was up", func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	{"it was interrupted", func(err error) bool { return errors.Is(err, context.Canceled) }},
	{"the stack is busy", func(err error) bool {
		if r, ok := errors.AsType[*stack.RefusedError](err); ok {
			return stack.Decide(r.Status) == stack.Wait
		}
		_, ok := errors.AsType[*stack.BusyError](err)
		return ok
	}},
	// Lost connections, time-outs, throttling, and answers 500 to 504. A name that does not exist is none of them.
	{"AWS or the way to it failed", func(err error) bool {
		return sdkRetries.IsErrorRetryable(err) == aws.TrueTernary
	}},
	{"the registry or the way to it failed", image.IsPassing},
	{"a resource failed by AWS's own trouble", func(err error) bool {
		failed, ok := errors.AsType[*stack.FailedError](err)
		return ok && reasonPasses(failed.First.Reason)
	}},
}

// sdkRetries are the errors that the SDK tries again by itself.
var sdkRetries = retry.IsErrorRetryables(retry.DefaultRetryables)

// isPassing tells whether the cause of an error passes by itself. Where nobody listens, nobody will before somebody
// starts it.
func isPassing(err error) bool {
	if isUnanswered(err) || isTaken(err) || isUnknownHost(err) {
		return false
	}
	for _, p := range passing {
		if p.is(err) {
			return true
		}
	}
	return false
}

func isUnknownHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

// passes are the exit codes of runs that another run of the same command takes up again.
var passes = []console.Code{console.TimedOut, console.Interrupted, console.Conflict}

// mend are the words where nothing is known but what the message says.
const mend = "mend what the message names, then run the same command again"

// further is what to do next, in order: commands that can be pasted as they stand, or plain words. The command that has
// just failed is not among them, unless the cause passes or something has to be done before.
func (s *session) further(f *console.Failure) *console.Failure {
	var next []string
	for _, text := range f.Next {
		next = append(next, steps(text)...)
	}
	if !slices.Contains(passes, f.Code) && !isPassing(f.Err) {
		own := []string{command(s.title), command(s.name)}
		for i := 0; i < len(next); i++ {
			bare, _, _ := strings.Cut(next[i], "   #")
			if slices.Contains(own, strings.TrimSpace(bare)) && i == 0 {
				next = slices.Delete(next, i, i+1)
				i--
			}
		}
	}
	if len(next) == 0 && f.Code != console.Done {
		next = []string{s.hint(f.Err)}
	}
	clean := *f
	clean.Next = slices.Compact(next)
	return &clean
}

// hint are the words for a cause of which no command is known.
func (s *session) hint(err error) string {
	switch {
	case isUnanswered(err):
		return "start what has to listen there, or name another address, then run the same command again"
	case isUnknownHost(err):
		return "mend the name, or the way to its name server, then run the same command again"
	}
	return mend
}

// pasted is a command within words: with its variables, to the end. Its first word is a whole one: public.ecr.aws is none.
var pasted = lazyregexp.New(`^((?:.*?[\s(\x60])??)((?:[A-Z][A-Z0-9_]*=\S+ )*(?:go tool mage|aws) \S.*)$`)

// steps takes a command out of the words around it. What has to be done before it is a step of its own; what it is for
// stands behind it. Pure.
func steps(text string) []string {
	m := pasted.FindStringSubmatch(text)
	if m == nil || m[1] == "" || strings.ContainsAny(m[1][len(m[1])-1:], "(`") || strings.Contains(m[1], "# ") {
		return []string{text}
	}
	for _, order := range []string{", then ", " then ", ", or "} {
		if words, ok := strings.CutSuffix(m[1], order); ok {
			return []string{words, m[2]}
		}
	}
	return []string{m[2] + "   # " + strings.TrimRight(m[1], ": ,;")}
}
