package elb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awselb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func TestTargetHealthFollowsTheProgram(t *testing.T) {
	r := newRegion(t)
	_, group, _ := r.ground()
	var told int
	r.do(func() { r.svc.WatchTargets(func(string, string, int) { told++ }) })
	var got []string
	r.do(func() {
		r.svc.Answer("10.0.0.5", 3000, 200)
		if err := r.svc.RegisterTarget(group, "10.0.0.5", 3000); err != nil {
			t.Error(err)
		}
	})
	got = append(got, r.history(group, 30*time.Second)...)
	for _, status := range []int{503, 204, 0, 200} {
		r.do(func() { r.svc.Answer("10.0.0.5", 3000, status) })
		got = append(got, r.history(group, 60*time.Second)...)
	}
	r.do(func() { r.svc.DeregisterTarget(group, "10.0.0.5", 3000) })
	got = append(got, r.history(group, 40*time.Second)...)
	if diff := cmp.Diff([]string{"initial Elb.RegistrationInProgress", "initial Elb.InitialHealthChecking", "healthy",
		"healthy", "unhealthy Target.ResponseCodeMismatch", "unhealthy Target.ResponseCodeMismatch", "healthy",
		"healthy", "unhealthy Target.FailedHealthChecks", "unhealthy Target.FailedHealthChecks", "healthy",
		"draining Target.DeregistrationInProgress", "none"}, got); diff != "" {
		t.Error(diff)
	}
	if told != 6 {
		t.Errorf("told %d times", told)
	}
}

func TestATargetThatNobodyKnows(t *testing.T) {
	r := newRegion(t)
	_, group, _ := r.ground()
	target := []types.TargetDescription{{Id: aws.String("10.9.9.9"), Port: aws.Int32(3000)}}
	if _, err := r.client.RegisterTargets(ctx, &awselb.RegisterTargetsInput{TargetGroupArn: &group, Targets: target}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"initial Elb.RegistrationInProgress", "initial Elb.InitialHealthChecking", "unhealthy Target.Timeout"}, r.history(group, time.Minute)); diff != "" {
		t.Error(diff)
	}
	if _, err := r.client.DeregisterTargets(ctx, &awselb.DeregisterTargetsInput{TargetGroupArn: &group, Targets: target}); err != nil {
		t.Fatal(err)
	}
	lonely := r.make(groupType, map[string]any{"Name": "lonely", "Port": 80, "Protocol": "HTTP", "VpcId": "vpc-1", "TargetType": "ip",
		"Targets": []any{map[string]any{"Id": "10.0.0.1"}}})
	if got := r.history(lonely, time.Minute); len(got) != 1 || got[0] != "unused Target.NotInUse" {
		t.Errorf("%q", got)
	}
}

func TestResourcesAreDescribed(t *testing.T) {
	r := newRegion(t)
	lb, group, listener := r.ground()
	rule := r.make(ruleType, map[string]any{"ListenerArn": listener, "Priority": 5, "Actions": forward(group),
		"Conditions": []any{map[string]any{"Field": "path-pattern", "PathPatternConfig": map[string]any{"Values": []any{"/api/*"}}}}})
	lbs, err := r.client.DescribeLoadBalancers(ctx, &awselb.DescribeLoadBalancersInput{LoadBalancerArns: []string{lb}})
	if err != nil || lbs.LoadBalancers[0].State.Code != types.LoadBalancerStateEnumProvisioning {
		t.Fatal(lbs, err)
	}
	r.clock.Advance(2 * time.Minute)
	lbs, err = r.client.DescribeLoadBalancers(ctx, &awselb.DescribeLoadBalancersInput{})
	if err != nil || lbs.LoadBalancers[0].State.Code != types.LoadBalancerStateEnumActive || len(lbs.LoadBalancers[0].AvailabilityZones) != 2 {
		t.Fatal(lbs, err)
	}
	name := *lbs.LoadBalancers[0].LoadBalancerName
	if len(name) > 32 || !strings.HasPrefix(name, "Bellyf-LoadB-") {
		t.Errorf("name %s", name)
	}
	groups, err := r.client.DescribeTargetGroups(ctx, &awselb.DescribeTargetGroupsInput{LoadBalancerArn: &lb})
	if err != nil || len(groups.TargetGroups) != 1 || *groups.TargetGroups[0].Matcher.HttpCode != "200,204" || groups.TargetGroups[0].LoadBalancerArns[0] != lb {
		t.Errorf("%+v %v", groups, err)
	}
	attributes, err := r.client.DescribeLoadBalancerAttributes(ctx, &awselb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &lb})
	if err != nil || len(attributes.Attributes) < 15 {
		t.Errorf("%+v %v", attributes, err)
	}
	of, err := r.client.DescribeTargetGroupAttributes(ctx, &awselb.DescribeTargetGroupAttributesInput{TargetGroupArn: &group})
	if err != nil || *of.Attributes[0].Value != "30" {
		t.Errorf("%+v %v", of, err)
	}
	listeners, err := r.client.DescribeListeners(ctx, &awselb.DescribeListenersInput{LoadBalancerArn: &lb})
	if err != nil || *listeners.Listeners[0].DefaultActions[0].ForwardConfig.TargetGroups[0].TargetGroupArn != group {
		t.Errorf("%+v %v", listeners, err)
	}
	rules, err := r.client.DescribeRules(ctx, &awselb.DescribeRulesInput{ListenerArn: &listener})
	if err != nil || len(rules.Rules) != 2 || *rules.Rules[0].RuleArn != rule || !*rules.Rules[1].IsDefault {
		t.Errorf("%+v %v", rules, err)
	}
	tags, err := r.client.DescribeTags(ctx, &awselb.DescribeTagsInput{ResourceArns: []string{lb, group, listener, rule}})
	if err != nil || len(tags.TagDescriptions) != 4 || *tags.TagDescriptions[3].Tags[0].Key != "stack" {
		t.Errorf("%+v %v", tags, err)
	}
	for name, want := range map[string]string{"LoadBalancerName": name, "CanonicalHostedZoneID": "Z1LMS91P8CMLE5", "DNSName": *lbs.LoadBalancers[0].DNSName,
		"LoadBalancerFullName": lb[strings.Index(lb, "app/"):], "LoadBalancerArn": lb} {
		if got, err := r.types[lbType].Attribute(lb, name); err != nil || got != want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	for name, want := range map[string]any{"TargetGroupName": "tasks", "TargetGroupFullName": group[strings.Index(group, "targetgroup/"):], "TargetGroupArn": group} {
		if got, err := r.types[groupType].Attribute(group, name); err != nil || got != want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	_, err = r.client.DescribeTargetHealth(ctx, &awselb.DescribeTargetHealthInput{TargetGroupArn: aws.String("arn:none")})
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "TargetGroupNotFound" {
		t.Errorf("%v", err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	r := newRegion(t)
	lb, group, listener := r.ground()
	other := r.make(lbType, map[string]any{"Name": "other", "Subnets": []any{"a", "b"},
		"LoadBalancerAttributes": []any{map[string]any{"Key": "deletion_protection.enabled", "Value": "true"}}})
	for _, c := range []struct {
		kind, verb, id string
		properties     map[string]any
		want           string
	}{
		{lbType, "create", "", map[string]any{"Subnets": []any{"a"}}, "At least two subnets in two different Availability Zones must be specified"},
		{lbType, "create", "", map[string]any{"Name": "other", "Subnets": []any{"a", "b"}}, "A load balancer with the same name 'other' exists, but with different settings"},
		{lbType, "delete", other, nil, "Load balancer '" + other + "' cannot be deleted because deletion protection is enabled"},
		{groupType, "create", "", map[string]any{"Name": "tasks", "Port": 80, "Protocol": "HTTP", "VpcId": "v", "TargetType": "ip"}, "A target group with the same name 'tasks' exists, but with different settings"},
		{groupType, "create", "", map[string]any{"Port": 80, "Protocol": "HTTP", "VpcId": "v", "TargetType": "ip", "HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5}, "Health check interval must be greater than the timeout."},
		{groupType, "delete", group, nil, "Target group '" + group + "' is currently in use by a listener or a rule"},
		{listenerType, "create", "", map[string]any{"LoadBalancerArn": lb, "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(group)}, "A listener already exists on this port for this load balancer '" + lb + "'"},
		{listenerType, "create", "", map[string]any{"LoadBalancerArn": lb, "Port": 443, "Protocol": "HTTPS", "DefaultActions": forward(group)}, "A certificate must be specified for HTTPS listeners"},
		{listenerType, "create", "", map[string]any{"LoadBalancerArn": other, "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(group)}, "The following target groups cannot be associated with more than one load balancer: " + group},
		{listenerType, "update", listener, map[string]any{"LoadBalancerArn": lb, "Port": 80, "Protocol": "HTTP", "DefaultActions": []any{map[string]any{"Type": "redirect"}}}, "You must specify a redirect configuration for a redirect action"},
	} {
		if _, err := r.try(c.kind, c.verb, c.id, c.properties); err == nil || !strings.HasPrefix(err.Error(), c.want+" (Service: ") {
			t.Errorf("%s %s: got %v, want %s", c.verb, c.kind, err, c.want)
		}
	}
	for _, c := range [][2]string{{listenerType, listener}, {groupType, group}, {lbType, lb}, {lbType, lb}} {
		if _, err := r.try(c[0], "delete", c[1], nil); err != nil {
			t.Error(err)
		}
	}
}
