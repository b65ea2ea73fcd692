package elb

import (
	"strconv"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type ruleProperties struct {
	Actions     []action
	Conditions  []condition
	ListenerArn string
	Priority    int
	Tags        []tag
}

// ruleType is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listenerrule.html
func (s *Service) ruleType() resource.Type {
	return resource.Type{
		Name: "AWS::ElasticLoadBalancingV2::ListenerRule",
		Properties: resource.Properties{
			"Actions": actions.Must(),
			"Conditions": resource.ListOf(resource.Obj(resource.Properties{
				"Field": resource.Str, "Values": resource.Strs, "RegexValues": resource.Strs, "HostHeaderConfig": valueOrForm, "PathPatternConfig": valueOrForm,
				"HttpHeaderConfig": resource.Obj(resource.Properties{"HttpHeaderName": resource.Str, "Values": resource.Strs, "RegexValues": resource.Strs}),
				"QueryStringConfig": resource.Obj(resource.Properties{"Values": resource.ListOf(resource.Obj(resource.Properties{
					"Key": resource.Str, "Value": resource.Str}))}),
				"HttpRequestMethodConfig": valueList, "SourceIpConfig": valueList,
			})).Must(),
			"ListenerArn": resource.Str.Fixed(),
			"Priority":    resource.Int.Must().Between(1, 50000),
			"Transforms":  resource.ListOf(resource.Any),
		},
		Attributes: []string{"RuleArn", "IsDefault"},
		Takes:      2 * time.Second,
		Deletes:    2 * time.Second,
		Create: func(r resource.Request) (string, error) {
			p, err := resource.Decode[ruleProperties](r.Properties)
			if err != nil {
				return "", err
			}
			if !s.state.Listeners.Has(p.ListenerArn) {
				return "", s.handlerError(wire.Errorf("ListenerNotFound", "One or more listeners not found"))
			}
			arn := rulesOf(p.ListenerArn) + s.w.Hex(16)
			record := &ruleRecord{Listener: p.ListenerArn, Rule: rule{RuleArn: arn}}
			if err := s.setRule(record, p, r); err != nil {
				return "", err
			}
			s.state.Rules.Put(arn, record)
			return arn, nil
		},
		Update: func(r resource.Request) error {
			p, err := resource.Decode[ruleProperties](r.Properties)
			if err != nil {
				return err
			}
			record := s.state.Rules.Get(r.PhysicalID)
			if record == nil {
				return notFound("AWS::ElasticLoadBalancingV2::ListenerRule", r.PhysicalID)
			}
			return s.setRule(record, p, r)
		},
		Delete: func(r resource.Request) error {
			s.dropRule(r.PhysicalID)
			return nil
		},
		Read: s.readRule, Identifiers: []string{"RuleArn"},
		Attribute: func(arn, name string) (any, error) {
			if name == "IsDefault" {
				return false, nil
			}
			return arn, nil
		},
	}
}

func (s *Service) setRule(record *ruleRecord, p ruleProperties, r resource.Request) error {
	if err := refuse(r, "Transforms"); err != nil {
		return err
	}
	for arn, other := range s.state.Rules.Ascend(rulesOf(record.Listener), "") {
		if arn != record.Rule.RuleArn && other.Priority == p.Priority {
			return s.handlerError(wire.Errorf("PriorityInUse", "Priority '%d' is currently in use", p.Priority))
		}
	}
	if err := checkConditions(p.Conditions); err != nil {
		return s.handlerError(err)
	}
	if err := s.checkActions(p.Actions); err != nil {
		return s.handlerError(err)
	}
	loadBalancer := s.state.Listeners.Look(record.Listener).Listener.LoadBalancerArn
	if err := s.checkAssociation(loadBalancer, p.Actions); err != nil {
		return s.handlerError(err)
	}
	s.use(record.Rule.RuleArn, loadBalancer, record.Rule.Actions, p.Actions)
	record.Priority, record.Tags = p.Priority, tagsOfRequest(p.Tags, r.Tags)
	record.Rule.Priority, record.Rule.Conditions, record.Rule.Actions = strconv.Itoa(p.Priority), toldConditions(p.Conditions), filled(p.Actions)
	s.w.Changed()
	return nil
}
