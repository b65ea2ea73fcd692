package ecs

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"

// unplaceable is what a service says when a task of the definition cannot be launched at all; empty where it can.
// ECS counts these failures as it counts failed tasks.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func (s *Service) unplaceable(d *taskDefinition) string {
	if role := s.missingRole(d); role != "" {
		return program.Unlaunchable(program.Unassumable(role))
	}
	return s.rehearsed(d, program.Placement, "")
}

// addressless is the stopped reason of a task for which its subnet has no address left; empty where it has.
func (s *Service) addressless(t *taskRecord) string {
	return s.rehearsed(s.definition(t), program.Address, t.Task.Attachments[0].Details[0].Value)
}

// rehearsed is the first trouble that the programs of a definition make with what a task needs before there is one.
func (s *Service) rehearsed(d *taskDefinition, n program.Need, subnet string) string {
	for i := range d.ContainerDefinitions {
		c := &d.ContainerDefinitions[i]
		var labels map[string]string
		if image, err := s.images.Image(c.Image, "linux", architecture(d)); err == nil {
			labels = image.Labels
		}
		sc, err := scenarioOf(s.behaviours, c.Environment, labels)
		if err != nil { // it is told when the task starts
			continue
		}
		told := s.container(d, c)
		told.Subnet = subnet
		if trouble := s.behaviours.Program(sc).Provision(told, n); trouble != "" {
			return trouble
		}
	}
	return ""
}

// interruptible tells whether Fargate Spot may run the task.
func interruptible(t *taskRecord, v *serviceRecord) bool {
	if v == nil || v.deployment(t.Deployment) == nil {
		return t.Task.CapacityProviderName == spotProvider
	}
	for _, i := range v.Revisions[v.deployment(t.Deployment).Revision].CapacityProviderStrategy {
		if i.CapacityProvider == spotProvider {
			return true
		}
	}
	return false
}

const spotProvider = "FARGATE_SPOT"

// interrupt takes a task of Fargate Spot back.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (s *Service) interrupt(t *taskRecord) {
	if !t.live() {
		return
	}
	s.stop(t, "SpotInterruption", "Your Spot Task was interrupted.")
	s.taskFailed(t)
}
