package autoscaling

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type actionProperties struct {
	ScheduledActionName  string
	Schedule             string
	Timezone             string
	StartTime            string
	EndTime              string
	ScalableTargetAction *scalableTargetAction
}

type targetProperties struct {
	scaled
	MinCapacity      *int
	MaxCapacity      *int
	RoleARN          string
	ScheduledActions []actionProperties
	SuspendedState   *suspendedState
}

// handlerError turns an answer of the API into the failure of a resource.
func handlerError(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	code := "InvalidRequest"
	if e.Code == "ObjectNotFoundException" {
		code = "NotFound"
	}
	return resource.Failed(code, "%s (Service: ApplicationAutoScaling, Status Code: %d)", e.Message, e.Status)
}

// identify is the physical id of a scalable target: resource|dimension|namespace.
func (t scaled) identify() string {
	return t.ResourceId + "|" + t.ScalableDimension + "|" + t.ServiceNamespace
}

func identified(id string) scaled {
	p := strings.Split(id, "|")
	if len(p) != 3 {
		return scaled{}
	}
	return scaled{p[2], p[0], p[1]}
}

// targetType is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html
func (s *Service) targetType() resource.Type {
	str, num := resource.Str, resource.Int
	type props = resource.Properties
	return resource.Type{
		Name: "AWS::ApplicationAutoScaling::ScalableTarget",
		Properties: props{
			"MaxCapacity":       num.Must(),
			"MinCapacity":       num.Must(),
			"ResourceId":        str.Must().Fixed(),
			"RoleARN":           str,
			"ScalableDimension": str.Must().Fixed(),
			"ScheduledActions": resource.ListOf(resource.Obj(props{
				"EndTime": str, "ScalableTargetAction": resource.Obj(props{"MaxCapacity": num, "MinCapacity": num}),
				"Schedule": str.Must(), "ScheduledActionName": str.Must(), "StartTime": str, "Timezone": str,
			})),
			"ServiceNamespace": str.Must().Fixed(),
			"SuspendedState": resource.Obj(props{"DynamicScalingInSuspended": resource.Bool, "DynamicScalingOutSuspended": resource.Bool,
				"ScheduledScalingSuspended": resource.Bool}),
		},
		Attributes: []string{"Id"},
		Takes:      3 * time.Second,
		Deletes:    3 * time.Second,
		Create: func(r resource.Request) (string, error) {
			p, err := resource.Decode[targetProperties](r.Properties)
			if err != nil {
				return "", err
			}
			return p.identify(), s.setTarget(p)
		},
		Update: func(r resource.Request) error {
			p, err := resource.Decode[targetProperties](r.Properties)
			if err != nil {
				return err
			}
			return s.setTarget(p)
		},
		Delete: func(r resource.Request) error {
			t := identified(r.PhysicalID)
			if !s.state.Targets.Has(t.key()) {
				return nil
			}
			_, err := s.deregisterScalableTarget(context.Background(), &t)
			return err
		},
		Attribute:   func(id, _ string) (any, error) { return id, nil },
		Read:        s.readTarget,
		Identifiers: []string{"ResourceId", "ScalableDimension", "ServiceNamespace"},
		Identify: func(v map[string]string) string {
			return scaled{v["ServiceNamespace"], v["ResourceId"], v["ScalableDimension"]}.identify()
		},
	}
}

// setTarget registers a scalable target with exactly these scheduled actions.
func (s *Service) setTarget(p targetProperties) error {
	suspended := p.SuspendedState
	if suspended == nil {
		suspended = &suspendedState{}
	}
	wanted := map[string]*putActionInput{}
	for _, a := range p.ScheduledActions {
		in := &putActionInput{scaled: p.scaled, Schedule: a.Schedule, Timezone: a.Timezone, ScheduledActionName: a.ScheduledActionName,
			ScalableTargetAction: a.ScalableTargetAction}
		var err error
		if in.StartTime, err = when(a.StartTime); err != nil {
			return err
		}
		if in.EndTime, err = when(a.EndTime); err != nil {
			return err
		}
		if err := checkAction(in.ScheduledActionName, in.Schedule, in.Timezone, in.StartTime, in.EndTime, in.ScalableTargetAction); err != nil {
			return handlerError(err)
		}
		wanted[p.key()+"|"+a.ScheduledActionName] = in
	}
	_, err := s.registerScalableTarget(context.Background(), &registerInput{scaled: p.scaled, MinCapacity: p.MinCapacity, MaxCapacity: p.MaxCapacity, SuspendedState: suspended})
	if err != nil {
		return handlerError(err)
	}
	for key, a := range s.state.Actions.All() {
		if a.ResourceId == p.ResourceId && a.ScalableDimension == p.ScalableDimension && wanted[key] == nil {
			s.state.Actions.Delete(key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		s.keep(wanted[key])
	}
	s.w.Changed()
	return nil
}

func when(text string) (wire.Time, error) {
	if text == "" {
		return wire.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return wire.Time{}, resource.Failed("InvalidRequest", "%s is not a time", text)
	}
	return wire.Time{Time: at.UTC()}, nil
}

type policyProperties struct {
	PolicyName string
	PolicyType string
	scaled
	ScalingTargetId                          string
	StepScalingPolicyConfiguration           *stepScaling
	TargetTrackingScalingPolicyConfiguration *targetTracking
}

func metricSchemas() (predefined, customized resource.Property) {
	str := resource.Str
	type props = resource.Properties
	dimensions := resource.ListOf(resource.Obj(props{"Name": str, "Value": str}))
	return resource.Obj(props{"PredefinedMetricType": str.Must(), "ResourceLabel": str}),
		resource.Obj(props{
			"Dimensions": dimensions, "MetricName": str, "Namespace": str, "Unit": str,
			"Statistic": str.OneOf("Average", "Maximum", "Minimum", "SampleCount", "Sum"),
			"Metrics": resource.ListOf(resource.Obj(props{"Expression": str, "Id": str, "Label": str, "ReturnData": resource.Bool,
				"MetricStat": resource.Obj(props{"Metric": resource.Obj(props{"Dimensions": dimensions, "MetricName": str, "Namespace": str}), "Stat": str, "Unit": str})})),
		})
}

// policyType is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html
func (s *Service) policyType() resource.Type {
	str, num := resource.Str, resource.Int
	type props = resource.Properties
	predefined, customized := metricSchemas()
	put := func(r resource.Request) (string, error) {
		p, err := resource.Decode[policyProperties](r.Properties)
		if err != nil {
			return "", err
		}
		if p.ScalingTargetId != "" {
			if p.ResourceId != "" {
				return "", resource.Failed("InvalidRequest", "Specify either ScalingTargetId or ResourceId, ScalableDimension and ServiceNamespace.")
			}
			p.scaled = identified(p.ScalingTargetId)
		}
		out, err := s.putScalingPolicy(context.Background(), &putPolicyInput{PolicyName: p.PolicyName, scaled: p.scaled, PolicyType: p.PolicyType,
			StepScalingPolicyConfiguration:           p.StepScalingPolicyConfiguration,
			TargetTrackingScalingPolicyConfiguration: p.TargetTrackingScalingPolicyConfiguration})
		if err != nil {
			return "", handlerError(err)
		}
		return out.PolicyARN, nil
	}
	return resource.Type{
		Name: "AWS::ApplicationAutoScaling::ScalingPolicy",
		Properties: props{
			"PolicyName":                           str.Must().Fixed(),
			"PolicyType":                           str.Must().OneOf("PredictiveScaling", "StepScaling", "TargetTrackingScaling"),
			"PredictiveScalingPolicyConfiguration": resource.Any,
			"ResourceId":                           str.Fixed(),
			"ScalableDimension":                    str.Fixed(),
			"ScalingTargetId":                      str.Fixed(),
			"ServiceNamespace":                     str.Fixed(),
			"StepScalingPolicyConfiguration": resource.Obj(props{
				"AdjustmentType": str.OneOf("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"), "Cooldown": num,
				"MetricAggregationType": str.OneOf("Average", "Maximum", "Minimum"), "MinAdjustmentMagnitude": num,
				"StepAdjustments": resource.ListOf(resource.Obj(props{"MetricIntervalLowerBound": resource.Num,
					"MetricIntervalUpperBound": resource.Num, "ScalingAdjustment": num.Must()})),
			}),
			"TargetTrackingScalingPolicyConfiguration": resource.Obj(props{
				"CustomizedMetricSpecification": customized, "DisableScaleIn": resource.Bool, "PredefinedMetricSpecification": predefined,
				"ScaleInCooldown": num, "ScaleOutCooldown": num, "TargetValue": resource.Num.Must(),
			}),
		},
		Attributes: []string{"Arn"},
		Takes:      3 * time.Second,
		Deletes:    3 * time.Second,
		Create:     put,
		Update:     func(r resource.Request) error { _, err := put(r); return err },
		Delete: func(r resource.Request) error {
			s.state.Policies.Delete(r.PhysicalID)
			s.w.Changed()
			return nil
		},
		Attribute:   func(id, _ string) (any, error) { return id, nil },
		Read:        s.readPolicy,
		Identifiers: []string{"Arn", "ScalableDimension"},
		Identify:    func(v map[string]string) string { return v["Arn"] },
	}
}
