package partition

import (
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Registry is a private registry of ECR: that of an account in a region.
type Registry struct {
	Account, Region string
	// FIPS and DualStack are the endpoints that the host is one of: validated cryptography, IPv6 as well as IPv4.
	FIPS, DualStack bool

	suffix string
}

// registryHost is how private registries are addressed; the suffix is that of the partition, or of an embedded AWS.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
var registryHost = lazyregexp.New(`^([0-9]{12})\.dkr([.-])ecr(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$`)

// RegistryOf is the registry of a host, or of an image's reference. false where it is none of ECR, or a public one.
func RegistryOf(reference string) (Registry, bool) {
	host, _, _ := strings.Cut(reference, "/")
	m := registryHost.FindStringSubmatch(host)
	if m == nil {
		return Registry{}, false
	}
	return Registry{Account: m[1], DualStack: m[2] == "-", FIPS: m[3] != "", Region: m[4], suffix: m[5]}, true
}

// OfAWS tells whether AWS serves the registry under that host; an embedded AWS's hosts end in another way.
func (r Registry) OfAWS() bool {
	p := Of(r.Region)
	if r.DualStack {
		return r.suffix == p.registries()
	}
	return r.suffix == p.Suffix
}

// registries is the suffix of registries that answer over IPv6 as well.
func (p Partition) registries() string { return "on." + strings.TrimPrefix(p.DualStack, "api.") }
