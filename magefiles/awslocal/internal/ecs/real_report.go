package ecs

import (
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// What a supervisor reports of a task that it has. All are for use inside a transaction; a report that comes too late, of a
// task that has gone on since, changes nothing.

// real is a task that is executed, and a container in it; nil where there is no such one any more.
func (s *Service) real(id, name string) (*taskRecord, *realContainer, *container) {
	t := s.state.Tasks.Get(id)
	if t == nil || t.Real == nil || rank(t.Task.LastStatus) >= rank(deprovisioning) || t.Real.Containers[name] == nil {
		return nil, nil, nil
	}
	return t, t.Real.Containers[name], t.container(name)
}

// Pulled: the image of a container is there; digest is what its reference was resolved to. trouble is why it cannot be had, as
// the stopped reason tells it.
func (s *Service) Pulled(id, name, digest, trouble string) {
	t, k, c := s.real(id, name)
	if t == nil || k.Pulled || t.Task.LastStatus != pending || !t.live() {
		return
	}
	if trouble != "" {
		c.Reason = trouble
		s.failToStart(t, trouble)
		return
	}
	k.Pulled = true
	if c.ImageDigest == "" {
		c.ImageDigest = digest
	}
	s.w.Changed()
	for _, other := range t.Real.Containers {
		if !other.Pulled {
			return
		}
	}
	t.Task.PullStoppedAt = s.now()
	s.next(t, toRunning, "run")
}

// Unavailable: the image of a container cannot be had on this machine, and may be on AWS. Nothing of the task is executed then: what
// its programs do is assumed, and their logs say so.
func (s *Service) Unavailable(id, name, why string) {
	t, _, _ := s.real(id, name)
	if t == nil || t.Task.LastStatus != pending || !t.live() {
		return
	}
	t.Real, t.Unavailable = nil, why
	s.targets.Forget(t.IP, 0)
	for i := range t.Task.Containers {
		s.log(t, t.Task.Containers[i].Name, "[embedded AWS] nothing of this task is executed: "+why)
	}
	s.w.Changed()
	s.next(t, pulling, "start")
}

// Started: the program of a container runs.
func (s *Service) Started(id, name string) {
	t, k, c := s.real(id, name)
	if t == nil || k.Started {
		return
	}
	k.Started = true
	c.LastStatus = running
	for i := range t.Task.Containers {
		if t.Task.Containers[i].Name == name {
			c.RuntimeID = runtimeID(t, i)
		}
	}
	s.w.Changed()
	if !t.live() { // it was stopped meanwhile
		s.terminate(t)
		return
	}
	wait := defaultStartTimeout
	if n := s.containerDefinition(t, name).StartTimeout; n != nil {
		wait = time.Duration(*n) * time.Second
	}
	s.w.Later(wait, "ecs:task", t.id()+"/start-timeout/"+name)
	s.went(t)
}

// went looks at a task one of whose containers has come further.
func (s *Service) went(t *taskRecord) {
	s.ask(t)
	if t.Task.LastStatus != pending || !t.live() {
		return
	}
	for _, k := range t.Real.Containers {
		if !k.Started {
			return
		}
	}
	s.started(t)
}

// NotStarted: the program of a container cannot be executed; why is the stopped reason.
func (s *Service) NotStarted(id, name, why string) {
	t, k, c := s.real(id, name)
	if t == nil || k.Started {
		return
	}
	k.Started = true
	c.LastStatus, c.Reason = stopped, why
	s.w.Changed()
	switch {
	case !t.live():
		if !t.working() {
			s.deprovision(t, "")
		}
	case or(s.containerDefinition(t, name).Essential, true):
		s.failToStart(t, why)
	default:
		s.went(t)
	}
}

// Exited: the program of a container that had started has ended, with a code, and a reason where ECS gives one.
func (s *Service) Exited(id, name string, code int, reason string) {
	t, k, c := s.real(id, name)
	if t == nil || c.LastStatus != running {
		return
	}
	e := program.Exit{Code: code, Reason: reason}
	switch {
	case t.live() && t.Task.LastStatus == pending:
		c.end(e)
		s.w.Changed()
		if or(s.containerDefinition(t, name).Essential, true) {
			s.stop(t, "EssentialContainerExited", "Essential container in task exited")
			s.taskFailed(t)
			return
		}
		s.went(t)
	case k.Signaled || !t.live():
		c.end(e)
		s.w.Changed()
		if !t.working() {
			s.deprovision(t, "")
		} else if t.Task.LastStatus == stopping {
			s.signal(t)
		}
	default:
		s.exited(t, name, e)
	}
}

// Checked: the health check of a container has found out that it is well, or that it is not.
func (s *Service) Checked(id, name string, healthy bool) {
	t, _, c := s.real(id, name)
	if t == nil || c.LastStatus != running {
		return
	}
	c.HealthStatus = map[bool]string{true: "HEALTHY", false: "UNHEALTHY"}[healthy]
	t.Task.HealthStatus = s.taskHealth(t)
	s.w.Changed()
	if t.Task.LastStatus == running {
		s.judge(t)
		return
	}
	s.went(t)
}

// Drained: a task that is to stop answers nobody any more.
func (s *Service) Drained(id string) {
	t := s.state.Tasks.Get(id)
	if t == nil || t.Real == nil || t.Task.LastStatus != deactivating {
		return
	}
	for _, at := range t.Targets {
		s.targets.Drained(at.ARN, t.IP, at.Port)
	}
	s.terminate(t)
}

// Write adds lines to the log of a container; each is told at the present time.
func (s *Service) Write(id, name string, lines []string) {
	t := s.state.Tasks.Get(id)
	if t == nil {
		return
	}
	for _, line := range lines {
		s.log(t, name, line)
	}
}
