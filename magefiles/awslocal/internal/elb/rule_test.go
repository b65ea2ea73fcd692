package elb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awselb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// object is a value of a template.
type object = map[string]any

func paths(values ...any) object {
	return object{"Field": "path-pattern", "PathPatternConfig": object{"Values": values}}
}

func hosts(values ...any) object {
	return object{"Field": "host-header", "HostHeaderConfig": object{"Values": values}}
}

// ruleOf are the properties of a rule.
func ruleOf(listener, group string, priority int, conditions ...any) object {
	return object{"ListenerArn": listener, "Priority": priority, "Actions": forward(group), "Conditions": conditions}
}

// group is another target group.
func (r *region) group(name string) string {
	return r.make(groupType, object{"Name": name, "Port": 80, "Protocol": "HTTP", "VpcId": "vpc-1", "TargetType": "ip"})
}

// priorities are those that DescribeRules tells, in its order.
func (r *region) priorities(in *awselb.DescribeRulesInput) []string {
	r.t.Helper()
	out, err := r.client.DescribeRules(ctx, in)
	if err != nil {
		r.t.Fatal(err)
	}
	var all []string
	for _, rule := range out.Rules {
		all = append(all, *rule.Priority)
	}
	return all
}

func TestWhatRulesAreRefused(t *testing.T) {
	r := newRegion(t)
	lb, group, listener := r.ground()
	api := r.group("api")
	rule := r.make(ruleType, ruleOf(listener, api, 10, paths("/api/*")))
	second := r.make(ruleType, ruleOf(listener, api, 20, paths("/v2/*")))
	other := r.make(lbType, object{"Name": "other", "Subnets": []any{"a", "b"}})
	foreign := r.group("foreign")
	r.make(listenerType, object{"LoadBalancerArn": other, "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(foreign)})
	with := func(conditions ...any) object { return ruleOf(listener, api, 30, conditions...) }
	for name, c := range map[string]struct {
		verb, id   string
		properties object
		want       string
	}{
		"taken priority":          {"create", "", ruleOf(listener, api, 10, paths("/x")), "Priority '10' is currently in use"},
		"priority taken by edit":  {"update", second, ruleOf(listener, api, 10, paths("/v2/*")), "Priority '10' is currently in use"},
		"no listener":             {"create", "", ruleOf(listener+"x", api, 30, paths("/x")), "One or more listeners not found"},
		"no target group":         {"create", "", ruleOf(listener, api+"x", 30, paths("/x")), "Target groups '" + api + "x' not found"},
		"group of another":        {"create", "", ruleOf(listener, foreign, 30, paths("/x")), "The following target groups cannot be associated with more than one load balancer: " + foreign},
		"no condition":            {"create", "", with(), "A condition must be specified"},
		"no field":                {"create", "", with(object{"Values": []any{"/x"}}), "A condition field must be specified"},
		"unknown field":           {"create", "", with(object{"Field": "path", "Values": []any{"/x"}}), "Condition field 'path' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'"},
		"no value":                {"create", "", with(object{"Field": "path-pattern"}), "A condition value must be specified"},
		"empty value":             {"create", "", with(paths("")), "A condition value must be specified"},
		"six values":              {"create", "", with(paths("/a", "/b", "/c"), hosts("a.b", "c.d", "e.f")), "A rule can only have '5' condition values and regex values"},
		"six after an update":     {"update", second, ruleOf(listener, api, 20, paths("/a", "/b", "/c", "/d", "/e", "/f")), "A rule can only have '5' condition values and regex values"},
		"seven wildcards":         {"create", "", with(paths("/*/a/*", "/*/b/*"), hosts("*.*.a?")), "A rule can only have '6' condition wildcards"},
		"two short values":        {"create", "", with(object{"Field": "path-pattern", "Values": []any{"/a", "/b"}}), "The 'path-pattern' field contains too many values; the limit is '1'"},
		"both forms":              {"create", "", with(object{"Field": "path-pattern", "Values": []any{"/a"}, "PathPatternConfig": object{"Values": []any{"/a"}}}), "A 'path-pattern' condition cannot have both values and a configuration"},
		"another's form":          {"create", "", with(object{"Field": "path-pattern", "HostHeaderConfig": object{"Values": []any{"a.b"}}}), "A 'path-pattern' condition cannot have the configuration of a 'host-header' condition"},
		"values of a method":      {"create", "", with(object{"Field": "http-request-method", "Values": []any{"GET"}}), "The 'Values' field is not compatible with 'http-request-method'"},
		"expressions of a method": {"create", "", with(object{"Field": "http-request-method", "RegexValues": []any{"G.*"}}), "The 'RegexValues' field is not compatible with 'http-request-method'"},
		"two of a kind":           {"create", "", with(paths("/a"), paths("/b")), "A rule can only have one 'path-pattern' condition"},
		"long path":               {"create", "", with(paths("/" + strings.Repeat("a", 128))), "The 'path-pattern' value is too long; the limit is '128'"},
		"path with a brace":       {"create", "", with(paths("/a/{id}")), "Condition value '/a/{id}' contains a character that is not valid"},
		"host with a port":        {"create", "", with(hosts("example.com:8443")), "Condition value 'example.com:8443' contains a character that is not valid"},
		"two forwards": {"create", "", object{"ListenerArn": listener, "Priority": 30, "Conditions": []any{paths("/x")}, "Actions": append(forward(api), forward(api)...)},
			"You must specify exactly one action of the types forward, redirect and fixed-response"},
	} {
		if _, err := r.try(ruleType, c.verb, c.id, c.properties); err == nil || !strings.HasPrefix(err.Error(), c.want+" (Service: ElasticLoadBalancingV2, Status Code: 400") {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	_, err := r.try(groupType, "delete", api, nil)
	if err == nil || !strings.Contains(err.Error(), "is currently in use by a listener or a rule") {
		t.Errorf("delete a group that only rules use: %v", err)
	}
	if got := r.priorities(&awselb.DescribeRulesInput{ListenerArn: &listener}); !cmp.Equal(got, []string{"10", "20", "default"}) {
		t.Errorf("what was refused left %v", got)
	}
	for _, c := range [][2]string{{ruleType, rule}, {ruleType, second}, {ruleType, second}, {groupType, api}, {listenerType, listener}, {groupType, group}, {lbType, lb}} {
		if _, err := r.try(c[0], "delete", c[1], nil); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatRulesAreTaken(t *testing.T) {
	r := newRegion(t)
	_, group, listener := r.ground()
	for i, conditions := range [][]any{
		{paths("/" + strings.Repeat("a", 127))},
		{paths("/*/a", "/*/b", "/*/c"), hosts("*.*.example.com", "www.?xample.com")},
		{paths(`/A-z_0.$~"'@:+&*?`)},
		{object{"Field": "path-pattern", "PathPatternConfig": object{"RegexValues": []any{"^/[a-z]{2}/"}}}},
		{object{"Field": "host-header", "RegexValues": []any{"^a", "^b"}}},
		{object{"Field": "http-header", "HttpHeaderConfig": object{"HttpHeaderName": "X-A", "Values": []any{"1"}}},
			object{"Field": "http-header", "HttpHeaderConfig": object{"HttpHeaderName": "X-B", "Values": []any{"2"}}}},
		{object{"Field": "query-string", "QueryStringConfig": object{"Values": []any{object{"Key": "v", "Value": "1"}}}},
			object{"Field": "source-ip", "SourceIpConfig": object{"Values": []any{"10.0.0.0/8"}}},
			object{"Field": "http-request-method", "HttpRequestMethodConfig": object{"Values": []any{"GET"}}}},
	} {
		if _, err := r.try(ruleType, "create", "", ruleOf(listener, group, i+1, conditions...)); err != nil {
			t.Errorf("%v: %v", conditions, err)
		}
	}
}

// TestOnlyARuleUsesATargetGroup: its load balancer is that of the rule's listener, for as long as there is the rule.
func TestOnlyARuleUsesATargetGroup(t *testing.T) {
	r := newRegion(t)
	lb, _, listener := r.ground()
	api := r.group("api")
	use := func() (balancers []string, attached bool) {
		out, err := r.client.DescribeTargetGroups(ctx, &awselb.DescribeTargetGroupsInput{TargetGroupArns: []string{api}})
		if err != nil {
			t.Fatal(err)
		}
		r.do(func() { _, attached, _, _ = r.svc.TargetGroup(api) })
		return out.TargetGroups[0].LoadBalancerArns, attached
	}
	if lbs, attached := use(); len(lbs) > 0 || attached {
		t.Errorf("used before there is a rule: %v %v", lbs, attached)
	}
	rule := r.make(ruleType, ruleOf(listener, api, 10, paths("/api/*")))
	if lbs, attached := use(); !cmp.Equal(lbs, []string{lb}) || !attached {
		t.Errorf("with a rule: %v %v", lbs, attached)
	}
	of, err := r.client.DescribeTargetGroups(ctx, &awselb.DescribeTargetGroupsInput{LoadBalancerArn: &lb})
	if err != nil || len(of.TargetGroups) != 2 {
		t.Errorf("groups of the load balancer: %+v %v", of, err)
	}
	if _, err := r.try(listenerType, "delete", listener, nil); err != nil {
		t.Fatal(err)
	}
	if lbs, attached := use(); len(lbs) > 0 || attached {
		t.Errorf("the listener is gone: %v %v", lbs, attached)
	}
	_, err = r.client.DescribeRules(ctx, &awselb.DescribeRulesInput{RuleArns: []string{rule}})
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "RuleNotFound" {
		t.Errorf("a listener takes its rules along: %v", err)
	}
}

func TestRulesAreDescribed(t *testing.T) {
	r := newRegion(t)
	_, group, listener := r.ground()
	r.make(ruleType, ruleOf(listener, group, 200, object{"Field": "path-pattern", "Values": []any{"/short"}}))
	first := r.make(ruleType, ruleOf(listener, group, 30, hosts("a.example.com", "b.example.com")))
	out, err := r.client.DescribeRules(ctx, &awselb.DescribeRulesInput{ListenerArn: &listener})
	if err != nil || len(out.Rules) != 3 {
		t.Fatalf("%+v %v", out, err)
	}
	byHost, byPath, standard := out.Rules[0], out.Rules[1], out.Rules[2]
	if both := []string{"a.example.com", "b.example.com"}; !cmp.Equal(byHost.Conditions[0].Values, both) || !cmp.Equal(byHost.Conditions[0].HostHeaderConfig.Values, both) {
		t.Errorf("%+v", byHost.Conditions[0])
	}
	if c := byPath.Conditions[0]; !cmp.Equal(c.Values, []string{"/short"}) || !cmp.Equal(c.PathPatternConfig.Values, []string{"/short"}) || c.HostHeaderConfig != nil {
		t.Errorf("%+v", c)
	}
	if !*standard.IsDefault || *standard.Priority != "default" || *standard.Actions[0].TargetGroupArn != group {
		t.Errorf("%+v", standard)
	}
	if got := r.priorities(&awselb.DescribeRulesInput{RuleArns: []string{*standard.RuleArn, first}}); !cmp.Equal(got, []string{"30", "default"}) {
		t.Errorf("by ARN: %v", got)
	}
	tags, err := r.client.DescribeTags(ctx, &awselb.DescribeTagsInput{ResourceArns: []string{first, *standard.RuleArn}})
	if err != nil || len(tags.TagDescriptions) != 2 || *tags.TagDescriptions[0].Tags[0].Key != "stack" || len(tags.TagDescriptions[1].Tags) != 0 {
		t.Errorf("%+v %v", tags, err)
	}
	for _, c := range []struct {
		in   awselb.DescribeRulesInput
		want string
	}{
		{awselb.DescribeRulesInput{}, "ValidationError"},
		{awselb.DescribeRulesInput{ListenerArn: &listener, RuleArns: []string{first}}, "ValidationError"},
		{awselb.DescribeRulesInput{ListenerArn: aws.String(listener + "x")}, "ListenerNotFound"},
		{awselb.DescribeRulesInput{RuleArns: []string{first, first + "x"}}, "RuleNotFound"},
	} {
		_, err := r.client.DescribeRules(ctx, &c.in)
		var e smithy.APIError
		if !errors.As(err, &e) || e.ErrorCode() != c.want {
			t.Errorf("%+v: %v, want %s", c.in, err, c.want)
		}
	}
	for name, want := range map[string]any{"RuleArn": first, "IsDefault": false} {
		if got, err := r.types[ruleType].Attribute(first, name); err != nil || got != want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}
