package ec2

import (
	"net/netip"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// targets of a route, of which it has exactly one.
var targets = []string{
	"CarrierGatewayId", "CoreNetworkArn", "EgressOnlyInternetGatewayId", "GatewayId", "InstanceId", "LocalGatewayId",
	"NatGatewayId", "NetworkInterfaceId", "TransitGatewayId", "VpcEndpointId", "VpcPeeringConnectionId",
}

// routingTypes are route tables, their routes and their associations with subnets.
func (s *Service) routingTypes() []resource.Type {
	routeProperties := properties{
		"DestinationCidrBlock": resource.Str.Fixed(), "DestinationIpv6CidrBlock": resource.Str.Fixed(),
		"DestinationPrefixListId": resource.Str.Fixed(), "RouteTableId": resource.Str.Fixed().Must(),
	}
	for _, t := range targets {
		routeProperties[t] = resource.Str
	}
	return []resource.Type{
		s.build(model{
			kind: routeTable,
			Type: resource.Type{
				Name: "AWS::EC2::RouteTable", Takes: 10 * time.Second, Deletes: time.Second, Attributes: []string{"RouteTableId"},
				Properties: properties{"Tags": resource.Tags, "VpcId": resource.Str.Fixed().Must()},
			},
			prepare: func(it *item) error { _, err := s.find(vpc, it.text("VpcId")); return err },
			remove: func(it *item) error {
				if used := s.live(association, func(a *item) bool { return a.text("RouteTableId") == it.ID }); len(used) > 0 {
					return resource.Failed("InvalidRequest", "The routeTable '%s' has dependencies and cannot be deleted.", it.ID)
				}
				return nil
			},
		}),
		s.build(model{
			kind: route,
			Type: resource.Type{
				Name: "AWS::EC2::Route", Takes: time.Second, Deletes: 2 * time.Second,
				Attributes: []string{"CidrBlock"}, Properties: routeProperties,
			},
			prepare: s.prepareRoute,
			update:  func(it *item, next map[string]any) error { return s.checkTarget(it.text("RouteTableId"), next) },
			ref:     func(it *item) string { return it.text("RouteTableId") + "|" + it.destination() },
		}),
		s.build(model{
			kind: association,
			Type: resource.Type{
				Name: "AWS::EC2::SubnetRouteTableAssociation", Takes: 3 * time.Second, Deletes: time.Second, Attributes: []string{"Id"},
				Properties: properties{"RouteTableId": resource.Str.Fixed().Must(), "SubnetId": resource.Str.Fixed().Must()},
			},
			prepare: s.prepareAssociation,
		}),
	}
}

func (it *item) destination() string {
	for _, name := range []string{"DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"} {
		if d := it.text(name); d != "" {
			return d
		}
	}
	return ""
}

func (s *Service) prepareRoute(it *item) error {
	table := it.text("RouteTableId")
	if _, err := s.find(routeTable, table); err != nil {
		return err
	}
	d := it.destination()
	if d == "" {
		return resource.Failed("InvalidRequest", "Either DestinationCidrBlock, DestinationIpv6CidrBlock or DestinationPrefixListId must be specified")
	}
	if it.text("DestinationPrefixListId") == "" {
		if _, err := netip.ParsePrefix(d); err != nil {
			return resource.Failed("InvalidRequest", "Value (%s) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.", d)
		}
	}
	if same := s.live(route, func(r *item) bool { return r.text("RouteTableId") == table && r.destination() == d }); len(same) > 0 {
		return resource.Failed("AlreadyExists", "The route identified by %s already exists.", d)
	}
	it.Attributes["CidrBlock"] = d
	return s.checkTarget(table, it.Properties)
}

// checkTarget wants one target, which must be in the same network as the route table.
func (s *Service) checkTarget(tableID string, route map[string]any) error {
	var given []string
	for _, t := range targets {
		if route[t] != nil {
			given = append(given, t)
		}
	}
	if len(given) != 1 {
		return resource.Failed("InvalidRequest", "Exactly one of %s must be specified and not empty", "GatewayId, NatGatewayId, VpcPeeringConnectionId, TransitGatewayId or another target")
	}
	id, _ := route[given[0]].(string)
	table := s.state.Items.Get(tableID)
	switch given[0] {
	case "NatGatewayId":
		_, err := s.find(natGateway, id)
		return err
	case "GatewayId":
		gateway, err := s.find(internetGateway, id)
		if err != nil || gateway == nil || table == nil {
			return err
		}
		if open := s.live(attachment, func(a *item) bool {
			return a.text("InternetGatewayId") == id && a.text("VpcId") == table.text("VpcId")
		}); len(open) == 0 {
			return resource.Failed("InvalidRequest", "route table %s and network gateway %s belong to different networks", tableID, id)
		}
	}
	return nil
}

func (s *Service) prepareAssociation(it *item) error {
	table, err := s.find(routeTable, it.text("RouteTableId"))
	if err != nil {
		return err
	}
	net, err := s.find(subnet, it.text("SubnetId"))
	if err != nil {
		return err
	}
	if table != nil && net != nil && table.text("VpcId") != net.text("VpcId") {
		return resource.Failed("InvalidRequest", "route table %s and subnet %s belong to different networks", table.ID, net.ID)
	}
	if used := s.live(association, func(a *item) bool { return a.text("SubnetId") == it.text("SubnetId") }); len(used) > 0 {
		return resource.Failed("AlreadyExists", "the specified association for route table %s conflicts with an existing association", it.text("RouteTableId"))
	}
	it.Attributes["Id"] = it.ID
	return nil
}

// endpointType is the VPC endpoint.
func (s *Service) endpointType() resource.Type {
	return s.build(model{
		kind: endpoint,
		Type: resource.Type{
			Name: "AWS::EC2::VPCEndpoint", Takes: 12 * time.Second, Deletes: 5 * time.Second,
			Attributes: []string{"CreationTimestamp", "DnsEntries", "Id", "NetworkInterfaceIds"},
			Properties: properties{
				"DnsOptions": resource.Obj(properties{
					"DnsRecordIpType":                          resource.Str.OneOf("ipv4", "ipv6", "dualstack", "service-defined", "not-specified"),
					"PrivateDnsOnlyForInboundResolverEndpoint": resource.Str,
				}),
				"IpAddressType": resource.Str.OneOf("ipv4", "ipv6", "dualstack", "not-specified"), "PolicyDocument": resource.Any,
				"PrivateDnsEnabled": resource.Bool, "RouteTableIds": resource.Strs, "SecurityGroupIds": resource.Strs,
				"ServiceName": resource.Str.Fixed().Must(), "SubnetIds": resource.Strs, "Tags": resource.Tags,
				"VpcEndpointType": resource.Str.OneOf("Interface", "Gateway", "GatewayLoadBalancer").Fixed(), "VpcId": resource.Str.Fixed().Must(),
			},
		},
		prepare: s.prepareEndpoint,
	})
}

func (s *Service) prepareEndpoint(it *item) error {
	if _, err := s.find(vpc, it.text("VpcId")); err != nil {
		return err
	}
	gateways := []string{"com.amazonaws." + s.account.Region + ".s3", "com.amazonaws." + s.account.Region + ".dynamodb"}
	kindOf := it.text("VpcEndpointType")
	if (kindOf == "" || kindOf == "Gateway") && !slices.Contains(gateways, it.text("ServiceName")) {
		return resource.Failed("InvalidRequest", "The Vpc Endpoint Service '%s' does not exist", it.text("ServiceName"))
	}
	for name, k := range map[string]kind{"RouteTableIds": routeTable, "SubnetIds": subnet, "SecurityGroupIds": securityGroup} {
		ids, _ := it.Properties[name].([]any)
		for _, id := range ids {
			text, _ := id.(string)
			if _, err := s.find(k, text); err != nil {
				return err
			}
		}
	}
	it.Attributes = map[string]any{
		"CreationTimestamp": s.world.Now().UTC().Format(time.RFC3339), "DnsEntries": []any{}, "Id": it.ID, "NetworkInterfaceIds": []any{},
	}
	return nil
}
