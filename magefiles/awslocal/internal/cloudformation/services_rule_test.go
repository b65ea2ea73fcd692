package cloudformation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

// ruledTemplate is a load balancer with two listeners, and a service that only a rule sends requests to.
const ruledTemplate = `Resources:
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]}}
  Web: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80, Protocol: HTTP, TargetType: ip, VpcId: vpc-0123456789abcdef0}}
  Api: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80, Protocol: HTTP, TargetType: ip, VpcId: vpc-0123456789abcdef0}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Web}]}
  Other:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 81, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Web}]}
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Listener
      Priority: 10
      Actions: [{Type: forward, TargetGroupArn: !Ref Api}]
      Conditions:
        - {Field: path-pattern, PathPatternConfig: {Values: ['/api/*', '/v2/*']}}
        - {Field: host-header, Values: ['*.example.com']}
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: c}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: t
      Cpu: 256
      Memory: 512
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions: [{Name: web, Image: 'app:1', PortMappings: [{ContainerPort: 3000}]}]
  Service:
    Type: AWS::ECS::Service
    DependsOn: Rule
    Properties:
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Task
      DesiredCount: 0
      LaunchType: FARGATE
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [subnet-0123456789abcdef0]}}
      LoadBalancers: [{ContainerName: web, ContainerPort: 3000, TargetGroupArn: !Ref Api}]
Outputs:
  Rule: {Value: !Ref Rule}
  RuleArn: {Value: !GetAtt Rule.RuleArn}
  IsDefault: {Value: !GetAtt Rule.IsDefault}
`

// outputs are those of the stack app.
func (r *region) outputs() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	for _, o := range r.stack("app").Outputs {
		out[*o.OutputKey] = *o.OutputValue
	}
	return out
}

// changed updates the stack app by replacing old in its template, and is the state that it comes to rest in.
func (r *region) changed(body, old, new string) types.StackStatus {
	r.t.Helper()
	if !strings.Contains(body, old) {
		r.t.Fatalf("no %q in the template", old)
	}
	must(r.t, r.update(strings.Replace(body, old, new, 1)))
	r.settle()
	return r.stack("app").StackStatus
}

// TestListenerRules: what replaces a rule and what does not, what fails, and that everything can be deleted.
func TestListenerRules(t *testing.T) {
	r := newRegion(t)
	r.deployed("app", "CREATE", ruledTemplate)
	if got := r.driftsOf("app"); len(got) > 0 {
		t.Errorf("drift:\n%s", strings.Join(got, "\n"))
	}
	first := r.outputs()
	if first["Rule"] != first["RuleArn"] || first["IsDefault"] != "false" || !strings.Contains(first["Rule"], ":listener-rule/app/") {
		t.Errorf("%v", first)
	}

	for _, c := range []struct{ old, new string }{
		{"Priority: 10", "Priority: 20"}, {"'/v2/*'", "'/v3/*'"}, {"TargetGroupArn: !Ref Api}]\n      Conditions", "TargetGroupArn: !Ref Api, Order: 1}]\n      Conditions"},
	} {
		if got := r.changed(ruledTemplate, c.old, c.new); got != types.StackStatusUpdateComplete || r.outputs()["Rule"] != first["Rule"] {
			t.Errorf("%s: %s, %v", c.new, got, r.outputs())
		}
	}
	if got := r.changed(ruledTemplate, "ListenerArn: !Ref Listener", "ListenerArn: !Ref Other"); got != types.StackStatusUpdateComplete || r.outputs()["Rule"] == first["Rule"] {
		t.Errorf("another listener: %s, %v", got, r.outputs())
	}
	events := r.events("app")
	if !slices.ContainsFunc(events, func(e string) bool {
		return strings.HasPrefix(e, "Rule UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource")
	}) {
		t.Errorf("events:\n%s", strings.Join(events, "\n"))
	}

	second := r.outputs()["Rule"]
	rival := strings.Replace(ruledTemplate, "ListenerArn: !Ref Listener", "ListenerArn: !Ref Other", 1)
	if got := r.changed(rival, "  Cluster:", "  Rival:\n    Type: AWS::ElasticLoadBalancingV2::ListenerRule\n    Properties: {ListenerArn: !Ref Other, Priority: 10, "+
		"Actions: [{Type: forward, TargetGroupArn: !Ref Api}], Conditions: [{Field: path-pattern, Values: [/x]}]}\n  Cluster:"); got != types.StackStatusUpdateRollbackComplete {
		t.Errorf("taken priority: %s", got)
	}
	if got := r.events("app"); !slices.ContainsFunc(got, func(e string) bool {
		return strings.HasPrefix(e, "Rival CREATE_FAILED Resource handler returned message: \"Priority '10' is currently in use (Service: ElasticLoadBalancingV2, Status Code: 400")
	}) {
		t.Errorf("events:\n%s", strings.Join(got, "\n"))
	}
	if got := r.outputs()["Rule"]; got != second {
		t.Errorf("the rollback replaced the rule: %s, was %s", got, second)
	}
	for priority, why := range map[string]string{"0": "[#/Priority: 0 is not greater or equal to 1]", "50001": "[#/Priority: 50001 is not less or equal to 50000]"} {
		if got := r.changed(rival, "Priority: 10", "Priority: "+priority); got != types.StackStatusUpdateRollbackComplete {
			t.Errorf("priority %s: %s", priority, got)
		}
		if got := strings.Join(r.events("app"), "\n"); !strings.Contains(got, why) {
			t.Errorf("events lack %s:\n%s", why, got)
		}
	}

	id := *r.stack("app").StackId
	must(t, r.remove())
	r.settle()
	if st := r.stack(id); st.StackStatus != types.StackStatusDeleteComplete {
		t.Errorf("stack is %s\n%s", st.StackStatus, strings.Join(r.events(id), "\n"))
	}
}

// TestImportOfARule: a rule that a deleted stack left behind is taken over.
func TestImportOfARule(t *testing.T) {
	r := newRegion(t)
	kept := strings.ReplaceAll(ruledTemplate, "Type: AWS::ElasticLoadBalancingV2::ListenerRule\n", "Type: AWS::ElasticLoadBalancingV2::ListenerRule\n    DeletionPolicy: Retain\n")
	r.deployed("app", "CREATE", kept)
	rule := r.outputs()["Rule"]
	i, j := strings.Index(kept, "  Rule:\n"), strings.Index(kept, "  Cluster:")
	without, _, _ := strings.Cut(strings.Replace(kept, kept[i:j], "", 1), "  Cluster:")
	must(t, r.update(without))
	r.settle()
	if st := r.stack("app"); st.StackStatus != types.StackStatusUpdateComplete {
		t.Fatalf("stack is %s\n%s", st.StackStatus, strings.Join(r.events("app"), "\n"))
	}
	r.deployed("app", "IMPORT", without+kept[i:j], func(in *cfn.CreateChangeSetInput) {
		in.ResourcesToImport = []types.ResourceToImport{{LogicalResourceId: aws.String("Rule"),
			ResourceType: aws.String("AWS::ElasticLoadBalancingV2::ListenerRule"), ResourceIdentifier: map[string]string{"RuleArn": rule}}}
	})
	if got := r.driftsOf("app"); len(got) > 0 {
		t.Errorf("drift:\n%s", strings.Join(got, "\n"))
	}
	out, err := r.DescribeStackResources(background, &cfn.DescribeStackResourcesInput{StackName: aws.String("app"), LogicalResourceId: aws.String("Rule")})
	if err != nil || !cmp.Equal(out.StackResources[0].PhysicalResourceId, &rule) {
		t.Errorf("%+v %v, want %s", out, err, rule)
	}
}
