package ecs

import (
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// program of a container, with what it is told.
func (s *Service) program(t *taskRecord, name string) (program.Program, program.Container) {
	d := s.definition(t)
	c := s.container(d, s.containerDefinition(t, name))
	c.Name, c.Subnet, c.Foreign = name, t.Task.Attachments[0].Details[0].Value, t.Foreign
	c.OneOff, c.Balanced, c.Ports = t.Service == "", len(t.Targets) > 0, s.ports(t, name)
	c.Execution, c.Task = t.Executions[name], handle{s, t, name}
	return s.behaviours.Program(t.Programs[name]), c
}

// container is what the definition of a task tells a program.
func (s *Service) container(d *taskDefinition, c *containerDefinition) program.Container {
	told := program.Container{Account: s.acct, Name: c.Name, Image: c.Image, Architecture: architecture(d), Role: d.ExecutionRoleARN, User: c.User}
	for _, v := range c.Secrets {
		told.Secrets = append(told.Secrets, v.ValueFrom)
	}
	if c.HealthCheck != nil {
		told.HealthCheck = c.HealthCheck.Command
	}
	if c.LogConfiguration != nil {
		told.LogGroup = c.LogConfiguration.Options["awslogs-group"]
	}
	return told
}

// handle is a container in its task, as its program has it.
type handle struct {
	s    *Service
	t    *taskRecord
	name string
}

func (h handle) Output(line string) { h.s.log(h.t, h.name, line) }

func (h handle) Listen(after time.Duration) {
	if after > 0 {
		h.s.next(h.t, after, "listen/"+h.name)
		return
	}
	h.s.listening(h.t, h.name)
}

func (h handle) Silence() { h.s.silent(h.t, h.name) }

func (h handle) End(after time.Duration) { h.s.next(h.t, after, "exit/"+h.name) }

func (h handle) Lived(d time.Duration) bool {
	return h.s.w.Now().Sub(h.t.Task.StartedAt.Time) >= h.s.w.Scaled(d)
}

func (h handle) UseSpot() bool {
	if !interruptible(h.t, h.s.state.Services.Get(h.t.Service)) {
		return false
	}
	h.t.Task.CapacityProviderName = spotProvider
	return true
}

func (h handle) Interrupt(after time.Duration) { h.s.next(h.t, after, "interrupt") }

func (h handle) Supersede() bool {
	v := h.s.state.Services.Get(h.t.Service)
	if v == nil || v.LastGood == "" || h.t.Deployment != v.primary().ID {
		return false
	}
	v.Settings.TaskDefinition = v.Revisions[v.LastGood].Settings.TaskDefinition
	h.s.deploy(v)
	return true
}

// end records how the program of a container has ended.
func (c *container) end(e program.Exit) {
	c.LastStatus, c.ExitCode = stopped, &e.Code
	if e.Reason != "" {
		c.Reason = e.Reason
	}
}
