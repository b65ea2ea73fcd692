package ec2

import (
	"fmt"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// gatewayTypes are internet gateways and their attachments, addresses, NAT gateways and VPC endpoints.
func (s *Service) gatewayTypes() []resource.Type {
	return []resource.Type{
		s.build(model{
			kind: internetGateway,
			Type: resource.Type{
				Name: "AWS::EC2::InternetGateway", Takes: 15 * time.Second, Deletes: time.Second,
				Attributes: []string{"InternetGatewayId"}, Properties: properties{"Tags": resource.Tags},
			},
			remove: func(it *item) error {
				if used := s.live(attachment, func(a *item) bool { return a.text("InternetGatewayId") == it.ID }); len(used) > 0 {
					return resource.Failed("InvalidRequest", "The internetGateway '%s' has dependencies and cannot be deleted.", it.ID)
				}
				return nil
			},
		}),
		s.build(model{
			kind: attachment,
			Type: resource.Type{
				Name: "AWS::EC2::VPCGatewayAttachment", Takes: time.Second, Deletes: 2 * time.Second,
				Attributes: []string{"AttachmentType"},
				Properties: properties{
					"InternetGatewayId": resource.Str, "VpcId": resource.Str.Fixed().Must(), "VpnGatewayId": resource.Str,
				},
			},
			prepare: func(it *item) error { return s.attach(it, it.Properties) }, update: s.attach,
			ref: func(it *item) string { return "IGW|" + it.text("VpcId") },
		}),
		s.build(model{
			kind: address,
			Type: resource.Type{
				Name: "AWS::EC2::EIP", Takes: 15 * time.Second, Deletes: 2 * time.Second,
				Attributes: []string{"AllocationId", "PublicIp"},
				Properties: properties{
					"Domain": resource.Str.OneOf("vpc", "standard"), "InstanceId": resource.Str, "NetworkBorderGroup": resource.Str.Fixed(),
					"PublicIpv4Pool": resource.Str, "Tags": resource.Tags,
				},
			},
			prepare: func(it *item) error {
				items := 0
				for range s.state.Items.All() {
					items++
				}
				n := items + 1
				for it.Attributes["PublicIp"] == nil || s.addressed(fmt.Sprint(it.Attributes["PublicIp"])) {
					it.Attributes["PublicIp"] = fmt.Sprintf("203.0.113.%d", n%254+1) // of RFC 5737: nobody's
					if n++; n > items+254 {
						return resource.Failed("ServiceLimitExceeded", "The maximum number of addresses has been reached.")
					}
				}
				it.Attributes["AllocationId"] = it.ID
				return nil
			},
			remove: func(it *item) error {
				if used := s.live(natGateway, func(n *item) bool { return n.text("AllocationId") == it.ID }); len(used) > 0 {
					return resource.Failed("InvalidRequest", "You do not have permission to access the specified resource: address '%s' is in use", it.ID)
				}
				return nil
			},
			ref: func(it *item) string { return fmt.Sprint(it.Attributes["PublicIp"]) },
		}),
		s.build(model{
			kind: natGateway,
			Type: resource.Type{
				Name: "AWS::EC2::NatGateway", Takes: 100 * time.Second, Deletes: 60 * time.Second,
				Attributes: []string{"EniId", "NatGatewayId"},
				Properties: properties{
					"AllocationId": resource.Str.Fixed(), "ConnectivityType": resource.Str.OneOf("public", "private").Fixed(),
					"MaxDrainDurationSeconds": resource.Int.Between(1, 4000), "PrivateIpAddress": resource.Str.Fixed(),
					"SecondaryAllocationIds": resource.Strs, "SecondaryPrivateIpAddressCount": resource.Int, "SecondaryPrivateIpAddresses": resource.Strs,
					"SubnetId": resource.Str.Fixed(), "Tags": resource.Tags,
				},
			},
			prepare: s.prepareNAT,
		}),
		s.endpointType(),
	}
}

func (s *Service) addressed(ip string) bool {
	return len(s.live(address, func(a *item) bool { return a.Attributes["PublicIp"] == ip })) > 0
}

// attach connects a gateway and a VPC: one gateway a VPC, one VPC a gateway.
func (s *Service) attach(it *item, next map[string]any) error {
	if next["VpnGatewayId"] != nil {
		return resource.Failed("InvalidRequest", "the embedded AWS does not model VPN gateways")
	}
	gateway, _ := next["InternetGatewayId"].(string)
	network, _ := next["VpcId"].(string)
	if gateway == "" {
		return resource.Failed("InvalidRequest", "Either 'InternetGatewayId' or 'VpnGatewayId' must be provided")
	}
	if _, err := s.find(vpc, network); err != nil {
		return err
	}
	if _, err := s.find(internetGateway, gateway); err != nil {
		return err
	}
	for _, other := range s.live(attachment, func(o *item) bool { return o.ID != it.ID }) {
		if other.text("InternetGatewayId") == gateway {
			return resource.Failed("AlreadyExists", "resource %s is already attached to network %s", gateway, other.text("VpcId"))
		}
		if other.text("VpcId") == network {
			return resource.Failed("AlreadyExists", "Network %s already has an internet gateway attached", network)
		}
	}
	it.Attributes["AttachmentType"] = "IGW"
	return nil
}

// prepareNAT: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
func (s *Service) prepareNAT(it *item) error {
	in, err := s.find(subnet, it.text("SubnetId"))
	if err != nil {
		return err
	}
	it.Attributes["NatGatewayId"], it.Attributes["EniId"] = it.ID, "eni-0"+s.world.Hex(16)
	if it.text("ConnectivityType") == "private" {
		return nil
	}
	if it.text("AllocationId") == "" {
		return resource.Failed("InvalidRequest", "The request must contain the parameter allocationId")
	}
	if _, err := s.find(address, it.text("AllocationId")); err != nil {
		return err
	}
	if used := s.live(natGateway, func(n *item) bool { return n.text("AllocationId") == it.text("AllocationId") }); len(used) > 0 {
		return resource.Failed("InvalidRequest", "Elastic IP address [%s] is already associated", it.text("AllocationId"))
	}
	if in == nil {
		return nil
	}
	network := in.text("VpcId")
	if known, _ := s.find(vpc, network); known == nil {
		return nil
	}
	if open := s.live(attachment, func(a *item) bool { return a.text("VpcId") == network }); len(open) == 0 {
		return resource.Failed("NotStabilized", "Network %s has no Internet gateway attached", network)
	}
	return nil
}
