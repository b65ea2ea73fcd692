package elb

import (
	"cmp"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// provisioning is how long an Application Load Balancer takes to become active.
const provisioning = 120 * time.Second

// zoneOf is the hosted zone of the load balancers of a region.
// https://docs.aws.amazon.com/general/latest/gr/elb.html
var zoneOf = map[string]string{
	"ap-southeast-1": "Z1LMS91P8CMLE5", "ap-southeast-2": "Z1GM3OXH4ZPM65", "ap-northeast-1": "Z14GRHDCWA56QT",
	"us-east-1": "Z35SXDOTRQ7X7K", "us-east-2": "Z3AADJGX6KTTL2", "us-west-2": "Z1H1FL5HABSF5",
	"eu-west-1": "Z32O12XQLNTSW2", "eu-central-1": "Z215JYRZR1TBD5",
}

var loadBalancerAttributes = map[string]string{
	"access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": "",
	"connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "", "connection_logs.s3.prefix": "",
	"health_check_logs.s3.enabled": "false", "health_check_logs.s3.bucket": "", "health_check_logs.s3.prefix": "",
	"client_keep_alive.seconds": "3600", "deletion_protection.enabled": "false", "idle_timeout.timeout_seconds": "60",
	"load_balancing.cross_zone.enabled": "true", "routing.http.desync_mitigation_mode": "defensive",
	"routing.http.drop_invalid_header_fields.enabled": "false", "routing.http.preserve_host_header.enabled": "false",
	"routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false", "routing.http.xff_client_port.enabled": "false",
	"routing.http.xff_header_processing.mode": "append", "routing.http2.enabled": "true", "waf.fail_open.enabled": "false",
	"zonal_shift.config.enabled": "false",
}

var nameForm = lazyregexp.New(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$`)

type subnetMapping struct{ SubnetId string }

type loadBalancerProperties struct {
	IpAddressType          string
	LoadBalancerAttributes []attribute
	Name                   string
	Scheme                 string
	SecurityGroups         []string
	SubnetMappings         []subnetMapping
	Subnets                []string
	Tags                   []tag
	Type                   string
}

// loadBalancerType is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html
func (s *Service) loadBalancerType() resource.Type {
	return resource.Type{
		Name: "AWS::ElasticLoadBalancingV2::LoadBalancer",
		Properties: resource.Properties{
			"IpAddressType":          resource.Str.OneOf("ipv4", "dualstack", "dualstack-without-public-ipv4"),
			"LoadBalancerAttributes": attributes,
			"Name":                   resource.Str.Fixed(),
			"Scheme":                 resource.Str.Fixed().OneOf("internal", "internet-facing"),
			"SecurityGroups":         resource.Strs,
			"SubnetMappings": resource.ListOf(resource.Obj(resource.Properties{"SubnetId": resource.Str.Must(), "AllocationId": resource.Str,
				"IPv6Address": resource.Str, "PrivateIPv4Address": resource.Str, "SourceNatIpv6Prefix": resource.Str})),
			"Subnets": resource.Strs,
			"Tags":    resource.Tags,
			"Type":    resource.Str.Fixed().OneOf("application", "network", "gateway"),
			"EnableCapacityReservationProvisionStabilize":          resource.Bool,
			"EnablePrefixForIpv6SourceNat":                         resource.Str,
			"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": resource.Str,
			"Ipv4IpamPoolId":              resource.Str,
			"MinimumLoadBalancerCapacity": resource.Any,
		},
		Named:      "Name",
		Attributes: []string{"CanonicalHostedZoneID", "DNSName", "LoadBalancerArn", "LoadBalancerFullName", "LoadBalancerName", "SecurityGroups"},
		Takes:      provisioning,
		Deletes:    10 * time.Second,
		Create:     s.createLoadBalancer,
		Update:     s.updateLoadBalancer,
		Delete:     s.deleteLoadBalancer,
		Read:       s.readLoadBalancer, Identifiers: []string{"LoadBalancerArn"},
		Retag: func(id string, set map[string]string, remove []string) error {
			if v := s.state.LoadBalancers.Get(id); v != nil {
				v.Tags = retagged(v.Tags, set, remove)
				s.w.Changed()
			}
			return nil
		},
		Attribute: func(arn, name string) (any, error) {
			r := s.state.LoadBalancers.Get(arn)
			if r == nil {
				return nil, notFound("AWS::ElasticLoadBalancingV2::LoadBalancer", arn)
			}
			switch lb := r.LoadBalancer; name {
			case "CanonicalHostedZoneID":
				return lb.CanonicalHostedZoneId, nil
			case "DNSName":
				return lb.DNSName, nil
			case "LoadBalancerFullName":
				return after(arn, ":loadbalancer/"), nil
			case "LoadBalancerName":
				return lb.LoadBalancerName, nil
			case "SecurityGroups":
				return lb.SecurityGroups, nil
			default:
				return arn, nil
			}
		},
	}
}

func (s *Service) createLoadBalancer(r resource.Request) (string, error) {
	p, err := resource.Decode[loadBalancerProperties](r.Properties)
	if err != nil {
		return "", err
	}
	name := cmp.Or(p.Name, s.physicalName(r))
	switch kind := cmp.Or(p.Type, "application"); {
	case kind != "application":
		return "", resource.Failed("InvalidRequest", "The embedded AWS does not model load balancers of the type %s.", kind)
	case !nameForm.MatchString(name):
		return "", s.handlerError(wire.Errorf("ValidationError", "The load balancer name '%s' is not valid: it can have up to 32 letters, digits and hyphens, and cannot begin or end with a hyphen", name))
	}
	for range s.state.LoadBalancers.Ascend(s.loadBalancerNamed(name), "") {
		return "", s.handlerError(wire.Errorf("DuplicateLoadBalancerName", "A load balancer with the same name '%s' exists, but with different settings", name))
	}
	scheme, prefix := cmp.Or(p.Scheme, "internet-facing"), ""
	if scheme == "internal" {
		prefix = "internal-"
	}
	id := s.w.Hex(16)
	arn := s.loadBalancerNamed(name) + id
	record := &loadBalancerRecord{ActiveAt: s.w.Now().Add(s.w.Scaled(provisioning)), Seq: s.seq(), LoadBalancer: loadBalancer{
		LoadBalancerArn: arn, LoadBalancerName: name, Scheme: scheme, Type: "application", CreatedTime: wire.Time{Time: s.w.Now()},
		DNSName:               prefix + name + "-" + id[:10] + "." + s.acct.Region + ".elb.amazonaws.com",
		CanonicalHostedZoneId: cmp.Or(zoneOf[s.acct.Region], "Z"+id[:13]),
	}}
	if err := s.setLoadBalancer(record, p, r); err != nil {
		return "", err
	}
	s.state.LoadBalancers.Put(arn, record)
	return arn, nil
}

func (s *Service) updateLoadBalancer(r resource.Request) error {
	p, err := resource.Decode[loadBalancerProperties](r.Properties)
	if err != nil {
		return err
	}
	record := s.state.LoadBalancers.Get(r.PhysicalID)
	if record == nil {
		return notFound("AWS::ElasticLoadBalancingV2::LoadBalancer", r.PhysicalID)
	}
	return s.setLoadBalancer(record, p, r)
}

// setLoadBalancer sets what can be changed.
func (s *Service) setLoadBalancer(record *loadBalancerRecord, p loadBalancerProperties, r resource.Request) error {
	if err := refuse(r, "EnableCapacityReservationProvisionStabilize", "EnablePrefixForIpv6SourceNat",
		"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "Ipv4IpamPoolId", "MinimumLoadBalancerCapacity"); err != nil {
		return err
	}
	subnets := slices.Clone(p.Subnets)
	for _, m := range p.SubnetMappings {
		subnets = append(subnets, m.SubnetId)
	}
	if len(subnets) < 2 {
		return s.handlerError(wire.Errorf("ValidationError", "At least two subnets in two different Availability Zones must be specified"))
	}
	attributes, err := withAttributes(loadBalancerAttributes, p.LoadBalancerAttributes, "Load balancer")
	if err != nil {
		return s.handlerError(err)
	}
	lb := &record.LoadBalancer
	lb.AvailabilityZones = nil
	for i, id := range subnets {
		lb.AvailabilityZones = append(lb.AvailabilityZones, availabilityZone{s.acct.Region + string(rune('a'+i%3)), id, []struct{}{}})
	}
	lb.SecurityGroups, lb.IpAddressType = slices.Clone(p.SecurityGroups), cmp.Or(p.IpAddressType, "ipv4")
	if len(lb.SecurityGroups) == 0 {
		lb.SecurityGroups = []string{"sg-00000000000000000"}
	}
	record.Attributes, record.Tags = attributes, tagsOfRequest(p.Tags, r.Tags)
	s.w.Changed()
	return nil
}

func (s *Service) deleteLoadBalancer(r resource.Request) error {
	record := s.state.LoadBalancers.Get(r.PhysicalID)
	if record == nil {
		return nil
	}
	if record.Attributes["deletion_protection.enabled"] == "true" {
		return s.handlerError(wire.Errorf("OperationNotPermitted", "Load balancer '%s' cannot be deleted because deletion protection is enabled", r.PhysicalID))
	}
	for arn := range s.state.Listeners.Ascend(listenersOf(r.PhysicalID), "") {
		s.dropListener(arn)
	}
	s.state.LoadBalancers.Delete(r.PhysicalID)
	return nil
}
