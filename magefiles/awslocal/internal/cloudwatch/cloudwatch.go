package cloudwatch

import (
	"maps"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Service is the embedded CloudWatch.
type Service struct {
	w     *sim.World
	acct  account.Account
	state state
}

type state struct {
	Alarms sim.Table[*alarm] // by name
}

// alarm is the properties that the template gave it.
type alarm struct {
	Properties map[string]any
	Tags       map[string]string
}

// New adds CloudWatch to the world.
func New(w *sim.World, acct account.Account) *Service {
	return &Service{w: w, acct: acct, state: state{sim.NewTable[*alarm](w, "cloudwatch.alarms")}}
}

// Types are the CloudFormation resource types.
func (s *Service) Types() []resource.Type { return []resource.Type{s.alarmType()} }

var (
	statistics = []string{"Average", "Maximum", "Minimum", "SampleCount", "Sum"}
	operators  = []string{"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "GreaterThanUpperThreshold",
		"LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "LessThanOrEqualToThreshold", "LessThanThreshold"}
)

// alarmType is https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
func (s *Service) alarmType() resource.Type {
	str, num := resource.Str, resource.Int
	type props = resource.Properties
	dimensions := resource.ListOf(resource.Obj(props{"Name": str.Must(), "Value": str.Must()}))
	return resource.Type{
		Name: "AWS::CloudWatch::Alarm",
		Properties: props{
			"ActionsEnabled": resource.Bool, "AlarmActions": resource.Strs, "AlarmDescription": str, "AlarmName": str.Fixed(),
			"ComparisonOperator": str.OneOf(operators...), "DatapointsToAlarm": num, "Dimensions": dimensions,
			"EvaluateLowSampleCountPercentile": str, "EvaluationCriteria": resource.Any, "EvaluationInterval": num,
			"EvaluationPeriods": num, "ExtendedStatistic": str, "InsufficientDataActions": resource.Strs, "MetricName": str,
			"Metrics": resource.ListOf(resource.Obj(props{
				"AccountId": str, "Expression": str, "Id": str.Must(), "Label": str, "Period": num, "ReturnData": resource.Bool,
				"MetricStat": resource.Obj(props{
					"Metric": resource.Obj(props{"Dimensions": dimensions, "MetricName": str, "Namespace": str}).Must(),
					"Period": num.Must(), "Stat": str.Must(), "Unit": str,
				}),
			})),
			"Namespace": str, "OKActions": resource.Strs, "Period": num, "Statistic": str.OneOf(statistics...), "Tags": resource.Tags,
			"Threshold": resource.Num, "ThresholdMetricId": str,
			"TreatMissingData": str.OneOf("breaching", "ignore", "missing", "notBreaching"), "Unit": str,
		},
		Named:      "AlarmName",
		Attributes: []string{"Arn"},
		Takes:      2 * time.Second,
		Deletes:    2 * time.Second,
		Create: func(r resource.Request) (string, error) {
			name, _ := r.Properties["AlarmName"].(string)
			if name == "" {
				name = r.Stack + "-" + r.LogicalID + "-" + strings.ToUpper(s.w.Hex(12))
			}
			if s.state.Alarms.Has(name) {
				return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::CloudWatch::Alarm' with identifier '%s' already exists.", name)
			}
			return name, s.put(name, r)
		},
		Update: func(r resource.Request) error { return s.put(r.PhysicalID, r) },
		Delete: func(r resource.Request) error {
			s.state.Alarms.Delete(r.PhysicalID)
			s.w.Changed()
			return nil
		},
		Attribute: func(id, _ string) (any, error) { return s.acct.ARN("cloudwatch", "alarm:"+id), nil },
		Read: func(r resource.Request) (map[string]any, bool, error) {
			a := s.state.Alarms.Get(r.PhysicalID)
			if a == nil {
				return nil, false, nil
			}
			return a.Properties, true, nil
		},
		Identifiers: []string{"AlarmName"},
		Retag: func(id string, set map[string]string, remove []string) error {
			if a := s.state.Alarms.Get(id); a != nil {
				a.Tags = resource.Retagged(a.Tags, set, remove)
				s.w.Changed()
			}
			return nil
		},
	}
}

// put keeps an alarm that CloudWatch would take.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func (s *Service) put(name string, r resource.Request) error {
	p := r.Properties
	has := func(key string) bool { return p[key] != nil }
	switch {
	case has("EvaluationCriteria"):
		return resource.Failed("InvalidRequest", "The embedded AWS does not model the property EvaluationCriteria.")
	case !has("ComparisonOperator") || !has("EvaluationPeriods"):
		return resource.Failed("InvalidRequest", "ComparisonOperator and EvaluationPeriods are required for a metric alarm.")
	case has("MetricName") == has("Metrics"):
		return resource.Failed("InvalidRequest", "Exactly one of MetricName and Metrics must be specified.")
	case has("MetricName") && (!has("Namespace") || !has("Period") || has("Statistic") == has("ExtendedStatistic")):
		return resource.Failed("InvalidRequest", "An alarm on a metric needs a Namespace, a Period and exactly one of Statistic and ExtendedStatistic.")
	case !has("Threshold") && !has("ThresholdMetricId"):
		return resource.Failed("InvalidRequest", "Exactly one of Threshold and ThresholdMetricId must be specified.")
	}
	s.state.Alarms.Put(name, &alarm{Properties: p, Tags: maps.Clone(r.Tags)})
	s.w.Changed()
	return nil
}
