package ecs

import (
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// join registers the task with the service's target groups.
func (s *Service) join(v *serviceRecord, t *taskRecord) {
	for _, lb := range v.Settings.LoadBalancers {
		at := target{ARN: lb.TargetGroupARN, Container: lb.ContainerName, Port: lb.ContainerPort}
		if err := s.targets.RegisterTarget(at.ARN, t.IP, at.Port); err != nil {
			s.say(v, "failed to register targets in (target-group %s) with (error %v)", at.ARN, err)
			t.Unregistered = true
			continue
		}
		t.Targets = append(t.Targets, at)
		s.say(v, "registered 1 targets in (target-group %s)", at.ARN)
	}
}

// targetChanged looks at the task whose target has changed its state.
func (s *Service) targetChanged(_, ip string, _ int) {
	if at := s.state.Addresses.Look(ip); at != nil {
		if t := s.state.Tasks.Get(at.Task); t.Task.LastStatus == running {
			s.judge(t)
		}
	}
}

// observe is what time alone shows of a running task.
func (s *Service) observe(t *taskRecord, step, name string) {
	switch step {
	case "settled":
		t.Settled = true
	case "listen":
		s.listening(t, name)
	case "check":
		s.checkContainer(t, name)
	}
	s.w.Changed()
	s.judge(t)
}

// checkContainer gives a container the result of its health check. Nothing is executed: the program says what it is.
func (s *Service) checkContainer(t *taskRecord, name string) {
	c, h := t.container(name), s.containerDefinition(t, name).HealthCheck
	if c == nil || h == nil || c.LastStatus != running {
		return
	}
	p, box := s.program(t, name)
	health := p.Check(box)
	interval := time.Duration(or(h.Interval, 30)) * time.Second
	patience := time.Duration(or(h.StartPeriod, 0))*time.Second + time.Duration(or(h.Retries, 3))*interval
	switch {
	case health == program.Healthy:
		c.HealthStatus = "HEALTHY"
	case box.Lived(patience):
		c.HealthStatus = "UNHEALTHY"
	}
	if health == program.Starting || health == program.Unhealthy && c.HealthStatus != "UNHEALTHY" { // it may pass, or has not failed for long enough
		s.next(t, interval, "check/"+name)
	}
	t.Task.HealthStatus = s.taskHealth(t)
}

// taskHealth is HEALTHY when all essential containers with a check are.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
func (s *Service) taskHealth(t *taskRecord) string {
	health := "UNKNOWN"
	for _, d := range s.definition(t).ContainerDefinitions {
		c := t.container(d.Name)
		if d.HealthCheck == nil || c == nil || !or(d.Essential, true) {
			continue
		}
		switch c.HealthStatus {
		case "UNHEALTHY":
			return "UNHEALTHY"
		case "UNKNOWN":
			return "UNKNOWN"
		default:
			health = "HEALTHY"
		}
	}
	return health
}

// checked tells whether the task's definition has a health check that counts.
func (s *Service) checked(t *taskRecord) bool {
	for _, d := range s.definition(t).ContainerDefinitions {
		if d.HealthCheck != nil && or(d.Essential, true) {
			return true
		}
	}
	return false
}

// healthy tells whether the task counts as a healthy one of its service.
func (s *Service) healthy(t *taskRecord) bool {
	if t.Task.LastStatus != running || !t.live() || !t.Settled {
		return false
	}
	if s.checked(t) && t.Task.HealthStatus != "HEALTHY" {
		return false
	}
	for _, at := range t.Targets {
		if state, _, _ := s.targets.TargetHealth(at.ARN, t.IP, at.Port); state != "healthy" {
			return false
		}
	}
	return !t.Unregistered
}

// judge decides what the task's health means for its service.
func (s *Service) judge(t *taskRecord) {
	v := s.state.Services.Get(t.Service)
	if v == nil || !t.live() {
		return
	}
	if s.healthy(t) {
		if !t.WasHealthy {
			t.WasHealthy = true
			s.taskSucceeded(v, t)
		}
		s.look(t.Service)
		return
	}
	if s.w.Now().Before(t.Grace) {
		return
	}
	if t.Task.HealthStatus == "UNHEALTHY" {
		s.say(v, "(task %s) failed container health checks.", t.id())
		s.replace(v, t, "Task failed container health checks")
		return
	}
	for _, at := range t.Targets {
		state, _, why := s.targets.TargetHealth(at.ARN, t.IP, at.Port)
		if strings.HasPrefix(state, "unhealthy") {
			s.say(v, "(task %s) (port %d) is unhealthy in (target-group %s) due to (reason %s).", t.id(), at.Port, at.ARN, why)
			s.replace(v, t, "Task failed ELB health checks in (target-group "+at.ARN+")")
			return
		}
	}
}

// replace stops an unhealthy task; the scheduler launches another.
func (s *Service) replace(v *serviceRecord, t *taskRecord, reason string) {
	s.stopAll(v, []*taskRecord{t}, reason)
	s.taskFailed(t)
}
