package targets

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

var used = []rollout.Use{{
	Service: "web", Revisions: []string{"web:7"}, Gateways: []rollout.Gateway{{TargetGroup: "arn:tg", Port: 3000}},
	Subnets: []string{"subnet-a", "subnet-b"}, SecurityGroups: []string{"sg-tasks"},
	ExecutionRoles: []string{"arn:aws:iam::1:role/x/start"}, TaskRoles: []string{"arn:aws:iam::1:role/app"},
	Checks: []string{"CMD curl -f http://localhost:3000/ready"},
}}

func rule(from, to float64, peer string) map[string]any {
	return map[string]any{"IpProtocol": "tcp", "FromPort": from, "ToPort": to, peer[:strings.Index(peer, "=")]: peer[strings.Index(peer, "=")+1:]}
}

func ingress(rules ...any) map[string]any { return map[string]any{"SecurityGroupIngress": rules} }

// What a plan does to what runs is told, and nothing else is.
func TestCutOffs(t *testing.T) {
	change := func(action, typ, id string, was, will map[string]any) stack.ResourceChange {
		return stack.ResourceChange{Action: action, Resource: "It", Type: typ, PhysicalID: id, Replacement: "False", Was: was, Will: will}
	}
	replaced := func(typ, id string) stack.ResourceChange {
		c := change("Modify", typ, id, nil, nil)
		c.Replacement = "True"
		return c
	}
	group := func(path, codes string) map[string]any {
		return map[string]any{"HealthCheckPath": path, "Matcher": map[string]any{"HttpCode": codes}}
	}
	egress := func(group string, from, to float64) map[string]any {
		r := rule(from, to, "DestinationSecurityGroupId=sg-tasks")
		r["GroupId"] = group
		return r
	}
	const balancer, targets, sg = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup", securityGroup
	for name, c := range map[string]struct {
		changes []stack.ResourceChange
		want    string // the one cut-off, as far as it is told apart; empty: none
	}{
		"a role that starts tasks":           {[]stack.ResourceChange{replaced("AWS::IAM::Role", "start")}, "starts its tasks with this role"},
		"another role":                       {[]stack.ResourceChange{replaced("AWS::IAM::Role", "art")}, ""},
		"the target group goes":              {[]stack.ResourceChange{change("Remove", targets, "arn:tg", nil, nil)}, "is reached through this target group"},
		"the group of the tasks goes":        {[]stack.ResourceChange{replaced(sg, "sg-tasks")}, "has its tasks in this group"},
		"a subnet goes":                      {[]stack.ResourceChange{change("Remove", "AWS::EC2::Subnet", "subnet-b", nil, nil)}, "has tasks in this subnet"},
		"another path":                       {[]stack.ResourceChange{change("Modify", targets, "arn:tg", group("/health", "200"), group("/healthz", "200"))}, "was found healthy at /health and would be asked for /healthz"},
		"a path that it asks itself":         {[]stack.ResourceChange{change("Modify", targets, "arn:tg", group("/health", "200"), group("/ready", "200"))}, ""},
		"a path that begins alike":           {[]stack.ResourceChange{change("Modify", targets, "arn:tg", group("/health", "200"), group("/rea", "200"))}, "would be asked for /rea"},
		"fewer codes":                        {[]stack.ResourceChange{change("Modify", targets, "arn:tg", group("/h", "200-299"), group("/h", "200"))}, "by answering 201-299"},
		"more codes":                         {[]stack.ResourceChange{change("Modify", targets, "arn:tg", group("/h", "200"), group("/h", "200-299"))}, ""},
		"another target group":               {[]stack.ResourceChange{change("Modify", targets, "arn:other", group("/h", "200"), group("/x", "200"))}, ""},
		"the port is closed":                 {[]stack.ResourceChange{change("Modify", sg, "sg-tasks", ingress(rule(3000, 3000, "SourceSecurityGroupId=sg-lb")), ingress(rule(8000, 8000, "SourceSecurityGroupId=sg-lb")))}, "is reached through this rule (tcp 3000 to 3000)"},
		"the port stays":                     {[]stack.ResourceChange{change("Modify", sg, "sg-tasks", ingress(rule(3000, 3000, "SourceSecurityGroupId=sg-lb")), ingress(rule(3000, 8000, "SourceSecurityGroupId=sg-lb")))}, ""},
		"the port is open to another":        {[]stack.ResourceChange{change("Modify", sg, "sg-tasks", ingress(rule(3000, 3000, "SourceSecurityGroupId=sg-lb")), ingress(rule(3000, 3000, "CidrIp=10.0.0.0/8")))}, "is reached through this rule"},
		"the rule is a resource now":         {[]stack.ResourceChange{change("Modify", sg, "sg-tasks", ingress(rule(3000, 3000, "SourceSecurityGroupId=sg-lb")), ingress()), change("Add", ingressRule, "", nil, map[string]any{"GroupId": "sg-tasks", "IpProtocol": "-1", "SourceSecurityGroupId": "sg-lb"})}, ""},
		"a port that nobody uses":            {[]stack.ResourceChange{change("Modify", sg, "sg-tasks", ingress(rule(9000, 9000, "SourceSecurityGroupId=sg-lb")), ingress())}, ""},
		"the way out of the load balancer":   {[]stack.ResourceChange{change("Remove", egressRule, "r", egress("sg-lb", 3000, 3000), nil)}, "is reached through this rule"},
		"a wider way out":                    {[]stack.ResourceChange{change("Remove", egressRule, "r", egress("sg-lb", 3000, 3000), nil), change("Add", egressRule, "", nil, egress("sg-lb", 0, 65535))}, ""},
		"one whose peer is known afterwards": {[]stack.ResourceChange{change("Remove", egressRule, "r", egress("sg-lb", 3000, 3000), nil), change("Add", egressRule, "", nil, map[string]any{"GroupId": knownLater, "DestinationSecurityGroupId": knownLater, "IpProtocol": "-1"})}, ""},
		"the way out of the tasks":           {[]stack.ResourceChange{change("Modify", sg, "sg-tasks", map[string]any{"SecurityGroupEgress": []any{map[string]any{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}}}, map[string]any{"SecurityGroupEgress": []any{rule(443, 443, "CidrIp=0.0.0.0/0")}})}, "lets them reach 0.0.0.0/0 (everything), and would not any more"},
		"another group":                      {[]stack.ResourceChange{change("Modify", sg, "sg-db", ingress(rule(3000, 3000, "CidrIp=0.0.0.0/0")), ingress())}, ""},
		"a zone of the tasks":                {[]stack.ResourceChange{change("Modify", balancer, "lb", nil, nil), change("Modify", balancer, "lb", map[string]any{}, map[string]any{"Subnets": []any{"subnet-1"}})}, "has tasks in zone [b], where the load balancer would have no subnet"},
		"every zone of the tasks":            {[]stack.ResourceChange{change("Modify", balancer, "lb", map[string]any{}, map[string]any{"Subnets": []any{"subnet-1", "subnet-2"}})}, ""},
		"subnets that the stack makes":       {[]stack.ResourceChange{change("Modify", balancer, "lb", map[string]any{}, map[string]any{"Subnets": []any{"subnet-9"}})}, ""},
		"a managed policy":                   {[]stack.ResourceChange{change("Modify", "AWS::IAM::Role", "app", map[string]any{"ManagedPolicyArns": []any{"arn:p"}}, map[string]any{})}, "may use what it would lose: what arn:p allows"},
		"a boundary":                         {[]stack.ResourceChange{change("Modify", "AWS::IAM::Role", "app", map[string]any{}, map[string]any{"PermissionsBoundary": "arn:b"})}, "what its new boundary arn:b does not allow"},
		"policies that are known afterwards": {[]stack.ResourceChange{change("Modify", "AWS::IAM::Role", "app", map[string]any{"ManagedPolicyArns": []any{"arn:p"}}, map[string]any{"Policies": knownLater})}, ""},
	} {
		zones := map[string]string{"subnet-1": "a", "subnet-2": "b", "subnet-a": "a", "subnet-b": "b"}
		found := cutOffs(stack.Plan{Changes: c.changes}, used, zones)
		switch {
		case c.want == "" && len(found) > 0, c.want != "" && len(found) != 1:
			t.Errorf("%s: %v", name, found)
		case c.want != "" && !strings.Contains(found[0].String(), "It ("+found[0].change.Type+"): service web (web:7) ") || c.want != "" && !strings.Contains(found[0].String(), c.want):
			t.Errorf("%s: %s", name, found[0])
		}
	}
}
