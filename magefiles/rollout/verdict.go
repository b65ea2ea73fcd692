package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Verdict is why a deployment failed.
type Verdict struct {
	Signature string   // name of the pattern that was recognised; "unknown" where none was
	Why       string   // the cause, in a sentence
	Likely    []Change // differences to the revision before that can be the cause
	Evidence  []string // what it rests on, a line each
	Advice    string   // what to do, {env} standing for the environment; empty where the reason says it all
	Retryable bool     // waiting may help: the configuration is not to blame
}

// Judge comes to a verdict. It is pure. The first failure decides: later ones often follow from it.
func Judge(e Evidence) Verdict {
	clues := e.clues()
	for _, c := range clues {
		if s, known := recognise(c); known {
			return s.verdict(c)
		}
	}
	v := Verdict{Signature: "unknown", Why: "nothing that was seen explains it", Evidence: e.lines()}
	if i := slices.IndexFunc(clues, func(c clue) bool { return c.source == fromTask }); i >= 0 {
		v.Why = "a task stopped: " + clues[i].words()
	}
	return v
}

// Hopeless tells whether a deployment that is under way can be given up: the same failure, which waiting does not
// mend, was seen enough times. The verdict is that failure's. Tasks of the new revision count, and what the service
// says of tasks that it cannot start; targets count once their task is stopped for them. It is pure.
func Hopeless(e Evidence, enough int) (Verdict, bool) {
	count := map[string]int{}
	for _, c := range e.clues() {
		if !c.counts() {
			continue
		}
		s, known := recognise(c)
		if !known && c.source != fromTask || s.retryable {
			continue
		}
		count[identity(s, c)]++
		if n := count[identity(s, c)]; n < enough && !s.once {
			continue
		}
		if !known {
			return Judge(e), true
		}
		return s.verdict(c), true
	}
	return Verdict{}, false
}

// counts tells whether the clue is a failure of the new revision.
func (c clue) counts() bool {
	switch c.source {
	case fromTask:
		return c.seen.Revision == "" || c.task.Revision == c.seen.Revision
	case fromEvent:
		return !strings.Contains(c.text, "unhealthy") // of any revision's task, which counts itself
	}
	return false
}

// identity is what failures have in common that are the same again: the cause and the exit code; where the cause is
// unknown, AWS's words.
func identity(s signature, c clue) string {
	id := string(c.source) + " " + s.name
	if s.name == "" {
		id += c.task.summary()
	}
	if c.ended() {
		id += fmt.Sprint(" ", *c.task.Exit)
	}
	return id
}

func (s signature) verdict(c clue) Verdict {
	advice := s.advice
	if s.remedy != nil {
		advice = cmp.Or(s.remedy(c), advice)
	}
	return Verdict{
		Signature: s.name, Why: s.why(c), Likely: s.causes(c), Evidence: c.seen.lines(), Advice: advice, Retryable: s.retryable,
	}
}

// lines are the evidence for a person: each different failure once, with the last log lines.
func (e Evidence) lines() []string {
	var lines []string
	count := map[string]int{}
	for _, t := range e.Stopped {
		if t.failed() {
			count[t.Revision+t.summary()]++
		}
	}
	seen := map[string]bool{}
	for _, t := range e.Stopped {
		s := t.summary()
		if !t.failed() || seen[t.Revision+s] {
			continue
		}
		seen[t.Revision+s] = true
		line := fmt.Sprintf("task %s of %s: %s", t.short(), t.Revision, s)
		if n := count[t.Revision+s]; n > 1 {
			line += fmt.Sprintf(" (%d tasks)", n)
		}
		for _, l := range t.Log {
			line += "\n| " + l
		}
		lines = append(lines, line)
	}
	for _, t := range e.Targets {
		if !seen[t.State+t.words()] {
			seen[t.State+t.words()] = true
			lines = append(lines, fmt.Sprintf("target %s is %s: %s", t.Address, t.State, t.words()))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, e.Events[max(0, len(e.Events)-5):]...)
	}
	for _, d := range e.Deployments {
		if d.Reason != "" {
			lines = append(lines, fmt.Sprintf("service deployment %s: %s", d.Status, d.Reason))
		}
	}
	return lines
}

// words are the task's most particular reason.
func (t Task) words() string {
	if t.Detail != "" {
		return t.Detail
	}
	return t.Reason
}
