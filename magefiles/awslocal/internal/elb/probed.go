package elb

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// Probe says that somebody asks the targets at an address, and reports by [Service.Probed] how they do: nothing is assumed of
// them.
func (s *Service) Probe(ip string) {
	s.state.Probed.Put(ip, &answer{})
}

// Probes are the health checks that somebody is to make. It changes nothing.
func (s *Service) Probes() []balancer.Check {
	var all []balancer.Check
	for arn, g := range s.state.TargetGroups.All() {
		if len(s.usedBy(arn)) == 0 || !g.TargetGroup.HealthCheckEnabled {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(g.Targets)) {
			t := g.Targets[key]
			ip, err := netip.ParseAddr(t.IP)
			if err != nil || !s.state.Probed.Has(t.IP) || t.Health.State == "draining" {
				continue
			}
			port := t.Port
			if n, err := strconv.Atoi(g.TargetGroup.HealthCheckPort); err == nil {
				port = n
			}
			c := balancer.Check{
				Group: arn, Target: netip.AddrPortFrom(ip, uint16(t.Port)), Address: netip.AddrPortFrom(ip, uint16(port)),
				HTTPS: g.TargetGroup.HealthCheckProtocol == "HTTPS", Path: g.TargetGroup.HealthCheckPath,
				Interval: time.Duration(g.TargetGroup.HealthCheckIntervalSeconds) * time.Second, Timeout: time.Duration(g.TargetGroup.HealthCheckTimeoutSeconds) * time.Second,
				Healthy: g.TargetGroup.HealthyThresholdCount, Unhealthy: g.TargetGroup.UnhealthyThresholdCount,
			}
			if m := g.TargetGroup.Matcher; m != nil {
				c.Matcher = m.HttpCode
			}
			all = append(all, c)
		}
	}
	return all
}

// Probed says that a target is well, or why it is not, in the words of ELB.
func (s *Service) Probed(h balancer.Health) {
	g := s.state.TargetGroups.Get(h.Group)
	if g == nil {
		return
	}
	t := g.Targets[h.Target.String()]
	if t == nil || t.Health.State == "draining" {
		return
	}
	t.Gen++ // what was planned does not happen
	t.Health = targetHealth{State: "healthy"}
	if !h.Good {
		t.Health = targetHealth{"unhealthy", h.Reason, h.Description}
	}
	s.w.Changed()
	for _, f := range s.watchers {
		f(h.Group, t.IP, t.Port)
	}
}

// Drained says that a target that is draining has nothing left to answer.
func (s *Service) Drained(arn, ip string, port int) {
	g := s.state.TargetGroups.Get(arn)
	if g == nil {
		return
	}
	if t := g.Targets[address(ip, port)]; t != nil && t.Health.State == "draining" {
		s.plan(arn, t, 0, "gone")
	}
}
