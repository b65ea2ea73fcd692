package ec2

import (
	"cmp"
	"context"
	"slices"
)

type groupsInput struct {
	Filter    []filter
	GroupID   []string `json:"GroupId"`
	GroupName []string
}

type pair struct {
	UserID      string `json:"userId,omitempty"`
	GroupID     string `json:"groupId"`
	Description string `json:"description,omitempty"`
}

type ipRange struct {
	CIDR        string `json:"cidrIp"`
	Description string `json:"description,omitempty"`
}

type ipv6Range struct {
	CIDR        string `json:"cidrIpv6"`
	Description string `json:"description,omitempty"`
}

type prefixList struct {
	ID          string `json:"prefixListId"`
	Description string `json:"description,omitempty"`
}

type permission struct {
	Protocol    string       `json:"ipProtocol"`
	FromPort    *int         `json:"fromPort"`
	ToPort      *int         `json:"toPort"`
	Groups      []pair       `json:"groups"`
	Ranges      []ipRange    `json:"ipRanges"`
	IPv6Ranges  []ipv6Range  `json:"ipv6Ranges"`
	PrefixLists []prefixList `json:"prefixListIds"`
}

type groupOutput struct {
	OwnerID     string       `json:"ownerId"`
	GroupID     string       `json:"groupId"`
	GroupName   string       `json:"groupName"`
	Description string       `json:"groupDescription"`
	VPCID       string       `json:"vpcId"`
	ARN         string       `json:"securityGroupArn"`
	Ingress     []permission `json:"ipPermissions"`
	Egress      []permission `json:"ipPermissionsEgress"`
	TagSet      []tag        `json:"tagSet,omitempty"`
}

type groupsOutput struct {
	SecurityGroupInfo []groupOutput `json:"securityGroupInfo"`
}

func groupValues(one groupOutput, name string) []string {
	switch name {
	case "group-id":
		return []string{one.GroupID}
	case "group-name":
		return []string{one.GroupName}
	case "vpc-id":
		return []string{one.VPCID}
	}
	return nil
}

// describeSecurityGroups tells the groups that stacks made. The default group of a VPC is not among them: nothing
// here can be in it.
func (s *Service) describeSecurityGroups(_ context.Context, in *groupsInput) (*groupsOutput, error) {
	var all []groupOutput
	for _, it := range s.every(securityGroup) {
		all = append(all, groupOutput{
			OwnerID: s.account.ID, GroupID: it.ID, GroupName: s.groupName(it.ID), Description: it.text("GroupDescription"),
			VPCID: it.text("VpcId"), ARN: s.account.ARN("ec2", "security-group/"+it.ID), TagSet: tagSet(it.Tags),
			Ingress: s.permissions(it, "AWS::EC2::SecurityGroupIngress", "SecurityGroupIngress"), Egress: s.egress(it),
		})
	}
	all, err := picked(all, in.GroupID, func(one groupOutput) string { return one.GroupID },
		"InvalidGroup.NotFound", "The security group '%s' does not exist")
	if err == nil {
		all, err = picked(all, in.GroupName, func(one groupOutput) string { return one.GroupName },
			"InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC")
	}
	if err != nil {
		return nil, err
	}
	all, err = kept(all, in.Filter, groupValues)
	return &groupsOutput{all}, err
}

// groupName is the group's name; CloudFormation makes one where the template gives none.
func (s *Service) groupName(id string) string {
	it := s.state.Items.Get(id)
	if it == nil {
		return ""
	}
	return cmp.Or(it.text("GroupName"), "stack-"+id[len("sg-"):])
}

// egress of a group. One without a rule in its template may send anywhere.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
func (s *Service) egress(it *item) []permission {
	own := s.permissions(it, "AWS::EC2::SecurityGroupEgress", "SecurityGroupEgress")
	if list, _ := it.Properties["SecurityGroupEgress"].([]any); len(list) == 0 {
		own = append(own, permission{Protocol: "-1", Ranges: []ipRange{{CIDR: "0.0.0.0/0"}}})
	}
	return own
}

// permissions are the rules in a group's template and those beside it, one for each protocol and range of ports.
func (s *Service) permissions(it *item, beside, property string) []permission {
	list, _ := it.Properties[property].([]any)
	var rules []map[string]any
	for _, one := range list {
		if r, ok := one.(map[string]any); ok {
			rules = append(rules, r)
		}
	}
	for _, r := range s.live(rule, func(r *item) bool { return r.text("GroupId") == it.ID && r.Attributes["Type"] == beside }) {
		rules = append(rules, r.Properties)
	}
	var all []permission
	for _, r := range rules {
		p := permission{Protocol: protocolName(text(r["IpProtocol"])), FromPort: number(r["FromPort"]), ToPort: number(r["ToPort"])}
		if p.Protocol == "-1" {
			p.FromPort, p.ToPort = nil, nil
		}
		i := slices.IndexFunc(all, func(o permission) bool {
			return o.Protocol == p.Protocol && same(o.FromPort, p.FromPort) && same(o.ToPort, p.ToPort)
		})
		if i < 0 {
			all, i = append(all, p), len(all)
		}
		all[i].add(r, s.account.ID)
	}
	return all
}

// protocolName: EC2 shows the usual protocols by their names.
func protocolName(p string) string {
	if name, ok := map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}[p]; ok {
		return name
	}
	return p
}

func same(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }

// add puts the peer of a rule into the permission.
func (p *permission) add(r map[string]any, owner string) {
	description := text(r["Description"])
	switch {
	case r["CidrIp"] != nil:
		p.Ranges = append(p.Ranges, ipRange{text(r["CidrIp"]), description})
	case r["CidrIpv6"] != nil:
		p.IPv6Ranges = append(p.IPv6Ranges, ipv6Range{text(r["CidrIpv6"]), description})
	case r["SourcePrefixListId"] != nil || r["DestinationPrefixListId"] != nil:
		p.PrefixLists = append(p.PrefixLists, prefixList{peer(r), description})
	default:
		p.Groups = append(p.Groups, pair{cmp.Or(text(r["SourceSecurityGroupOwnerId"]), owner), peer(r), description})
	}
}
