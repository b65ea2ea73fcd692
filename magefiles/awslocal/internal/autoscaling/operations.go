package autoscaling

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

const noNamespace = "1 validation error detected: Value null at 'serviceNamespace' failed to satisfy constraint: Member must not be null"

type registerInput struct {
	scaled
	MinCapacity    *int
	MaxCapacity    *int
	RoleARN        string
	SuspendedState *suspendedState
	Tags           map[string]string
}

type registerOutput struct{ ScalableTargetARN string }

// registerScalableTarget makes a scalable target, or changes what the request names of one that is there.
func (s *Service) registerScalableTarget(_ context.Context, in *registerInput) (*registerOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	old := s.state.Targets.Get(in.key())
	if old == nil && (in.MinCapacity == nil || in.MaxCapacity == nil) {
		return nil, invalid("Both MinCapacity and MaxCapacity are required to register a new scalable target.")
	}
	cluster, name := in.service()
	if _, ok := s.services.DesiredCount(cluster, name); !ok {
		return nil, invalid("ECS service doesn't exist: %s", in.ResourceId)
	}
	t := scalableTarget{ServiceNamespace: in.ServiceNamespace, ResourceId: in.ResourceId, ScalableDimension: in.ScalableDimension,
		RoleARN: s.roleARN(), CreationTime: s.now(), SuspendedState: &suspendedState{},
		ScalableTargetARN: s.acct.ARN("application-autoscaling", "scalable-target/0ec5"+s.w.Hex(32))}
	if old != nil {
		t = *old
	}
	if in.MinCapacity != nil {
		t.MinCapacity = *in.MinCapacity
	}
	if in.MaxCapacity != nil {
		t.MaxCapacity = *in.MaxCapacity
	}
	if in.SuspendedState != nil {
		t.SuspendedState = in.SuspendedState
	}
	if t.MinCapacity < 0 || t.MaxCapacity < 0 {
		return nil, invalid("Minimum and maximum capacity must not be negative.")
	}
	if t.MinCapacity > t.MaxCapacity {
		return nil, invalid("Maximum capacity cannot be less than minimum capacity")
	}
	if old != nil && len(in.Tags) > 0 {
		return nil, invalid("You cannot use the Tags parameter to update the tags of a scalable target. Use TagResource instead.")
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		s.state.Tags.Put(t.ScalableTargetARN, in.Tags)
	}
	s.state.Targets.Put(in.key(), &t)
	s.w.Changed()
	s.hold(&t, false)
	return &registerOutput{t.ScalableTargetARN}, nil
}

type paged struct {
	MaxResults *int
	NextToken  string
}

type describeTargetsInput struct {
	ServiceNamespace  string
	ResourceIds       []string
	ScalableDimension string
	paged
}

type describeTargetsOutput struct {
	ScalableTargets []scalableTarget
	NextToken       string `json:",omitempty"`
}

func (s *Service) describeScalableTargets(_ context.Context, in *describeTargetsInput) (*describeTargetsOutput, error) {
	if in.ServiceNamespace == "" {
		return nil, invalid(noNamespace)
	}
	out := []scalableTarget{}
	for _, t := range s.state.Targets.All() {
		if t.ServiceNamespace == in.ServiceNamespace && (len(in.ResourceIds) == 0 || slices.Contains(in.ResourceIds, t.ResourceId)) &&
			cmp.Or(in.ScalableDimension, t.ScalableDimension) == t.ScalableDimension {
			out = append(out, *t)
		}
	}
	out, next, err := page(out, in.NextToken, in.MaxResults)
	return &describeTargetsOutput{out, next}, err
}

func notFound(kind string, t scaled) error {
	return wire.Errorf("ObjectNotFoundException", "No %s found for service namespace: %s, resource ID: %s, scalable dimension: %s", kind, t.ServiceNamespace, t.ResourceId, t.ScalableDimension)
}

func (s *Service) deregisterScalableTarget(_ context.Context, in *scaled) (*wire.Empty, error) {
	t := s.state.Targets.Get(in.key())
	if t == nil {
		return nil, notFound("scalable target", *in)
	}
	s.state.Tags.Delete(t.ScalableTargetARN)
	s.state.Targets.Delete(in.key())
	s.drop(in.key())
	s.w.Changed()
	return &wire.Empty{}, nil
}

type putPolicyInput struct {
	PolicyName string
	scaled
	PolicyType                               string
	StepScalingPolicyConfiguration           *stepScaling
	TargetTrackingScalingPolicyConfiguration *targetTracking
}

type putPolicyOutput struct {
	PolicyARN string
	Alarms    []alarm
}

func (s *Service) putScalingPolicy(_ context.Context, in *putPolicyInput) (*putPolicyOutput, error) {
	t := s.state.Targets.Get(in.key())
	if t == nil {
		return nil, notFound("scalable target", in.scaled)
	}
	if in.PolicyName == "" {
		return nil, invalid("1 validation error detected: Value '' at 'policyName' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	p := s.policy(in.PolicyName, in.scaled)
	if p == nil {
		p = &scalingPolicy{PolicyName: in.PolicyName, ServiceNamespace: in.ServiceNamespace, ResourceId: in.ResourceId,
			ScalableDimension: in.ScalableDimension, CreationTime: s.now(),
			PolicyARN: s.acct.ARN("autoscaling", "scalingPolicy:"+s.w.UUID()+":resource/ecs/"+in.ResourceId+":policyName/"+in.PolicyName)}
	}
	kind := cmp.Or(in.PolicyType, p.PolicyType, "StepScaling")
	switch {
	case kind == "TargetTrackingScaling" && in.TargetTrackingScalingPolicyConfiguration == nil:
		return nil, invalid("TargetTrackingScalingPolicyConfiguration is required for the policy type TargetTrackingScaling")
	case kind == "StepScaling" && in.StepScalingPolicyConfiguration == nil:
		return nil, invalid("StepScalingPolicyConfiguration is required for the policy type StepScaling")
	case kind != "TargetTrackingScaling" && kind != "StepScaling":
		return nil, invalid("The embedded AWS does not model the policy type %s.", kind)
	}
	if c := in.TargetTrackingScalingPolicyConfiguration; c != nil {
		if (c.PredefinedMetricSpecification == nil) == (c.CustomizedMetricSpecification == nil) {
			return nil, invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified")
		}
		if m := c.PredefinedMetricSpecification; m != nil && m.PredefinedMetricType == "ALBRequestCountPerTarget" && m.ResourceLabel == "" {
			return nil, invalid("ResourceLabel is required when PredefinedMetricType is ALBRequestCountPerTarget")
		}
	}
	p.PolicyType, p.StepScalingPolicyConfiguration, p.TargetTrackingScalingPolicyConfiguration = kind, in.StepScalingPolicyConfiguration, in.TargetTrackingScalingPolicyConfiguration
	if kind == "TargetTrackingScaling" && len(p.Alarms) == 0 { // it brings its own two alarms
		for _, end := range []string{"AlarmHigh", "AlarmLow"} {
			name := "TargetTracking-" + in.ResourceId + "-" + end + "-" + s.w.UUID()
			p.Alarms = append(p.Alarms, alarm{name, s.acct.ARN("cloudwatch", "alarm:"+name)})
		}
	}
	s.state.Policies.Put(p.PolicyARN, p)
	s.w.Changed()
	alarms := p.Alarms
	if alarms == nil {
		alarms = []alarm{}
	}
	return &putPolicyOutput{p.PolicyARN, alarms}, nil
}

func (s *Service) policy(name string, t scaled) *scalingPolicy {
	for arn, p := range s.state.Policies.All() {
		if p.PolicyName == name && p.ResourceId == t.ResourceId && p.ScalableDimension == t.ScalableDimension {
			return s.state.Policies.Get(arn)
		}
	}
	return nil
}

type describePoliciesInput struct {
	PolicyNames []string
	scaled
	paged
}

type describePoliciesOutput struct {
	ScalingPolicies []scalingPolicy
	NextToken       string `json:",omitempty"`
}

func (s *Service) describeScalingPolicies(_ context.Context, in *describePoliciesInput) (*describePoliciesOutput, error) {
	if in.ServiceNamespace == "" {
		return nil, invalid(noNamespace)
	}
	out := []scalingPolicy{}
	for _, p := range s.state.Policies.All() {
		if in.about(p.ServiceNamespace, p.ResourceId, p.ScalableDimension) && (len(in.PolicyNames) == 0 || slices.Contains(in.PolicyNames, p.PolicyName)) {
			q := *p
			if q.Alarms == nil {
				q.Alarms = []alarm{}
			}
			out = append(out, q)
		}
	}
	slices.SortFunc(out, func(a, b scalingPolicy) int { return strings.Compare(a.PolicyName, b.PolicyName) })
	out, next, err := page(out, in.NextToken, in.MaxResults)
	return &describePoliciesOutput{out, next}, err
}

// about tells whether something is among what was asked for; what the question leaves empty is no condition.
func (t scaled) about(namespace, id, dimension string) bool {
	return cmp.Or(t.ServiceNamespace, namespace) == namespace && cmp.Or(t.ResourceId, id) == id && cmp.Or(t.ScalableDimension, dimension) == dimension
}

type deletePolicyInput struct {
	PolicyName string
	scaled
}

func (s *Service) deleteScalingPolicy(_ context.Context, in *deletePolicyInput) (*wire.Empty, error) {
	p := s.policy(in.PolicyName, in.scaled)
	if p == nil {
		return nil, notFound("scaling policy", in.scaled)
	}
	s.state.Policies.Delete(p.PolicyARN)
	s.w.Changed()
	return &wire.Empty{}, nil
}

type describeActivitiesInput struct {
	scaled
	IncludeNotScaledActivities bool
	paged
}

type describeActivitiesOutput struct {
	ScalingActivities []scalingActivity
	NextToken         string `json:",omitempty"`
}

func (s *Service) describeScalingActivities(_ context.Context, in *describeActivitiesInput) (*describeActivitiesOutput, error) {
	if in.ServiceNamespace == "" {
		return nil, invalid(noNamespace)
	}
	out := []scalingActivity{}
	for _, a := range s.state.Activities.Descend("", "") {
		if in.about(a.ServiceNamespace, a.ResourceId, a.ScalableDimension) {
			out = append(out, *a)
		}
	}
	out, next, err := page(out, in.NextToken, in.MaxResults)
	return &describeActivitiesOutput{out, next}, err
}

type describeActionsInput struct {
	ScheduledActionNames []string
	scaled
	paged
}

type describeActionsOutput struct {
	ScheduledActions []scheduledAction
	NextToken        string `json:",omitempty"`
}

func (s *Service) describeScheduledActions(_ context.Context, in *describeActionsInput) (*describeActionsOutput, error) {
	if in.ServiceNamespace == "" {
		return nil, invalid(noNamespace)
	}
	out := []scheduledAction{}
	for _, a := range s.state.Actions.All() {
		if in.about(a.ServiceNamespace, a.ResourceId, a.ScalableDimension) &&
			(len(in.ScheduledActionNames) == 0 || slices.Contains(in.ScheduledActionNames, a.ScheduledActionName)) {
			out = append(out, a.scheduledAction)
		}
	}
	out, next, err := page(out, in.NextToken, in.MaxResults)
	return &describeActionsOutput{out, next}, err
}
