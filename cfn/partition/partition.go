// Package partition knows the partitions of AWS: the groups of regions that share neither accounts nor names with each
// other, and what their ARNs and hosts are called by. It knows the rules for regions, not which regions there are.
//
// The table is that of AWS's SDKs (partitions.json, in which the endpoints of every service have their suffix); a test of
// package targets holds it against the one that comes with this module's.
//
// It does not know services, except by the suffixes of their hosts, and ECR by how its registries are addressed. Imported by cfn, image, preflight and targets.
package partition

import (
	"slices"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Partition is one of them.
type Partition struct {
	Name   string // in ARNs: "aws"
	Suffix string // of hosts: "amazonaws.com"
	// DualStack is the suffix of hosts that answer over IPv6 as well, for services that have no other there.
	DualStack string

	regions *lazyregexp.Regexp
}

// all of them; the first is that of regions which no rule knows.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
var all = []Partition{
	{"aws", "amazonaws.com", "api.aws", lazyregexp.New(`^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$`)},
	{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", lazyregexp.New(`^cn-\w+-\d+$`)},
	{"aws-us-gov", "amazonaws.com", "api.aws", lazyregexp.New(`^us-gov-\w+-\d+$`)},
	{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", lazyregexp.New(`^eusc-\w+-\w+-\d+$`)},
	{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", lazyregexp.New(`^us-iso-\w+-\d+$`)},
	{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", lazyregexp.New(`^us-isob-\w+-\d+$`)},
	{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", lazyregexp.New(`^eu-isoe-\w+-\d+$`)},
	{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", lazyregexp.New(`^us-isof-\w+-\d+$`)},
}

// Of is the partition of a region; aws where no rule knows the region.
func Of(region string) Partition {
	for _, p := range all {
		if p.regions.MatchString(region) {
			return p
		}
	}
	return all[0]
}

// Named is the partition of a name in ARNs.
func Named(name string) (p Partition, known bool) {
	i := slices.IndexFunc(all, func(p Partition) bool { return p.Name == name })
	if i < 0 {
		return Partition{}, false
	}
	return all[i], true
}

// All are all that are known.
func All() []Partition { return slices.Clone(all) }
