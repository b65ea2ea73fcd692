package ecs

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"

// The shapes of tasks. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html

type attachment struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Status  string         `json:"status"`
	Details []keyValuePair `json:"details"`
}

type attribute struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

type networkInterface struct {
	AttachmentID       string `json:"attachmentId"`
	PrivateIPv4Address string `json:"privateIpv4Address,omitempty"`
}

type container struct {
	ContainerARN      string             `json:"containerArn"`
	TaskARN           string             `json:"taskArn"`
	Name              string             `json:"name"`
	Image             string             `json:"image"`
	ImageDigest       string             `json:"imageDigest,omitempty"`
	RuntimeID         string             `json:"runtimeId,omitempty"`
	LastStatus        string             `json:"lastStatus"`
	ExitCode          *int               `json:"exitCode,omitempty"`
	Reason            string             `json:"reason,omitempty"`
	NetworkBindings   []struct{}         `json:"networkBindings"`
	NetworkInterfaces []networkInterface `json:"networkInterfaces"`
	HealthStatus      string             `json:"healthStatus,omitempty"`
	CPU               string             `json:"cpu,omitempty"`
	Memory            string             `json:"memory,omitempty"`
	MemoryReservation string             `json:"memoryReservation,omitempty"`
}

type containerOverride struct {
	Name              string         `json:"name,omitempty"`
	Command           []string       `json:"command,omitempty"`
	Environment       []keyValuePair `json:"environment,omitempty"`
	CPU               *int           `json:"cpu,omitempty"`
	Memory            *int           `json:"memory,omitempty"`
	MemoryReservation *int           `json:"memoryReservation,omitempty"`
}

type taskOverride struct {
	ContainerOverrides []containerOverride `json:"containerOverrides"`
	CPU                string              `json:"cpu,omitempty"`
	ExecutionRoleARN   string              `json:"executionRoleArn,omitempty"`
	Memory             string              `json:"memory,omitempty"`
	TaskRoleARN        string              `json:"taskRoleArn,omitempty"`
	EphemeralStorage   *ephemeralStorage   `json:"ephemeralStorage,omitempty"`

	InferenceAcceleratorOverrides []struct{} `json:"inferenceAcceleratorOverrides"` // always empty on Fargate
}

type task struct {
	Attachments             []attachment      `json:"attachments"`
	Attributes              []attribute       `json:"attributes,omitempty"`
	AvailabilityZone        string            `json:"availabilityZone,omitempty"`
	CapacityProviderName    string            `json:"capacityProviderName,omitempty"`
	ClusterARN              string            `json:"clusterArn"`
	Connectivity            string            `json:"connectivity,omitempty"`
	ConnectivityAt          wire.Time         `json:"connectivityAt,omitzero"`
	Containers              []container       `json:"containers"`
	CPU                     string            `json:"cpu,omitempty"`
	CreatedAt               wire.Time         `json:"createdAt"`
	DesiredStatus           string            `json:"desiredStatus"`
	EnableExecuteCommand    bool              `json:"enableExecuteCommand"`
	ExecutionStoppedAt      wire.Time         `json:"executionStoppedAt,omitzero"`
	Group                   string            `json:"group"`
	HealthStatus            string            `json:"healthStatus"`
	InferenceAccelerators   []struct{}        `json:"inferenceAccelerators"` // always empty on Fargate
	LastStatus              string            `json:"lastStatus"`
	LaunchType              string            `json:"launchType,omitempty"`
	Memory                  string            `json:"memory,omitempty"`
	Overrides               *taskOverride     `json:"overrides"`
	PlatformVersion         string            `json:"platformVersion,omitempty"`
	PlatformFamily          string            `json:"platformFamily,omitempty"`
	PullStartedAt           wire.Time         `json:"pullStartedAt,omitzero"`
	PullStoppedAt           wire.Time         `json:"pullStoppedAt,omitzero"`
	StartedAt               wire.Time         `json:"startedAt,omitzero"`
	StartedBy               string            `json:"startedBy,omitempty"`
	StopCode                string            `json:"stopCode,omitempty"`
	StoppedAt               wire.Time         `json:"stoppedAt,omitzero"`
	StoppedReason           string            `json:"stoppedReason,omitempty"`
	StoppingAt              wire.Time         `json:"stoppingAt,omitzero"`
	Tags                    []tag             `json:"tags,omitempty"`
	TaskARN                 string            `json:"taskArn"`
	TaskDefinitionARN       string            `json:"taskDefinitionArn"`
	Version                 int64             `json:"version"`
	EphemeralStorage        *ephemeralStorage `json:"ephemeralStorage,omitempty"`
	FargateEphemeralStorage *ephemeralStorage `json:"fargateEphemeralStorage,omitempty"`
}
