package cfn

import (
	"fmt"
	"strconv"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation"
	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"
)

// tlsPolicy is what AWS recommends (read in November 2026), in the partitions of China as well.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

// Health checks of the load balancer. A new target needs one success, so the interval is what it waits at most; one that was
// unhealthy needs more of them (20 s), and three failures give one up (30 s). AWS's defaults are 30 s, 150 s and 60 s.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
const (
	healthInterval  = 10 * time.Second
	healthTimeout   = 5 * time.Second
	healthyAfter    = 2
	unhealthyAfter  = 3
	healthySuccess  = "200" // a redirect is a wrong path, not health
	idleConnections = 60 * time.Second

	idleTimeoutAttribute         = "idle_timeout.timeout_seconds"
	deregistrationDelayAttribute = "deregistration_delay.timeout_seconds"
)

// Attributes of listeners, which change the headers of answers.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
const (
	hstsAttribute         = "routing.http.response.strict_transport_security.header_value"
	serverHeaderAttribute = "routing.http.response.server.enabled"
)

func (d deployment) addLoadBalancer(t *cloudformation.Template, n network) {
	// Neither the load balancer nor the target group has a fixed name: CloudFormation could not replace
	// them, because the new one would want the name while the old one has it.
	balancer := &elb.LoadBalancer{
		Type:           new("application"),
		Scheme:         new("internet-facing"),
		IpAddressType:  new("ipv4"),
		Subnets:        n.public,
		SecurityGroups: []string{cloudformation.GetAtt("LoadBalancerSecurityGroup", "GroupId")},
		LoadBalancerAttributes: append(d.accessLog(),
			attribute("deletion_protection.enabled", strconv.FormatBool(d.Environment.Protected)),
			attribute(idleTimeoutAttribute, seconds(idleConnections)),
			// AWS's default, written out: what is not in the template would not be set back.
			attribute("routing.http.desync_mitigation_mode", "defensive"),
			attribute("routing.http.drop_invalid_header_fields.enabled", "true"),
		),
		Tags: d.nameTag("load-balancer"),
	}
	if n.attachment != "" {
		balancer.AWSCloudFormationDependsOn = []string{n.attachment}
	}
	t.Resources["LoadBalancer"] = balancer
	d.addTargetGroup(t, n)
	d.addListeners(t)
}

func attribute(key, value string) elb.LoadBalancer_LoadBalancerAttribute {
	return elb.LoadBalancer_LoadBalancerAttribute{Key: new(key), Value: new(value)}
}

// accessLog are the attributes of the log of requests.
func (d deployment) accessLog() []elb.LoadBalancer_LoadBalancerAttribute {
	if d.Environment.AccessLogBucket == "" {
		return nil
	}
	return []elb.LoadBalancer_LoadBalancerAttribute{
		attribute("access_logs.s3.bucket", d.Environment.AccessLogBucket),
		attribute("access_logs.s3.enabled", "true"),
		attribute("access_logs.s3.prefix", d.prefix()),
	}
}

func (d deployment) addTargetGroup(t *cloudformation.Template, n network) {
	t.Resources[d.resource("TargetGroup")] = &elb.TargetGroup{
		VpcId:      new(n.vpc),
		TargetType: new("ip"),
		Protocol:   new("HTTP"),
		// Only a default: ECS registers each task with the container's own port. As a constant, it lets
		// that port change without replacing the target group under a running service.
		Port:                       new(80),
		HealthCheckEnabled:         new(true),
		HealthCheckProtocol:        new("HTTP"),
		HealthCheckPort:            new("traffic-port"),
		HealthCheckPath:            new(d.Container.HealthCheckPath),
		HealthCheckIntervalSeconds: new(int(healthInterval.Seconds())),
		HealthCheckTimeoutSeconds:  new(int(healthTimeout.Seconds())),
		HealthyThresholdCount:      new(healthyAfter),
		UnhealthyThresholdCount:    new(unhealthyAfter),
		Matcher:                    &elb.TargetGroup_Matcher{HttpCode: new(healthySuccess)},
		TargetGroupAttributes: []elb.TargetGroup_TargetGroupAttribute{
			{Key: new(deregistrationDelayAttribute), Value: new(seconds(d.Container.DeregistrationDelay))},
		},
		Tags: d.nameTag("tasks"),
	}
}

// addListeners adds HTTP on 80, or HTTPS on 443 and a redirect from 80.
func (d deployment) addListeners(t *cloudformation.Template) {
	forward := []elb.Listener_Action{{Type: "forward", TargetGroupArn: cloudformation.RefPtr("TargetGroup")}}
	var headers []ListenerAttribute
	if d.Environment.WithoutServerHeader {
		headers = append(headers, ListenerAttribute{serverHeaderAttribute, "false"})
	}
	http := &ELBListener{Attributes: headers, Listener: elb.Listener{
		LoadBalancerArn: cloudformation.Ref("LoadBalancer"),
		Port:            new(80),
		Protocol:        new("HTTP"),
		DefaultActions:  forward,
	}}
	t.Resources["HttpListener"] = http
	if d.Environment.CertificateARN == "" {
		return
	}
	http.DefaultActions = []elb.Listener_Action{{
		Type: "redirect",
		RedirectConfig: &elb.Listener_RedirectConfig{
			Protocol:   new("HTTPS"),
			Port:       new("443"),
			StatusCode: "HTTP_301",
		},
	}}
	// Not before there is something to redirect to.
	http.AWSCloudFormationDependsOn = []string{"HttpsListener"}
	// Browsers take the header over HTTPS alone.
	if d.Environment.StrictTransportSecurity != "" {
		headers = append(headers, ListenerAttribute{hstsAttribute, d.Environment.StrictTransportSecurity})
	}
	t.Resources["HttpsListener"] = &ELBListener{Attributes: headers, Listener: elb.Listener{
		LoadBalancerArn: cloudformation.Ref("LoadBalancer"),
		Port:            new(443),
		Protocol:        new("HTTPS"),
		SslPolicy:       new(d.Environment.TLSPolicy),
		Certificates:    []elb.Listener_Certificate{{CertificateArn: new(d.Environment.CertificateARN)}},
		DefaultActions:  forward,
	}}
}

// url of the load balancer.
func (d deployment) url() string {
	scheme := "http"
	if d.Environment.CertificateARN != "" {
		scheme = "https"
	}
	return cloudformation.Sub(fmt.Sprintf("%s://${LoadBalancer.DNSName}", scheme))
}

// seconds of a duration, in the words of load balancer attributes.
func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
