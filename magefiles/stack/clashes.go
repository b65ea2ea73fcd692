package stack

import (
	"fmt"
	"strings"
)

// Clash is why a plan cannot succeed, or succeeds by chance, as it is: CloudFormation makes and changes before it
// removes, and in no order that a template could give.
type Clash struct {
	Change ResourceChange // the one that would fail
	With   ResourceChange // the one that has what it wants
	Kind   ClashKind
	Value  string // what both want, e.g. a priority
}

// ClashKind is a kind of [Clash].
type ClashKind string

// The kinds.
const (
	// Priority: a listener rule takes the priority of another one of the listener.
	Priority ClashKind = "priority"
	// Name: a resource takes the name of another one.
	Name ClashKind = "name"
	// SameName: a resource is replaced, and the new one has the name of the old one.
	SameName ClashKind = "same name"
	// Balancer: a load balancer is replaced and its target group is not, which can be of one load balancer only.
	Balancer ClashKind = "load balancer"
)

func (c Clash) String() string {
	subject := fmt.Sprintf("%s (%s)", c.Change.Resource, c.Change.Type)
	switch c.Kind {
	case Priority:
		return fmt.Sprintf("%s takes priority %s, which %s has until it is changed or removed", subject, c.Value, c.With.Resource)
	case Name:
		return fmt.Sprintf("%s takes the name %s, which %s has: CloudFormation makes before it removes", subject, c.Value, c.With.Resource)
	case SameName:
		return fmt.Sprintf("%s would be replaced under its own name, %s: CloudFormation makes the new one before it removes the old one", subject, c.Value)
	}
	return fmt.Sprintf("%s would be replaced while %s goes on to target group %s, which is the old one's: a target group can be of one load balancer only", subject, c.With.Resource, c.Value)
}

// named are the properties that are the name of a resource, unique among those of its type.
var named = map[string]string{
	"AWS::ECS::Cluster":                         "ClusterName",
	"AWS::ECR::Repository":                      "RepositoryName",
	"AWS::Logs::LogGroup":                       "LogGroupName",
	"AWS::IAM::Role":                            "RoleName",
	"AWS::IAM::ManagedPolicy":                   "ManagedPolicyName",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
	"AWS::ElasticLoadBalancingV2::TargetGroup":  "Name",
	"AWS::ECS::Service":                         "ServiceName",
	"AWS::CloudWatch::Alarm":                    "AlarmName",
	"AWS::CloudWatch::Dashboard":                "DashboardName",
	"AWS::SNS::Topic":                           "TopicName",
	"AWS::SQS::Queue":                           "QueueName",
	"AWS::S3::Bucket":                           "BucketName",
	"AWS::DynamoDB::Table":                      "TableName",
	"AWS::SSM::Parameter":                       "Name",
	"AWS::SecretsManager::Secret":               "Name",
	"AWS::Lambda::Function":                     "FunctionName",
	"AWS::Events::Rule":                         "Name",
	"AWS::ElasticLoadBalancingV2::Listener":     "Port",
}

// within is the property that says what a name is unique in; the rest is unique in account and region.
var within = map[string]string{"AWS::ElasticLoadBalancingV2::Listener": "LoadBalancerArn"}

// Clashes are what makes the plan fail. Pure: it reads the values of the change set, and where CloudFormation tells none
// there is nothing to be said.
func (p Plan) Clashes() []Clash {
	var found []Clash
	for _, c := range p.Changes {
		found = append(found, p.priority(c)...)
		found = append(found, p.name(c)...)
		if c.Type == "AWS::ElasticLoadBalancingV2::LoadBalancer" && c.Action == "Modify" && c.Replacement == "True" {
			found = append(found, p.balancer(c)...)
		}
	}
	return found
}

const listenerRule = "AWS::ElasticLoadBalancingV2::ListenerRule"

// priority finds who has the priority that a rule of the same listener is to get. One that another rule is handed at the
// same time is not there to be counted on either.
func (p Plan) priority(c ResourceChange) []Clash {
	wanted := scalar(c.Will["Priority"], "")
	if c.Type != listenerRule || wanted == "" || c.Action == "Remove" || scalar(c.Was["Priority"], "") == wanted && c.Replacement != "True" {
		return nil
	}
	for _, other := range p.Changes {
		if other.Type != listenerRule || other.Resource == c.Resource || scalar(other.Was["Priority"], "") != wanted {
			continue
		}
		if same(other, c, "ListenerArn") {
			return []Clash{{Change: c, With: other, Kind: Priority, Value: wanted}}
		}
	}
	return nil
}

// name finds who has the name that a resource is to get.
func (p Plan) name(c ResourceChange) []Clash {
	property := named[c.Type]
	wanted := scalar(c.Will[property], "")
	if property == "" || wanted == "" || strings.Contains(wanted, "{{changeSet:") {
		return nil
	}
	where := within[c.Type]
	if c.Action == "Modify" && scalar(c.Was[property], "") == wanted {
		if c.Replacement == "True" && same(c, c, where) {
			return []Clash{{Change: c, With: c, Kind: SameName, Value: wanted}}
		}
		return nil
	}
	if c.Action != "Add" && c.Action != "Modify" {
		return nil
	}
	for _, other := range p.Changes {
		if other.Type == c.Type && other.Resource != c.Resource && scalar(other.Was[property], "") == wanted && same(other, c, where) {
			return []Clash{{Change: c, With: other, Kind: Name, Value: wanted}}
		}
	}
	return nil
}

// same tells whether one has in a property what another one will have; the empty property is always the same.
func same(was, will ResourceChange, property string) bool {
	return property == "" || scalar(was.Was[property], "") == scalar(will.Will[property], "")
}

// balancer finds a listener, or a rule of one, that is replaced with a load balancer and goes on to a target group that
// exists already.
func (p Plan) balancer(c ResourceChange) []Clash {
	for _, other := range p.Changes {
		actions := "DefaultActions"
		if other.Type == listenerRule {
			actions = "Actions"
		} else if other.Type != "AWS::ElasticLoadBalancingV2::Listener" {
			continue
		}
		if other.Action == "Remove" || other.Action == "Modify" && other.Replacement == "False" {
			continue
		}
		list, _ := other.Will[actions].([]any)
		for _, a := range list {
			m, _ := a.(map[string]any)
			if group := scalar(m["TargetGroupArn"], ""); strings.HasPrefix(group, "arn:") {
				return []Clash{{Change: c, With: other, Kind: Balancer, Value: group[strings.LastIndex(group, ":")+1:]}}
			}
		}
	}
	return nil
}
