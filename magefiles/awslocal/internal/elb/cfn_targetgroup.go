package elb

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

var targetGroupAttributes = map[string]string{
	"deregistration_delay.timeout_seconds": "300", "load_balancing.algorithm.anomaly_mitigation": "off",
	"load_balancing.algorithm.type": "round_robin", "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
	"slow_start.duration_seconds": "0", "stickiness.enabled": "false", "stickiness.type": "lb_cookie",
	"stickiness.lb_cookie.duration_seconds": "86400", "stickiness.app_cookie.cookie_name": "", "stickiness.app_cookie.duration_seconds": "86400",
	"target_group_health.dns_failover.minimum_healthy_targets.count": "1", "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count":      "1",
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}

type targetGroupProperties struct {
	HealthCheckEnabled         *bool
	HealthCheckIntervalSeconds int
	HealthCheckPath            string
	HealthCheckPort            string
	HealthCheckProtocol        string
	HealthCheckTimeoutSeconds  int
	HealthyThresholdCount      int
	IpAddressType              string
	Matcher                    *matcher
	Name                       string
	Port                       int
	Protocol                   string
	ProtocolVersion            string
	Tags                       []tag
	TargetGroupAttributes      []attribute
	Targets                    []targetDescription
	TargetType                 string
	UnhealthyThresholdCount    int
	VpcId                      string
}

// targetGroupType is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
func (s *Service) targetGroupType() resource.Type {
	return resource.Type{
		Name: "AWS::ElasticLoadBalancingV2::TargetGroup",
		Properties: resource.Properties{
			"HealthCheckEnabled":         resource.Bool,
			"HealthCheckIntervalSeconds": resource.Int.Between(5, 300),
			"HealthCheckPath":            resource.Str,
			"HealthCheckPort":            resource.Str,
			"HealthCheckProtocol":        resource.Str.OneOf("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"),
			"HealthCheckTimeoutSeconds":  resource.Int.Between(2, 120),
			"HealthyThresholdCount":      resource.Int.Between(2, 10),
			"IpAddressType":              resource.Str.Fixed().OneOf("ipv4", "ipv6"),
			"Matcher":                    resource.Obj(resource.Properties{"GrpcCode": resource.Str, "HttpCode": resource.Str}),
			"Name":                       resource.Str.Fixed(),
			"Port":                       resource.Int.Fixed().Between(1, 65535),
			"Protocol":                   resource.Str.Fixed().OneOf("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"),
			"ProtocolVersion":            resource.Str.Fixed().OneOf("GRPC", "HTTP1", "HTTP2"),
			"Tags":                       resource.Tags,
			"TargetControlPort":          resource.Int,
			"TargetGroupAttributes":      attributes,
			"Targets": resource.ListOf(resource.Obj(resource.Properties{"AvailabilityZone": resource.Str, "Id": resource.Str.Must(),
				"Port": resource.Int, "QuicServerId": resource.Str})),
			"TargetType":              resource.Str.Fixed().OneOf("instance", "ip", "lambda", "alb"),
			"UnhealthyThresholdCount": resource.Int.Between(2, 10),
			"VpcId":                   resource.Str.Fixed(),
		},
		Named:      "Name",
		Attributes: []string{"LoadBalancerArns", "TargetGroupArn", "TargetGroupFullName", "TargetGroupName"},
		Takes:      3 * time.Second,
		Deletes:    3 * time.Second,
		Create:     s.createTargetGroup,
		Read:       s.readTargetGroup, Identifiers: []string{"TargetGroupArn"},
		Retag: func(id string, set map[string]string, remove []string) error {
			if v := s.state.TargetGroups.Get(id); v != nil {
				v.Tags = retagged(v.Tags, set, remove)
				s.w.Changed()
			}
			return nil
		},
		Update: func(r resource.Request) error {
			p, err := resource.Decode[targetGroupProperties](r.Properties)
			if err != nil {
				return err
			}
			record := s.state.TargetGroups.Get(r.PhysicalID)
			if record == nil {
				return notFound("AWS::ElasticLoadBalancingV2::TargetGroup", r.PhysicalID)
			}
			return s.setTargetGroup(record, p, r)
		},
		Delete: func(r resource.Request) error {
			if !s.state.TargetGroups.Has(r.PhysicalID) {
				return nil
			}
			if err := s.dropTargetGroup(r.PhysicalID); err != nil {
				return s.handlerError(err)
			}
			return nil
		},
		Attribute: func(arn, name string) (any, error) {
			g := s.state.TargetGroups.Get(arn)
			if g == nil {
				return nil, notFound("AWS::ElasticLoadBalancingV2::TargetGroup", arn)
			}
			switch name {
			case "LoadBalancerArns":
				return s.usedBy(arn), nil
			case "TargetGroupFullName":
				return "targetgroup/" + after(arn, ":targetgroup/"), nil
			case "TargetGroupName":
				return g.TargetGroup.TargetGroupName, nil
			default:
				return arn, nil
			}
		},
	}
}

func (s *Service) createTargetGroup(r resource.Request) (string, error) {
	p, err := resource.Decode[targetGroupProperties](r.Properties)
	if err != nil {
		return "", err
	}
	name := cmp.Or(p.Name, s.physicalName(r))
	kind := cmp.Or(p.TargetType, "instance")
	switch {
	case !nameForm.MatchString(name):
		return "", s.handlerError(wire.Errorf("ValidationError", "Target group name '%s' cannot be longer than '32' characters, can contain only letters, digits and hyphens, and cannot begin or end with a hyphen", name))
	case kind != "ip" && kind != "instance":
		return "", resource.Failed("InvalidRequest", "The embedded AWS does not model target groups of the type %s.", kind)
	case p.Protocol == "":
		return "", s.handlerError(wire.Errorf("ValidationError", "A protocol must be specified"))
	case p.Port == 0:
		return "", s.handlerError(wire.Errorf("ValidationError", "A port must be specified"))
	case p.VpcId == "":
		return "", s.handlerError(wire.Errorf("ValidationError", "A VPC ID must be specified"))
	}
	for range s.state.TargetGroups.Ascend(s.targetGroupNamed(name), "") {
		return "", s.handlerError(wire.Errorf("DuplicateTargetGroupName", "A target group with the same name '%s' exists, but with different settings", name))
	}
	arn := s.targetGroupNamed(name) + s.w.Hex(16)
	record := &targetGroupRecord{Targets: map[string]*targetRecord{}, Seq: s.seq(), TargetGroup: targetGroup{
		TargetGroupArn: arn, TargetGroupName: name, Protocol: p.Protocol, Port: p.Port, VpcId: p.VpcId, TargetType: kind,
		ProtocolVersion: cmp.Or(p.ProtocolVersion, "HTTP1"), IpAddressType: cmp.Or(p.IpAddressType, "ipv4"),
	}}
	if err := s.setTargetGroup(record, p, r); err != nil {
		return "", err
	}
	s.state.TargetGroups.Put(arn, record)
	for _, t := range p.Targets {
		if err := s.RegisterTarget(arn, t.Id, cmp.Or(t.Port, p.Port)); err != nil {
			return "", s.handlerError(err)
		}
	}
	return arn, nil
}

// setTargetGroup sets what can be changed.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (s *Service) setTargetGroup(record *targetGroupRecord, p targetGroupProperties, r resource.Request) error {
	if err := refuse(r, "TargetControlPort"); err != nil {
		return err
	}
	switch record.TargetGroup.Protocol {
	case "HTTP", "HTTPS":
	default:
		return resource.Failed("InvalidRequest", "The embedded AWS does not model target groups with the protocol %s.", record.TargetGroup.Protocol)
	}
	attributes, err := withAttributes(targetGroupAttributes, p.TargetGroupAttributes, "Target group")
	if err != nil {
		return s.handlerError(err)
	}
	if n, err := strconv.Atoi(attributes["deregistration_delay.timeout_seconds"]); err != nil || n < 0 || n > 3600 {
		return s.handlerError(wire.Errorf("ValidationError", "Target group attribute 'deregistration_delay.timeout_seconds' must be between 0 and 3600"))
	}
	g := record.TargetGroup
	g.HealthCheckEnabled = p.HealthCheckEnabled == nil || *p.HealthCheckEnabled
	g.HealthCheckIntervalSeconds, g.HealthCheckTimeoutSeconds = cmp.Or(p.HealthCheckIntervalSeconds, 30), cmp.Or(p.HealthCheckTimeoutSeconds, 5)
	g.HealthyThresholdCount, g.UnhealthyThresholdCount = cmp.Or(p.HealthyThresholdCount, 5), cmp.Or(p.UnhealthyThresholdCount, 2)
	g.HealthCheckPath, g.HealthCheckPort = cmp.Or(p.HealthCheckPath, "/"), cmp.Or(p.HealthCheckPort, "traffic-port")
	g.HealthCheckProtocol = cmp.Or(p.HealthCheckProtocol, "HTTP")
	g.Matcher = &matcher{HttpCode: "200"}
	if p.Matcher != nil && p.Matcher.HttpCode != "" {
		g.Matcher.HttpCode = p.Matcher.HttpCode
	}
	if g.HealthCheckTimeoutSeconds >= g.HealthCheckIntervalSeconds {
		return s.handlerError(wire.Errorf("ValidationError", "Health check interval must be greater than the timeout."))
	}
	record.TargetGroup, record.Attributes, record.Tags = g, attributes, tagsOfRequest(p.Tags, r.Tags)
	s.w.Changed()
	var keys []string
	for key := range record.Targets {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys { // other codes or thresholds may mean another health
		s.consider(g.TargetGroupArn, record, record.Targets[key], time.Duration(g.HealthCheckIntervalSeconds)*time.Second)
	}
	return nil
}
