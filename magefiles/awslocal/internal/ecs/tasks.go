package ecs

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// How long things take on Fargate, beside what programs do.
const (
	toPending   = 12 * time.Second // a network interface is attached
	toPull      = 2 * time.Second
	pulling     = 8 * time.Second
	toRunning   = 2 * time.Second
	settling    = time.Second // from a task's start until the scheduler takes note of it
	toStopped   = 15 * time.Second
	stopTimeout = 30 // seconds from SIGTERM to SIGKILL, where the container does not say
	// a task that neither a health check of its own nor a load balancer vouches for counts as healthy after this long; see
	// minimumHealthyPercent in https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
	unvouched    = 40 * time.Second
	stoppedStays = time.Hour // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
	// seenStopped is how long it is told at the least, by the clock of who looks: however fast time flies, somebody has to be
	// able to ask why.
	seenStopped = 30 * time.Second
)

// launch makes a task of a task definition and sets out to run it. The service is a key; empty: RunTask started it.
func (s *Service) launch(d *taskDefinition, clusterARN, service string, set settings, cpStrategy []capacityProviderStrategyItem) *taskRecord {
	id := s.w.Hex(32)
	name := lastPart(clusterARN)
	s.state.Addrs++
	t := &taskRecord{Service: service, Programs: map[string]program.Scenario{}, Executions: map[string]program.Execution{}, IP: fmt.Sprintf("10.0.%d.%d", 128+s.state.Addrs/250%64, 4+s.state.Addrs%250)}
	subnet, zone := "subnet-00000000000000000", "a"
	if n := set.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil && len(n.AwsvpcConfiguration.Subnets) > 0 {
		at := s.state.Addrs % len(n.AwsvpcConfiguration.Subnets)
		subnet, zone = n.AwsvpcConfiguration.Subnets[at], string(rune('a'+at))
	}
	arch := "x86_64"
	if p := d.RuntimePlatform; p != nil && p.CPUArchitecture == "ARM64" {
		arch = "arm64"
	}
	t.Task = task{
		TaskARN: s.acct.ARN("ecs", "task/"+name+"/"+id), ClusterARN: clusterARN, TaskDefinitionARN: d.TaskDefinitionARN,
		Attachments: []attachment{{ID: s.w.UUID(), Type: "ElasticNetworkInterface", Status: "PRECREATED",
			Details: []keyValuePair{{"subnetId", subnet}}}},
		Attributes:       []attribute{{Name: "ecs.cpu-architecture", Value: arch}},
		AvailabilityZone: s.acct.Region + zone, CPU: d.CPU, Memory: d.Memory, CreatedAt: s.now(),
		DesiredStatus: running, LastStatus: provisioning, EnableExecuteCommand: set.EnableExecuteCommand,
		Group: "family:" + d.Family, HealthStatus: "UNKNOWN", LaunchType: "FARGATE", PlatformFamily: "Linux",
		PlatformVersion: platformVersion(set.PlatformVersion), Overrides: &taskOverride{ContainerOverrides: []containerOverride{}, InferenceAcceleratorOverrides: []struct{}{}},
		Version: 1, EphemeralStorage: d.EphemeralStorage, FargateEphemeralStorage: &ephemeralStorage{SizeInGiB: 20},
		InferenceAccelerators: []struct{}{},
	}
	if t.Task.EphemeralStorage == nil {
		t.Task.EphemeralStorage = &ephemeralStorage{SizeInGiB: 20}
	}
	if len(cpStrategy) > 0 {
		t.Task.CapacityProviderName = cpStrategy[0].CapacityProvider
	}
	for _, c := range d.ContainerDefinitions {
		k := container{ContainerARN: s.acct.ARN("ecs", "container/"+name+"/"+id+"/"+s.w.UUID()), TaskARN: t.Task.TaskARN,
			Name: c.Name, Image: c.Image, LastStatus: pending, HealthStatus: "UNKNOWN", CPU: fmt.Sprint(c.CPU),
			NetworkBindings: []struct{}{}, NetworkInterfaces: []networkInterface{}}
		if c.Memory != nil {
			k.Memory = fmt.Sprint(*c.Memory)
		}
		if c.MemoryReservation != nil {
			k.MemoryReservation = fmt.Sprint(*c.MemoryReservation)
		}
		t.Task.Containers = append(t.Task.Containers, k)
		t.Task.Overrides.ContainerOverrides = append(t.Task.Overrides.ContainerOverrides, containerOverride{Name: c.Name})
	}
	s.state.Tasks.Put(id, t)
	s.state.Placed.Put(t.place(), &placed{id})
	s.state.Addresses.Put(t.IP, &placed{id})
	s.next(t, toPending, "pending")
	return t
}

func platformVersion(v string) string {
	if v == "" || v == "LATEST" {
		return "1.4.0"
	}
	return v
}

// next lets a step of the task's life happen after d; see taskDue.
func (s *Service) next(t *taskRecord, d time.Duration, step string) {
	s.w.After(d, "ecs:task", t.id()+"/"+step)
}

// taskDue is what happens to a task. Each step looks whether the task is still where the step begins.
func (s *Service) taskDue(event string) {
	id, step, _ := strings.Cut(event, "/")
	step, name, _ := strings.Cut(step, "/")
	t := s.state.Tasks.Get(id)
	if t == nil {
		return
	}
	at := rank(t.Task.LastStatus)
	switch step {
	case "pending":
		if at == rank(provisioning) {
			if reason := s.addressless(t); reason != "" {
				s.failToStart(t, reason)
				return
			}
			s.attach(t)
			s.next(t, toPull, "pull")
		}
	case "pull":
		if at == rank(pending) {
			s.pull(t)
		}
	case "start":
		if at == rank(pending) {
			t.Task.PullStoppedAt = s.now()
			s.next(t, toRunning, "run")
		}
	case "run":
		switch {
		case at != rank(pending):
		case t.Real != nil:
			s.ask(t)
		default:
			s.run(t)
		}
	case "start-timeout":
		s.dependencyLate(t, name)
	case "settled", "grace", "listen", "check":
		if at == rank(running) {
			s.observe(t, step, name)
		}
	case "interrupt":
		if at == rank(running) {
			s.interrupt(t)
		}
	case "exit":
		if at <= rank(deactivating) {
			s.exit(t, name)
		}
	case "stopping":
		if at == rank(deactivating) {
			s.terminate(t)
		}
	case "ended":
		if at == rank(stopping) {
			s.ended(t, name)
		}
	case "stopped":
		if at == rank(deprovisioning) {
			s.finish(t)
		}
	case "gone":
		s.state.Tasks.Delete(id)
		s.state.Placed.Delete(t.place())
		if at := s.state.Addresses.Look(t.IP); at != nil && at.Task == id { // else it was given again
			s.state.Addresses.Delete(t.IP)
		}
	}
}

// lived is next for what a program lives through, which is not shortened where it is executed.
func (s *Service) lived(t *taskRecord, d time.Duration, step string) {
	if t.Real != nil {
		s.w.Later(d, "ecs:task", t.id()+"/"+step)
		return
	}
	s.next(t, d, step)
}

// enter moves the task to a state.
func (s *Service) enter(t *taskRecord, status string) {
	t.Task.LastStatus = status
	t.Task.Version++
	s.w.Changed()
	s.look(t.Service)
}

// attach gives the task its network interface.
func (s *Service) attach(t *taskRecord) {
	a := &t.Task.Attachments[0]
	a.Status = "ATTACHED"
	hex := s.w.Hex(27)
	a.Details = append(a.Details,
		keyValuePair{"networkInterfaceId", "eni-" + hex[:17]},
		keyValuePair{"macAddress", fmt.Sprintf("06:%s:%s:%s:%s:%s", hex[17:19], hex[19:21], hex[21:23], hex[23:25], hex[25:27])},
		keyValuePair{"privateDnsName", s.privateName(t.IP)},
		keyValuePair{"privateIPv4Address", t.IP})
	for i := range t.Task.Containers {
		t.Task.Containers[i].NetworkInterfaces = []networkInterface{{AttachmentID: a.ID, PrivateIPv4Address: t.IP}}
	}
	t.Task.Connectivity, t.Task.ConnectivityAt = "CONNECTED", s.now()
	s.enter(t, pending)
}

// stop sets out to stop the task: a running one leaves its load balancer first, then gets SIGTERM.
func (s *Service) stop(t *taskRecord, code, reason string) {
	if !t.live() {
		return
	}
	t.Task.DesiredStatus, t.Task.StopCode, t.Task.StoppedReason, t.Task.StoppingAt = stopped, code, reason, s.now()
	switch {
	case t.Task.LastStatus != running && t.Real != nil && t.working():
		s.terminate(t)
	case t.Task.LastStatus != running:
		s.deprovision(t, reason)
	default:
		drain := s.leave(t)
		s.enter(t, deactivating)
		s.lived(t, drain, "stopping")
	}
}

// leave deregisters the task and is how long its connections may drain.
func (s *Service) leave(t *taskRecord) time.Duration {
	var longest time.Duration
	for _, at := range t.Targets {
		_, _, delay, ok := s.targets.TargetGroup(at.ARN)
		if ok {
			s.targets.DeregisterTarget(at.ARN, t.IP, at.Port)
			longest = max(longest, delay)
		}
	}
	return longest
}

// terminate sends SIGTERM to what runs, and SIGKILL to what does not end within its stop timeout.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
func (s *Service) terminate(t *taskRecord) {
	s.enter(t, stopping)
	if t.Real != nil {
		s.signal(t)
		return
	}
	for i := range t.Task.Containers {
		c := &t.Task.Containers[i]
		if c.LastStatus != running {
			continue
		}
		p, box := s.program(t, c.Name)
		ends := p.Signal(box)
		if ends == 0 {
			ends = time.Duration(or(s.containerDefinition(t, c.Name).StopTimeout, stopTimeout)) * time.Second
		}
		s.next(t, ends, "ended/"+c.Name)
	}
}

// ended: a container has ended after SIGTERM; the task goes on to its end with the last one.
func (s *Service) ended(t *taskRecord, name string) {
	c := t.container(name)
	if c == nil || c.LastStatus != running {
		return
	}
	p, box := s.program(t, name)
	c.end(p.Stop(box))
	s.silent(t, name)
	s.w.Changed()
	if !t.working() {
		s.deprovision(t, "")
	}
}

// deprovision gives the network interface of a task back in which nothing runs any more, or ever did.
func (s *Service) deprovision(t *taskRecord, reason string) {
	for i := range t.Task.Containers {
		c := &t.Task.Containers[i]
		switch {
		case c.LastStatus == pending && t.Task.StopCode == "TaskFailedToStart" && c.Reason == "":
			c.Reason = reason
		}
		c.LastStatus = stopped
	}
	t.Task.ExecutionStoppedAt = s.now()
	for i := range t.Task.Containers {
		for _, port := range s.ports(t, t.Task.Containers[i].Name) {
			s.targets.Forget(t.IP, port)
		}
	}
	s.enter(t, deprovisioning)
	s.next(t, toStopped, "stopped")
}

// finish: the task is STOPPED, and told for about an hour.
func (s *Service) finish(t *taskRecord) {
	t.Task.StoppedAt = s.now()
	t.Task.Attachments[0].Status = "DELETED"
	t.Task.Connectivity = "DISCONNECTED"
	s.enter(t, stopped)
	s.w.Later(max(s.w.Scaled(stoppedStays), seenStopped), "ecs:task", t.id()+"/gone")
}
