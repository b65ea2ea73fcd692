package ecs

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/argv"
)

// Work is a task that is to be executed.
type Work struct {
	ID, ARN, Cluster, Family string
	Revision                 int
	Address                  string // its own, an IPv4 address
	Hostname                 string
	Memory                   int64 // of all containers together, in bytes; 0: not said
	CPU                      int   // units of which 1,024 are a processor
	Role                     string
	Zone                     string
	Service                  string // name; empty where it is of none
	Draining                 bool   // it gets SIGTERM once it has nothing left to answer
	Targets                  []int  // ports at which a load balancer asks it
	Containers               []Job
}

// Job is a container of a task that is to be executed.
type Job struct {
	Name, ARN, RuntimeID string
	Image, Digest        string // its reference, and what that was resolved to
	Architecture         string
	Entrypoint, Command  []string // of the task; where an entrypoint is given, the image's command does not count
	Directory, User      string   // of the task; empty: the image's
	Environment          map[string]string
	ReadOnly, Init       bool
	Mounts               []Mount
	Tmpfs                map[string]int // MiB, by path
	Hosts                map[string]string
	Ulimits              map[string][2]int // soft and hard, by name
	Memory               int64             // its hard limit in bytes; 0: the task's alone
	SharedMemory         int               // MiB; 0: the default
	StopTimeout          time.Duration
	Check                *Check   // nil: none
	Lacking              []string // what the definition asks for and is not executed

	Pull, Start, Stop bool // what is wanted now
}

// Mount is a volume of the task's own at a path; containers that name the same one share it.
type Mount struct {
	Path, Volume string
	ReadOnly     bool
}

// Check is the health check of a container.
type Check struct {
	Command                    []string // with its first word: CMD or CMD-SHELL
	Interval, Timeout, Forgive time.Duration
	Retries                    int
}

// Work are all tasks that the supervisor is to have, the oldest first. One that is missing here has to be ended at once.
// It is for use inside a transaction, and changes nothing.
func (s *Service) Work() []Work {
	var tasks []*taskRecord
	for _, t := range s.state.Tasks.All() {
		if t.Real != nil && t.Real.Supervisor == s.state.Supervisor && rank(t.Task.LastStatus) < rank(deprovisioning) {
			tasks = append(tasks, t)
		}
	}
	byAge(tasks)
	var all []Work
	for _, t := range tasks {
		all = append(all, s.work(t))
	}
	return all
}

func (s *Service) work(t *taskRecord) Work {
	d := s.definition(t)
	mib, _ := strconv.ParseInt(t.Task.Memory, 10, 64)
	units, _ := strconv.Atoi(t.Task.CPU)
	w := Work{
		ID: t.id(), ARN: t.Task.TaskARN, Cluster: t.Task.ClusterARN, Family: d.Family, Revision: d.Revision, Address: t.IP, Hostname: s.privateName(t.IP),
		Memory: mib << 20, CPU: units, Role: d.TaskRoleARN, Zone: t.Task.AvailabilityZone, Draining: t.Task.LastStatus == deactivating,
	}
	if v := s.state.Services.Look(t.Service); v != nil {
		w.Service = v.Name
	}
	for _, at := range t.Targets {
		w.Targets = append(w.Targets, at.Port)
	}
	for i := range d.ContainerDefinitions {
		c := &d.ContainerDefinitions[i]
		k := t.Real.Containers[c.Name]
		if k == nil {
			continue
		}
		j := s.job(t, d, c)
		state := t.container(c.Name)
		j.ARN, j.RuntimeID, j.Digest = state.ContainerARN, state.RuntimeID, state.ImageDigest
		j.Pull, j.Start = !k.Pulled, k.Asked && !k.Started
		j.Stop = k.Signaled && state.LastStatus == running
		w.Containers = append(w.Containers, j)
	}
	return w
}

func (s *Service) job(t *taskRecord, d *taskDefinition, c *containerDefinition) Job {
	j := Job{
		Name: c.Name, Image: c.Image, Architecture: architecture(d), Entrypoint: c.EntryPoint, Command: c.Command,
		Directory: c.WorkingDirectory, User: c.User, ReadOnly: or(c.ReadonlyRootFilesystem, false),
		Tmpfs: map[string]int{}, Hosts: map[string]string{}, Ulimits: map[string][2]int{},
		Memory: int64(or(c.Memory, 0)) << 20, StopTimeout: time.Duration(or(c.StopTimeout, stopTimeout)) * time.Second, Lacking: lacking(d, c),
	}
	override := s.overrides(t, c)
	if override.Command != nil {
		j.Command = override.Command
	}
	if override.Memory != nil {
		j.Memory = int64(*override.Memory) << 20
	}
	j.Environment = environmentOf(nil, s.privateName(t.IP), c, override.Environment)
	for _, v := range c.Secrets {
		if s.secrets != nil && !overridden(c, override.Environment, v.Name) {
			j.Environment[v.Name] = s.secretValue(v.ValueFrom)
		}
	}
	for _, m := range c.MountPoints {
		j.Mounts = append(j.Mounts, Mount{m.ContainerPath, m.SourceVolume, or(m.ReadOnly, false)})
	}
	if p := c.LinuxParameters; p != nil {
		j.Init, j.SharedMemory = or(p.InitProcessEnabled, false), or(p.SharedMemorySize, 0)
		for _, m := range p.Tmpfs {
			j.Tmpfs[m.ContainerPath] = m.Size
		}
	}
	for _, h := range c.ExtraHosts {
		j.Hosts[h.Hostname] = h.IPAddress
	}
	for _, u := range c.Ulimits {
		j.Ulimits[u.Name] = [2]int{u.SoftLimit, u.HardLimit}
	}
	if h := c.HealthCheck; h != nil && !slices.Equal(h.Command, []string{"NONE"}) {
		j.Check = &Check{
			Command: h.Command, Interval: seconds(h.Interval, 30), Timeout: seconds(h.Timeout, 5), Forgive: seconds(h.StartPeriod, 0), Retries: or(h.Retries, 3),
		}
	}
	return j
}

func seconds(n *int, otherwise int) time.Duration {
	return time.Duration(or(n, otherwise)) * time.Second
}

// overrides of a container of the task.
func (s *Service) overrides(t *taskRecord, c *containerDefinition) containerOverride {
	for _, o := range t.Task.Overrides.ContainerOverrides {
		if o.Name == c.Name {
			return o
		}
	}
	return containerOverride{}
}

// overridden tells whether a plain variable has the name of a secret, and takes its place.
func overridden(c *containerDefinition, override []keyValuePair, name string) bool {
	return slices.ContainsFunc(slices.Concat(c.Environment, override), func(v keyValuePair) bool { return v.Name == name })
}

// secretValue is what a reference that [Service.secretProblem] found no fault with means; empty where it has been removed since.
func (s *Service) secretValue(from string) string {
	if !strings.Contains(from, ":secretsmanager:") {
		return s.secrets.Parameter(from)
	}
	p := append(strings.Split(from, ":"), "", "", "")
	text, err := s.secrets.Secret(strings.Join(p[:7], ":"), p[8], p[9])
	if err != nil || p[7] == "" {
		return text
	}
	var values map[string]json.RawMessage
	_ = json.Unmarshal([]byte(text), &values) // it was looked at when the task was pulled
	var plain string
	if json.Unmarshal(values[p[7]], &plain) == nil {
		return plain
	}
	return string(values[p[7]])
}

// lacking are the members of a definition that are asked for and not executed, as the definition names them.
func lacking(d *taskDefinition, c *containerDefinition) []string {
	has := map[string]bool{
		"firelensConfiguration": c.FirelensConfiguration != nil, "environmentFiles": len(c.EnvironmentFiles) > 0, "volumesFrom": len(c.VolumesFrom) > 0,
		"restartPolicy": c.RestartPolicy != nil, "repositoryCredentials": c.RepositoryCredentials != nil, "systemControls": len(c.SystemControls) > 0,
		"resourceRequirements": len(c.ResourceRequirements) > 0, "pidMode": d.PidMode != "",
		"linuxParameters.capabilities": c.LinuxParameters != nil && c.LinuxParameters.Capabilities != nil,
		"efsVolumeConfiguration":       slices.ContainsFunc(d.Volumes, func(v volume) bool { return v.EfsVolumeConfiguration != nil }),
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(has)), func(name string) bool { return !has[name] })
}

// Vector is what a container executes with the image that it has.
func (j Job) Vector(entrypoint, command []string) []string {
	return argv.Of(j.Entrypoint, j.Command, entrypoint, command)
}
