package autoscaling_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func TestLimitsHoldTheDesiredCount(t *testing.T) {
	r := newRegion(t)
	for _, c := range []struct {
		id        string
		low, high int32
		want      int
	}{{"web", 1, 4, 1}, {"web", 3, 4, 3}, {"web", 1, 2, 2}, {"off", 2, 4, 0}} {
		if _, err := r.client.RegisterScalableTarget(ctx, register("service/dev/"+c.id, c.low, c.high)); err != nil {
			t.Fatal(err)
		}
		if got := r.services["dev/"+c.id]; got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	out, err := r.client.DescribeScalingActivities(ctx, &applicationautoscaling.DescribeScalingActivitiesInput{ServiceNamespace: types.ServiceNamespaceEcs})
	if err != nil || len(out.ScalingActivities) != 2 || *out.ScalingActivities[0].Description != "Setting desired count to 2." {
		t.Errorf("%+v %v", out, err)
	}
	targets, err := r.client.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceIds: []string{"service/dev/web"}})
	if err != nil || len(targets.ScalableTargets) != 1 || *targets.ScalableTargets[0].MaxCapacity != 2 {
		t.Errorf("%+v %v", targets, err)
	}
	for want, in := range map[string]*applicationautoscaling.RegisterScalableTargetInput{
		"ECS service doesn't exist: service/dev/none":           register("service/dev/none", 1, 2),
		"Maximum capacity cannot be less than minimum capacity": register("service/dev/web", 3, 2),
	} {
		_, err := r.client.RegisterScalableTarget(ctx, in)
		var e smithy.APIError
		if !errors.As(err, &e) || e.ErrorCode() != "ValidationException" || e.ErrorMessage() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func (r *region) try(kind string, properties map[string]any) (id string, err error) {
	err = r.world.Do(ctx, func() error {
		id, err = r.types[kind].Create(resource.Request{Stack: "Stack", LogicalID: "Thing", Properties: properties})
		return err
	})
	return id, err
}

func TestScalingOfAStack(t *testing.T) {
	r := newRegion(t)
	target := map[string]any{"ServiceNamespace": "ecs", "ResourceId": "service/dev/web", "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 2, "MaxCapacity": 4,
		"ScheduledActions": []any{map[string]any{"ScheduledActionName": "night", "Schedule": "cron(0 22 ? * MON-FRI *)", "Timezone": "Asia/Singapore",
			"StartTime": "2026-02-01T00:00:00Z", "ScalableTargetAction": map[string]any{"MinCapacity": 0, "MaxCapacity": 0}}}}
	id, err := r.try("AWS::ApplicationAutoScaling::ScalableTarget", target)
	if err != nil || id != "service/dev/web|ecs:service:DesiredCount|ecs" || r.services["dev/web"] != 2 {
		t.Fatal(id, err, r.services)
	}
	policy := map[string]any{"PolicyName": "requests", "PolicyType": "TargetTrackingScaling", "ScalingTargetId": id,
		"TargetTrackingScalingPolicyConfiguration": map[string]any{"TargetValue": 1000, "ScaleInCooldown": 300, "ScaleOutCooldown": 60,
			"PredefinedMetricSpecification": map[string]any{"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": "app/a/1/targetgroup/b/2"}}}
	arn, err := r.try("AWS::ApplicationAutoScaling::ScalingPolicy", policy)
	if err != nil || !strings.HasSuffix(arn, ":resource/ecs/service/dev/web:policyName/requests") {
		t.Fatal(arn, err)
	}
	policies, err := r.client.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String("service/dev/web")})
	if err != nil || len(policies.ScalingPolicies) != 1 || *policies.ScalingPolicies[0].TargetTrackingScalingPolicyConfiguration.TargetValue != 1000 || len(policies.ScalingPolicies[0].Alarms) != 2 {
		t.Errorf("%+v %v", policies, err)
	}
	actions, err := r.client.DescribeScheduledActions(ctx, &applicationautoscaling.DescribeScheduledActionsInput{ServiceNamespace: types.ServiceNamespaceEcs})
	if err != nil || len(actions.ScheduledActions) != 1 || *actions.ScheduledActions[0].ScalableTargetAction.MaxCapacity != 0 || actions.ScheduledActions[0].StartTime.Month() != time.February {
		t.Errorf("%+v %v", actions, err)
	}
	policy["PolicyName"], policy["TargetTrackingScalingPolicyConfiguration"] = "bad", map[string]any{"TargetValue": 1}
	if _, err := r.try("AWS::ApplicationAutoScaling::ScalingPolicy", policy); err == nil || !strings.HasPrefix(err.Error(), "Exactly one of PredefinedMetricSpecification") {
		t.Error(err)
	}
	for range 2 {
		if err := r.world.Do(ctx, func() error {
			return r.types["AWS::ApplicationAutoScaling::ScalableTarget"].Delete(resource.Request{PhysicalID: id})
		}); err != nil {
			t.Error(err)
		}
	}
	if err := r.world.Do(ctx, func() error {
		return r.types["AWS::ApplicationAutoScaling::ScalingPolicy"].Delete(resource.Request{PhysicalID: arn})
	}); err != nil {
		t.Error(err)
	}
	if policies, err = r.client.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: types.ServiceNamespaceEcs}); err != nil || len(policies.ScalingPolicies) != 0 {
		t.Errorf("%+v %v", policies, err)
	}
}
