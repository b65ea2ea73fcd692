package cfn

import (
	"fmt"
	"slices"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// mostSubnets that a service takes.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
const mostSubnets = 16

var (
	vpcPattern    = lazyregexp.New(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)
	subnetPattern = lazyregexp.New(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)
)

func (v *validator) network(n Network) {
	v.within("Network.", func() {
		if n.brought() {
			v.broughtNetwork(n)
			return
		}
		v.madeNetwork(n.withDefaults())
	})
}

func (v *validator) madeNetwork(n Network) {
	zones := mostZones
	if plan, err := planSubnets(n.CIDR); err != nil {
		v.add("CIDR", "%v", err)
	} else {
		zones = plan.zones()
	}
	switch {
	case n.Zones < 2:
		v.add("Zones", "%d are too few: a load balancer needs two", n.Zones)
	case n.Zones > zones:
		v.add("Zones", "%d are too many: %s has room for %d", n.Zones, n.CIDR, zones)
	}
	if n.NATGateways < 1 || n.NATGateways > max(n.Zones, 1) {
		v.add("NATGateways", "%d is out of range: from 1 to the number of zones, %d", n.NATGateways, n.Zones)
	}
}

func (v *validator) broughtNetwork(n Network) {
	const pointless = "has no meaning with a VPC that is brought"
	if n.CIDR != "" {
		v.add("CIDR", pointless)
	}
	if n.Zones != 0 {
		v.add("Zones", pointless)
	}
	if n.NATGateways != 0 {
		v.add("NATGateways", pointless)
	}
	if n.VPCID == "" {
		v.add("VPCID", "is needed with subnets that are brought")
	}
	v.matches("VPCID", n.VPCID, vpcPattern, "the identifier of a VPC such as vpc-0a1b2c3d4e5f60718")
	v.subnets("PublicSubnetIDs", n.PublicSubnetIDs, nil)
	v.subnets("PrivateSubnetIDs", n.PrivateSubnetIDs, n.PublicSubnetIDs)
}

func (v *validator) subnets(field string, ids, elsewhere []string) {
	if len(ids) < 2 || len(ids) > mostSubnets {
		v.add(field, "%d are out of range: 2 to %d, in two zones or more", len(ids), mostSubnets)
	}
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !subnetPattern.MatchString(id):
			v.add(at, "%q is not the identifier of a subnet such as subnet-0a1b2c3d4e5f60718", id)
		case slices.Index(ids, id) < i:
			v.add(at, "%q stands there twice", id)
		case slices.Contains(elsewhere, id):
			v.add(at, "%q is a public subnet as well", id)
		}
	}
}
