package cfn

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Sizes of a VPC that is made: AWS allows /16 to /28, and a load balancer wants subnets of /27 at least,
// eight addresses of which are free.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
const (
	largestVPC     = 16
	smallestVPC    = 24
	smallestSubnet = 27
	mostZones      = 6 // no region has more
)

// subnetPlan cuts a VPC into equal blocks, sixteen where they are large enough: the lower half is public, the upper
// half private. A block's place depends on the VPC alone, so that adding a zone moves no subnet.
type subnetPlan struct {
	vpc  netip.Prefix
	bits int // of a subnet's prefix
}

func planSubnets(cidr string) (subnetPlan, error) {
	vpc, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !vpc.Addr().Is4():
		return subnetPlan{}, fmt.Errorf("%q is not an IPv4 block such as 10.0.0.0/16", cidr)
	case vpc.Bits() < largestVPC || vpc.Bits() > smallestVPC:
		return subnetPlan{}, fmt.Errorf("%s is out of range: use /%d to /%d", cidr, largestVPC, smallestVPC)
	case vpc != vpc.Masked():
		return subnetPlan{}, fmt.Errorf("%s has bits beyond its prefix: use %s", cidr, vpc.Masked())
	}
	return subnetPlan{vpc: vpc, bits: min(vpc.Bits()+4, smallestSubnet)}, nil
}

// zones is how many zones the plan has room for.
func (p subnetPlan) zones() int { return min(p.half(), mostZones) }

func (p subnetPlan) half() int { return 1 << (p.bits - p.vpc.Bits() - 1) }

func (p subnetPlan) public(zone int) netip.Prefix { return p.block(zone) }

func (p subnetPlan) private(zone int) netip.Prefix { return p.block(p.half() + zone) }

func (p subnetPlan) block(i int) netip.Prefix {
	first := p.vpc.Addr().As4()
	address := binary.BigEndian.Uint32(first[:]) + uint32(i)<<(32-p.bits)
	var next [4]byte
	binary.BigEndian.PutUint32(next[:], address)
	return netip.PrefixFrom(netip.AddrFrom4(next), p.bits)
}
