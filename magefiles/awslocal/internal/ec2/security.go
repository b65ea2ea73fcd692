package ec2

import (
	"net/netip"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// securityTypes are security groups and rules.
func (s *Service) securityTypes() []resource.Type {
	ingress := properties{
		"CidrIp": resource.Str, "CidrIpv6": resource.Str, "Description": resource.Str, "FromPort": resource.Int.Between(-1, 65535),
		"IpProtocol": resource.Str.Must(), "SourcePrefixListId": resource.Str, "SourceSecurityGroupId": resource.Str,
		"SourceSecurityGroupName": resource.Str, "SourceSecurityGroupOwnerId": resource.Str, "ToPort": resource.Int.Between(-1, 65535),
	}
	egress := properties{
		"CidrIp": resource.Str, "CidrIpv6": resource.Str, "Description": resource.Str, "DestinationPrefixListId": resource.Str,
		"DestinationSecurityGroupId": resource.Str, "FromPort": resource.Int.Between(-1, 65535), "IpProtocol": resource.Str.Must(),
		"ToPort": resource.Int.Between(-1, 65535),
	}
	return []resource.Type{
		s.build(model{
			kind: securityGroup,
			Type: resource.Type{
				Name: "AWS::EC2::SecurityGroup", Takes: 6 * time.Second, Deletes: time.Second, Named: "GroupName",
				Attributes: []string{"GroupId", "Id", "VpcId"},
				Properties: properties{
					"GroupDescription": resource.Str.Fixed().Must(), "GroupName": resource.Str.Fixed(),
					"SecurityGroupEgress": resource.ListOf(resource.Obj(egress)), "SecurityGroupIngress": resource.ListOf(resource.Obj(ingress)),
					"Tags": resource.Tags, "VpcId": resource.Str.Fixed(),
				},
			},
			prepare: s.prepareGroup, update: s.checkGroupRules, remove: s.removeGroup,
		}),
		s.ruleType("AWS::EC2::SecurityGroupIngress", ingress, properties{"GroupId": resource.Str, "GroupName": resource.Str}),
		s.ruleType("AWS::EC2::SecurityGroupEgress", egress, properties{"GroupId": resource.Str.Must()}),
	}
}

// ruleType is a rule as a resource: everything but its description is fixed.
func (s *Service) ruleType(name string, fields, group properties) resource.Type {
	all := properties{}
	for _, set := range []properties{fields, group} {
		for k, p := range set {
			if k != "Description" {
				p = p.Fixed()
			}
			all[k] = p
		}
	}
	return s.build(model{
		kind: rule,
		Type: resource.Type{Name: name, Takes: time.Second, Deletes: time.Second, Attributes: []string{"Id"}, Properties: all},
		prepare: func(it *item) error {
			if it.text("GroupId") == "" {
				return resource.Failed("InvalidRequest", "The parameter groupName cannot be used with the parameter subnet: the embedded AWS has no default VPC; use GroupId")
			}
			if _, err := s.find(securityGroup, it.text("GroupId")); err != nil {
				return err
			}
			it.Attributes["Id"] = it.ID
			it.Attributes["Type"] = name
			if same := s.live(rule, func(r *item) bool { return r.Attributes["Type"] == name && sameRule(r, it) }); len(same) > 0 {
				return resource.Failed("AlreadyExists", "the specified rule \"peer: %s, %s, from port: %v, to port: %v, ALLOW\" already exists",
					peer(it.Properties), strings.ToUpper(it.text("IpProtocol")), it.Properties["FromPort"], it.Properties["ToPort"])
			}
			return s.checkRule(it.Properties)
		},
	})
}

func sameRule(a, b *item) bool {
	for _, name := range []string{"GroupId", "IpProtocol", "FromPort", "ToPort"} {
		if a.Properties[name] != b.Properties[name] {
			return false
		}
	}
	return peer(a.Properties) == peer(b.Properties)
}

var peers = []string{
	"CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName", "DestinationPrefixListId", "DestinationSecurityGroupId",
}

// peer is what a rule lets in or out.
func peer(r map[string]any) string {
	for _, name := range peers {
		if p, _ := r[name].(string); p != "" {
			return p
		}
	}
	return ""
}

// checkRule: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupingress.html
func (s *Service) checkRule(r map[string]any) error {
	n := 0
	for _, name := range peers {
		if r[name] != nil {
			n++
		}
	}
	if n != 1 {
		return resource.Failed("InvalidRequest", "The request must contain exactly one of: %s", "CidrIp, CidrIpv6, a prefix list, a security group")
	}
	for _, name := range []string{"CidrIp", "CidrIpv6"} {
		if cidr, _ := r[name].(string); cidr != "" {
			if _, err := netip.ParsePrefix(cidr); err != nil {
				return resource.Failed("InvalidRequest", "CIDR block %s is malformed", cidr)
			}
		}
	}
	for _, name := range []string{"SourceSecurityGroupId", "DestinationSecurityGroupId"} {
		if id, _ := r[name].(string); id != "" {
			if _, err := s.find(securityGroup, id); err != nil {
				return err
			}
		}
	}
	protocol, _ := r["IpProtocol"].(string)
	from, hasFrom := r["FromPort"].(float64)
	to, hasTo := r["ToPort"].(float64)
	if protocol == "tcp" || protocol == "udp" || protocol == "6" || protocol == "17" {
		if !hasFrom || !hasTo || from > to {
			return resource.Failed("InvalidRequest", "Invalid value for portRange. Must specify both from and to ports with %s.", strings.ToUpper(protocol))
		}
	}
	return nil
}

var descriptionPattern = lazyregexp.New(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

func (s *Service) prepareGroup(it *item) error {
	description := it.text("GroupDescription")
	if !descriptionPattern.MatchString(description) {
		return resource.Failed("InvalidRequest", "Value (%s) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.", description)
	}
	network := it.text("VpcId")
	if network == "" {
		return resource.Failed("InvalidRequest", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
	}
	if _, err := s.find(vpc, network); err != nil {
		return err
	}
	name := it.text("GroupName")
	if strings.HasPrefix(name, "sg-") {
		return resource.Failed("InvalidRequest", "Value (%s) for parameter groupName is invalid. Group names cannot start with sg-", name)
	}
	if same := s.live(securityGroup, func(g *item) bool { return g.text("VpcId") == network && g.text("GroupName") == name }); name != "" && len(same) > 0 {
		return resource.Failed("AlreadyExists", "The security group '%s' already exists for VPC '%s'", name, network)
	}
	it.Attributes = map[string]any{"GroupId": it.ID, "Id": it.ID, "VpcId": network}
	return s.checkGroupRules(it, it.Properties)
}

func (s *Service) checkGroupRules(_ *item, next map[string]any) error {
	for _, list := range []string{"SecurityGroupIngress", "SecurityGroupEgress"} {
		rules, _ := next[list].([]any)
		for _, one := range rules {
			r, _ := one.(map[string]any)
			if err := s.checkRule(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeGroup refuses while another group's rule refers to this one.
func (s *Service) removeGroup(it *item) error {
	uses := func(r map[string]any) bool {
		return r["SourceSecurityGroupId"] == it.ID || r["DestinationSecurityGroupId"] == it.ID
	}
	users := s.live(rule, func(r *item) bool { return uses(r.Properties) && r.text("GroupId") != it.ID })
	users = append(users, s.live(securityGroup, func(g *item) bool {
		for _, list := range []string{"SecurityGroupIngress", "SecurityGroupEgress"} {
			rules, _ := g.Properties[list].([]any)
			for _, one := range rules {
				if r, _ := one.(map[string]any); g.ID != it.ID && uses(r) {
					return true
				}
			}
		}
		return false
	})...)
	if len(users) > 0 {
		return resource.Failed("InvalidRequest", "resource %s has a dependent object", it.ID)
	}
	return nil
}
