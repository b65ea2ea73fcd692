package cfn

// Parameters of the service stack that no output of the infra stack fills.
const (
	// ParameterImage is the digest-pinned reference of the container image.
	ParameterImage = "ImageUri"
	// ParameterPinned is the ARN of a task definition revision that takes the place of the stack's own;
	// empty by default. Rollbacks set it, the next deployment clears it.
	ParameterPinned = "PinnedTaskDefinition"
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
)

// Outputs of the service stack.
const (
	OutputService                = "ServiceName"
	OutputTaskDefinition         = "TaskDefinitionArn"        // the stack's own revision
	OutputDeployedTaskDefinition = "DeployedTaskDefinitionArn" // the one in the service: pinned or own
	OutputImage                  = "DeployedImageUri"
)
