package elb

import (
	"cmp"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func tagMap(tags []tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

func retagged(tags []tag, set map[string]string, remove []string) []tag {
	return tagsOfRequest(nil, resource.Retagged(tagMap(tags), set, remove))
}

// inOrder is a set in the order in which the template lists it, and what it does not list after that.
func inOrder(expected any, actual []string) []any {
	wanted, _ := expected.([]any)
	place := func(v string) int {
		if i := slices.Index(wanted, any(v)); i >= 0 {
			return i
		}
		return len(wanted)
	}
	sorted := slices.Clone(actual)
	slices.SortFunc(sorted, func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	out := make([]any, len(sorted))
	for i, v := range sorted {
		out[i] = v
	}
	return out
}

// readLoadBalancer is a load balancer as it is now.
func (s *Service) readLoadBalancer(r resource.Request) (map[string]any, bool, error) {
	record := s.state.LoadBalancers.Get(r.PhysicalID)
	if record == nil {
		return nil, false, nil
	}
	lb := record.LoadBalancer
	var subnets []string
	for _, z := range lb.AvailabilityZones {
		subnets = append(subnets, z.SubnetId)
	}
	actual := map[string]any{
		"IpAddressType": lb.IpAddressType, "Name": lb.LoadBalancerName, "Scheme": lb.Scheme, "Type": lb.Type,
		"LoadBalancerAttributes": resource.Select(r.Properties["LoadBalancerAttributes"], record.Attributes, "Key", "Value"),
		"SecurityGroups":         inOrder(r.Properties["SecurityGroups"], lb.SecurityGroups), "Subnets": inOrder(r.Properties["Subnets"], subnets),
		"Tags": resource.OwnTags(r, tagMap(record.Tags)),
	}
	for _, name := range []string{"SubnetMappings", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "MinimumLoadBalancerCapacity"} {
		if expected, ok := r.Properties[name]; ok { // not told by what the model keeps
			actual[name] = expected
		}
	}
	return actual, true, nil
}

// readTargetGroup is a target group as it is now. Which targets it has is the tasks' business, not the template's.
func (s *Service) readTargetGroup(r resource.Request) (map[string]any, bool, error) {
	record := s.state.TargetGroups.Get(r.PhysicalID)
	if record == nil {
		return nil, false, nil
	}
	actual, err := resource.Encode(record.TargetGroup)
	if err != nil {
		return nil, false, err
	}
	actual["Name"] = record.TargetGroup.TargetGroupName
	for _, name := range []string{"TargetGroupArn", "TargetGroupName", "LoadBalancerArns"} {
		delete(actual, name)
	}
	actual["TargetGroupAttributes"] = resource.Select(r.Properties["TargetGroupAttributes"], record.Attributes, "Key", "Value")
	actual["Tags"] = resource.OwnTags(r, tagMap(record.Tags))
	for _, name := range []string{"Targets", "TargetControlPort"} {
		if expected, ok := r.Properties[name]; ok {
			actual[name] = expected
		}
	}
	return actual, true, nil
}

// readListener is a listener as it is now.
func (s *Service) readListener(r resource.Request) (map[string]any, bool, error) {
	record := s.state.Listeners.Get(r.PhysicalID)
	if record == nil {
		return nil, false, nil
	}
	actual, err := resource.Encode(record.Listener)
	if err != nil {
		return nil, false, err
	}
	delete(actual, "ListenerArn")
	actual["ListenerAttributes"] = resource.Select(r.Properties["ListenerAttributes"], record.Attributes, "Key", "Value")
	return actual, true, nil
}

// readRule is a listener's rule as it is now.
func (s *Service) readRule(r resource.Request) (map[string]any, bool, error) {
	record := s.state.Rules.Get(r.PhysicalID)
	if record == nil {
		return nil, false, nil
	}
	actual, err := resource.Encode(record.Rule)
	if err != nil {
		return nil, false, err
	}
	actual["ListenerArn"] = record.Listener
	delete(actual, "RuleArn")
	delete(actual, "IsDefault")
	return actual, true, nil
}
