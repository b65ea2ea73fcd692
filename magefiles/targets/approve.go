package targets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// approver shows the plan on stderr and asks where something would be lost, or what runs would be cut off. A plan that cannot succeed as it is is a
// [clashError].
func (s *session) approver(p stack.Plan) error {
	for _, line := range planLines(s.place, p) {
		s.console.Note("%s", line)
	}
	if clashes := p.Clashes(); len(clashes) > 0 {
		return &clashError{plan: p, clashes: clashes}
	}
	losses, cut, put := p.Losses(), s.cutOffs(p), s.putBack(p)
	if len(losses)+len(cut)+len(put) == 0 {
		return nil
	}
	evidence, next := put, []string(nil)
	for _, l := range losses {
		evidence = append(evidence, l.String())
	}
	why := "the plan loses what holds data or an address, and nobody approved it"
	switch {
	case len(losses) > 0:
	case len(cut) > 0:
		why = "the plan cuts off what runs, and nobody approved it"
	default:
		why = "the plan undoes changes that somebody made outside of the stack, and nobody approved it"
	}
	for _, c := range cut {
		evidence = append(evidence, c.String())
		if !slices.Contains(next, c.way) {
			next = append(next, c.way)
		}
	}
	switch {
	case s.settings.approve:
		s.console.Note("approved by SPLITECS_APPROVE=1: %s", strings.Join(evidence, "; "))
		return nil
	case s.interactive():
		for _, e := range evidence {
			s.console.Note("%s", e)
		}
		if s.ask("Type the environment's name to approve: ") == s.place.Env {
			return nil
		}
	}
	return &console.Failure{
		Code: console.Preflight, What: s.title, Why: why,
		Evidence: evidence, Next: append(next, "SPLITECS_APPROVE=1 "+s.command(s.name)),
	}
}

// approveSkip asks whether a rollback may go on without the resources that it cannot bring back.
func (s *session) approveSkip(name string, blocked []stack.Event) bool {
	s.console.Note("stack %s: its rollback cannot bring back these resources. Without them it can go on; they stay as they are, and CloudFormation takes them for what they were:", name)
	for _, e := range blocked {
		s.console.Note("  %s (%s): %s", e.Resource, e.Type, e.Reason)
	}
	if s.memory.remade || s.memory.restored || len(s.memory.reached.gone) > 0 {
		if !slices.ContainsFunc(blocked, func(e stack.Event) bool { return !stack.IsMissing(e.Reason) }) {
			return true // they were deleted, and are made again by the deployment that follows
		}
	}
	return s.settings.approve || s.interactive() && s.ask("Type the environment's name to go on without them: ") == s.place.Env
}

// ask puts a question on the terminal and returns the answer; empty where there is none, or the run ends before it. Who waits
// for a read of the terminal alone could not be interrupted.
func (s *session) ask(question string) string {
	fmt.Fprint(s.Err, question)
	answers := make(chan string, 1)
	go func() {
		var answer string
		if _, err := fmt.Fscanln(s.In, &answer); err != nil {
			answer = ""
		}
		answers <- answer
	}()
	select {
	case answer := <-answers:
		return answer
	case <-s.ended:
		fmt.Fprintln(s.Err)
		s.memory.unanswered = true
		return ""
	}
}
