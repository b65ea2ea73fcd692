package elb

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Probe says that somebody asks the targets at an address, and reports by [Service.Probed] how they do: nothing is assumed of
// them.
func (s *Service) Probe(ip string) {
	if s.state.Probed == nil {
		s.state.Probed = map[string]bool{}
	}
	s.state.Probed[ip] = true
	s.w.Changed()
}

// Health is what is to be asked of a target, and how it is told from what it answers.
type Health struct {
	Group, IP          string
	Port               int // at which it is asked
	Target             int // port at which it is registered
	Path               string
	Interval, Timeout  time.Duration
	Healthy, Unhealthy int    // so many in a row
	Matcher            string // HTTP statuses: 200, 200,202 or 200-299
	State              string // initial, healthy, unhealthy
}

// Probes are the health checks that somebody is to make. It changes nothing.
func (s *Service) Probes() []Health {
	var all []Health
	for _, arn := range slices.Sorted(maps.Keys(s.state.TargetGroups)) {
		g := s.state.TargetGroups[arn]
		if len(s.usedBy(arn)) == 0 {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(g.Targets)) {
			t := g.Targets[key]
			if !s.state.Probed[t.IP] || t.Health.State == "draining" {
				continue
			}
			h := Health{
				Group: arn, IP: t.IP, Port: t.Port, Target: t.Port, Path: g.TargetGroup.HealthCheckPath, State: t.Health.State,
				Interval: time.Duration(g.TargetGroup.HealthCheckIntervalSeconds) * time.Second, Timeout: time.Duration(g.TargetGroup.HealthCheckTimeoutSeconds) * time.Second,
				Healthy: g.TargetGroup.HealthyThresholdCount, Unhealthy: g.TargetGroup.UnhealthyThresholdCount, Matcher: "200",
			}
			if m := g.TargetGroup.Matcher; m != nil && m.HttpCode != "" {
				h.Matcher = m.HttpCode
			}
			if n, err := strconv.Atoi(g.TargetGroup.HealthCheckPort); err == nil {
				h.Port = n
			}
			all = append(all, h)
		}
	}
	return all
}

// Probed says that a target is well, or why it is not, in the words of ELB.
func (s *Service) Probed(arn, ip string, port int, good bool, reason, description string) {
	g := s.state.TargetGroups[arn]
	if g == nil {
		return
	}
	t := g.Targets[address(ip, port)]
	if t == nil || t.Health.State == "draining" {
		return
	}
	t.Gen++ // what was planned does not happen
	t.Health = targetHealth{State: "healthy"}
	if !good {
		t.Health = targetHealth{"unhealthy", reason, description}
	}
	s.w.Changed()
	for _, f := range s.watchers {
		f(arn, ip, port)
	}
}

// Drained says that a target that is draining has nothing left to answer.
func (s *Service) Drained(arn, ip string, port int) {
	g := s.state.TargetGroups[arn]
	if g == nil {
		return
	}
	if t := g.Targets[address(ip, port)]; t != nil && t.Health.State == "draining" {
		s.plan(arn, t, 0, "gone")
	}
}
