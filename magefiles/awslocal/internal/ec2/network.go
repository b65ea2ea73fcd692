package ec2

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

type properties = resource.Properties

// networkTypes are VPCs and subnets.
func (s *Service) networkTypes() []resource.Type {
	return []resource.Type{
		s.build(model{
			kind: vpc,
			Type: resource.Type{
				Name: "AWS::EC2::VPC", Takes: 11 * time.Second, Deletes: time.Second,
				Attributes: []string{"CidrBlock", "CidrBlockAssociations", "DefaultNetworkAcl", "DefaultSecurityGroup", "Ipv6CidrBlocks", "VpcId"},
				Properties: properties{
					"CidrBlock": resource.Str.Fixed(), "EnableDnsHostnames": resource.Bool, "EnableDnsSupport": resource.Bool,
					"InstanceTenancy": resource.Str.OneOf("default", "dedicated", "host").Maybe(),
					"Ipv4IpamPoolId":  resource.Str.Fixed(), "Ipv4NetmaskLength": resource.Int.Fixed(), "Tags": resource.Tags,
				},
				Replaces: func(r resource.Request) bool { // only from dedicated to default without replacement
					return r.Old["InstanceTenancy"] != "dedicated" || r.Properties["InstanceTenancy"] != "default"
				},
			},
			prepare: s.prepareVPC, remove: s.removeVPC,
		}),
		s.build(model{
			kind: subnet,
			Type: resource.Type{
				Name: "AWS::EC2::Subnet", Takes: 4 * time.Second, Deletes: time.Second,
				Attributes: []string{"AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "Ipv6CidrBlocks", "NetworkAclAssociationId", "OutpostArn", "SubnetId", "VpcId"},
				Properties: properties{
					"AssignIpv6AddressOnCreation": resource.Bool, "AvailabilityZone": resource.Str.Fixed(),
					"AvailabilityZoneId": resource.Str.Fixed(), "CidrBlock": resource.Str.Fixed(), "EnableDns64": resource.Bool,
					"Ipv6CidrBlock": resource.Str.Maybe(), "Ipv6Native": resource.Bool.Fixed(), "MapPublicIpOnLaunch": resource.Bool,
					"PrivateDnsNameOptionsOnLaunch": resource.Obj(properties{
						"EnableResourceNameDnsAAAARecord": resource.Bool, "EnableResourceNameDnsARecord": resource.Bool, "HostnameType": resource.Str,
					}),
					"Tags": resource.Tags, "VpcId": resource.Str.Fixed().Must(),
				},
			},
			prepare: s.prepareSubnet,
			remove: func(it *item) error {
				users := s.live(natGateway, func(n *item) bool { return n.text("SubnetId") == it.ID })
				if len(users) > 0 {
					return resource.Failed("InvalidRequest", "The subnet '%s' has dependencies and cannot be deleted.", it.ID)
				}
				return nil
			},
		}),
	}
}

// prepareVPC: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
func (s *Service) prepareVPC(it *item) error {
	cidr := it.text("CidrBlock")
	switch {
	case it.Properties["Ipv4IpamPoolId"] != nil:
		return resource.Failed("InvalidRequest", "the embedded AWS does not model address pools (Ipv4IpamPoolId)")
	case cidr == "":
		return resource.Failed("InvalidRequest", "Either CIDR Block or IPv4 IPAM Pool and IPv4 Netmask Length must be provided")
	}
	if _, err := block(cidr); err != nil {
		return err
	}
	if it.Properties["EnableDnsHostnames"] == true && it.Properties["EnableDnsSupport"] == false {
		return resource.Failed("InvalidRequest", "In order to enable DNS hostnames, DNS support must be enabled")
	}
	it.Attributes = map[string]any{
		"CidrBlock": cidr, "CidrBlockAssociations": []any{"vpc-cidr-assoc-0" + s.world.Hex(16)},
		"DefaultNetworkAcl": "acl-0" + s.world.Hex(16), "DefaultSecurityGroup": "sg-0" + s.world.Hex(16),
		"Ipv6CidrBlocks": []any{}, "VpcId": it.ID,
	}
	return nil
}

// block reads a CIDR block of a VPC or subnet.
func block(cidr string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(cidr)
	if err != nil || !p.Addr().Is4() {
		return p, resource.Failed("InvalidRequest", "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", cidr)
	}
	if p.Bits() < 16 || p.Bits() > 28 {
		return p, resource.Failed("InvalidRequest", "The CIDR '%s' is invalid.", cidr)
	}
	return p.Masked(), nil
}

func (s *Service) removeVPC(it *item) error {
	for _, k := range []kind{subnet, attachment, routeTable, endpoint, securityGroup} {
		if len(s.live(k, func(in *item) bool { return in.text("VpcId") == it.ID })) > 0 {
			return resource.Failed("InvalidRequest", "The vpc '%s' has dependencies and cannot be deleted.", it.ID)
		}
	}
	return nil
}

// prepareSubnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
func (s *Service) prepareSubnet(it *item) error {
	network, err := s.find(vpc, it.text("VpcId"))
	if err != nil {
		return err
	}
	cidr, err := block(it.text("CidrBlock"))
	if err != nil {
		return err
	}
	if network != nil {
		outer, _ := netip.ParsePrefix(network.text("CidrBlock")) // it was checked when the VPC was made
		if !outer.Masked().Contains(cidr.Addr()) || cidr.Bits() < outer.Bits() {
			return resource.Failed("InvalidRequest", "The CIDR '%s' is invalid.", it.text("CidrBlock"))
		}
	}
	for _, other := range s.live(subnet, func(o *item) bool { return o.text("VpcId") == it.text("VpcId") }) {
		if p, err := netip.ParsePrefix(other.text("CidrBlock")); err == nil && p.Overlaps(cidr) {
			return resource.Failed("InvalidRequest", "The CIDR '%s' conflicts with another subnet", it.text("CidrBlock"))
		}
	}
	zone := it.text("AvailabilityZone")
	if zone == "" {
		zone = s.zones()[0]
	}
	if !slices.Contains(s.zones(), zone) {
		return resource.Failed("InvalidRequest", "Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.", zone, strings.Join(s.zones(), ", "))
	}
	it.Attributes = map[string]any{
		"AvailabilityZone": zone, "AvailabilityZoneId": s.zoneID(zone), "CidrBlock": it.text("CidrBlock"),
		"Ipv6CidrBlocks": []any{}, "NetworkAclAssociationId": "aclassoc-0" + s.world.Hex(16), "OutpostArn": "", "SubnetId": it.ID,
		"VpcId": it.text("VpcId"),
	}
	return nil
}

// zones are the availability zones of the region.
func (s *Service) zones() []string {
	return []string{s.account.Region + "a", s.account.Region + "b", s.account.Region + "c"}
}

// zoneID is the zone's id in the form of EC2's, e.g. apse1-az1 of ap-southeast-1a. In AWS the numbers differ from
// account to account.
func (s *Service) zoneID(zone string) string {
	short := strings.NewReplacer("-", "", "north", "n", "south", "s", "east", "e", "west", "w", "central", "c")
	return fmt.Sprintf("%s-az%d", short.Replace(s.account.Region), slices.Index(s.zones(), zone)+1)
}
