package elb

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// How long a load balancer takes to begin checking a new target, and to send it the first check.
const (
	registering = 5 * time.Second
	firstCheck  = 2 * time.Second
)

// targetRecord is a registered target. Its health changes at the event with its latest generation.
type targetRecord struct {
	IP     string
	Port   int
	Zone   string
	Health targetHealth
	Gen    int
}

func address(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }

// TargetGroup tells of a target group: its target type, whether a listener forwards to it, and its deregistration
// delay.
func (s *Service) TargetGroup(arn string) (targetType string, attached bool, deregistrationDelay time.Duration, ok bool) {
	g := s.state.TargetGroups.Get(arn)
	if g == nil {
		return "", false, 0, false
	}
	return g.TargetGroup.TargetType, len(s.usedBy(arn)) > 0, g.delay(), true
}

func (g *targetGroupRecord) delay() time.Duration {
	n, _ := strconv.Atoi(g.Attributes["deregistration_delay.timeout_seconds"]) // it was checked when it was set
	return time.Duration(n) * time.Second
}

// RegisterTarget adds a target; one that is there already, or draining, begins anew.
func (s *Service) RegisterTarget(arn, ip string, port int) error {
	g := s.state.TargetGroups.Get(arn)
	if g == nil {
		return targetGroupNotFound()
	}
	key := address(ip, port)
	t := g.Targets[key]
	if t != nil && t.Health.State != "draining" {
		return nil
	}
	gen := 0
	if t != nil {
		gen = t.Gen
	}
	t = &targetRecord{IP: ip, Port: port, Gen: gen, Health: targetHealth{"initial", "Elb.RegistrationInProgress", "Target registration is in progress"}}
	g.Targets[key] = t
	s.plan(arn, t, registering, "check")
	return nil
}

// DeregisterTarget drains a target, which is gone after the deregistration delay.
func (s *Service) DeregisterTarget(arn, ip string, port int) {
	g := s.state.TargetGroups.Get(arn)
	if g == nil {
		return
	}
	t := g.Targets[address(ip, port)]
	if t == nil || t.Health.State == "draining" {
		return
	}
	t.Health = targetHealth{"draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"}
	if s.state.Probed.Has(ip) {
		s.planLater(arn, t, g.delay(), "gone")
		return
	}
	s.plan(arn, t, g.delay(), "gone")
}

// TargetHealth is a target's state with its reason and description.
func (s *Service) TargetHealth(arn, ip string, port int) (state, reason, description string) {
	g := s.state.TargetGroups.Get(arn)
	if g == nil || g.Targets[address(ip, port)] == nil {
		return "unused", "Target.NotRegistered", "Target is not registered to the target group"
	}
	h := s.told(arn, g.Targets[address(ip, port)])
	return h.State, h.Reason, h.Description
}

// told is a target's health as it is told: a target group without a load balancer is unused.
func (s *Service) told(arn string, t *targetRecord) targetHealth {
	if t.Health.State != "draining" && len(s.usedBy(arn)) == 0 {
		return targetHealth{"unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"}
	}
	return t.Health
}

// Answer says what the program at an address answers health checks with from now on: an HTTP status, 0 where
// nothing listens, or -1 where connections are accepted and nothing is said.
func (s *Service) Answer(ip string, port int, status int) {
	s.state.Answers.Put(address(ip, port), &answer{status})
	for arn, g := range s.state.TargetGroups.All() {
		for _, key := range slices.Sorted(maps.Keys(g.Targets)) {
			if t := g.Targets[key]; t.IP == ip {
				g = s.state.TargetGroups.Get(arn)
				s.consider(arn, g, t, time.Duration(g.TargetGroup.HealthCheckIntervalSeconds)*time.Second)
			}
		}
	}
}

// Forget says that there is nothing at an address any more.
func (s *Service) Forget(ip string, port int) {
	s.state.Answers.Delete(address(ip, port))
	s.state.Probed.Delete(ip)
}

// WatchTargets calls f, inside the transaction, when the state of a target has changed.
func (s *Service) WatchTargets(f func(arn, ip string, port int)) { s.watchers = append(s.watchers, f) }

// plan lets a step of the target's life happen after d; steps planned earlier do not happen any more.
func (s *Service) plan(arn string, t *targetRecord, d time.Duration, step string) {
	t.Gen++
	s.w.After(d, "elb:target", fmt.Sprintf("%s|%s|%d|%s", arn, address(t.IP, t.Port), t.Gen, step))
}

// planLater is plan for what is not shortened.
func (s *Service) planLater(arn string, t *targetRecord, d time.Duration, step string) {
	t.Gen++
	s.w.Later(d, "elb:target", fmt.Sprintf("%s|%s|%d|%s", arn, address(t.IP, t.Port), t.Gen, step))
}

func (s *Service) targetDue(event string) {
	parts := strings.Split(event, "|")
	if len(parts) != 4 {
		return
	}
	g := s.state.TargetGroups.Get(parts[0])
	if g == nil || g.Targets[parts[1]] == nil || strconv.Itoa(g.Targets[parts[1]].Gen) != parts[2] {
		return
	}
	t := g.Targets[parts[1]]
	switch parts[3] {
	case "check":
		t.Health = targetHealth{"initial", "Elb.InitialHealthChecking", "Initial health checks in progress"}
		s.w.Changed()
		s.consider(parts[0], g, t, firstCheck)
		return
	case "healthy":
		t.Health = targetHealth{State: "healthy"}
	case "unhealthy":
		_, t.Health = s.check(g, t)
	case "gone":
		delete(g.Targets, parts[1])
	}
	s.w.Changed()
	for _, f := range s.watchers {
		f(parts[0], t.IP, t.Port)
	}
}

// consider plans the next change of a target's state from what its program answers now. next is when the next
// check comes.
func (s *Service) consider(arn string, g *targetGroupRecord, t *targetRecord, next time.Duration) {
	good, _ := s.check(g, t)
	interval := time.Duration(g.TargetGroup.HealthCheckIntervalSeconds) * time.Second
	switch {
	case s.state.Probed.Has(t.IP): // somebody else finds out
		return
	case t.Health.State == "draining", t.Health.Reason == "Elb.RegistrationInProgress":
		return
	case t.Health.State == "initial" && good: // the first success suffices
		s.plan(arn, t, next, "healthy")
	case t.Health.State == "unhealthy" && good:
		s.plan(arn, t, next+interval*time.Duration(g.TargetGroup.HealthyThresholdCount-1), "healthy")
	case t.Health.State == "unhealthy":
		s.plan(arn, t, next, "unhealthy") // maybe for another reason
	case good:
		t.Gen++ // healthy, and remains so
	default:
		s.plan(arn, t, next+interval*time.Duration(g.TargetGroup.UnhealthyThresholdCount-1), "unhealthy")
	}
}

// check is the result of a health check; an address that no program has said anything about does not answer.
func (s *Service) check(g *targetGroupRecord, t *targetRecord) (good bool, bad targetHealth) {
	if !g.TargetGroup.HealthCheckEnabled {
		return true, targetHealth{}
	}
	port := t.Port
	if n, err := strconv.Atoi(g.TargetGroup.HealthCheckPort); err == nil {
		port = n
	}
	known := s.state.Answers.Look(address(t.IP, port))
	status := 0
	if known != nil {
		status = known.Status
	}
	switch {
	case known == nil && port == t.Port, status < 0:
		return false, targetHealth{"unhealthy", "Target.Timeout", "Request timed out"}
	case status == 0:
		return false, targetHealth{"unhealthy", "Target.FailedHealthChecks", "Health checks failed"}
	case !g.TargetGroup.Matcher.takes(status):
		return false, targetHealth{"unhealthy", "Target.ResponseCodeMismatch", fmt.Sprintf("Health checks failed with these codes: [%d]", status)}
	}
	return true, targetHealth{}
}

// takes tells whether a status is among "200", "200,202" or "200-299".
func (m *matcher) takes(status int) bool {
	if m == nil {
		return status == 200
	}
	return balancer.Matches(m.HttpCode, status)
}

type targetsInput struct {
	TargetGroupArn string
	Targets        []targetDescription
	Include        []string
}

func (s *Service) describable(in *targetsInput) (*targetGroupRecord, error) {
	g := s.state.TargetGroups.Get(in.TargetGroupArn)
	if g == nil {
		return nil, wire.Errorf("TargetGroupNotFound", "Target groups '%s' not found", in.TargetGroupArn)
	}
	for i := range in.Targets {
		if in.Targets[i].Port == 0 {
			in.Targets[i].Port = g.TargetGroup.Port
		}
	}
	return g, nil
}
