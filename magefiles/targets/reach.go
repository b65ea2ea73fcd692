package targets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// reach is what runs on the infra stack, and what the stack goes on to have for it.
type reach struct {
	uses []rollout.Use // of every service in the cluster
	kept cfn.Kept
	gone []missed // what is to be there, and is not any more; after lookForMissing

	zones   map[string]string // of subnets that were looked at; after checkOwn
	outputs map[string]string // of the infra stack; nil where there is none, or none that was ever complete
}

// lookAround looks at what runs on the infra stack; nothing where there is no such stack, or none that was ever complete.
func (s *session) lookAround(ctx context.Context) error {
	s.memory.reached = reach{}
	infra, err := s.stacks().Describe(ctx, s.place.Names.InfraStack)
	if stack.IsGone(err) || err == nil && infra.Outputs[cfn.OutputCluster] == "" {
		return nil
	}
	if err != nil {
		return err
	}
	s.memory.reached.outputs = infra.Outputs
	if s.memory.reached.uses, err = s.rollouts().Uses(ctx, infra.Outputs[cfn.OutputCluster]); err != nil {
		return err
	}
	s.memory.reached.kept, err = s.place.Kept(inUse(s.memory.reached.uses, infra.Outputs), infra.Outputs)
	return err
}

// tellLeftovers tells what the infra stack, which has these outputs for every service, and its cluster have beyond the
// configuration, now that a service has moved.
func (s *session) tellLeftovers(ctx context.Context, outputs map[string]string) error {
	left, err := s.place.Leftovers(outputs)
	if err != nil {
		return err
	}
	if err := s.lookAround(ctx); err != nil {
		// What was to be deployed is deployed.
		s.console.Note("whether something is left to clear cannot be told: %v", err)
		return nil
	}
	for _, line := range s.memory.reached.lines(s.place) {
		s.console.Note("%s", line)
	}
	for _, line := range s.leftBehindLines() {
		s.console.Note("%s", line)
	}
	if s.memory.reached.kept.Empty() && len(left) > 0 {
		s.console.Note("the infra stack still has what the service does not need any more (%s); %s removes it", strings.Join(left, ", "), s.command("infra:deploy"))
	}
	return nil
}

// lookForMissing looks, after lookAround, whether what the infra stack names is there still.
func (s *session) lookForMissing(ctx context.Context) (err error) {
	if s.memory.reached.outputs != nil {
		s.memory.reached.gone, err = s.missing(ctx, s.memory.reached.outputs)
	}
	return err
}

// cutOffs are those of a plan of the infra stack.
func (s *session) cutOffs(p stack.Plan) []cutOff {
	if p.Stack != s.place.Names.InfraStack {
		return nil
	}
	return cutOffs(p, s.memory.reached.uses, s.memory.reached.zones)
}

// inUse is what services rely on that are reached through the target groups of the infra stack or in its security group, or
// start with its execution role. Pure.
func inUse(uses []rollout.Use, outputs map[string]string) cfn.InUse {
	ours := map[string]bool{}
	for _, v := range outputs {
		ours[v] = true
	}
	var all cfn.InUse
	for _, u := range uses {
		for _, g := range u.Gateways {
			if ours[g.TargetGroup] {
				all.Ports = append(all.Ports, g.Port)
			}
		}
		if slices.ContainsFunc(u.ExecutionRoles, func(arn string) bool { return ours[arn] }) {
			all.Secrets = append(all.Secrets, u.Secrets...)
			all.Images = append(all.Images, u.Images...)
			all.LogGroups = append(all.LogGroups, u.LogGroups...)
		}
		if slices.ContainsFunc(u.SecurityGroups, func(id string) bool { return ours[id] }) {
			all.Subnets = append(all.Subnets, u.Subnets...)
			for _, g := range u.Gateways { // the target group may be that of an extension, or one that has gone
				all.Ports = append(all.Ports, g.Port)
			}
		}
	}
	return all
}

// lines tell what is put back, and what is kept, and for whom. Pure.
func (r reach) lines(place cfn.Place) []string {
	var lines []string
	for _, m := range r.gone {
		lines = append(lines, m.what+" outside of the infra stack: it is put back, as is everything that was changed so")
	}
	add := func(what string, uses func(rollout.Use) bool) {
		var who []string
		for _, u := range r.uses {
			switch {
			case !uses(u):
			case u.Stays == nil || uses(*u.Stays):
				who = append(who, "service "+u.Service+" ("+strings.Join(u.Revisions, ", ")+") has moved")
			default:
				who = append(who, "the tasks of service "+u.Service+" that are leaving have stopped")
			}
		}
		lines = append(lines, fmt.Sprintf("%s until %s; %s then removes it", what, strings.Join(who, ", and "), commandIn(place, "infra:deploy")))
	}
	for _, port := range r.kept.Ports {
		add(fmt.Sprintf("port %d stays open", port), func(u rollout.Use) bool {
			return slices.ContainsFunc(u.Gateways, func(g rollout.Gateway) bool { return g.Port == port })
		})
	}
	for _, arn := range r.kept.Secrets {
		add("the execution role may go on to read "+arn, func(u rollout.Use) bool {
			return slices.ContainsFunc(u.Secrets, func(reference string) bool { return strings.HasPrefix(reference, arn) })
		})
	}
	for _, arn := range r.kept.Repositories {
		_, repository, _ := strings.Cut(arn, ":repository/")
		add("the execution role may go on to pull from repository "+repository, func(u rollout.Use) bool {
			return slices.ContainsFunc(u.Images, func(image string) bool {
				return strings.Contains(image, "/"+repository+"@") || strings.Contains(image, "/"+repository+":")
			})
		})
	}
	for _, arn := range r.kept.LogGroups {
		_, group, _ := strings.Cut(strings.TrimSuffix(arn, ":*"), ":log-group:")
		add("the execution role may go on to write log group "+group, func(u rollout.Use) bool { return slices.Contains(u.LogGroups, arn) })
	}
	if r.kept.Zones > 0 {
		add(fmt.Sprintf("the subnets of %d zones stay", r.kept.Zones), func(u rollout.Use) bool { return len(u.Subnets) >= r.kept.Zones })
	}
	return lines
}
