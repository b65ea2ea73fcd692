package ecs

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"

// The shapes of services, deployments, service deployments and service revisions, as far as Fargate services
// with the ECS deployment controller have them. Service Connect, service discovery, VPC Lattice, managed EBS
// volumes and task sets are not modelled.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type loadBalancer struct {
	TargetGroupARN   string `json:"targetGroupArn,omitempty"`
	LoadBalancerName string `json:"loadBalancerName,omitempty"`
	ContainerName    string `json:"containerName,omitempty"`
	ContainerPort    int    `json:"containerPort,omitempty"`
}

type capacityProviderStrategyItem struct {
	CapacityProvider string `json:"capacityProvider"`
	Weight           int    `json:"weight"`
	Base             int    `json:"base"`
}

type thresholdConfiguration struct {
	Type  string `json:"type"`
	Value int    `json:"value"`
}

type deploymentCircuitBreaker struct {
	Enable                 bool                    `json:"enable"`
	Rollback               bool                    `json:"rollback"`
	ResetOnHealthyTask     *bool                   `json:"resetOnHealthyTask,omitempty"`
	ThresholdConfiguration *thresholdConfiguration `json:"thresholdConfiguration,omitempty"`
}

type deploymentAlarms struct {
	AlarmNames []string `json:"alarmNames"`
	Rollback   bool     `json:"rollback"`
	Enable     bool     `json:"enable"`
}

type earlySuccessCriteria struct {
	Enable                       bool   `json:"enable"`
	HealthyPercent               *int   `json:"healthyPercent,omitempty"`
	SourceServiceRevisionCleanup string `json:"sourceServiceRevisionCleanup,omitempty"`
}

type deploymentConfiguration struct {
	DeploymentCircuitBreaker *deploymentCircuitBreaker `json:"deploymentCircuitBreaker,omitempty"`
	MaximumPercent           *int                      `json:"maximumPercent,omitempty"`
	MinimumHealthyPercent    *int                      `json:"minimumHealthyPercent,omitempty"`
	Alarms                   *deploymentAlarms         `json:"alarms,omitempty"`
	Strategy                 string                    `json:"strategy,omitempty"`
	BakeTimeInMinutes        *int                      `json:"bakeTimeInMinutes,omitempty"`
	EarlySuccessCriteria     *earlySuccessCriteria     `json:"earlySuccessCriteria,omitempty"`
}

type awsVPCConfiguration struct {
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups,omitempty"`
	AssignPublicIP string   `json:"assignPublicIp,omitempty"`
}

type networkConfiguration struct {
	AwsvpcConfiguration *awsVPCConfiguration `json:"awsvpcConfiguration,omitempty"`
}

type placementConstraint struct {
	Type       string `json:"type,omitempty"`
	Expression string `json:"expression,omitempty"`
}

type placementStrategy struct {
	Type  string `json:"type,omitempty"`
	Field string `json:"field,omitempty"`
}

type deploymentController struct {
	Type string `json:"type"`
}

type serviceEvent struct {
	ID        string    `json:"id"`
	CreatedAt wire.Time `json:"createdAt"`
	Message   string    `json:"message"`
}

type deployment struct {
	ID                       string                         `json:"id"`
	Status                   string                         `json:"status"`
	TaskDefinition           string                         `json:"taskDefinition"`
	DesiredCount             int                            `json:"desiredCount"`
	PendingCount             int                            `json:"pendingCount"`
	RunningCount             int                            `json:"runningCount"`
	FailedTasks              int                            `json:"failedTasks"`
	CreatedAt                wire.Time                      `json:"createdAt"`
	UpdatedAt                wire.Time                      `json:"updatedAt"`
	CapacityProviderStrategy []capacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	LaunchType               string                         `json:"launchType,omitempty"`
	PlatformVersion          string                         `json:"platformVersion,omitempty"`
	PlatformFamily           string                         `json:"platformFamily,omitempty"`
	NetworkConfiguration     *networkConfiguration          `json:"networkConfiguration,omitempty"`
	RolloutState             string                         `json:"rolloutState"`
	RolloutStateReason       string                         `json:"rolloutStateReason"`
}

type serviceCurrentRevisionSummary struct {
	ARN                string `json:"arn"`
	RequestedTaskCount int    `json:"requestedTaskCount"`
	RunningTaskCount   int    `json:"runningTaskCount"`
	PendingTaskCount   int    `json:"pendingTaskCount"`
}

// settings of a service are what CreateService and UpdateService take and DescribeServices tells.
type settings struct {
	LoadBalancers                 []loadBalancer                 `json:"loadBalancers"`
	LaunchType                    string                         `json:"launchType,omitempty"`
	CapacityProviderStrategy      []capacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	PlatformVersion               string                         `json:"platformVersion,omitempty"`
	TaskDefinition                string                         `json:"taskDefinition"`
	DeploymentConfiguration       *deploymentConfiguration       `json:"deploymentConfiguration,omitempty"`
	PlacementConstraints          []placementConstraint          `json:"placementConstraints"`
	PlacementStrategy             []placementStrategy            `json:"placementStrategy"`
	NetworkConfiguration          *networkConfiguration          `json:"networkConfiguration,omitempty"`
	HealthCheckGracePeriodSeconds *int                           `json:"healthCheckGracePeriodSeconds,omitempty"`
	EnableECSManagedTags          bool                           `json:"enableECSManagedTags"`
	PropagateTags                 string                         `json:"propagateTags,omitempty"`
	EnableExecuteCommand          bool                           `json:"enableExecuteCommand"`
	AvailabilityZoneRebalancing   string                         `json:"availabilityZoneRebalancing,omitempty"`
}

type service struct {
	ServiceARN               string                          `json:"serviceArn"`
	ServiceName              string                          `json:"serviceName"`
	ClusterARN               string                          `json:"clusterArn"`
	ServiceRegistries        []struct{}                      `json:"serviceRegistries"`
	Status                   string                          `json:"status"`
	DesiredCount             int                             `json:"desiredCount"`
	RunningCount             int                             `json:"runningCount"`
	PendingCount             int                             `json:"pendingCount"`
	PlatformFamily           string                          `json:"platformFamily,omitempty"`
	Deployments              []deployment                    `json:"deployments"`
	RoleARN                  string                          `json:"roleArn,omitempty"`
	Events                   []serviceEvent                  `json:"events"`
	CreatedAt                wire.Time                       `json:"createdAt"`
	CurrentServiceDeployment string                          `json:"currentServiceDeployment,omitempty"`
	CurrentServiceRevisions  []serviceCurrentRevisionSummary `json:"currentServiceRevisions,omitempty"`
	SchedulingStrategy       string                          `json:"schedulingStrategy"`
	DeploymentController     *deploymentController           `json:"deploymentController"`
	Tags                     []tag                           `json:"tags,omitempty"`
	CreatedBy                string                          `json:"createdBy,omitempty"`
	ResourceManagementType   string                          `json:"resourceManagementType,omitempty"`
	settings
}

type serviceRevisionSummary struct {
	ARN                string `json:"arn"`
	RequestedTaskCount int    `json:"requestedTaskCount"`
	RunningTaskCount   int    `json:"runningTaskCount"`
	PendingTaskCount   int    `json:"pendingTaskCount"`
}

type rollback struct {
	Reason             string    `json:"reason"`
	StartedAt          wire.Time `json:"startedAt"`
	ServiceRevisionARN string    `json:"serviceRevisionArn"`
}

type serviceDeploymentCircuitBreaker struct {
	Status       string `json:"status"`
	FailureCount int    `json:"failureCount"`
	Threshold    int    `json:"threshold"`
}

type serviceDeploymentAlarms struct {
	Status     string   `json:"status"`
	AlarmNames []string `json:"alarmNames,omitempty"`
}

type serviceDeployment struct {
	ServiceDeploymentARN     string                           `json:"serviceDeploymentArn"`
	ServiceARN               string                           `json:"serviceArn"`
	ClusterARN               string                           `json:"clusterArn"`
	CreatedAt                wire.Time                        `json:"createdAt"`
	StartedAt                wire.Time                        `json:"startedAt,omitzero"`
	FinishedAt               wire.Time                        `json:"finishedAt,omitzero"`
	StoppedAt                wire.Time                        `json:"stoppedAt,omitzero"`
	UpdatedAt                wire.Time                        `json:"updatedAt,omitzero"`
	SourceServiceRevisions   []serviceRevisionSummary         `json:"sourceServiceRevisions"`
	TargetServiceRevision    *serviceRevisionSummary          `json:"targetServiceRevision,omitempty"`
	Status                   string                           `json:"status"`
	StatusReason             string                           `json:"statusReason,omitempty"`
	DeploymentConfiguration  *deploymentConfiguration         `json:"deploymentConfiguration,omitempty"`
	Rollback                 *rollback                        `json:"rollback,omitempty"`
	DeploymentCircuitBreaker *serviceDeploymentCircuitBreaker `json:"deploymentCircuitBreaker,omitempty"`
	Alarms                   *serviceDeploymentAlarms         `json:"alarms,omitempty"`
}

// serviceDeploymentBrief is a line of ListServiceDeployments.
type serviceDeploymentBrief struct {
	ServiceDeploymentARN     string    `json:"serviceDeploymentArn"`
	ServiceARN               string    `json:"serviceArn"`
	ClusterARN               string    `json:"clusterArn"`
	StartedAt                wire.Time `json:"startedAt,omitzero"`
	CreatedAt                wire.Time `json:"createdAt"`
	FinishedAt               wire.Time `json:"finishedAt,omitzero"`
	TargetServiceRevisionARN string    `json:"targetServiceRevisionArn"`
	Status                   string    `json:"status"`
	StatusReason             string    `json:"statusReason,omitempty"`
}

type containerImage struct {
	ContainerName string `json:"containerName"`
	ImageDigest   string `json:"imageDigest,omitempty"`
	Image         string `json:"image"`
}

type serviceRevision struct {
	ServiceRevisionARN       string                         `json:"serviceRevisionArn"`
	ServiceARN               string                         `json:"serviceArn"`
	ClusterARN               string                         `json:"clusterArn"`
	TaskDefinition           string                         `json:"taskDefinition"`
	CapacityProviderStrategy []capacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	LaunchType               string                         `json:"launchType,omitempty"`
	PlatformVersion          string                         `json:"platformVersion,omitempty"`
	PlatformFamily           string                         `json:"platformFamily,omitempty"`
	LoadBalancers            []loadBalancer                 `json:"loadBalancers,omitempty"`
	NetworkConfiguration     *networkConfiguration          `json:"networkConfiguration,omitempty"`
	ContainerImages          []containerImage               `json:"containerImages"`
	GuardDutyEnabled         bool                           `json:"guardDutyEnabled"`
	CreatedAt                wire.Time                      `json:"createdAt"`
}

type failure struct {
	ARN    string `json:"arn,omitempty"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}
