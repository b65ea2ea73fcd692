package cfn

import (
	"cmp"
	"maps"
	"time"
)

// WithDefaults returns the container with its default in every field that is empty.
func (c Container) WithDefaults() Container {
	c.Port = cmp.Or(c.Port, 3000)
	c.HealthCheckPath = cmp.Or(c.HealthCheckPath, "/health")
	c.StartPeriod = cmp.Or(c.StartPeriod, 120*time.Second)
	c.StopTimeout = cmp.Or(c.StopTimeout, 30*time.Second)
	c.DeregistrationDelay = cmp.Or(c.DeregistrationDelay, 30*time.Second)
	c.User = cmp.Or(c.User, "1000:1000")
	return c
}

func (e Environment) withDefaults() Environment {
	e.Network = e.Network.withDefaults()
	e.CPU = cmp.Or(e.CPU, 256)
	e.Memory = cmp.Or(e.Memory, 2*e.CPU)
	e.TLSPolicy = cmp.Or(e.TLSPolicy, tlsPolicy)
	e.Architecture = cmp.Or(e.Architecture, X8664)
	e.MinTasks = cmp.Or(e.MinTasks, 1)
	e.MaxTasks = cmp.Or(e.MaxTasks, e.MinTasks)
	e.Scaling = e.Scaling.withDefaults()
	e.LogRetentionDays = cmp.Or(e.LogRetentionDays, 7)
	return e
}

func (n Network) withDefaults() Network {
	if n.brought() {
		return n
	}
	n.CIDR = cmp.Or(n.CIDR, "10.0.0.0/16")
	n.Zones = cmp.Or(n.Zones, 2)
	n.NATGateways = cmp.Or(n.NATGateways, 1)
	return n
}

// brought reports whether the network is one that exists already, or is meant to be.
func (n Network) brought() bool {
	return n.VPCID != "" || len(n.PublicSubnetIDs) > 0 || len(n.PrivateSubnetIDs) > 0
}

func (s Scaling) withDefaults() Scaling {
	s.CPUPercent = cmp.Or(s.CPUPercent, 70)
	s.MemoryPercent = cmp.Or(s.MemoryPercent, 80)
	schedules := make([]Schedule, len(s.Schedules))
	for i, schedule := range s.Schedules {
		schedule.TimeZone = cmp.Or(schedule.TimeZone, "UTC")
		schedules[i] = schedule
	}
	s.Schedules = schedules
	return s
}

// merged lays over upon base and leaves both as they are.
func merged(base, over map[string]string) map[string]string {
	all := make(map[string]string, len(base)+len(over))
	maps.Copy(all, base)
	maps.Copy(all, over)
	return all
}
