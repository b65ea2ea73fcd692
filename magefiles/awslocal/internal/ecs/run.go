package ecs

import (
	"fmt"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// Simulated is how the line of a log begins that says that its program is not executed.
const Simulated = program.Simulated

// run: the containers have started; their programs begin to do what they do.
func (s *Service) run(t *taskRecord) {
	for _, c := range t.Task.Containers {
		p, box := s.program(t, c.Name)
		if trouble := p.Provision(box, program.Runtime); trouble != "" {
			s.failToStart(t, trouble)
			return
		}
	}
	s.started(t)
}

// started: all containers of the task have.
func (s *Service) started(t *taskRecord) {
	now := s.w.Now()
	t.Task.StartedAt = s.now()
	v := s.state.Services.Get(t.Service)
	var grace time.Duration
	if v != nil {
		grace = time.Duration(or(v.Settings.HealthCheckGracePeriodSeconds, 0)) * time.Second
		t.Grace = now.Add(s.w.Scaled(grace))
	}
	if t.Real != nil {
		t.Grace = now.Add(grace)
	} else {
		for i := range t.Task.Containers {
			c := &t.Task.Containers[i]
			c.LastStatus, c.RuntimeID = running, runtimeID(t, i)
			s.begin(t, c.Name)
		}
	}
	s.enter(t, running)
	if v != nil {
		s.join(v, t)
		if t.Grace.After(now) {
			s.lived(t, grace, "grace")
		}
	}
	if v != nil && !s.checked(t) && len(t.Targets) == 0 {
		s.next(t, unvouched, "settled")
		return
	}
	s.next(t, settling, "settled")
}

// runtimeID of the container at a position.
func runtimeID(t *taskRecord, i int) string { return fmt.Sprintf("%s-%010d", t.id(), 527_074_092+i) }

// begin starts the program of a container.
func (s *Service) begin(t *taskRecord, name string) {
	p, box := s.program(t, name)
	p.Start(box)
	if h := s.containerDefinition(t, name).HealthCheck; h != nil {
		s.next(t, time.Duration(or(h.Interval, 30))*time.Second, "check/"+name)
	}
}

// listening: the program accepts connections from now on.
func (s *Service) listening(t *taskRecord, name string) {
	p, box := s.program(t, name)
	for _, port := range box.Ports {
		status := p.Probe(port)
		s.targets.Answer(t.IP, port, status)
		switch {
		case status == 0:
		case box.Alone:
			s.log(t, name, fmt.Sprintf("[embedded AWS] listening on %s:%d alone: HOSTNAME is the runtime's", s.privateName(t.IP), port))
		default:
			s.log(t, name, fmt.Sprintf("[embedded AWS] listening on port %d", port))
		}
	}
}

// ports of a container: those of its definition, and the one that its scenario names.
func (s *Service) ports(t *taskRecord, name string) []int {
	var ports []int
	for _, p := range s.containerDefinition(t, name).PortMappings {
		ports = append(ports, p.ContainerPort)
	}
	if n := t.Programs[name].Port; n > 0 && !slices.Contains(ports, n) {
		ports = append(ports, n)
	}
	return ports
}

// silent: nothing listens on the container's ports any more.
func (s *Service) silent(t *taskRecord, name string) {
	for _, port := range s.ports(t, name) {
		s.targets.Answer(t.IP, port, 0)
	}
}

func (s *Service) containerDefinition(t *taskRecord, name string) *containerDefinition {
	d := s.definition(t)
	for i := range d.ContainerDefinitions {
		if d.ContainerDefinitions[i].Name == name {
			return &d.ContainerDefinitions[i]
		}
	}
	return &containerDefinition{}
}

// exit ends the program of a container; the task ends with an essential one.
func (s *Service) exit(t *taskRecord, name string) {
	c := t.container(name)
	if c == nil || c.LastStatus != running {
		return
	}
	p, box := s.program(t, name)
	s.exited(t, name, p.Ended(box))
}

// exited: the program of a container has ended by itself.
func (s *Service) exited(t *taskRecord, name string, e program.Exit) {
	t.container(name).end(e)
	s.silent(t, name)
	s.w.Changed()
	if !t.live() {
		if !t.working() {
			s.deprovision(t, "")
		}
		return
	}
	if !or(s.containerDefinition(t, name).Essential, true) {
		return
	}
	t.Task.DesiredStatus, t.Task.StopCode, t.Task.StoppedReason, t.Task.StoppingAt = stopped, "EssentialContainerExited", "Essential container in task exited", s.now()
	s.leave(t)
	if v := s.state.Services.Get(t.Service); v != nil {
		for _, at := range t.Targets {
			s.say(v, "deregistered 1 targets in (target-group %s)", at.ARN)
		}
	}
	if t.working() {
		s.terminate(t)
	} else {
		s.deprovision(t, "")
	}
	s.taskFailed(t)
}

// failToStart stops a task that could not be started.
func (s *Service) failToStart(t *taskRecord, reason string) {
	s.stop(t, "TaskFailedToStart", reason)
	s.taskFailed(t)
}

// log writes a line to the container's stream: prefix/container/task.
func (s *Service) log(t *taskRecord, name, line string) {
	l := s.containerDefinition(t, name).LogConfiguration
	if l == nil || l.LogDriver != "awslogs" {
		return
	}
	s.logs.WriteLog(l.Options["awslogs-group"], l.Options["awslogs-stream-prefix"]+"/"+name+"/"+t.id(), line)
}
