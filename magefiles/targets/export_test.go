package targets

import "github.com/bellyfed/splitecs/magefiles/awslocal"

// WithFaults is the set with an embedded AWS that has these faults.
func (t Set) WithFaults(list ...awslocal.Fault) Set {
	t.faults = list
	return t
}

// WithClock is the set with an embedded AWS whose time is this clock's.
func (t Set) WithClock(c *awslocal.Clock) Set {
	t.clock = c
	return t
}
