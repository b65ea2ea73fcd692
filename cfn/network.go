package cfn

import (
	"fmt"
	"net/netip"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ec2"
	"github.com/awslabs/goformation/v7/cloudformation/tags"
)

// network is what the rest of the template needs of the VPC: identifiers, or references to what the template makes.
type network struct {
	vpc     string
	public  []string // subnets of the load balancer
	private []string // subnets of the tasks
	// attachment is the logical name of the route to the internet, which a load balancer needs before
	// it can be made. Empty where the network is brought.
	attachment string
}

// addNetwork adds the VPC, or takes the one that is brought.
func (d deployment) addNetwork(t *cloudformation.Template) (network, error) {
	if d.Environment.Network.VPCID != "" {
		return network{vpc: d.Environment.Network.VPCID, public: d.Environment.Network.PublicSubnetIDs, private: d.Environment.Network.PrivateSubnetIDs}, nil
	}
	plan, err := planSubnets(d.Environment.Network.CIDR)
	if err != nil {
		return network{}, err
	}
	d.addVPC(t)
	n := network{vpc: cloudformation.Ref("Vpc"), attachment: "PublicDefaultRoute"}
	for zone := range d.zones() {
		d.addSubnet(t, "Public", zone, plan.public(zone))
		d.addSubnet(t, "Private", zone, plan.private(zone))
		n.public = append(n.public, cloudformation.Ref(numbered("PublicSubnet", zone)))
		if zone < d.Environment.Network.Zones { // a zone that is kept gets no new tasks
			n.private = append(n.private, cloudformation.Ref(numbered("PrivateSubnet", zone)))
		}
	}
	d.addPublicRoutes(t)
	for gateway := range d.Environment.Network.NATGateways {
		d.addNATGateway(t, gateway)
	}
	var privateTables []string
	for zone := range d.zones() {
		privateTables = append(privateTables, d.addPrivateRoutes(t, zone))
	}
	// Image layers come from S3: the endpoint is free, and their way through a NAT gateway is not.
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
	t.Resources["S3Endpoint"] = &ec2.VPCEndpoint{
		VpcId:           cloudformation.Ref("Vpc"),
		VpcEndpointType: new("Gateway"),
		ServiceName:     cloudformation.Sub("com.amazonaws.${AWS::Region}.s3"),
		RouteTableIds:   privateTables,
	}
	return n, nil
}

// zones that the network has: those that are configured, and those that are kept.
func (d deployment) zones() int { return max(d.Environment.Network.Zones, d.kept.Zones) }

func (d deployment) addVPC(t *cloudformation.Template) {
	t.Resources["Vpc"] = &ec2.VPC{
		CidrBlock:          new(d.Environment.Network.CIDR),
		EnableDnsSupport:   new(true),
		EnableDnsHostnames: new(true),
		Tags:               d.nameTag("vpc"),
	}
	t.Resources["InternetGateway"] = &ec2.InternetGateway{Tags: d.nameTag("internet")}
	t.Resources["InternetGatewayAttachment"] = &ec2.VPCGatewayAttachment{
		VpcId:             cloudformation.Ref("Vpc"),
		InternetGatewayId: cloudformation.RefPtr("InternetGateway"),
	}
}

// addSubnet adds a "Public" or "Private" subnet. Neither kind gives public addresses to what starts in it: the load
// balancer and the NAT gateways bring their own, and nothing else belongs in a public subnet.
func (d deployment) addSubnet(t *cloudformation.Template, kind string, zone int, block netip.Prefix) {
	role := map[string]string{"Public": "public", "Private": "private"}[kind]
	t.Resources[numbered(kind+"Subnet", zone)] = &ec2.Subnet{
		VpcId:               cloudformation.Ref("Vpc"),
		AvailabilityZone:    cloudformation.SelectPtr(zone, cloudformation.GetAZs("")),
		CidrBlock:           new(block.String()),
		MapPublicIpOnLaunch: new(false),
		Tags:                d.nameTag(fmt.Sprintf("%s-%d", role, zone+1)),
	}
}

func (d deployment) addPublicRoutes(t *cloudformation.Template) {
	t.Resources["PublicRouteTable"] = &ec2.RouteTable{VpcId: cloudformation.Ref("Vpc"), Tags: d.nameTag("public")}
	t.Resources["PublicDefaultRoute"] = &ec2.Route{
		RouteTableId:               cloudformation.Ref("PublicRouteTable"),
		DestinationCidrBlock:       new(anywhere),
		GatewayId:                  cloudformation.RefPtr("InternetGateway"),
		AWSCloudFormationDependsOn: []string{"InternetGatewayAttachment"},
	}
	for zone := range d.zones() {
		t.Resources[numbered("PublicSubnetRoutes", zone)] = &ec2.SubnetRouteTableAssociation{
			RouteTableId: cloudformation.Ref("PublicRouteTable"),
			SubnetId:     cloudformation.Ref(numbered("PublicSubnet", zone)),
		}
	}
}

func (d deployment) addNATGateway(t *cloudformation.Template, i int) {
	address := numbered("NatAddress", i)
	t.Resources[address] = &ec2.EIP{
		Domain:                     new("vpc"),
		Tags:                       d.nameTag(fmt.Sprintf("nat-%d", i+1)),
		AWSCloudFormationDependsOn: []string{"InternetGatewayAttachment"},
	}
	t.Resources[numbered("NatGateway", i)] = &ec2.NatGateway{
		AllocationId:               cloudformation.GetAttPtr(address, "AllocationId"),
		SubnetId:                   cloudformation.Ref(numbered("PublicSubnet", i)),
		Tags:                       d.nameTag(fmt.Sprintf("nat-%d", i+1)),
		AWSCloudFormationDependsOn: []string{"PublicDefaultRoute"},
	}
}

// addPrivateRoutes sends a zone's private subnet through the zone's own NAT gateway, or one of the others
// where there are fewer gateways than zones. It returns a reference to the route table.
func (d deployment) addPrivateRoutes(t *cloudformation.Template, zone int) string {
	name := numbered("PrivateRouteTable", zone)
	table := cloudformation.Ref(name)
	t.Resources[name] = &ec2.RouteTable{VpcId: cloudformation.Ref("Vpc"), Tags: d.nameTag(fmt.Sprintf("private-%d", zone+1))}
	t.Resources[numbered("PrivateDefaultRoute", zone)] = &ec2.Route{
		RouteTableId:         table,
		DestinationCidrBlock: new(anywhere),
		NatGatewayId:         cloudformation.RefPtr(numbered("NatGateway", zone%d.Environment.Network.NATGateways)),
	}
	t.Resources[numbered("PrivateSubnetRoutes", zone)] = &ec2.SubnetRouteTableAssociation{
		RouteTableId: table,
		SubnetId:     cloudformation.Ref(numbered("PrivateSubnet", zone)),
	}
	return table
}

const anywhere = "0.0.0.0/0"

// numbered names the resource of a zone, counted from 1: PublicSubnet1.
func numbered(name string, index int) string { return fmt.Sprintf("%s%d", name, index+1) }

// nameTag is what the console shows for resources that have no name of their own.
func (d deployment) nameTag(suffix string) []tags.Tag {
	return []tags.Tag{{Key: "Name", Value: d.prefix() + "-" + suffix}}
}
