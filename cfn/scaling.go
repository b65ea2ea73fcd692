package cfn

import (
	"fmt"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation"
	scaling "github.com/awslabs/goformation/v7/cloudformation/applicationautoscaling"
)

// After adding tasks the next addition may follow soon; after removing one, load has to stay low for a while.
const (
	scaleOutCooldown = 60 * time.Second
	scaleInCooldown  = 300 * time.Second
)

const scalableTargetResource = "ScalableTarget"

// addScaling hands the service's desired count to auto-scaling: its bounds, the schedules that move them, and what it
// follows between them. Where the bounds never differ there is nothing to follow.
func (d deployment) addScaling(t *cloudformation.Template) {
	t.Resources[scalableTargetResource] = &scaling.ScalableTarget{
		ServiceNamespace:  "ecs",
		ScalableDimension: "ecs:service:DesiredCount",
		// The service's name is known. An attribute of the service would make every release show this resource as
		// one that may be replaced, because CloudFormation knows attributes of what changes only afterwards.
		ResourceId:                 cloudformation.Join("/", []string{"service", cloudformation.Ref(OutputCluster), d.Names.Service}),
		MinCapacity:                d.Environment.MinTasks,
		MaxCapacity:                d.Environment.MaxTasks,
		ScheduledActions:           d.scheduledActions(),
		AWSCloudFormationDependsOn: []string{ResourceService},
	}
	if !d.scales() {
		return
	}
	if target := d.Environment.Scaling.CPUPercent; target > 0 {
		d.addScalingPolicy(t, "cpu", "CpuScaling", target, &scaling.ScalingPolicy_PredefinedMetricSpecification{
			PredefinedMetricType: "ECSServiceAverageCPUUtilization",
		})
	}
	if target := d.Environment.Scaling.MemoryPercent; target > 0 {
		d.addScalingPolicy(t, "memory", "MemoryScaling", target, &scaling.ScalingPolicy_PredefinedMetricSpecification{
			PredefinedMetricType: "ECSServiceAverageMemoryUtilization",
		})
	}
	if target := d.Environment.Scaling.RequestsPerTask; target > 0 {
		d.addScalingPolicy(t, "requests", "RequestScaling", target, &scaling.ScalingPolicy_PredefinedMetricSpecification{
			PredefinedMetricType: "ALBRequestCountPerTarget",
			ResourceLabel: cloudformation.JoinPtr("/", []string{
				cloudformation.Ref(OutputLoadBalancerName), cloudformation.Ref(OutputTargetGroupName),
			}),
		})
	}
}

// addScalingPolicy holds a metric near a target.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
func (d deployment) addScalingPolicy(t *cloudformation.Template, name, resource string, target int, metric *scaling.ScalingPolicy_PredefinedMetricSpecification) {
	t.Resources[resource] = &scaling.ScalingPolicy{
		PolicyName:      fmt.Sprintf("%s-%s", d.Names.Service, name),
		PolicyType:      "TargetTrackingScaling",
		ScalingTargetId: cloudformation.RefPtr(scalableTargetResource),
		TargetTrackingScalingPolicyConfiguration: &scaling.ScalingPolicy_TargetTrackingScalingPolicyConfiguration{
			TargetValue:                   float64(target),
			PredefinedMetricSpecification: metric,
			ScaleOutCooldown:              new(int(scaleOutCooldown.Seconds())),
			ScaleInCooldown:               new(int(scaleInCooldown.Seconds())),
		},
	}
}

func (d deployment) scheduledActions() []scaling.ScalableTarget_ScheduledAction {
	var actions []scaling.ScalableTarget_ScheduledAction
	for _, schedule := range d.Environment.Scaling.Schedules {
		actions = append(actions, scaling.ScalableTarget_ScheduledAction{
			ScheduledActionName: schedule.Name,
			Schedule:            schedule.Expression,
			Timezone:            new(schedule.TimeZone),
			ScalableTargetAction: &scaling.ScalableTarget_ScalableTargetAction{
				MinCapacity: new(schedule.MinTasks),
				MaxCapacity: new(schedule.MaxTasks),
			},
		})
	}
	return actions
}

// scales reports whether there is ever room between the bounds.
func (d deployment) scales() bool {
	for _, schedule := range d.Environment.Scaling.Schedules {
		if schedule.MaxTasks > schedule.MinTasks {
			return true
		}
	}
	return d.Environment.MaxTasks > d.Environment.MinTasks
}

// fewestTasks is the lowest of the lower bounds.
func (d deployment) fewestTasks() int {
	fewest := d.Environment.MinTasks
	for _, schedule := range d.Environment.Scaling.Schedules {
		fewest = min(fewest, schedule.MinTasks)
	}
	return fewest
}
