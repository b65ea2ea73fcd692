package stack_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// readsOfEvents is how often events were read before a change set was executed.
func readsOfEvents(calls []string) int {
	n := 0
	for _, made := range calls[:slices.Index(calls, "cloudformation:ExecuteChangeSet")] {
		if made == "cloudformation:DescribeStackEvents" {
			n++
		}
	}
	return n
}

// An update is told to take as long as the updates before it, which costs one call more at most.
func TestAnUpdateIsExpectedToTakeAsLongAsThoseBefore(t *testing.T) {
	for _, c := range []struct {
		name   string
		groups int // an update of 60 has more events than a page
		reads  int
	}{{"a page", 3, 1}, {"two pages", 60, 2}} {
		t.Run(c.name, func(t *testing.T) {
			server := awslocal.Start(t)
			var told []stack.Estimate
			f := &fixture{t: t, server: server, Stacks: &stack.Stacks{
				API: cloudformation.NewFromConfig(server.Config()), Pause: server.Pause,
				Expect: func(name string, e stack.Estimate) {
					if name != "S" {
						t.Errorf("told of %s", name)
					}
					told = append(told, e)
				},
			}}
			var names []string
			for i := range c.groups {
				names = append(names, fmt.Sprintf("g%d", i))
			}
			spec := stack.Spec{Name: "S", Template: groups(names...)}
			f.mustDeploy(spec)
			for i, days := range []string{"14", "30", "60"} {
				if len(told) != max(0, i-1) {
					t.Errorf("after %d updates, told %v", i, told)
				}
				before := len(server.Calls())
				spec.Parameters = map[string]string{"Days": days}
				f.mustDeploy(spec)
				if reads := readsOfEvents(server.Calls()[before:]); i > 0 && reads != c.reads {
					t.Errorf("%d reads of events before the update, want %d", reads, c.reads)
				}
			}
			if len(told) != 2 || told[0].Times != 1 || told[0].Took <= 0 {
				t.Errorf("told %v", told)
			}
			told = nil
			before := len(server.Calls())
			f.mustDeploy(spec)
			if calls := server.Calls()[before:]; len(told) > 0 || len(calls) == 0 || slices.Contains(calls, "cloudformation:DescribeStackEvents") {
				t.Errorf("without a change: told %v, calls %q", told, calls)
			}
		})
	}
}
