package ecs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/argv"
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
		t.Executions = map[string]execution{}
	}
	for i := range d.ContainerDefinitions {
		c := &d.ContainerDefinitions[i]
		image, err := s.images.Image(c.Image, "linux", architecture(d))
		if err == nil {
			images[c.Name] = image
			t.Executions[c.Name] = s.execution(t, c, image)
		}
		sc, bad := scenarioOf(s.environment(t, c), image.Labels)
		if bad != nil { // of a label, or of an override
			s.failToStart(t, "ResourceInitializationError: the embedded AWS cannot rehearse this: "+bad.Error())
			return
		}
		t.Programs[c.Name] = sc
		if sc.Name == "spot" {
			if !interruptible(t, s.state.Services[t.Service]) {
				s.failToStart(t, "ResourceInitializationError: the embedded AWS cannot rehearse this: the service has no capacity provider FARGATE_SPOT")
				return
			}
			t.Task.CapacityProviderName = spotProvider
		}
		if reason := s.unreadable(c, sc, d); reason != "" {
			s.failToStart(t, reason)
			return
		}
		if sc.Name == "no-pull" {
			err = s.unpullable(c.Image, sc.Why, d)
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
		sc := t.Programs[d.ContainerDefinitions[i].Name]
		if !s.logs.LogGroupExists(group) {
			sc = Scenario{Name: "no-logs", Why: "missing"}
		}
		if sc.Name == "no-logs" {
			s.failToStart(t, s.unloggable(group, sc.Why, d))
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
		if images[c.Name].Assumed {
			s.log(t, c.Name, "[embedded AWS] "+c.Image+" is in another registry, and was not looked at: it is taken to be there")
		}
		if want, is := architecture(d), images[c.Name].Architecture; is != "" && is != want && t.Programs[c.Name].Name == "" {
			t.Programs[c.Name] = Scenario{Name: "exec-format", Code: 255}
			t.Foreign = append(t.Foreign, program(t, s.containerDefinition(t, c.Name)))
		}
	}
	s.resolved(t)
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

// program is what a container executes first.
func program(t *taskRecord, c *containerDefinition) string {
	if vector := t.Executions[c.Name].Vector; len(vector) > 0 {
		return vector[0]
	}
	return "/" + c.Name
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

// run: the containers have started; their programs begin to do what they do.
func (s *Service) run(t *taskRecord) {
	for name, sc := range t.Programs {
		if sc.Name == "no-start" {
			s.failToStart(t, s.unstartable(t, name, sc.Why))
			return
		}
	}
	now := s.w.Now()
	t.Task.StartedAt = s.now()
	v := s.state.Services[t.Service]
	if v != nil {
		t.Grace = now.Add(s.w.Scaled(time.Duration(or(v.Settings.HealthCheckGracePeriodSeconds, 0)) * time.Second))
	}
	for i := range t.Task.Containers {
		c := &t.Task.Containers[i]
		c.LastStatus, c.RuntimeID = running, fmt.Sprintf("%s-%010d", t.id(), 527_074_092+i)
		s.begin(t, c.Name)
	}
	s.enter(t, running)
	if v != nil {
		s.join(v, t)
		if t.Grace.After(now) {
			s.next(t, time.Duration(or(v.Settings.HealthCheckGracePeriodSeconds, 0))*time.Second, "grace")
		}
	}
	if v != nil && !s.checked(t) && len(t.Targets) == 0 {
		s.next(t, unvouched, "settled")
		return
	}
	s.next(t, settling, "settled")
}

// begin starts the program of a container.
func (s *Service) begin(t *taskRecord, name string) {
	d, sc := s.containerDefinition(t, name), t.Programs[name]
	if sc.Name == "exec-format" {
		s.silent(t, name)
		files := t.Foreign
		if len(files) == 0 {
			files = []string{program(t, d)}
		}
		for _, file := range files {
			s.log(t, name, "exec "+file+": exec format error")
		}
		s.next(t, toExit, "exit/"+name)
		return
	}
	s.log(t, name, Simulated+": the image is not executed)")
	e := t.Executions[name]
	if len(e.Vector) > 0 && (e.Asked || t.Service == "") {
		s.log(t, name, "[embedded AWS] would run: "+argv.Quote(e.Vector))
	}
	switch sc.Name {
	case "exit":
		s.silent(t, name)
		s.log(t, name, fmt.Sprintf("[embedded AWS] scenario exit: the program exits with code %d", sc.Code))
		s.next(t, toExit, "exit/"+name)
	case "crash":
		s.silent(t, name)
		for line := range strings.SplitSeq(sc.Text, "|") {
			s.log(t, name, "[embedded AWS] "+line)
		}
		s.next(t, toExit, "exit/"+name)
	case "loopback":
		s.silent(t, name)
		for _, port := range s.ports(t, name) {
			s.log(t, name, fmt.Sprintf("[embedded AWS] listening on 127.0.0.1:%d", port))
		}
	case "spot":
		s.listening(t, name)
		s.next(t, sc.After, "interrupt")
	case "superseded":
		s.listening(t, name)
		s.supersede(t, name)
	case "exit-after":
		s.listening(t, name)
		s.next(t, sc.After, "exit/"+name)
	case "oom":
		s.silent(t, name)
		s.next(t, toKill, "exit/"+name)
	case "slow":
		s.silent(t, name)
		s.log(t, name, fmt.Sprintf("[embedded AWS] scenario slow: listens after %s", sc.After))
		s.next(t, sc.After, "listen/"+name)
	case "deaf":
		s.silent(t, name)
		s.log(t, name, "[embedded AWS] scenario deaf: the program listens on no port")
	default:
		if command := t.Service == "" && e.Asked && !e.Endless; !command || sc.Name != "" { // a command serves nobody
			s.listening(t, name)
		}
		if t.Service == "" && slices.Contains([]string{"", "sick", "port", "stubborn", "stop"}, sc.Name) {
			if e.Endless {
				s.log(t, name, "[embedded AWS] that is the image's own program: it goes on, as a server does")
			} else {
				s.next(t, toFinish, "exit/"+name)
			}
		}
		switch sc.Name {
		case "hang":
			s.log(t, name, "[embedded AWS] scenario hang: accepts connections and never answers")
		case "unhealthy":
			s.log(t, name, fmt.Sprintf("[embedded AWS] scenario unhealthy: health checks get %d", sc.Status))
		case "port":
			s.log(t, name, fmt.Sprintf("[embedded AWS] scenario port: the program listens on port %d and no other", sc.Port))
		case "sick":
			s.log(t, name, "[embedded AWS] scenario sick: the container's own health check fails")
		}
	}
	if h := d.HealthCheck; h != nil {
		s.next(t, time.Duration(or(h.Interval, 30))*time.Second, "check/"+name)
	}
}

// listening: the program accepts connections from now on.
func (s *Service) listening(t *taskRecord, name string) {
	for _, port := range s.ports(t, name) {
		sc := t.Programs[name]
		if sc.Name == "slow" { // its time has come
			sc = Scenario{}
		}
		status := sc.answer(port)
		s.targets.Answer(t.IP, port, status)
		switch {
		case status == 0:
		case t.Executions[name].Alone:
			s.log(t, name, fmt.Sprintf("[embedded AWS] listening on %s:%d alone: HOSTNAME is the runtime's", s.privateName(t.IP), port))
		default:
			s.log(t, name, fmt.Sprintf("[embedded AWS] listening on port %d", port))
		}
	}
}

// ports of a container: those of its definition, and the one that the scenario "port" listens on.
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
	c, sc := t.container(name), t.Programs[name]
	if c == nil || c.LastStatus != running {
		return
	}
	code := sc.Code
	c.LastStatus, c.ExitCode = stopped, &code
	switch sc.Name {
	case "oom":
		c.Reason = "OutOfMemoryError: container killed due to memory usage"
		s.log(t, name, "[embedded AWS] scenario oom: killed for its use of memory")
	case "", "sick", "port", "stubborn", "stop": // a one-off command
		code = 0
		s.log(t, name, "[embedded AWS] the command has ended (simulated: it was not executed)")
	case "exit-after":
		s.log(t, name, fmt.Sprintf("[embedded AWS] scenario exit-after: the program exits with code %d", code))
	}
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
	if v := s.state.Services[t.Service]; v != nil {
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
