package autoscaling

import (
	"maps"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// readTarget is a scalable target, with its scheduled actions, as it is now.
func (s *Service) readTarget(r resource.Request) (map[string]any, bool, error) {
	t := s.state.Targets.Get(identified(r.PhysicalID).key())
	if t == nil {
		return nil, false, nil
	}
	actual := map[string]any{
		"MaxCapacity": t.MaxCapacity, "MinCapacity": t.MinCapacity, "ResourceId": t.ResourceId,
		"ScalableDimension": t.ScalableDimension, "ServiceNamespace": t.ServiceNamespace, "RoleARN": r.Properties["RoleARN"],
	}
	if r.Properties["RoleARN"] == nil { // the model keeps the service-linked role only
		delete(actual, "RoleARN")
	}
	suspended := t.SuspendedState
	if suspended == nil {
		suspended = &suspendedState{}
	}
	var err error
	if actual["SuspendedState"], err = resource.Encode(suspended); err != nil {
		return nil, false, err
	}
	actual["ScheduledActions"] = s.readActions(r, t)
	return actual, true, nil
}

// readActions are a target's scheduled actions: those of the template first, in its order.
func (s *Service) readActions(r resource.Request, t *scalableTarget) []any {
	left := map[string]*scheduledAction{}
	for _, a := range s.state.Actions.All() {
		if a.ResourceId == t.ResourceId && a.ScalableDimension == t.ScalableDimension {
			left[a.ScheduledActionName] = &a.scheduledAction
		}
	}
	out := []any{}
	expected, _ := r.Properties["ScheduledActions"].([]any)
	for _, one := range expected {
		m, _ := one.(map[string]any)
		name, _ := m["ScheduledActionName"].(string)
		if a := left[name]; a != nil {
			out = append(out, a.properties(m))
			delete(left, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		out = append(out, left[name].properties(nil))
	}
	return out
}

// properties of a scheduled action; times in the template's own form where they are the same.
func (a *scheduledAction) properties(expected map[string]any) map[string]any {
	out := map[string]any{"ScheduledActionName": a.ScheduledActionName, "Schedule": a.Schedule}
	if a.Timezone != "" {
		out["Timezone"] = a.Timezone
	}
	for name, at := range map[string]wire.Time{"StartTime": a.StartTime, "EndTime": a.EndTime} {
		if at.IsZero() {
			continue
		}
		out[name] = at.UTC().Format(time.RFC3339)
		text, _ := expected[name].(string)
		if want, err := time.Parse(time.RFC3339, text); err == nil && want.Equal(at.Time) {
			out[name] = text
		}
	}
	if t := a.ScalableTargetAction; t != nil {
		bounds := map[string]any{}
		if t.MinCapacity != nil {
			bounds["MinCapacity"] = *t.MinCapacity
		}
		if t.MaxCapacity != nil {
			bounds["MaxCapacity"] = *t.MaxCapacity
		}
		out["ScalableTargetAction"] = bounds
	}
	return out
}

// readPolicy is a scaling policy as it is now.
func (s *Service) readPolicy(r resource.Request) (map[string]any, bool, error) {
	p := s.state.Policies.Get(r.PhysicalID)
	if p == nil {
		return nil, false, nil
	}
	actual := map[string]any{
		"PolicyName": p.PolicyName, "PolicyType": p.PolicyType, "ResourceId": p.ResourceId, "ScalableDimension": p.ScalableDimension,
		"ServiceNamespace": p.ServiceNamespace, "ScalingTargetId": scaled{p.ServiceNamespace, p.ResourceId, p.ScalableDimension}.identify(),
	}
	if c := p.StepScalingPolicyConfiguration; c != nil {
		properties, err := resource.Encode(c)
		if err != nil {
			return nil, false, err
		}
		actual["StepScalingPolicyConfiguration"] = properties
	}
	if c := p.TargetTrackingScalingPolicyConfiguration; c != nil {
		properties, err := resource.Encode(c)
		if err != nil {
			return nil, false, err
		}
		actual["TargetTrackingScalingPolicyConfiguration"] = properties
	}
	return actual, true, nil
}
