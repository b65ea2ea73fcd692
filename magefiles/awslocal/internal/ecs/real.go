package ecs

import (
	"fmt"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// realTask is what is kept of a task whose programs are executed. Its life goes on by what the supervisor reports, in place of
// what programs are assumed to do.
type realTask struct {
	Supervisor string // that has it
	Containers map[string]*realContainer
}

// realContainer is how far a container has come.
type realContainer struct {
	Pulled   bool
	Asked    bool // to be started: what it depends on is there
	Started  bool
	Signaled bool // to end
}

// defaultStartTimeout is how long a container waits for another that it depends on, where that does not say.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
const defaultStartTimeout = 3 * time.Minute

// executed tells whether the programs of a task are executed, with what is kept of that then: somebody executes programs, and
// none of the task's is to be rehearsed.
func (s *Service) executed(t *taskRecord, d *taskDefinition) *realTask {
	if s.state.Supervisor == "" || s.state.Off {
		return nil
	}
	r := &realTask{Supervisor: s.state.Supervisor, Containers: map[string]*realContainer{}}
	for _, c := range d.ContainerDefinitions {
		if t.Programs[c.Name] != (program.Scenario{}) {
			return nil
		}
		r.Containers[c.Name] = &realContainer{}
	}
	return r
}

// ask asks for the containers to be started whose dependencies are met.
func (s *Service) ask(t *taskRecord) {
	if !t.live() {
		return
	}
	for _, d := range s.definition(t).ContainerDefinitions {
		k := t.Real.Containers[d.Name]
		if k == nil || k.Asked {
			continue
		}
		met, hopeless := true, ""
		for _, on := range d.DependsOn {
			ok, never := s.dependency(t, on)
			met = met && ok
			if never {
				hopeless = on.ContainerName
			}
		}
		switch {
		case hopeless != "":
			s.failToStart(t, fmt.Sprintf("dependency graph: failed to resolve container ordering dependency [%s] for target [%s] as dependency did not exit successfully.", hopeless, d.Name))
			return
		case met:
			k.Asked = true
			s.w.Changed()
		}
	}
}

// dependency tells whether the condition of a dependency is met, or never will be.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
func (s *Service) dependency(t *taskRecord, on containerDependency) (met, never bool) {
	k, c := t.Real.Containers[on.ContainerName], t.container(on.ContainerName)
	if k == nil || c == nil {
		return false, true
	}
	ended := c.LastStatus == stopped
	switch on.Condition {
	case "COMPLETE":
		return ended, false
	case "SUCCESS":
		good := c.ExitCode != nil && *c.ExitCode == 0
		return ended && good, ended && !good
	case "HEALTHY":
		return c.HealthStatus == "HEALTHY" && !ended, ended || c.HealthStatus == "UNHEALTHY"
	}
	return k.Started, ended && !k.Started
}

// dependencyLate: another container has waited for this one as long as it may.
func (s *Service) dependencyLate(t *taskRecord, name string) {
	if t.Real == nil || !t.live() || t.Task.LastStatus != pending {
		return
	}
	for _, d := range s.definition(t).ContainerDefinitions {
		for _, on := range d.DependsOn {
			if met, _ := s.dependency(t, on); on.ContainerName == name && !met && !t.Real.Containers[d.Name].Asked {
				s.failToStart(t, fmt.Sprintf("dependency graph: container ordering dependency [%s] for target [%s] has timed out.", name, d.Name))
				return
			}
		}
	}
}

// signal asks for the containers to be ended that no other one needs any more.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_dependson
func (s *Service) signal(t *taskRecord) {
	list := s.definition(t).ContainerDefinitions
	for _, d := range list {
		k, c := t.Real.Containers[d.Name], t.container(d.Name)
		needed := slices.ContainsFunc(list, func(other containerDefinition) bool {
			return t.container(other.Name).LastStatus == running && slices.ContainsFunc(other.DependsOn, func(on containerDependency) bool { return on.ContainerName == d.Name })
		})
		if c.LastStatus == running && !needed && !k.Signaled {
			k.Signaled = true
			s.w.Changed()
		}
	}
}

// Supervise says who executes programs from now on, and that the machine on which they are is on. What an earlier supervisor
// had has ended with it. Empty: nobody executes any, and tasks that start behave as is assumed.
func (s *Service) Supervise(by string) {
	s.state.Supervisor, s.state.Off = by, false
	s.w.Changed()
	for id := range s.state.Tasks.All() {
		if t := s.state.Tasks.Get(id); t.Real != nil && t.Real.Supervisor != by && rank(t.Task.LastStatus) < rank(deprovisioning) {
			s.lose(t)
		} else if s.onlyAssumed(t) {
			s.stop(t, "ServiceSchedulerInitiated", "it was assumed how its programs do, and from now on programs are executed")
		}
	}
	for key := range s.state.Services.All() {
		s.look(key)
	}
}

// onlyAssumed tells whether a service has a task whose programs nobody has executed, and somebody would. One that has not begun to pull is executed anyhow.
func (s *Service) onlyAssumed(t *taskRecord) bool {
	return t.Real == nil && t.live() && t.Service != "" && !t.Task.PullStartedAt.IsZero() && s.executed(t, s.definition(t)) != nil
}

// NotExecuted are the tasks that are meant to run and of which nothing is executed, by their ids, with the reason: while somebody executes programs, that is told of
// each. None while nobody does.
func (s *Service) NotExecuted() map[string]string {
	all := map[string]string{}
	if !s.SwitchedOn() {
		return all
	}
	for id, t := range s.state.Tasks.All() {
		if t.Real != nil || !t.live() || t.Task.PullStartedAt.IsZero() {
			continue
		}
		if all[id] = t.Unavailable; t.Unavailable == "" {
			all[id] = "how its program does is rehearsed"
		}
	}
	return all
}

// Supervised tells whether somebody is said to execute programs.
func (s *Service) Supervised() bool { return s.state.Supervisor != "" }

// SwitchedOn tells whether somebody is said to execute programs, and has not been switched off.
func (s *Service) SwitchedOn() bool { return s.Supervised() && !s.state.Off }

// lose records a task whose programs have been killed together with their supervisor.
func (s *Service) lose(t *taskRecord) {
	const why = "the machine on which the embedded AWS executes programs has ended"
	live := t.live()
	for i := range t.Task.Containers {
		c := &t.Task.Containers[i]
		if c.LastStatus == running {
			c.end(program.Exit{Code: 137, Reason: why})
		}
	}
	s.leave(t)
	if live {
		t.Task.DesiredStatus, t.Task.StopCode, t.Task.StoppedReason, t.Task.StoppingAt = stopped, "TerminationNotice", why, s.now()
	}
	s.deprovision(t, why)
}

// SwitchOff stops all tasks that are executed, and lets services launch none until [Service.Supervise].
func (s *Service) SwitchOff() {
	s.state.Off = true
	s.w.Changed()
	for id := range s.state.Tasks.All() {
		t := s.state.Tasks.Get(id)
		if t.Real == nil || !t.live() {
			continue
		}
		t.Task.DesiredStatus, t.Task.StopCode, t.Task.StoppedReason, t.Task.StoppingAt = stopped, "UserInitiated", "local:down", s.now()
		s.leave(t)
		if t.working() {
			s.terminate(t)
		} else {
			s.deprovision(t, "")
		}
	}
}
