package cfn

// Parameters of the service stack that no output of the infra stack fills.
const (
	// ParameterImage is the digest-pinned reference of the container image.
	ParameterImage = "ImageUri"
	// ParameterPinned is the ARN of a task definition revision that takes the place of the stack's own;
	// empty by default. Rollbacks set it, the next deployment clears it.
	ParameterPinned = "PinnedTaskDefinition"
	// ParameterRestart replaces all tasks when its value changes. It keeps its value otherwise.
	ParameterRestart = "RestartNonce"
	// ParameterContainer and ParameterPort say where requests go: the name of the container and its port. Their defaults are
	// those of the stack's own revision; rollbacks set those of the pinned one. Absent where no requests come.
	ParameterContainer = "ContainerName"
	ParameterPort      = "ContainerPort"
)

// Outputs of the infra stack. Every parameter of the service stack that bears the name of one is filled
// from it when the service is deployed; the stacks share no exports, which would lock the infra stack.
const (
	OutputVPC                = "VpcId"
	OutputPrivateSubnets     = "PrivateSubnetIds" // comma-separated
	OutputServiceSecurity    = "ServiceSecurityGroupId"
	OutputCluster            = "ClusterName"
	OutputRepository         = "RepositoryName"
	OutputRepositoryURI      = "RepositoryUri"
	OutputExecutionRole      = "ExecutionRoleArn"
	OutputTaskRole           = "TaskRoleArn"
	OutputLogGroup           = "LogGroupName"
	OutputTargetGroup        = "TargetGroupArn"
	OutputTargetGroupName    = "TargetGroupFullName"  // targetgroup/name/id, of metrics
	OutputLoadBalancerName   = "LoadBalancerFullName" // app/name/id, of metrics
	OutputLoadBalancerDomain = "LoadBalancerDnsName"
	OutputURL                = "ServiceUrl"
	// OutputContract is the version of this list. A service template that needs a newer one than the
	// infra stack has says so before anything changes.
	OutputContract = "ContractVersion"
	// OutputProvides lists, comma-separated, what the infra stack was made for beyond its outputs: the container's
	// port and the secrets that the execution role may read. [App.CheckInfra] compares it.
	OutputProvides = "Provides"
)

// ContractVersion is the value of [OutputContract]: raised whenever a service template needs something of the
// infra stack that an older one does not have.
const ContractVersion = "1"

// ResourceService is the logical id of the ECS service in the service stack: its tasks are shown below it.
const ResourceService = "Service"

// ResourceTaskDefinition is the logical id of the stack's own task definition in the service stack.
const ResourceTaskDefinition = "TaskDefinition"

// Outputs of the service stack.
const (
	OutputService                = "ServiceName"
	OutputTaskDefinition         = "TaskDefinitionArn"         // the stack's own revision
	OutputDeployedTaskDefinition = "DeployedTaskDefinitionArn" // the one in the service: pinned or own
	// OutputImage is the image of the stack's own revision. The output is absent while a revision is pinned,
	// because then another image runs.
	OutputImage = "DeployedImageUri"
)
