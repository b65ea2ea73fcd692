package rollout

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is why a deployment failed.
type Verdict struct {
	Signature string   // name of the pattern that was recognised; "unknown" where none was
	Why       string   // the cause, in a sentence
	Evidence  []string // what it rests on, a line each
	Advice    string   // what to look at; empty where the reason says it all
}

// signature recognises one cause of failure.
type signature struct {
	name   string
	match  func(Task) bool
	why    func(Task) string
	advice string
}

// signatures in the order of precedence: the more particular comes first.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
var signatures = []signature{
	{
		name:   "image-not-found",
		match:  says("CannotPullContainerError", "not found"),
		why:    func(t Task) string { return "the image is not in the repository: " + t.words() },
		advice: "push the image, or deploy one that image tags list",
	},
	{
		name:   "pull-failed",
		match:  says("CannotPullContainerError"),
		why:    func(t Task) string { return "the image cannot be pulled: " + t.words() },
		advice: "look at the execution role's permissions and at the subnets' way to the registry",
	},
	{
		name:   "log-group",
		match:  says("ResourceInitializationError", "log"),
		why:    func(t Task) string { return "the log group cannot be used: " + t.words() },
		advice: "deploy the infra stack, which owns the log group",
	},
	{
		name:   "secret",
		match:  says("ResourceInitializationError", "secret"),
		why:    func(t Task) string { return "a secret cannot be read: " + t.words() },
		advice: "look at the secret's ARN and JSON key, and at the execution role's permissions",
	},
	{
		name:   "initialization",
		match:  says("ResourceInitializationError"),
		why:    func(t Task) string { return "the task cannot be set up: " + t.words() },
		advice: "look at the network and at the execution role's permissions",
	},
	{
		name:   "architecture",
		match:  func(t Task) bool { return strings.Contains(strings.Join(t.Log, "\n"), "exec format error") },
		why:    func(Task) string { return "the image is built for another processor architecture (exec format error)" },
		advice: "build the image for the environment's Architecture",
	},
	{
		name: "out-of-memory",
		match: func(t Task) bool {
			return says("OutOfMemory")(t)
		},
		why:    func(t Task) string { return "the container ran out of memory: " + t.words() },
		advice: "raise the environment's Memory",
	},
	{
		name:   "target-unhealthy",
		match:  says("ELB health checks"),
		why:    func(t Task) string { return "the load balancer's health check failed: " + t.words() },
		advice: "the health check path must answer 200 on the container's port within the start period",
	},
	{
		name:   "container-unhealthy",
		match:  says("container health checks"),
		why:    func(t Task) string { return "the container's own health check failed: " + t.words() },
		advice: "run Container.HealthCheckCommand inside the image",
	},
	{
		name:  "exited",
		match: func(t Task) bool { return t.Exit != nil && t.failed() },
		why: func(t Task) string {
			return fmt.Sprintf("the program ended by itself with exit code %d%s", *t.Exit, after(t))
		},
		advice: "read its last lines; compare its variables and secrets with those of the previous revision",
	},
}

// Judge comes to a verdict. It is pure. The first failure decides: later ones often follow from it.
func Judge(e Evidence) Verdict {
	for _, t := range e.Stopped {
		if !t.failed() {
			continue
		}
		for _, s := range signatures {
			if s.match(t) {
				return Verdict{Signature: s.name, Why: s.why(t), Evidence: e.lines(), Advice: s.advice}
			}
		}
	}
	for _, event := range e.Events {
		if strings.Contains(event, "was unable to place a task") || strings.Contains(event, "unable to launch") {
			return Verdict{Signature: "no-place", Why: event, Evidence: e.lines(), Advice: "look at capacity, free addresses in the subnets and service quotas"}
		}
	}
	if len(e.Targets) > 0 {
		t := e.Targets[0]
		return Verdict{
			Signature: "target-unhealthy", Evidence: e.lines(),
			Why:    fmt.Sprintf("the load balancer's health check of %s failed: %s %s", t.Address, t.Reason, t.Detail),
			Advice: "the health check path must answer 200 on the container's port within the start period",
		}
	}
	return Verdict{Signature: "unknown", Why: "nothing that was seen explains it", Evidence: e.lines()}
}

// lines are the evidence for a person: each different failure once, with the last log lines.
func (e Evidence) lines() []string {
	var lines []string
	count := map[string]int{}
	for _, t := range e.Stopped {
		if t.failed() {
			count[t.summary()]++
		}
	}
	seen := map[string]bool{}
	for _, t := range e.Stopped {
		s := t.summary()
		if !t.failed() || seen[s] {
			continue
		}
		seen[s] = true
		line := fmt.Sprintf("task %s of %s: %s", t.short(), t.Revision, s)
		if n := count[s]; n > 1 {
			line += fmt.Sprintf(" (%d tasks)", n)
		}
		for _, l := range t.Log {
			line += "\n| " + l
		}
		lines = append(lines, line)
	}
	for _, t := range e.Targets {
		lines = append(lines, fmt.Sprintf("target %s is %s: %s %s", t.Address, t.State, t.Reason, t.Detail))
	}
	if len(lines) == 0 {
		lines = append(lines, e.Events[max(0, len(e.Events)-5):]...)
	}
	return lines
}

// says matches a task whose reasons hold all the words.
func says(words ...string) func(Task) bool {
	return func(t Task) bool {
		text := t.Reason + " " + t.Detail
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
}

// words are the task's most particular reason.
func (t Task) words() string {
	if t.Detail != "" {
		return t.Detail
	}
	return t.Reason
}

func after(t Task) string {
	switch {
	case t.Ran <= 0:
		return ""
	case t.Ran < time.Second:
		return ", right after its start"
	}
	return fmt.Sprintf(", %.0f s after its start", t.Ran.Seconds())
}
