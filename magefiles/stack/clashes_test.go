package stack

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type values = map[string]any

// rule is a change of a listener rule; a priority of "" is none.
func ruleChange(name, was, will string, more values) ResourceChange {
	c := ResourceChange{Action: "Modify", Resource: name, Type: listenerRule, Replacement: "False"}
	side := func(priority string) values {
		v := values{"ListenerArn": "arn:l", "Priority": priority}
		for k, x := range more {
			v[k] = x
		}
		return v
	}
	if was != "" {
		c.Was = side(was)
	} else {
		c.Action = "Add"
	}
	if will != "" {
		c.Will = side(will)
	} else {
		c.Action = "Remove"
	}
	return c
}

func TestClashes(t *testing.T) {
	group := func(action, name, was, will, replacement string) ResourceChange {
		c := ResourceChange{Action: action, Resource: name, Type: "AWS::Logs::LogGroup", Replacement: replacement}
		if was != "" {
			c.Was = values{"LogGroupName": was}
		}
		if will != "" {
			c.Will = values{"LogGroupName": will}
		}
		return c
	}
	balancer := ResourceChange{Action: "Modify", Resource: "B", Type: "AWS::ElasticLoadBalancingV2::LoadBalancer", Replacement: "True"}
	listener := func(group, replacement string) ResourceChange {
		v := values{"Port": 80.0, "LoadBalancerArn": "{{changeSet:KNOWN_AFTER_APPLY}}", "DefaultActions": []any{values{"Type": "forward", "TargetGroupArn": group}}}
		return ResourceChange{Action: "Modify", Resource: "L", Type: "AWS::ElasticLoadBalancingV2::Listener", Replacement: replacement, Was: values{"Port": 80.0, "LoadBalancerArn": "arn:b"}, Will: v}
	}
	for name, c := range map[string]struct {
		changes []ResourceChange
		want    []string // the resource, the kind, and the other one
	}{
		"swap":             {[]ResourceChange{ruleChange("A", "1", "2", nil), ruleChange("B", "2", "1", nil)}, []string{"A priority B", "B priority A"}},
		"hand-over":        {[]ResourceChange{ruleChange("A", "1", "2", nil), ruleChange("B", "2", "3", nil)}, []string{"A priority B"}},
		"renamed":          {[]ResourceChange{ruleChange("A", "1", "", nil), ruleChange("B", "", "1", nil)}, []string{"B priority A"}},
		"a free one":       {[]ResourceChange{ruleChange("A", "1", "3", nil), ruleChange("B", "2", "4", nil)}, nil},
		"another listener": {[]ResourceChange{ruleChange("A", "1", "2", nil), ruleChange("B", "2", "1", values{"ListenerArn": "arn:m"})}, nil},
		"path only":        {[]ResourceChange{ruleChange("A", "1", "1", nil), ruleChange("B", "2", "2", nil)}, nil},
		"another id":       {[]ResourceChange{group("Add", "N", "", "g", ""), group("Remove", "O", "g", "", "")}, []string{"N name O"}},
		"names exchanged":  {[]ResourceChange{group("Modify", "A", "a", "b", "True"), group("Modify", "B", "b", "a", "True")}, []string{"A name B", "B name A"}},
		"renamed group":    {[]ResourceChange{group("Modify", "A", "a", "b", "True")}, nil},
		"its own name":     {[]ResourceChange{group("Modify", "A", "a", "a", "True")}, []string{"A same name A"}},
		"changed in place": {[]ResourceChange{group("Modify", "A", "a", "a", "False")}, nil},
		"known later":      {[]ResourceChange{group("Add", "N", "", "{{changeSet:KNOWN_AFTER_APPLY}}", ""), group("Remove", "O", "{{changeSet:KNOWN_AFTER_APPLY}}", "", "")}, nil},
		"balancer":         {[]ResourceChange{balancer, listener("arn:aws:x:targetgroup/g", "True")}, []string{"B load balancer L"}},
		"balancer may":     {[]ResourceChange{balancer, listener("arn:aws:x:targetgroup/g", "Conditional")}, []string{"B load balancer L"}},
		"with its groups":  {[]ResourceChange{balancer, listener("{{changeSet:KNOWN_AFTER_APPLY}}", "True")}, nil},
		"no values told":   {[]ResourceChange{{Action: "Modify", Resource: "A", Type: listenerRule, Replacement: "False"}, ruleChange("B", "2", "1", nil)}, nil},
	} {
		var got []string
		for _, clash := range (Plan{Changes: c.changes}).Clashes() {
			got = append(got, clash.Change.Resource+" "+string(clash.Kind)+" "+clash.With.Resource)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestReductions(t *testing.T) {
	const untagged = `{"rules":[{"rulePriority":1,"description":"Untagged","selection":{"tagStatus":"untagged","countNumber":14},"action":{"type":"expire"}}]}`
	const shorter = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countNumber":7},"action":{"type":"expire"}}]}`
	policy := func(text string) values { return values{"LifecyclePolicy": values{"LifecyclePolicyText": text}} }
	insights := func(level string) values {
		return values{"ClusterSettings": []any{values{"Name": "containerInsights", "Value": level}}}
	}
	for name, c := range map[string]struct {
		kind      string
		was, will values
		want      []string
	}{
		"shorter":           {"AWS::Logs::LogGroup", values{"RetentionInDays": "30"}, values{"RetentionInDays": "7"}, []string{"RetentionInDays 30 → 7"}},
		"as a number":       {"AWS::Logs::LogGroup", values{"RetentionInDays": 30.0}, values{"RetentionInDays": 7.0}, []string{"RetentionInDays 30 → 7"}},
		"no longer forever": {"AWS::Logs::LogGroup", values{}, values{"RetentionInDays": "3653"}, []string{"RetentionInDays (never) → 3653"}},
		"longer":            {"AWS::Logs::LogGroup", values{"RetentionInDays": "7"}, values{"RetentionInDays": "30"}, nil},
		"forever":           {"AWS::Logs::LogGroup", values{"RetentionInDays": "7"}, values{}, nil},
		"expires":           {"AWS::ECR::Repository", values{}, policy(untagged), []string{"gets a LifecyclePolicy that expires more"}},
		"expires earlier":   {"AWS::ECR::Repository", policy(untagged), policy(shorter), []string{"gets a LifecyclePolicy that expires more"}},
		"expires as before": {"AWS::ECR::Repository", policy(untagged), policy(" " + untagged), nil},
		"expires no more":   {"AWS::ECR::Repository", policy(untagged), values{}, nil},
		"immutable":         {"AWS::ECR::Repository", values{"ImageTagMutability": "MUTABLE"}, values{"ImageTagMutability": "IMMUTABLE"}, []string{"ImageTagMutability MUTABLE → IMMUTABLE"}},
		"by default":        {"AWS::ECR::Repository", values{}, values{"ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}, []string{"ImageTagMutability MUTABLE → IMMUTABLE_WITH_EXCLUSION"}},
		"mutable":           {"AWS::ECR::Repository", values{"ImageTagMutability": "IMMUTABLE"}, values{"ImageTagMutability": "MUTABLE"}, nil},
		"less insight":      {"AWS::ECS::Cluster", insights("enhanced"), insights("enabled"), []string{"containerInsights enhanced → enabled"}},
		"no insight":        {"AWS::ECS::Cluster", insights("enabled"), values{}, []string{"containerInsights enabled → disabled"}},
		"more insight":      {"AWS::ECS::Cluster", insights("disabled"), insights("enhanced"), nil},
		"not told":          {"AWS::Logs::LogGroup", nil, nil, nil},
	} {
		p := Plan{Changes: []ResourceChange{{Action: "Modify", Resource: "R", Type: c.kind, Replacement: "False", Was: c.was, Will: c.will}}}
		var got []string
		for _, l := range p.Losses() {
			got = append(got, l.How)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// An ARN or id of what stays does not change, whatever CloudFormation says of what refers to it.
func TestWhatFollowsFromAnIdOfWhatStaysIsNoLoss(t *testing.T) {
	gateway := func(cause string) ResourceChange {
		return ResourceChange{Action: "Modify", Resource: "G", Type: "AWS::EC2::NatGateway", Replacement: "Conditional", Properties: []PropertyChange{{Path: "AllocationId", Replace: "Always", Cause: cause}}}
	}
	eip := func(replacement string) ResourceChange {
		return ResourceChange{Action: "Modify", Resource: "E", Type: "AWS::EC2::VPCGatewayAttachment", Replacement: replacement}
	}
	for _, c := range []struct {
		cause, replacement string
		want               int
	}{{"E.AllocationId", "False", 0}, {"E.AllocationId", "Conditional", 1}, {"E.AllocationId", "True", 1}, {"E.Name", "False", 1}, {"E", "False", 1}, {"", "False", 1}} {
		if got := len((Plan{Changes: []ResourceChange{gateway(c.cause), eip(c.replacement)}}).Losses()); got != c.want {
			t.Errorf("%+v: %d losses", c, got)
		}
	}
}

func TestUnionOfBothAnswers(t *testing.T) {
	with := []ResourceChange{{Resource: "A", Replacement: "False", Properties: []PropertyChange{{Path: "Cpu/0", Before: "1", After: "2"}}}}
	without := []ResourceChange{
		{Resource: "A", Replacement: "Conditional", Properties: []PropertyChange{{Path: "Cpu"}, {Path: "Name", Replace: "Always", Cause: "X.Name"}}},
		{Resource: "B", Replacement: "True"},
	}
	want := []ResourceChange{
		{Resource: "A", Replacement: "Conditional", Properties: []PropertyChange{{Path: "Cpu/0", Before: "1", After: "2"}, {Path: "Name", Replace: "Always", Cause: "X.Name"}}},
		{Resource: "B", Replacement: "True"},
	}
	if d := cmp.Diff(want, union(with, without)); d != "" {
		t.Error(d)
	}
}

func TestTemplatesThatLookElsewhere(t *testing.T) {
	for template, want := range map[string]bool{
		"Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>'}}": true,
		"Transform: AWS::Serverless-2016-10-31":                         true,
		"Resources: {A: {'Fn::Transform': {Name: X}}}":                  true,
		"Resources: {A: {Properties: {X: '{{resolve:ssm:/x}}'}}}":       true,
		"Resources: {A: {Type: 'AWS::CloudFormation::Stack'}}":          true,
		"Resources: {A: {Type: 'AWS::Logs::LogGroup'}}":                 false,
	} {
		if looksElsewhere(template) != want {
			t.Errorf("%s: %t", template, !want)
		}
	}
}
