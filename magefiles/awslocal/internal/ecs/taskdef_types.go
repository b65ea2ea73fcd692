package ecs

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"

// The shapes of a task definition, as they travel and as they are stored. Members that Fargate does not take
// (Docker and FSx volumes, inference accelerators, App Mesh proxies) are left out and so refused.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html

type repositoryCredentials struct {
	CredentialsParameter string `json:"credentialsParameter,omitempty"`
}

type portMapping struct {
	ContainerPort      int    `json:"containerPort,omitempty"`
	HostPort           int    `json:"hostPort,omitempty"`
	Protocol           string `json:"protocol,omitempty"`
	Name               string `json:"name,omitempty"`
	AppProtocol        string `json:"appProtocol,omitempty"`
	ContainerPortRange string `json:"containerPortRange,omitempty"`
}

type containerRestartPolicy struct {
	Enabled              bool  `json:"enabled,omitempty"`
	IgnoredExitCodes     []int `json:"ignoredExitCodes,omitempty"`
	RestartAttemptPeriod *int  `json:"restartAttemptPeriod,omitempty"`
}

type keyValuePair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type environmentFile struct {
	Value string `json:"value,omitempty"`
	Type  string `json:"type,omitempty"`
}

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume,omitempty"`
	ContainerPath string `json:"containerPath,omitempty"`
	ReadOnly      *bool  `json:"readOnly,omitempty"`
}

type volumeFrom struct {
	SourceContainer string `json:"sourceContainer,omitempty"`
	ReadOnly        *bool  `json:"readOnly,omitempty"`
}

type kernelCapabilities struct {
	Add  []string `json:"add,omitempty"`
	Drop []string `json:"drop,omitempty"`
}

type device struct {
	HostPath      string   `json:"hostPath,omitempty"`
	ContainerPath string   `json:"containerPath,omitempty"`
	Permissions   []string `json:"permissions,omitempty"`
}

type tmpfs struct {
	ContainerPath string   `json:"containerPath,omitempty"`
	Size          int      `json:"size"`
	MountOptions  []string `json:"mountOptions,omitempty"`
}

type linuxParameters struct {
	Capabilities       *kernelCapabilities `json:"capabilities,omitempty"`
	Devices            []device            `json:"devices,omitempty"`
	InitProcessEnabled *bool               `json:"initProcessEnabled,omitempty"`
	SharedMemorySize   *int                `json:"sharedMemorySize,omitempty"`
	Tmpfs              []tmpfs             `json:"tmpfs,omitempty"`
	MaxSwap            *int                `json:"maxSwap,omitempty"`
	Swappiness         *int                `json:"swappiness,omitempty"`
}

type secret struct {
	Name      string `json:"name,omitempty"`
	ValueFrom string `json:"valueFrom,omitempty"`
}

type containerDependency struct {
	ContainerName string `json:"containerName,omitempty"`
	Condition     string `json:"condition,omitempty"`
}

type hostEntry struct {
	Hostname  string `json:"hostname,omitempty"`
	IPAddress string `json:"ipAddress,omitempty"`
}

type ulimit struct {
	Name      string `json:"name,omitempty"`
	SoftLimit int    `json:"softLimit"`
	HardLimit int    `json:"hardLimit"`
}

type logConfiguration struct {
	LogDriver     string            `json:"logDriver,omitempty"`
	Options       map[string]string `json:"options,omitempty"`
	SecretOptions []secret          `json:"secretOptions,omitempty"`
}

// healthCheck of a container; the defaults of its numbers are those of the API: 30 s, 5 s, 3 and none.
type healthCheck struct {
	Command     []string `json:"command,omitempty"`
	Interval    *int     `json:"interval,omitempty"`
	Timeout     *int     `json:"timeout,omitempty"`
	Retries     *int     `json:"retries,omitempty"`
	StartPeriod *int     `json:"startPeriod,omitempty"`
}

type systemControl struct {
	Namespace string `json:"namespace,omitempty"`
	Value     string `json:"value,omitempty"`
}

type resourceRequirement struct {
	Value string `json:"value,omitempty"`
	Type  string `json:"type,omitempty"`
}

type firelensConfiguration struct {
	Type    string            `json:"type,omitempty"`
	Options map[string]string `json:"options,omitempty"`
}

type containerDefinition struct {
	Name                   string                  `json:"name,omitempty"`
	Image                  string                  `json:"image,omitempty"`
	RepositoryCredentials  *repositoryCredentials  `json:"repositoryCredentials,omitempty"`
	CPU                    int                     `json:"cpu"`
	Memory                 *int                    `json:"memory,omitempty"`
	MemoryReservation      *int                    `json:"memoryReservation,omitempty"`
	Links                  []string                `json:"links,omitempty"`
	PortMappings           []portMapping           `json:"portMappings"`
	Essential              *bool                   `json:"essential"`
	RestartPolicy          *containerRestartPolicy `json:"restartPolicy,omitempty"`
	EntryPoint             []string                `json:"entryPoint,omitempty"`
	Command                []string                `json:"command,omitempty"`
	Environment            []keyValuePair          `json:"environment"`
	EnvironmentFiles       []environmentFile       `json:"environmentFiles,omitempty"`
	MountPoints            []mountPoint            `json:"mountPoints"`
	VolumesFrom            []volumeFrom            `json:"volumesFrom"`
	LinuxParameters        *linuxParameters        `json:"linuxParameters,omitempty"`
	Secrets                []secret                `json:"secrets,omitempty"`
	DependsOn              []containerDependency   `json:"dependsOn,omitempty"`
	StartTimeout           *int                    `json:"startTimeout,omitempty"`
	StopTimeout            *int                    `json:"stopTimeout,omitempty"`
	VersionConsistency     string                  `json:"versionConsistency,omitempty"`
	Hostname               string                  `json:"hostname,omitempty"`
	User                   string                  `json:"user,omitempty"`
	WorkingDirectory       string                  `json:"workingDirectory,omitempty"`
	DisableNetworking      *bool                   `json:"disableNetworking,omitempty"`
	Privileged             *bool                   `json:"privileged,omitempty"`
	ReadonlyRootFilesystem *bool                   `json:"readonlyRootFilesystem,omitempty"`
	DNSServers             []string                `json:"dnsServers,omitempty"`
	DNSSearchDomains       []string                `json:"dnsSearchDomains,omitempty"`
	ExtraHosts             []hostEntry             `json:"extraHosts,omitempty"`
	DockerSecurityOptions  []string                `json:"dockerSecurityOptions,omitempty"`
	Interactive            *bool                   `json:"interactive,omitempty"`
	PseudoTerminal         *bool                   `json:"pseudoTerminal,omitempty"`
	DockerLabels           map[string]string       `json:"dockerLabels,omitempty"`
	Ulimits                []ulimit                `json:"ulimits,omitempty"`
	LogConfiguration       *logConfiguration       `json:"logConfiguration,omitempty"`
	HealthCheck            *healthCheck            `json:"healthCheck,omitempty"`
	SystemControls         []systemControl         `json:"systemControls"`
	ResourceRequirements   []resourceRequirement   `json:"resourceRequirements,omitempty"`
	FirelensConfiguration  *firelensConfiguration  `json:"firelensConfiguration,omitempty"`
	CredentialSpecs        []string                `json:"credentialSpecs,omitempty"`
}

type hostVolumeProperties struct {
	SourcePath string `json:"sourcePath,omitempty"`
}

type efsAuthorizationConfig struct {
	AccessPointID string `json:"accessPointId,omitempty"`
	Iam           string `json:"iam,omitempty" cfn:"IAM"`
}

type efsVolumeConfiguration struct {
	FileSystemID          string                  `json:"fileSystemId,omitempty" cfn:"FilesystemId"`
	RootDirectory         string                  `json:"rootDirectory,omitempty"`
	TransitEncryption     string                  `json:"transitEncryption,omitempty"`
	TransitEncryptionPort *int                    `json:"transitEncryptionPort,omitempty"`
	AuthorizationConfig   *efsAuthorizationConfig `json:"authorizationConfig,omitempty"`
}

type volume struct {
	Name                   string                  `json:"name,omitempty"`
	Host                   *hostVolumeProperties   `json:"host,omitempty"`
	EfsVolumeConfiguration *efsVolumeConfiguration `json:"efsVolumeConfiguration,omitempty" cfn:"EFSVolumeConfiguration"`
	ConfiguredAtLaunch     *bool                   `json:"configuredAtLaunch,omitempty"`
}

type taskDefinitionPlacementConstraint struct {
	Type       string `json:"type,omitempty"`
	Expression string `json:"expression,omitempty"`
}

type runtimePlatform struct {
	CPUArchitecture       string `json:"cpuArchitecture,omitempty"`
	OperatingSystemFamily string `json:"operatingSystemFamily,omitempty"`
}

type ephemeralStorage struct {
	SizeInGiB int `json:"sizeInGiB"`
}

type taskDefinition struct {
	TaskDefinitionARN       string                              `json:"taskDefinitionArn,omitempty"`
	ContainerDefinitions    []containerDefinition               `json:"containerDefinitions,omitempty"`
	Family                  string                              `json:"family,omitempty"`
	TaskRoleARN             string                              `json:"taskRoleArn,omitempty"`
	ExecutionRoleARN        string                              `json:"executionRoleArn,omitempty"`
	NetworkMode             string                              `json:"networkMode,omitempty"`
	Revision                int                                 `json:"revision,omitempty"`
	Volumes                 []volume                            `json:"volumes"`
	Status                  string                              `json:"status,omitempty"`
	RequiresAttributes      []attribute                         `json:"requiresAttributes,omitempty"`
	PlacementConstraints    []taskDefinitionPlacementConstraint `json:"placementConstraints"`
	Compatibilities         []string                            `json:"compatibilities,omitempty"`
	RuntimePlatform         *runtimePlatform                    `json:"runtimePlatform,omitempty"`
	RequiresCompatibilities []string                            `json:"requiresCompatibilities,omitempty"`
	CPU                     string                              `json:"cpu,omitempty"`
	Memory                  string                              `json:"memory,omitempty"`
	PidMode                 string                              `json:"pidMode,omitempty"`
	IpcMode                 string                              `json:"ipcMode,omitempty"`
	RegisteredAt            wire.Time                           `json:"registeredAt,omitzero"`
	DeregisteredAt          wire.Time                           `json:"deregisteredAt,omitzero"`
	DeleteRequestedAt       wire.Time                           `json:"deleteRequestedAt,omitzero"`
	RegisteredBy            string                              `json:"registeredBy,omitempty"`
	EphemeralStorage        *ephemeralStorage                   `json:"ephemeralStorage,omitempty"`
	EnableFaultInjection    *bool                               `json:"enableFaultInjection,omitempty"`
}
