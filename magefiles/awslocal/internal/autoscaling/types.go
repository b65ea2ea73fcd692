package autoscaling

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"

// The shapes of the API. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_Types.html

type suspendedState struct {
	DynamicScalingInSuspended  bool
	DynamicScalingOutSuspended bool
	ScheduledScalingSuspended  bool
}

type scalableTarget struct {
	ServiceNamespace  string
	ResourceId        string
	ScalableDimension string
	MinCapacity       int
	MaxCapacity       int
	RoleARN           string
	CreationTime      wire.Time
	SuspendedState    *suspendedState
	ScalableTargetARN string
}

type stepAdjustment struct {
	MetricIntervalLowerBound *float64 `json:",omitempty"`
	MetricIntervalUpperBound *float64 `json:",omitempty"`
	ScalingAdjustment        int
}

type stepScaling struct {
	AdjustmentType         string           `json:",omitempty"`
	StepAdjustments        []stepAdjustment `json:",omitempty"`
	MinAdjustmentMagnitude *int             `json:",omitempty"`
	Cooldown               *int             `json:",omitempty"`
	MetricAggregationType  string           `json:",omitempty"`
}

type predefinedMetric struct {
	PredefinedMetricType string
	ResourceLabel        string `json:",omitempty"`
}

type dimension struct{ Name, Value string }

type metric struct {
	Dimensions []dimension `json:",omitempty"`
	MetricName string      `json:",omitempty"`
	Namespace  string      `json:",omitempty"`
}

type metricStat struct {
	Metric metric
	Stat   string
	Unit   string `json:",omitempty"`
}

type metricDataQuery struct {
	Expression string      `json:",omitempty"`
	Id         string      `json:",omitempty"`
	Label      string      `json:",omitempty"`
	MetricStat *metricStat `json:",omitempty"`
	ReturnData *bool       `json:",omitempty"`
}

type customizedMetric struct {
	MetricName string            `json:",omitempty"`
	Namespace  string            `json:",omitempty"`
	Dimensions []dimension       `json:",omitempty"`
	Statistic  string            `json:",omitempty"`
	Unit       string            `json:",omitempty"`
	Metrics    []metricDataQuery `json:",omitempty"`
}

type targetTracking struct {
	TargetValue                   float64
	PredefinedMetricSpecification *predefinedMetric `json:",omitempty"`
	CustomizedMetricSpecification *customizedMetric `json:",omitempty"`
	ScaleOutCooldown              *int              `json:",omitempty"`
	ScaleInCooldown               *int              `json:",omitempty"`
	DisableScaleIn                *bool             `json:",omitempty"`
}

type alarm struct{ AlarmName, AlarmARN string }

type scalingPolicy struct {
	PolicyARN                                string
	PolicyName                               string
	ServiceNamespace                         string
	ResourceId                               string
	ScalableDimension                        string
	PolicyType                               string
	StepScalingPolicyConfiguration           *stepScaling    `json:",omitempty"`
	TargetTrackingScalingPolicyConfiguration *targetTracking `json:",omitempty"`
	Alarms                                   []alarm
	CreationTime                             wire.Time
}

type scalableTargetAction struct {
	MinCapacity *int `json:",omitempty"`
	MaxCapacity *int `json:",omitempty"`
}

type scheduledAction struct {
	ScheduledActionName  string
	ScheduledActionARN   string
	ServiceNamespace     string
	Schedule             string
	Timezone             string `json:",omitempty"`
	ResourceId           string
	ScalableDimension    string
	StartTime            wire.Time `json:",omitzero"`
	EndTime              wire.Time `json:",omitzero"`
	ScalableTargetAction *scalableTargetAction
	CreationTime         wire.Time
}

type scalingActivity struct {
	ActivityId        string
	ServiceNamespace  string
	ResourceId        string
	ScalableDimension string
	Description       string
	Cause             string
	StartTime         wire.Time
	EndTime           wire.Time `json:",omitzero"`
	StatusCode        string
	StatusMessage     string `json:",omitempty"`
}
