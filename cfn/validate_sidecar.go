package cfn

import (
	"fmt"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// mostContainers of a task, the application's among them.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const mostContainers = 10

// leastForApplication is what reservations of sidecars leave to the application's container in MiB.
const leastForApplication = 64

// pinnedImage is a reference with a digest, with or without a tag before it.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
var pinnedImage = lazyregexp.New(`^[a-z0-9][A-Za-z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64}$`)

func (v *validator) sidecars(e Environment, container string) {
	if len(e.Sidecars) >= mostContainers {
		v.add("Sidecars", "%d are too many: a task has %d containers, the application's among them", len(e.Sidecars), mostContainers)
	}
	names := map[string]bool{container: true}
	cpu, memory := 0, 0
	for i, s := range e.Sidecars {
		v.within(fmt.Sprintf("Sidecars[%d].", i), func() {
			switch {
			case !ecsNameForm.MatchString(s.Name):
				v.add("Name", "%q is not the name of a container: 1 to 255 letters, digits, hyphens and underscores", s.Name)
			case names[s.Name]:
				v.add("Name", "%q is another container's", s.Name)
			}
			names[s.Name] = true
			v.sidecar(s, e)
		})
		cpu, memory = cpu+max(s.CPU, 0), memory+max(s.Memory, 0)
	}
	if cpu >= e.CPU && cpu > 0 {
		v.add("Sidecars", "reserve %d units of CPU of the task's %d, which leaves nothing to the application: raise CPU, or reserve less", cpu, e.CPU)
	}
	if memory > 0 && memory+leastForApplication > e.Memory {
		v.add("Sidecars", "reserve %d MiB of the task's %d, which leaves nothing to the application: raise Memory, or reserve less", memory, e.Memory)
	}
}

func (v *validator) sidecar(s Sidecar, e Environment) {
	if !pinnedImage.MatchString(s.Image) {
		v.add("Image", "%q is not a reference with a digest, such as public.ecr.aws/name@sha256:…: what a tag names may change, and a revision must not", s.Image)
	}
	v.words("Command", s.Command)
	v.variables("Variables", s.Variables)
	v.references(s.Secrets, s.Variables, e)
	if s.CPU < 0 {
		v.add("CPU", "%d is negative", s.CPU)
	}
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	if s.Memory < 0 || s.Memory > 0 && s.Memory < 6 {
		v.add("Memory", "%d is out of range: at least 6 MiB, or 0 for none", s.Memory)
	}
	v.healthCheckCommand(s.HealthCheckCommand)
	switch {
	case s.WaitFor == "", s.WaitFor == waitForStart:
	case s.WaitFor != waitForHealthy:
		v.add("WaitFor", "%q is neither %s nor %s", s.WaitFor, waitForStart, waitForHealthy)
	case len(s.HealthCheckCommand) == 0:
		v.add("WaitFor", "%s needs a HealthCheckCommand", waitForHealthy)
	}
	v.matches("User", s.User, userPattern, "a user: uid, uid:gid or a name known to the image")
}
