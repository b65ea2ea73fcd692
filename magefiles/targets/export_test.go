package targets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// WithFaults is the set with an embedded AWS that has these faults.
func (t Set) WithFaults(list ...awslocal.Fault) Set {
	t.faults = list
	return t
}

// WithClock is the set with an embedded AWS whose time is this clock's.
func (t Set) WithClock(c *awslocal.Clock) Set {
	t.clock = c
	return t
}

// IsPassing tells whether a cause passes by itself.
func IsPassing(err error) bool { return isPassing(err) }

// Steps are the steps of an advice.
func Steps(text string) []string { return steps(text) }

// PermittedOperations are the operations of the table of calls.
func PermittedOperations() []string {
	var all []string
	for _, c := range permittedCalls {
		all = append(all, c.operation)
	}
	return all
}

// PermittedCalls is the table of calls as lines of Markdown.
func PermittedCalls() string {
	var table strings.Builder
	for _, c := range permittedCalls {
		needs := "the same"
		if len(c.actions) == 0 {
			needs = "nothing"
		} else if len(c.actions) != 1 || c.actions[0] != c.operation {
			needs = "`" + strings.Join(c.actions, "`, `") + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | `%s` | %s |\n", c.operation, needs, c.on.sid(), c.why)
	}
	return table.String()
}

// PermittedTypes are the types of the table of resources, in order.
func PermittedTypes() []string { return slices.Sorted(maps.Keys(permittedResources)) }

// PermittedActions is the table of what the policy grants, with the limits of each statement, as lines of Markdown.
func PermittedActions() string {
	granted := map[scope][]string{}
	for _, c := range permittedCalls {
		granted[c.on] = append(granted[c.on], c.actions...)
	}
	for _, resource := range permittedResources {
		for on, actions := range resource {
			granted[on] = append(granted[on], actions...)
		}
	}
	var table strings.Builder
	for _, on := range slices.Sorted(maps.Keys(granted)) {
		actions := slices.Compact(slices.Sorted(slices.Values(granted[on])))
		sid := "`" + on.sid() + "`"
		if on.sid() != string(on) {
			sid += ": " + string(on)
		}
		fmt.Fprintf(&table, "| %s | %s | %s | `%s` |\n", sid, limits[on].by, limits[on].why, strings.Join(actions, "` `"))
	}
	return table.String()
}

// Limited tells whether every statement that is granted has a limit, and the other way round.
func Limited() error {
	for on := range limits {
		if !strings.Contains(PermittedActions(), "`"+string(on)+"` |") && !strings.Contains(PermittedActions(), ": "+string(on)+" |") {
			return fmt.Errorf("%s is limited, and nothing is granted there", on)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(PermittedActions()), "\n") {
		if strings.Contains(line, "|  |") {
			return fmt.Errorf("no limit and reason: %s", line)
		}
	}
	return nil
}
