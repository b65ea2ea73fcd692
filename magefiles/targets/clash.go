package targets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// clashError says that a plan cannot succeed as it is. Nothing was changed.
type clashError struct {
	plan    stack.Plan
	clashes []stack.Clash
}

func (e *clashError) Error() string {
	var lines []string
	for _, c := range e.clashes {
		lines = append(lines, c.String())
	}
	return "the plan cannot succeed: " + strings.Join(lines, "; ")
}

// next is what can be done about it, once for each kind.
func (e *clashError) next() []string {
	var next []string
	for _, c := range e.clashes {
		of := c.Change.Resource
		advice := fmt.Sprintf("undo what replaces %s (%s), or build it beside this one, under another App.Name or environment, and move the traffic", of, strings.Join(replacing(c.Change), ", "))
		switch c.Kind {
		case stack.Priority:
			advice = fmt.Sprintf("deploy with another priority for %s first, then with %s", of, c.Value)
		case stack.Name:
			advice = fmt.Sprintf("keep the logical id %s, or give %s another name", c.With.Resource, of)
		case stack.SameName:
			advice = fmt.Sprintf("undo what replaces %s (%s), or give it another name", of, strings.Join(replacing(c.Change), ", "))
		}
		if !slices.Contains(next, advice) {
			next = append(next, advice)
		}
	}
	return next
}

// replacing are the properties that replace a resource.
func replacing(c stack.ResourceChange) []string {
	var names []string
	for _, p := range c.Properties {
		if p.Replace == "Always" {
			names = append(names, p.Path)
		}
	}
	return names
}

func onlyPriorities(clashes []stack.Clash) bool {
	return !slices.ContainsFunc(clashes, func(c stack.Clash) bool { return c.Kind != stack.Priority })
}

// throughInterim deploys the infra stack where listener rules exchange priorities or hand them over, which CloudFormation
// cannot do at once: first with priorities for these rules that nobody has or had, then as it is configured.
func (s *session) throughInterim(ctx context.Context, spec stack.Spec, clash *clashError) (stack.Result, error) {
	interim, moved, err := s.interimSpec(clash)
	if err != nil {
		return stack.Result{}, err
	}
	s.console.Note("priorities move between listener rules: two steps, the first one with %s", strings.Join(moved, ", "))
	if result, err := s.deployStack(ctx, interim, s.approver); err != nil {
		return result, err
	}
	return s.deployStack(ctx, spec, s.approver)
}

// interimSpec is the infra stack with interim priorities, and what these are in words.
func (s *session) interimSpec(clash *clashError) (stack.Spec, []string, error) {
	t, err := s.place.InfraTemplate(s.memory.reached.kept)
	if err != nil {
		return stack.Spec{}, nil, err
	}
	taken := priorities(t, clash.plan)
	var moved []string
	for _, c := range clash.clashes {
		rule, ok := t.Resources[c.Change.Resource].(*elb.ListenerRule)
		if !ok {
			return stack.Spec{}, nil, clash
		}
		rule.Priority = freePriority(rule.Priority, taken)
		taken[rule.Priority] = true
		moved = append(moved, fmt.Sprintf("priority %d for %s", rule.Priority, c.Change.Resource))
	}
	spec, err := s.infraSpecOf(t)
	return spec, moved, err
}

// priorities that listener rules have now, or are to have. Pure.
func priorities(t *cloudformation.Template, p stack.Plan) map[int]bool {
	taken := map[int]bool{}
	for _, r := range t.Resources {
		if rule, ok := r.(*elb.ListenerRule); ok {
			taken[rule.Priority] = true
		}
	}
	for _, c := range p.Changes {
		if n, err := strconv.Atoi(fmt.Sprint(c.Was["Priority"])); err == nil {
			taken[n] = true
		}
	}
	return taken
}

// maxPriority of a listener rule: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
const maxPriority = 50000

// freePriority is the next one that nobody has, so that the order among the rules changes as little as it can. Pure.
func freePriority(near int, taken map[int]bool) int {
	for n := near + 1; n <= maxPriority; n++ {
		if !taken[n] {
			return n
		}
	}
	for n := near - 1; n > 0; n-- {
		if !taken[n] {
			return n
		}
	}
	return near
}
