package elb

import (
	"cmp"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// securityPolicy is what an HTTPS listener made without one has.
const securityPolicy = "ELBSecurityPolicy-2016-08"

// listenerAttributes are those of HTTP and HTTPS listeners.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
var listenerAttributes = map[string]string{
	"routing.http.response.server.enabled":                                  "true",
	"routing.http.response.access_control_allow_credentials.header_value":   "",
	"routing.http.response.access_control_allow_headers.header_value":       "",
	"routing.http.response.access_control_allow_methods.header_value":       "",
	"routing.http.response.access_control_allow_origin.header_value":        "",
	"routing.http.response.access_control_expose_headers.header_value":      "",
	"routing.http.response.access_control_max_age.header_value":             "",
	"routing.http.response.content_security_policy.header_value":            "",
	"routing.http.response.strict_transport_security.header_value":          "",
	"routing.http.response.x_content_type_options.header_value":             "",
	"routing.http.response.x_frame_options.header_value":                    "",
	"routing.http.request.x_amzn_mtls_clientcert.header_name":               "",
	"routing.http.request.x_amzn_mtls_clientcert_issuer.header_name":        "",
	"routing.http.request.x_amzn_mtls_clientcert_leaf.header_name":          "",
	"routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name": "",
	"routing.http.request.x_amzn_mtls_clientcert_subject.header_name":       "",
	"routing.http.request.x_amzn_mtls_clientcert_validity.header_name":      "",
	"routing.http.request.x_amzn_tls_cipher_suite.header_name":              "",
	"routing.http.request.x_amzn_tls_version.header_name":                   "",
}

type listenerProperties struct {
	AlpnPolicy         []string
	Certificates       []certificate
	DefaultActions     []action
	ListenerAttributes []attribute
	LoadBalancerArn    string
	Port               int
	Protocol           string
	SslPolicy          string
	Tags               []tag
}

// listenerType is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html
func (s *Service) listenerType() resource.Type {
	return resource.Type{
		Name: "AWS::ElasticLoadBalancingV2::Listener",
		Properties: resource.Properties{
			"AlpnPolicy":           resource.Strs,
			"Certificates":         resource.ListOf(resource.Obj(resource.Properties{"CertificateArn": resource.Str})),
			"DefaultActions":       actions.Must(),
			"ListenerAttributes":   attributes,
			"LoadBalancerArn":      resource.Str.Must().Fixed(),
			"MutualAuthentication": resource.Any,
			"Port":                 resource.Int.Between(1, 65535),
			"Protocol":             resource.Str.OneOf("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"),
			"SslPolicy":            resource.Str,
			"Tags":                 resource.Tags,
		},
		Attributes: []string{"ListenerArn"},
		Takes:      2 * time.Second,
		Deletes:    2 * time.Second,
		Create: func(r resource.Request) (string, error) {
			p, err := resource.Decode[listenerProperties](r.Properties)
			if err != nil {
				return "", err
			}
			if !s.state.LoadBalancers.Has(p.LoadBalancerArn) {
				return "", s.handlerError(wire.Errorf("LoadBalancerNotFound", "Load balancer '%s' not found", p.LoadBalancerArn))
			}
			arn := listenersOf(p.LoadBalancerArn) + s.w.Hex(16)
			record := &listenerRecord{Seq: s.seq(), Listener: listener{ListenerArn: arn, LoadBalancerArn: p.LoadBalancerArn}}
			if err := s.setListener(record, p, r); err != nil {
				return "", err
			}
			s.state.Listeners.Put(arn, record)
			return arn, nil
		},
		Update: func(r resource.Request) error {
			p, err := resource.Decode[listenerProperties](r.Properties)
			if err != nil {
				return err
			}
			record := s.state.Listeners.Get(r.PhysicalID)
			if record == nil {
				return notFound("AWS::ElasticLoadBalancingV2::Listener", r.PhysicalID)
			}
			return s.setListener(record, p, r)
		},
		Delete: func(r resource.Request) error {
			if !s.state.Listeners.Has(r.PhysicalID) {
				return nil
			}
			s.dropListener(r.PhysicalID)
			return nil
		},
		Attribute: func(arn, _ string) (any, error) { return arn, nil },
		Read:      s.readListener, Identifiers: []string{"ListenerArn"},
	}
}

func (s *Service) setListener(record *listenerRecord, p listenerProperties, r resource.Request) error {
	l := record.Listener
	if err := refuse(r, "MutualAuthentication"); err != nil {
		return err
	}
	switch {
	case p.Port == 0:
		return s.handlerError(wire.Errorf("ValidationError", "A port must be specified"))
	case p.Protocol != "HTTP" && p.Protocol != "HTTPS":
		return s.handlerError(wire.Errorf("ValidationError", "Listener protocol '%s' must be one of 'HTTPS, HTTP'", p.Protocol))
	case p.Protocol == "HTTPS" && len(p.Certificates) == 0:
		return s.handlerError(wire.Errorf("ValidationError", "A certificate must be specified for HTTPS listeners"))
	case p.Protocol == "HTTP" && len(p.Certificates) > 0:
		return s.handlerError(wire.Errorf("ValidationError", "You cannot specify a certificate for an HTTP listener"))
	case p.SslPolicy != "" && !strings.HasPrefix(p.SslPolicy, "ELBSecurityPolicy-"):
		return s.handlerError(wire.Errorf("SSLPolicyNotFound", "SSL policy '%s' not found", p.SslPolicy))
	}
	for arn, other := range s.state.Listeners.Ascend(listenersOf(l.LoadBalancerArn), "") {
		if arn != l.ListenerArn && other.Listener.Port == p.Port {
			return s.handlerError(wire.Errorf("DuplicateListener", "A listener already exists on this port for this load balancer '%s'", l.LoadBalancerArn))
		}
	}
	if err := s.checkActions(p.DefaultActions); err != nil {
		return s.handlerError(err)
	}
	if err := s.checkAssociation(l.LoadBalancerArn, p.DefaultActions); err != nil {
		return s.handlerError(err)
	}
	l.Port, l.Protocol, l.Certificates, l.AlpnPolicy, l.SslPolicy = p.Port, p.Protocol, p.Certificates, p.AlpnPolicy, ""
	if p.Protocol == "HTTPS" {
		l.SslPolicy = cmp.Or(p.SslPolicy, securityPolicy)
	}
	l.DefaultActions = filled(p.DefaultActions)
	attributes, err := withAttributes(listenerAttributes, p.ListenerAttributes, "Listener")
	if err != nil {
		return s.handlerError(err)
	}
	s.use(l.ListenerArn, l.LoadBalancerArn, record.Listener.DefaultActions, l.DefaultActions)
	record.Listener, record.Tags, record.Attributes = l, tagsOfRequest(p.Tags, r.Tags), attributes
	s.w.Changed()
	return nil
}
