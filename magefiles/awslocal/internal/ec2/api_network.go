package ec2

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// state of what is there.
const available = "available"

type subnetsInput struct {
	Filter   []filter
	SubnetID []string `json:"SubnetId"`
}

type subnetOutput struct {
	SubnetID                    string `json:"subnetId"`
	SubnetARN                   string `json:"subnetArn"`
	State                       string `json:"state"`
	OwnerID                     string `json:"ownerId"`
	VPCID                       string `json:"vpcId"`
	CIDRBlock                   string `json:"cidrBlock"`
	AvailableIPAddressCount     int    `json:"availableIpAddressCount"`
	AvailabilityZone            string `json:"availabilityZone"`
	AvailabilityZoneID          string `json:"availabilityZoneId"`
	DefaultForAZ                bool   `json:"defaultForAz"`
	MapPublicIPOnLaunch         bool   `json:"mapPublicIpOnLaunch"`
	AssignIPv6AddressOnCreation bool   `json:"assignIpv6AddressOnCreation"`
	TagSet                      []tag  `json:"tagSet,omitempty"`
}

type subnetsOutput struct {
	SubnetSet []subnetOutput `json:"subnetSet"`
}

func subnetValues(one subnetOutput, name string) []string {
	switch name {
	case "subnet-id":
		return []string{one.SubnetID}
	case "vpc-id":
		return []string{one.VPCID}
	case "availability-zone":
		return []string{one.AvailabilityZone}
	case "state":
		return []string{cmp.Or(one.State, available)}
	}
	return nil
}

func (s *Service) describeSubnets(_ context.Context, in *subnetsInput) (*subnetsOutput, error) {
	var all []subnetOutput
	for _, it := range s.every(subnet) {
		all = append(all, subnetOutput{
			SubnetID: it.ID, SubnetARN: s.account.ARN("ec2", "subnet/"+it.ID), State: available, OwnerID: s.account.ID,
			VPCID: it.text("VpcId"), CIDRBlock: it.text("CidrBlock"), AvailableIPAddressCount: addresses(it.text("CidrBlock")),
			AvailabilityZone: it.attribute("AvailabilityZone"), AvailabilityZoneID: it.attribute("AvailabilityZoneId"),
			MapPublicIPOnLaunch: it.flag("MapPublicIpOnLaunch"), AssignIPv6AddressOnCreation: it.flag("AssignIpv6AddressOnCreation"),
			TagSet: tagSet(it.Tags),
		})
	}
	all, err := picked(all, in.SubnetID, func(one subnetOutput) string { return one.SubnetID },
		"InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist")
	if err != nil {
		return nil, err
	}
	all, err = kept(all, in.Filter, subnetValues)
	return &subnetsOutput{all}, err
}

// addresses of a subnet, without the five that AWS keeps for itself.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
func addresses(cidr string) int {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return 0
	}
	return 1<<(32-p.Bits()) - 5
}

type routeTablesInput struct {
	Filter       []filter
	RouteTableID []string `json:"RouteTableId"`
}

type routeOutput struct {
	DestinationCIDRBlock        string `json:"destinationCidrBlock,omitempty"`
	DestinationIPv6CIDRBlock    string `json:"destinationIpv6CidrBlock,omitempty"`
	DestinationPrefixListID     string `json:"destinationPrefixListId,omitempty"`
	GatewayID                   string `json:"gatewayId,omitempty"`
	NATGatewayID                string `json:"natGatewayId,omitempty"`
	TransitGatewayID            string `json:"transitGatewayId,omitempty"`
	VPCPeeringConnectionID      string `json:"vpcPeeringConnectionId,omitempty"`
	EgressOnlyInternetGatewayID string `json:"egressOnlyInternetGatewayId,omitempty"`
	InstanceID                  string `json:"instanceId,omitempty"`
	NetworkInterfaceID          string `json:"networkInterfaceId,omitempty"`
	CarrierGatewayID            string `json:"carrierGatewayId,omitempty"`
	LocalGatewayID              string `json:"localGatewayId,omitempty"`
	CoreNetworkARN              string `json:"coreNetworkArn,omitempty"`
	State                       string `json:"state"`
	Origin                      string `json:"origin"`
}

type associationState struct {
	State string `json:"state"`
}

type associationOutput struct {
	RouteTableAssociationID string           `json:"routeTableAssociationId"`
	RouteTableID            string           `json:"routeTableId"`
	SubnetID                string           `json:"subnetId,omitempty"`
	Main                    bool             `json:"main"`
	AssociationState        associationState `json:"associationState"`
}

type routeTableOutput struct {
	RouteTableID    string              `json:"routeTableId"`
	VPCID           string              `json:"vpcId"`
	OwnerID         string              `json:"ownerId"`
	RouteSet        []routeOutput       `json:"routeSet"`
	AssociationSet  []associationOutput `json:"associationSet"`
	PropagatingVGWs []struct{}          `json:"propagatingVgwSet"`
	TagSet          []tag               `json:"tagSet,omitempty"`
}

type routeTablesOutput struct {
	RouteTableSet []routeTableOutput `json:"routeTableSet"`
}

func routeTableValues(one routeTableOutput, name string) []string {
	out := []string{}
	switch name {
	case "route-table-id":
		return []string{one.RouteTableID}
	case "vpc-id":
		return []string{one.VPCID}
	case "association.subnet-id":
		for _, a := range one.AssociationSet {
			out = append(out, a.SubnetID)
		}
		return out
	case "association.main":
		for _, a := range one.AssociationSet {
			out = append(out, map[bool]string{true: "true", false: "false"}[a.Main])
		}
		return out
	}
	return nil
}

// describeRouteTables tells the tables that stacks made and the main table that each VPC is born with. Routes of
// gateway endpoints are not among a table's routes; the endpoint names its tables.
func (s *Service) describeRouteTables(_ context.Context, in *routeTablesInput) (*routeTablesOutput, error) {
	var all []routeTableOutput
	for _, it := range s.every(vpc) {
		suffix := strings.TrimPrefix(it.ID, "vpc")
		all = append(all, routeTableOutput{
			RouteTableID: "rtb" + suffix, VPCID: it.ID, OwnerID: s.account.ID, RouteSet: []routeOutput{s.local(it.ID)},
			AssociationSet: []associationOutput{{"rtbassoc" + suffix, "rtb" + suffix, "", true, associationState{"associated"}}},
		})
	}
	for _, it := range s.every(routeTable) {
		table := routeTableOutput{
			RouteTableID: it.ID, VPCID: it.text("VpcId"), OwnerID: s.account.ID, RouteSet: []routeOutput{s.local(it.text("VpcId"))}, TagSet: tagSet(it.Tags),
		}
		for _, r := range s.live(route, func(r *item) bool { return r.text("RouteTableId") == it.ID }) {
			table.RouteSet = append(table.RouteSet, s.routed(r))
		}
		for _, a := range s.live(association, func(a *item) bool { return a.text("RouteTableId") == it.ID }) {
			table.AssociationSet = append(table.AssociationSet, associationOutput{a.ID, it.ID, a.text("SubnetId"), false, associationState{"associated"}})
		}
		all = append(all, table)
	}
	all, err := picked(all, in.RouteTableID, func(one routeTableOutput) string { return one.RouteTableID },
		"InvalidRouteTableID.NotFound", "The routeTable ID '%s' does not exist")
	if err != nil {
		return nil, err
	}
	all, err = kept(all, in.Filter, routeTableValues)
	return &routeTablesOutput{all}, err
}

// local is the route within a VPC.
func (s *Service) local(id string) routeOutput {
	r := routeOutput{GatewayID: "local", State: "active", Origin: "CreateRouteTable"}
	if it := s.state.Items.Get(id); it != nil {
		r.DestinationCIDRBlock = it.text("CidrBlock")
	}
	return r
}

// routed is a route. It leads into a black hole where its target is gone.
func (s *Service) routed(r *item) routeOutput {
	out := routeOutput{
		DestinationCIDRBlock: r.text("DestinationCidrBlock"), DestinationIPv6CIDRBlock: r.text("DestinationIpv6CidrBlock"),
		DestinationPrefixListID: r.text("DestinationPrefixListId"), GatewayID: r.text("GatewayId") + r.text("VpcEndpointId"),
		NATGatewayID: r.text("NatGatewayId"), TransitGatewayID: r.text("TransitGatewayId"), VPCPeeringConnectionID: r.text("VpcPeeringConnectionId"),
		EgressOnlyInternetGatewayID: r.text("EgressOnlyInternetGatewayId"), InstanceID: r.text("InstanceId"), NetworkInterfaceID: r.text("NetworkInterfaceId"),
		CarrierGatewayID: r.text("CarrierGatewayId"), LocalGatewayID: r.text("LocalGatewayId"), CoreNetworkARN: r.text("CoreNetworkArn"),
		State: "active", Origin: "CreateRoute",
	}
	for _, id := range []string{out.GatewayID, out.NATGatewayID} {
		if it := s.state.Items.Get(id); it != nil && it.Deleted {
			out.State = "blackhole"
		}
	}
	return out
}

type endpointsInput struct {
	Filter        []filter
	VPCEndpointID []string `json:"VpcEndpointId"`
}

type endpointGroup struct {
	GroupID   string `json:"groupId"`
	GroupName string `json:"groupName"`
}

type endpointOutput struct {
	VPCEndpointID       string          `json:"vpcEndpointId"`
	VPCEndpointType     string          `json:"vpcEndpointType"`
	VPCID               string          `json:"vpcId"`
	ServiceName         string          `json:"serviceName"`
	State               string          `json:"state"`
	RouteTableIDSet     []string        `json:"routeTableIdSet"`
	SubnetIDSet         []string        `json:"subnetIdSet"`
	GroupSet            []endpointGroup `json:"groupSet"`
	PrivateDNSEnabled   bool            `json:"privateDnsEnabled"`
	RequesterManaged    bool            `json:"requesterManaged"`
	NetworkInterfaceIDs []string        `json:"networkInterfaceIdSet"`
	CreationTimestamp   wire.Time       `json:"creationTimestamp"`
	OwnerID             string          `json:"ownerId"`
	TagSet              []tag           `json:"tagSet,omitempty"`
}

type endpointsOutput struct {
	VPCEndpointSet []endpointOutput `json:"vpcEndpointSet"`
}

func endpointValues(one endpointOutput, name string) []string {
	switch name {
	case "vpc-endpoint-id":
		return []string{one.VPCEndpointID}
	case "vpc-id":
		return []string{one.VPCID}
	case "service-name":
		return []string{one.ServiceName}
	case "vpc-endpoint-type":
		return []string{one.VPCEndpointType}
	case "vpc-endpoint-state":
		return []string{one.State}
	}
	return nil
}

func (s *Service) describeVpcEndpoints(_ context.Context, in *endpointsInput) (*endpointsOutput, error) {
	var all []endpointOutput
	for _, it := range s.every(endpoint) {
		one := endpointOutput{
			VPCEndpointID: it.ID, VPCEndpointType: it.text("VpcEndpointType"), VPCID: it.text("VpcId"), ServiceName: it.text("ServiceName"), State: available,
			RouteTableIDSet: it.texts("RouteTableIds"), SubnetIDSet: it.texts("SubnetIds"), OwnerID: s.account.ID, TagSet: tagSet(it.Tags),
		}
		if one.VPCEndpointType == "" {
			one.VPCEndpointType = "Gateway"
		}
		// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html: by default, an interface
		// endpoint has private names.
		given, set := it.Properties["PrivateDnsEnabled"].(bool)
		one.PrivateDNSEnabled = one.VPCEndpointType == "Interface" && (given || !set)
		for _, id := range it.texts("SecurityGroupIds") {
			one.GroupSet = append(one.GroupSet, endpointGroup{id, s.groupName(id)})
		}
		if at, err := time.Parse(time.RFC3339, it.attribute("CreationTimestamp")); err == nil {
			one.CreationTimestamp.Time = at
		}
		all = append(all, one)
	}
	all, err := picked(all, in.VPCEndpointID, func(one endpointOutput) string { return one.VPCEndpointID },
		"InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '%s' does not exist")
	if err != nil {
		return nil, err
	}
	all, err = kept(all, in.Filter, endpointValues)
	return &endpointsOutput{all}, err
}
