package rollout

import (
	"cmp"
	"strings"
)

// source is where a clue comes from.
type source string

const (
	fromTask       source = "task"
	fromEvent      source = "event"
	fromDeployment source = "deployment"
	fromTarget     source = "target"
	fromStack      source = "stack"
)

// clue is one thing that went wrong.
type clue struct {
	source source
	text   string // AWS's words; of an unhealthy task with those of its target
	log    string // the container's last lines
	task   Task   // of fromTask
	seen   Evidence
}

// clues are everything that went wrong, in the order in which it counts. Tasks of the new revision come first, and of
// these the first, for later ones often follow from it; then what the service said; then what ECS says of the
// deployment, which often only follows from the tasks; then targets that were unhealthy without an end of their task.
func (e Evidence) clues() []clue {
	var list, others []clue
	for _, t := range e.Stopped {
		if !t.failed() {
			continue
		}
		c := clue{source: fromTask, task: t, text: t.Reason + " " + t.Detail, log: strings.Join(t.Log, "\n"), seen: e}
		if strings.Contains(t.Reason, "ELB") {
			c.text += " " + e.health(t)
		}
		if e.Revision != "" && t.Revision != e.Revision {
			others = append(others, c)
			continue
		}
		list = append(list, c)
	}
	for _, event := range e.Events {
		list = append(list, clue{source: fromEvent, text: event, seen: e})
	}
	for _, d := range e.Deployments {
		list = append(list, clue{source: fromDeployment, text: d.words(), seen: e})
	}
	for _, t := range e.Targets {
		list = append(list, clue{source: fromTarget, text: t.words(), seen: e})
	}
	if e.Stack != "" {
		list = append(list, clue{source: fromStack, text: e.Stack, seen: e})
	}
	return append(list, others...)
}

// health is what the load balancer said of a task: of its own target, else what the service said of it, else what was
// said of any.
func (e Evidence) health(t Task) string {
	for _, target := range e.Targets {
		if t.Address != "" && strings.HasPrefix(target.Address, t.Address+":") {
			return target.told()
		}
	}
	any := ""
	for _, event := range e.Events {
		before, why, told := strings.Cut(event, "due to (reason ")
		if !told || !strings.Contains(before, "unhealthy") {
			continue
		}
		any = strings.TrimSuffix(strings.TrimSuffix(why, "."), ")")
		if strings.Contains(before, "(task "+t.ID+")") {
			return any
		}
	}
	if any == "" && len(e.Targets) > 0 {
		return e.Targets[len(e.Targets)-1].told()
	}
	return any
}

// told is the description of the target's state, which the service's events repeat; the reason where it has none.
func (t Target) told() string { return cmp.Or(t.Detail, t.Reason) }

func (t Target) words() string { return strings.TrimSpace(t.Reason + " " + t.Detail) }

func (d ServiceDeployment) words() string { return d.Status + " " + d.Reason }

// words are what AWS says of the clue, the most particular.
func (c clue) words() string {
	if c.source == fromTask && !c.task.unhealthy() {
		return c.task.words()
	}
	return c.text
}

// lastLine of the container; empty where it wrote none.
func (c clue) lastLine() string { return c.log[strings.LastIndex(c.log, "\n")+1:] }
