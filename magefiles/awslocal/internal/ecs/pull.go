package ecs

import (
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// definition of the task; it outlives its deregistration.
func (s *Service) definition(t *taskRecord) *taskDefinition {
	d, err := s.taskDefinition(t.Task.TaskDefinitionARN)
	if err != nil {
		return &taskDefinition{}
	}
	return d
}

// pull resolves secrets, logs and images, in the order in which Fargate does.
func (s *Service) pull(t *taskRecord) {
	d := s.definition(t)
	images := make(map[string]Image, len(d.ContainerDefinitions))
	notPulled := false
	if t.Executions == nil { // launched before there was such a record
		t.Executions = map[string]program.Execution{}
	}
	for i := range d.ContainerDefinitions {
		c := &d.ContainerDefinitions[i]
		image, err := s.images.Image(c.Image, "linux", architecture(d))
		if err == nil {
			images[c.Name] = image
			t.Executions[c.Name] = s.execution(t, c, image)
		}
		sc, bad := scenarioOf(s.behaviours, s.environment(t, c), image.Labels)
		if bad != nil { // of a label, or of an override
			s.failToStart(t, "ResourceInitializationError: the embedded AWS cannot rehearse this: "+bad.Error())
			return
		}
		t.Programs[c.Name] = sc
		p, box := s.program(t, c.Name)
		if trouble := p.Provision(box, program.Capacity); trouble != "" {
			s.failToStart(t, trouble)
			return
		}
		if reason := s.unreadable(p, box); reason != "" {
			s.failToStart(t, reason)
			return
		}
		if bad := p.Pull(box); bad != nil {
			err = bad
		}
		if err != nil && !notPulled {
			notPulled = true
			t.container(c.Name).Reason = notPulledReason(c.Image, err)
		}
	}
	for i := range d.ContainerDefinitions {
		l := d.ContainerDefinitions[i].LogConfiguration
		if l == nil || l.LogDriver != "awslogs" {
			continue
		}
		group := l.Options["awslogs-group"]
		if l.Options["awslogs-create-group"] == "true" {
			s.logs.EnsureLogGroup(group)
		}
		p, box := s.program(t, d.ContainerDefinitions[i].Name)
		trouble := p.Provision(box, program.Logs)
		if !s.logs.LogGroupExists(group) {
			trouble = program.NoLogGroup
		}
		if trouble != "" {
			s.failToStart(t, trouble)
			return
		}
	}
	t.Task.PullStartedAt = s.now()
	s.w.Changed()
	if notPulled {
		for i := range t.Task.Containers {
			if reason := t.Task.Containers[i].Reason; reason != "" {
				s.failToStart(t, reason)
			}
		}
		return
	}
	for i := range t.Task.Containers {
		c := &t.Task.Containers[i]
		c.ImageDigest = images[c.Name].Digest
		if images[c.Name].Assumed && s.executed(t, d) == nil {
			s.log(t, c.Name, "[embedded AWS] "+c.Image+" is in another registry, and was not looked at: it is taken to be there")
		}
		if want, is := architecture(d), images[c.Name].Architecture; is != "" && is != want && t.Programs[c.Name] == (program.Scenario{}) {
			_, box := s.program(t, c.Name)
			t.Programs[c.Name], t.Foreign = program.OtherArchitecture, append(t.Foreign, box.File())
		}
	}
	s.resolved(t)
	if t.Real = s.executed(t, d); t.Real != nil {
		s.targets.Probe(t.IP)
		return
	}
	s.next(t, pulling, "start")
}

// notPulledReason is the stopped reason of a task whose image cannot be pulled.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
func notPulledReason(ref string, err error) string {
	const code = "CannotPullContainerError: "
	if strings.HasPrefix(err.Error(), code) {
		return err.Error()
	}
	return code + "pull image manifest has been retried 1 time(s): failed to resolve ref " + ref + ": " + err.Error()
}

// architecture that the task runs on, as images name it.
func architecture(d *taskDefinition) string {
	if d.RuntimePlatform != nil && d.RuntimePlatform.CPUArchitecture == "ARM64" {
		return "arm64"
	}
	return "amd64"
}

// environment of a container, with its override.
func (s *Service) environment(t *taskRecord, c *containerDefinition) []keyValuePair {
	for _, o := range t.Task.Overrides.ContainerOverrides {
		if o.Name == c.Name && len(o.Environment) > 0 {
			return append(append([]keyValuePair{}, o.Environment...), c.Environment...)
		}
	}
	return c.Environment
}

// scenarioOf a container: its environment decides, else its image's label.
func scenarioOf(behaviours program.Table, environment []keyValuePair, labels map[string]string) (program.Scenario, error) {
	for _, v := range environment {
		if v.Name == program.Variable {
			return behaviours.Parse(v.Value)
		}
	}
	return behaviours.Parse(labels[program.Label])
}
