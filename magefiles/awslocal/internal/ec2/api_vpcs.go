package ec2

import "context"

type vpcsInput struct {
	Filter []filter
	VPCID  []string `json:"VpcId"`
}

type vpcOutput struct {
	VPCID           string `json:"vpcId"`
	OwnerID         string `json:"ownerId"`
	State           string `json:"state"`
	CIDRBlock       string `json:"cidrBlock"`
	InstanceTenancy string `json:"instanceTenancy"`
	IsDefault       bool   `json:"isDefault"`
	TagSet          []tag  `json:"tagSet,omitempty"`
}

type vpcsOutput struct {
	VPCSet []vpcOutput `json:"vpcSet"`
}

func vpcValues(one vpcOutput, name string) []string {
	switch name {
	case "vpc-id":
		return []string{one.VPCID}
	case "cidr":
		return []string{one.CIDRBlock}
	case "state":
		return []string{available}
	}
	return nil
}

func (s *Service) describeVpcs(_ context.Context, in *vpcsInput) (*vpcsOutput, error) {
	var all []vpcOutput
	for _, it := range s.every(vpc) {
		tenancy := it.text("InstanceTenancy")
		if tenancy == "" {
			tenancy = "default"
		}
		all = append(all, vpcOutput{
			VPCID: it.ID, OwnerID: s.account.ID, State: available, CIDRBlock: it.text("CidrBlock"), InstanceTenancy: tenancy, TagSet: tagSet(it.Tags),
		})
	}
	all, err := picked(all, in.VPCID, func(one vpcOutput) string { return one.VPCID }, "InvalidVpcID.NotFound", "The vpc ID '%s' does not exist")
	if err != nil {
		return nil, err
	}
	all, err = kept(all, in.Filter, vpcValues)
	return &vpcsOutput{all}, err
}
