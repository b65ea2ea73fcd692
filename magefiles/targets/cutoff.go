package targets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// cutOff is a change of the infra stack that what runs may not stand, and that two steps do not mend by themselves.
type cutOff struct {
	change stack.ResourceChange
	why    string // what becomes of which service
	way    string // how it is done without
}

func (c cutOff) String() string {
	return fmt.Sprintf("%s (%s): %s", c.change.Resource, c.change.Type, c.why)
}

// cutOffs compares a plan of the infra stack with what runs on it. Pure: where CloudFormation tells no values, there is
// nothing to be compared. zones are those of subnets that are brought.
func cutOffs(p stack.Plan, uses []rollout.Use, zones map[string]string) []cutOff {
	var found []cutOff
	for _, c := range p.Changes {
		who := map[reason][]string{}
		var order []reason
		for _, u := range uses {
			for _, r := range reasons(p, c, u, zones) {
				if who[r] == nil {
					order = append(order, r)
				}
				who[r] = append(who[r], u.Service+" ("+strings.Join(u.Revisions, ", ")+")")
			}
		}
		for _, r := range order {
			found = append(found, cutOff{change: c, why: "service " + strings.Join(slices.Compact(who[r]), ", ") + " " + r.what, way: r.way})
		}
	}
	return found
}

// reason is what becomes of a service, and what to do before.
type reason struct{ what, way string }

const (
	wayReplaced = "leave it as it is; or build what replaces it beside it, let the service move, and take it away then"
	wayHealth   = "deploy a program that answers both health checks first (service:deploy), then this"
	wayPeer     = "add the new rule first, let the service move, and take the old one away then"
	wayAllowed  = "deploy a program that does without first (service:deploy), then this"
)

func reasons(p stack.Plan, c stack.ResourceChange, u rollout.Use, zones map[string]string) []reason {
	switch {
	case c.Action == "Remove" || c.Action == "Modify" && c.Replacement == "True":
		if what := lost(c, u); what != "" {
			return []reason{{what, wayReplaced}}
		}
	case c.Action != "Modify" || c.Was == nil || c.Will == nil:
		return nil
	}
	switch c.Type {
	case "AWS::ElasticLoadBalancingV2::TargetGroup":
		return health(c, u)
	case "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress":
		return gone(p, c, u)
	case "AWS::IAM::Role":
		return permissions(c, u)
	case "AWS::ElasticLoadBalancingV2::LoadBalancer":
		return zonesLost(c, u, zones)
	}
	return nil
}

// lost is what becomes of a service whose resource goes; empty where it has nothing to do with it.
func lost(c stack.ResourceChange, u rollout.Use) string {
	id := c.PhysicalID
	switch c.Type {
	case "AWS::IAM::Role":
		is := func(arn string) bool { return strings.HasSuffix(arn, "/"+id) }
		if slices.ContainsFunc(u.ExecutionRoles, is) {
			return "starts its tasks with this role: none starts any more, until service:deploy takes another one"
		}
		if slices.ContainsFunc(u.TaskRoles, is) {
			return "has this role: its tasks may do nothing in AWS any more, until service:deploy takes another one"
		}
	case "AWS::ECS::Cluster": // all that are looked at are in it
		return "runs in this cluster, and stays in it, where no target finds it any more"
	case "AWS::ElasticLoadBalancingV2::TargetGroup":
		if slices.ContainsFunc(u.Gateways, func(g rollout.Gateway) bool { return g.TargetGroup == id }) {
			return "is reached through this target group: no request comes to it any more, until service:deploy takes another one"
		}
	case "AWS::EC2::SecurityGroup":
		if slices.Contains(u.SecurityGroups, id) {
			return "has its tasks in this group: nothing reaches them any more, until service:deploy takes another one"
		}
	case "AWS::EC2::Subnet":
		if slices.Contains(u.Subnets, id) {
			return "has tasks in this subnet, which lose their way, until service:deploy takes others"
		}
	}
	return ""
}

// health are the properties of a target group by which tasks that run may be given up.
func health(c stack.ResourceChange, u rollout.Use) []reason {
	if !slices.ContainsFunc(u.Gateways, func(g rollout.Gateway) bool { return g.TargetGroup == c.PhysicalID }) {
		return nil
	}
	var found []reason
	add := func(format string, args ...any) {
		found = append(found, reason{fmt.Sprintf(format, args...), wayHealth})
	}
	was, will := func(name string) string { return plain(c.Was[name]) }, func(name string) string { return plain(c.Will[name]) }
	// While a deployment is under way, one of two revisions may ask and the other not.
	answers := len(u.Revisions) == 1 && asks(u.Checks, will("HealthCheckPath"))
	if path := will("HealthCheckPath"); path != was("HealthCheckPath") && !answers {
		add("was found healthy at %s and would be asked for %s: what answers otherwise there is stopped, and what ECS starts in its place as well", was("HealthCheckPath"), path)
	}
	for _, name := range []string{"HealthCheckPort", "HealthCheckProtocol", "ProtocolVersion"} {
		if was(name) != will(name) {
			add("was found healthy with %s %s and would be asked with %s", name, value(was(name)), value(will(name)))
		}
	}
	if codes := preflight.FewerCodes(matcher(c.Was), matcher(c.Will)); codes != "" {
		add("may be healthy by answering %s, which would not count any more", codes)
	}
	return found
}

// asks tells whether one of the containers' own health checks, which the tasks that run pass, asks for the path already.
func asks(checks []string, path string) bool {
	for _, check := range checks {
		for rest := check; ; {
			at := strings.Index(rest, path)
			if at < 0 {
				break
			}
			before, after := rest[:at], rest[at+len(path):]
			// Behind the address, and to the end of the word: /health is not in /healthz, nor in /api/health.
			if (after == "" || strings.ContainsAny(after[:1], "\"'` )|&;?")) && isAddress(before) {
				return true
			}
			rest = after
		}
	}
	return false
}

// isAddress tells whether a text ends in scheme, host and port.
func isAddress(text string) bool {
	at := strings.LastIndex(text, "://")
	return at >= 0 && at+3 < len(text) && !strings.ContainsAny(text[at+3:], "/ \"'")
}

func matcher(properties map[string]any) string {
	m, _ := properties["Matcher"].(map[string]any)
	if code := plain(m["HttpCode"]); code != "" {
		return code
	}
	return "200"
}

// plain is a scalar as text; nothing is empty.
func plain(v any) string {
	if v == nil {
		return ""
	}
	return text(v)
}
