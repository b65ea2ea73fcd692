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

// TemplateOf is a template of an environment.
type TemplateOf = templateOf

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
		fmt.Fprintf(&table, "| `%s` | %s | `%s` | %s |\n", c.operation, needs, c.on, c.why)
	}
	return table.String()
}

// PermittedTypes are the types of the table of resources, in order.
func PermittedTypes() []string { return slices.Sorted(maps.Keys(permittedResources)) }
