package targets

import "github.com/bellyfed/splitecs/magefiles/awslocal"

// WithFaults is the set with an embedded AWS that has these faults.
func (t Set) WithFaults(list ...awslocal.Fault) Set {
	t.faults = list
	return t
}
