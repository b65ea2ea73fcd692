package targets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// releasedStack is the service stack; its zero value where there is none, or none that was ever complete, or where it has the
// service under another name, or in another cluster, than the configuration has now.
func (s *session) releasedStack(ctx context.Context) (stack.Stack, error) {
	st, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
	if stack.IsGone(err) {
		return stack.Stack{}, nil
	}
	if err != nil {
		return stack.Stack{}, err
	}
	if st.Outputs[cfn.OutputService] != s.place.Names.Service || st.Parameters[cfn.OutputCluster] != s.place.Names.Cluster {
		return stack.Stack{}, nil
	}
	switch stack.Decide(st.Status) {
	case stack.Change, stack.Continue, stack.Revert:
		return st, nil
	}
	return stack.Stack{}, nil
}

// deletedService tells whether the service was deleted outside of its stack. CloudFormation cannot update what is not
// there, and an equal template changes nothing: a drift-aware change set makes it again.
func (s *session) deletedService(ctx context.Context) (bool, error) {
	return s.deleted(ctx, func() {
		s.console.Note("service %s was deleted, and its last tasks stop: waiting until its name is free", s.place.Names.Service)
	})
}

// deleted is deletedService, and waits only where it can tell so.
func (s *session) deleted(ctx context.Context, waiting func()) (bool, error) {
	standing, gone, err := s.rollouts().Gone(ctx, waiting)
	s.memory.stood = standing
	if err != nil || !gone {
		return false, err
	}
	released, err := s.releasedStack(ctx)
	if err != nil || released.ID == "" {
		return false, err
	}
	s.console.Note("service %s was deleted outside of its stack %s: it is made again", s.place.Names.Service, released.Name)
	return true, nil
}

// compareNamed is compareInfra where the next command of a failure, or of what is found, is infra:deploy.
func (s *session) compareNamed(ctx context.Context, next []string) {
	named := slices.ContainsFunc(next, func(n string) bool { return strings.HasPrefix(n, s.command("infra:deploy")) })
	if named && namespace(s.name) != "infra" && s.clients != nil {
		s.compareInfra(ctx)
	}
}

// compareInfra lets CloudFormation compare the infra stack with what there is, where that differs: then infra:deploy, which
// else would find an equal template and leave it at that, knows of it.
func (s *session) compareInfra(ctx context.Context) {
	spec, err := s.infraSpec()
	if err != nil {
		return
	}
	if _, same, err := s.stacks().Equal(ctx, spec); err != nil || !same {
		return // infra:deploy looks at everything anyway
	}
	s.compare(ctx, s.place.Names.InfraStack, s.command("infra:deploy")+" puts back what was changed by other means")
}

// compare lets CloudFormation compare a stack with what there is, and says what for.
func (s *session) compare(ctx context.Context, name, purpose string) {
	s.console.Note("stack %s: comparing it with what there is, so that %s", name, purpose)
	if _, err := s.stacks().Drifts(ctx, name); err != nil && ctx.Err() == nil {
		s.console.Note("it cannot be compared: %v", err)
	}
}

// changedOutside tells whether an infra stack that is as configured, by its template, is not so in fact: somebody changed
// something by other means that a service of the environment cannot be without. The stack does not know.
func (s *session) changedOutside(ctx context.Context, infra stack.Stack) (bool, error) {
	changed := false
	for _, place := range s.place.Places() {
		seen := infra
		seen.Outputs = place.InfraOutputs(infra.Outputs)
		findings, err := s.at(place).findings(ctx, seen, stack.Stack{}, nil)
		if err != nil {
			return false, err
		}
		for _, f := range findings {
			if !ofInfra(f, s.place) {
				continue
			}
			changed = true
			s.console.Note("%s: %s; this was changed outside of the infra stack, which is compared with what there is", f.What, f.Why)
		}
	}
	return changed, nil
}

// ofInfra tells whether a finding is about what the infra stack makes. Warnings are so where they compare it with the
// configuration. Pure.
func ofInfra(f preflight.Finding, place cfn.Place) bool {
	compares := f.Check == "health check" || f.Check == "security groups"
	return strings.Contains(f.Next, commandIn(place, "infra:deploy")) && (f.Level == preflight.Error || f.Level == preflight.Warning && compares)
}

// putBack are the resources that somebody changed outside of their stack, and that a plan brings back to its template, other
// than those that this is for.
func (s *session) putBack(p stack.Plan) []string {
	var all []string
	for _, c := range p.Changes {
		meant := slices.ContainsFunc(s.memory.reached.gone, func(m missed) bool { return slices.Contains(m.types, c.Type) })
		// Its bounds are changed by schedules, too, and there is nothing without the service. A schedule may be what is made again.
		if c.Type == "AWS::ApplicationAutoScaling::ScalableTarget" && (s.memory.remade || s.memory.restored && !s.memory.moved) {
			continue
		}
		if c.Drift == "MODIFIED" && !meant {
			all = append(all, fmt.Sprintf("%s (%s) was changed outside of its stack, and would be put back", c.Resource, c.Type))
		}
	}
	return all
}
