package targets

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// passage is a rule of a security group.
type passage struct {
	group    string // that has it
	out      bool   // egress
	protocol string
	from, to int    // ports
	peer     string // address block, group or prefix list
}

const (
	securityGroup = "AWS::EC2::SecurityGroup"
	ingressRule   = "AWS::EC2::SecurityGroupIngress"
	egressRule    = "AWS::EC2::SecurityGroupEgress"
)

// passages of a resource with these properties; none for other types.
func passages(c stack.ResourceChange, properties map[string]any) []passage {
	var all []passage
	add := func(group string, out bool, rule map[string]any) {
		r := passage{group: group, out: out, protocol: plain(rule["IpProtocol"]), to: 65535}
		for _, name := range []string{"CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId", "SourcePrefixListId", "DestinationPrefixListId"} {
			if peer := plain(rule[name]); peer != "" {
				r.peer = peer
			}
		}
		if n, err := strconv.Atoi(plain(rule["FromPort"])); err == nil {
			r.from = n
		}
		if n, err := strconv.Atoi(plain(rule["ToPort"])); err == nil {
			r.to = n
		}
		all = append(all, r)
	}
	switch c.Type {
	case securityGroup:
		for name, out := range map[string]bool{"SecurityGroupIngress": false, "SecurityGroupEgress": true} {
			rules, _ := properties[name].([]any)
			for _, one := range rules {
				if rule, ok := one.(map[string]any); ok {
					add(c.PhysicalID, out, rule)
				}
			}
		}
	case ingressRule, egressRule:
		if properties != nil {
			add(plain(properties["GroupId"]), c.Type == egressRule, properties)
		}
	}
	return all
}

// within tells whether another rule lets through all that this one does. A name that is known afterwards may be any.
func (r passage) within(other passage) bool {
	unknown := func(s string) bool { return strings.Contains(s, knownLater) }
	return r.out == other.out && (r.group == other.group || unknown(other.group)) &&
		(other.protocol == "-1" || other.protocol == r.protocol && other.from <= r.from && r.to <= other.to) &&
		(r.peer == other.peer || unknown(other.peer) || isWithin(r.peer, other.peer))
}

// isWithin tells whether an address block is in another one.
func isWithin(other, block string) bool {
	b, err := netip.ParsePrefix(block)
	o, errOther := netip.ParsePrefix(other)
	return err == nil && errOther == nil && b.Bits() <= o.Bits() && b.Contains(o.Addr())
}

func (r passage) admits(port int) bool {
	return r.protocol == "-1" || r.protocol == "tcp" && r.from <= port && port <= r.to
}

// gone are the rules that a service relies on and that a change takes away: those by which the load balancer reaches its
// tasks, and those by which its tasks reach anything.
func gone(p stack.Plan, c stack.ResourceChange, u rollout.Use) []reason {
	var after []passage
	for _, other := range p.Changes {
		if other.Action != "Remove" {
			after = append(after, passages(other, other.Will)...)
		}
	}
	var found []reason
	for _, r := range passages(c, c.Was) {
		own := slices.Contains(u.SecurityGroups, r.group)
		if !own && !slices.Contains(u.SecurityGroups, r.peer) || slices.ContainsFunc(after, r.within) {
			continue
		}
		what := fmt.Sprintf("%s %d to %d", r.protocol, r.from, r.to)
		if r.protocol == "-1" {
			what = "everything"
		}
		switch {
		case own && r.out:
			found = append(found, reason{fmt.Sprintf("has its tasks in a group that lets them reach %s (%s), and would not any more", r.peer, what), wayPeer})
		case slices.ContainsFunc(u.Gateways, func(g rollout.Gateway) bool { return r.admits(g.Port) && !isOpen(r, g.Port, after) }):
			found = append(found, reason{fmt.Sprintf("is reached through this rule (%s), and would not be any more", what), wayPeer})
		}
	}
	return found
}

// isOpen tells whether one of the rules lets a port of what a rule lets through pass.
func isOpen(r passage, port int, rules []passage) bool {
	r.from, r.to = port, port
	if r.protocol == "-1" {
		r.protocol = "tcp"
	}
	return slices.ContainsFunc(rules, r.within)
}
