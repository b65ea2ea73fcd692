package targets

import (
	"fmt"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

func (s *session) stacks() *stack.Stacks {
	return &stack.Stacks{
		API:   s.clients.cloudformation(),
		Pause: s.pause,
		Now:   s.clockTime,
		Event: func(e stack.Event) { s.console.Progress(stackProgress(e)) },
		Expect: func(name string, e stack.Estimate) {
			s.console.Expect(name, e.Took, fmt.Sprintf("stack %s: %s", name, e))
		},
		Note:  func(text string) { s.console.Note("%s", text) },
		Skip:  s.approveSkip,
		Marks: s.marks(),
	}
}

// marks tell the stacks of this tool from others of their names: an output of every infra stack, and a parameter of every
// service stack.
func (s *session) marks() map[string]string {
	marks := map[string]string{s.place.Names.InfraStack: cfn.OutputContract}
	for _, n := range everyName(s.place) {
		marks[n.ServiceStack] = cfn.ParameterPinned
	}
	return marks
}

// stackProgress is a stack event as people see it: a resource is part of its stack. Pure.
func stackProgress(e stack.Event) console.Progress {
	p := console.Progress{Subject: e.Resource, State: e.Status, Reason: e.Reason, At: e.Time}
	if !e.OfStack {
		p.Parent = e.Stack
	}
	return p
}

func (s *session) rollouts() *rollout.Rollouts {
	return &rollout.Rollouts{
		ECS:     s.clients.ecs(),
		Targets: s.clients.elb(),
		Logs:    s.clients.logs(),
		Service: serviceOf(s.place.Names),
		Pause:   s.pause,
		Now:     s.clockTime,
		Speed:   s.faster, Remote: s.server == nil, RealPrograms: s.machine != nil && s.settings.scenario == "",
		WithoutLines: s.settings.withoutLines,
		Event: func(subject, state, reason string) {
			s.console.Progress(console.Progress{Subject: subject, Parent: cfn.ResourceService, State: state, Reason: reason})
		},
	}
}

// serviceOf is the ECS service of these names.
func serviceOf(n cfn.Names) rollout.Service {
	return rollout.Service{
		Cluster: n.Cluster, Name: n.Service, Family: n.Family, Container: n.Container, LogGroup: n.LogGroup, StreamPrefix: n.StreamPrefix,
	}
}
