package targets

import "slices"

// scope is what permissions are given on.
type scope string

const (
	onEverything   scope = "Reads"
	onRetiring     scope = "Deregister"
	onStacks       scope = "Stacks"
	onAnyStack     scope = "AnyStack"
	onCapacity     scope = "Cluster"
	onService      scope = "Service"
	onRevisions    scope = "TaskDefinition"
	onTasks        scope = "Tasks"
	onInCluster    scope = "InCluster" // lists of what a cluster has
	onRepository   scope = "Repository"
	onOtherStacks  scope = "OtherStacks" // of the environments that images come from
	onOtherImages  scope = "OtherImages"
	onBases        scope = "Bases"
	onLogs         scope = "Logs"
	onAlarms       scope = "Alarms"
	onNew          scope = "New"          // what is made gets the tags of the stacks
	onNewTags      scope = "NewTags"      // which it gets as it is made
	onNewBalancing scope = "NewBalancing" // likewise
	onOwn          scope = "Own"          // what has the tags of the stacks
	onBroughtVPC   scope = "BroughtVPC"
	onCertificate  scope = "Certificate"
	onRoles        scope = "Roles"
	onBoundedRoles scope = "BoundedRoles" // what could give a role more than its boundary lets through
	onSecrets      scope = "Secrets"
	onPassing      scope = "PassRoles"
	onTaskPolicies scope = "TaskPolicies"
	onServiceRoles scope = "LinkedRoles"
)

// byNameAlone are the scopes that are limited by names alone. One statement has them all, which is shorter and allows nothing more: the
// services of AWS have no resources in common, and within a service what does not fit together, such as deleting a service
// that is a cluster, is nothing that can be asked for.
var byNameAlone = []scope{onStacks, onCapacity, onService, onTasks, onRepository, onLogs, onAlarms, onCertificate, onSecrets}

// sid is the name of the statement that a scope stands in.
func (s scope) sid() string {
	if slices.Contains(byNameAlone, s) {
		return "Named"
	}
	return string(s)
}

// permittedCall is an operation that targets call.
type permittedCall struct {
	operation string   // as the embedded AWS names it; those of the registry are HTTP methods
	actions   []string // that it needs
	on        scope
	why       string
}

// called needs the action of its own name.
func called(operation string, on scope, why string) permittedCall {
	return permittedCall{operation, []string{operation}, on, why}
}

// permittedCalls are all operations that targets call. What they need is in the Service Authorization Reference:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var permittedCalls = []permittedCall{
	called("cloudformation:DescribeStacks", onStacks, "how a stack stands, and its outputs"),
	called("cloudformation:DescribeStackEvents", onStacks, "progress, and who began what is under way"),
	called("cloudformation:GetTemplate", onStacks, "whether there is anything to change"),
	{"cloudformation:CreateChangeSet", []string{"cloudformation:CreateChangeSet", "cloudformation:TagResource"}, onStacks, "what a deployment would change"},
	called("cloudformation:DescribeChangeSet", onStacks, "what a deployment would change"),
	called("cloudformation:ExecuteChangeSet", onStacks, "deployments, restarts and rollbacks"),
	called("cloudformation:DeleteChangeSet", onStacks, "change sets that were only looked at"),
	called("cloudformation:ListChangeSets", onStacks, "change sets that an attempt left behind"),
	called("cloudformation:UpdateTerminationProtection", onStacks, "protected environments"),
	called("cloudformation:DeleteStack", onStacks, "infra:destroy, and a stack whose creation failed"),
	called("cloudformation:CancelUpdateStack", onStacks, "a rollback during an update that ECS cannot end"),
	called("cloudformation:ContinueUpdateRollback", onStacks, "a stack whose rollback failed"),
	called("cloudformation:RollbackStack", onStacks, "a stack that was told not to roll back"),
	called("cloudformation:DetectStackDrift", onStacks, "infra:status, and what was changed by other means"),
	called("cloudformation:DescribeStackDriftDetectionStatus", onEverything, "infra:status"),
	called("cloudformation:DescribeStackResourceDrifts", onStacks, "infra:status"),

	called("ecs:DescribeServices", onService, "how the service stands"),
	called("ecs:ListServices", onInCluster, "infra:deploy, what runs on the infra stack, and which services are left behind"),
	called("ecs:UpdateService", onService, "service:scale, the start from 0, and a rollback past a stack that is stuck"),
	called("ecs:ListServiceDeployments", onService, "which revisions were deployed successfully"),
	called("ecs:DescribeServiceRevisions", onService, "which images they had"),
	called("ecs:StopServiceDeployment", onService, "a release that fails, and a rollback during one"),
	called("ecs:DescribeTaskDefinition", onEverything, "the image of a revision"),
	called("ecs:ListTaskDefinitions", onEverything, "which revisions are active"),
	called("ecs:DeregisterTaskDefinition", onRetiring, "service:prune, and service:run where it registered a revision"),
	called("ecs:ListTasks", onInCluster, "the tasks of a deployment"),
	called("ecs:DescribeTasks", onTasks, "why tasks stopped"),
	called("ecs:RunTask", onRevisions, "service:run"),
	{"ecs:RegisterTaskDefinition", []string{"ecs:RegisterTaskDefinition", "ecs:TagResource"}, onRevisions, "service:run, where the image's entry point would swallow the command"},
	{"ecs:RegisterTaskDefinition", []string{"iam:PassRole"}, onPassing, "service:run, likewise"},
	{"ecs:RunTask", []string{"iam:PassRole"}, onPassing, "service:run"},
	{"ecs:RunTask", []string{"ecs:TagResource"}, onTasks, "service:run"},

	called("ecs:DescribeServiceDeployments", onService, "how a deployment went, and its alarms"),

	called("iam:GetRole", onRoles, "service:verify, the first step of a deployment"),
	called("iam:ListRolePolicies", onRoles, "service:verify"),
	called("iam:GetRolePolicy", onRoles, "service:verify"),
	called("iam:ListAttachedRolePolicies", onRoles, "service:verify"),
	called("secretsmanager:DescribeSecret", onSecrets, "service:verify"),
	called("ssm:GetParameters", onSecrets, "service:verify, which asks for no value to be decrypted"),
	// The value of a secret is read for the JSON keys that it has. Who deploys need not be able to: service:verify
	// notes then that the keys are not checked.
	{"secretsmanager:GetSecretValue", nil, onSecrets, "service:verify, where somebody permits it"},
	called("logs:DescribeLogGroups", onEverything, "service:verify"),
	called("elasticloadbalancing:DescribeLoadBalancers", onEverything, "service:verify"),
	called("elasticloadbalancing:DescribeListeners", onEverything, "service:verify"),
	called("elasticloadbalancing:DescribeTargetGroups", onEverything, "service:verify"),
	called("ec2:DescribeSubnets", onEverything, "service:verify"),
	called("ec2:DescribeVpcs", onEverything, "infra:deploy, whether a network that is brought is there"),
	called("acm:DescribeCertificate", onCertificate, "infra:deploy, whether the certificate is issued"),
	called("ec2:DescribeRouteTables", onEverything, "service:verify"),
	called("ec2:DescribeSecurityGroups", onEverything, "service:verify"),
	called("ec2:DescribeVpcEndpoints", onEverything, "service:verify"),

	// Whose what exists is may be any stack.
	called("cloudformation:DescribeStackResources", onAnyStack, "infra:adopt, which stack has what exists, and what the service stack has made"),
	called("ecs:DescribeClusters", onCapacity, "infra:adopt, the settings that it has"),
	called("ecr:DescribeRepositories", onRepository, "infra:adopt, the settings that it has"),
	called("ecr:GetLifecyclePolicy", onRepository, "infra:adopt, the settings that it has"),

	called("elasticloadbalancing:DescribeTargetHealth", onEverything, "health of the tasks"),
	called("logs:GetLogEvents", onLogs, "last lines of a task that failed"),
	called("logs:FilterLogEvents", onLogs, "service:logs, service:run"),
	called("application-autoscaling:DescribeScalableTargets", onEverything, "service:status, and whether auto-scaling is there"),
	called("application-autoscaling:DescribeScalingPolicies", onEverything, "service:status, and whether auto-scaling is there"),
	called("application-autoscaling:DescribeScheduledActions", onEverything, "whether auto-scaling is there"),

	called("ecr:GetAuthorizationToken", onEverything, "image:push"),
	called("ecr:DescribeImages", onRepository, "the digest of an image"),
	called("ecr:BatchGetImage", onRepository, "image:list, and what an image says of its program"),
	called("cloudformation:DescribeStacks", onOtherStacks, "image:promote, where the image comes from"),
	called("ecr:DescribeImages", onOtherImages, "image:promote, which digest it has there"),
	called("ecr:ListImages", onOtherImages, "image:promote, the image of a commit under another name"),
	// Layers that are mounted are not read, and need the same permission.
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
	{"registry:GET", []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, onOtherImages, "image:promote, what is copied"},
	{"registry:GET", []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, onBases, "image:push, the image underneath"},
	called("ecr:ListImages", onRepository, "tags of what was deployed, the image of a commit under another name, and what a deletion loses"),
	called("ecr:BatchDeleteImage", onRepository, "infra:destroy, where images are in the way"),
	{"registry:HEAD", []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"}, onRepository, "what is there is not sent again"},
	{"registry:GET", []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, onRepository, "manifests"},
	{"registry:POST", []string{"ecr:InitiateLayerUpload"}, onRepository, "uploads"},
	{"registry:PATCH", []string{"ecr:UploadLayerPart"}, onRepository, "uploads"},
	{"registry:PUT", []string{"ecr:CompleteLayerUpload", "ecr:PutImage"}, onRepository, "uploads and manifests"},
}

// permittedResources is what CloudFormation does with a resource of a type, as the role that deploys: creating it,
// changing it, reading it for drift, deleting it.
var permittedResources = map[string]map[scope][]string{
	"AWS::ApplicationAutoScaling::ScalableTarget": {
		onNew: {"application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"},
		onOwn: {
			"application-autoscaling:RegisterScalableTarget", "application-autoscaling:DeregisterScalableTarget",
			"application-autoscaling:PutScheduledAction", "application-autoscaling:DeleteScheduledAction",
			"application-autoscaling:TagResource", "application-autoscaling:UntagResource", "application-autoscaling:ListTagsForResource",
		},
		onEverything:   {"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScheduledActions"},
		onServiceRoles: {"iam:CreateServiceLinkedRole"},
	},
	"AWS::ApplicationAutoScaling::ScalingPolicy": {
		onOwn:        {"application-autoscaling:PutScalingPolicy", "application-autoscaling:DeleteScalingPolicy"},
		onEverything: {"application-autoscaling:DescribeScalingPolicies"},
		// https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
		onAlarms: {"cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"},
	},
	"AWS::CloudWatch::Alarm": {
		onAlarms: {
			"cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms",
			"cloudwatch:TagResource", "cloudwatch:UntagResource", "cloudwatch:ListTagsForResource",
		},
	},
	"AWS::EC2::EIP": {
		onNew:        {"ec2:AllocateAddress"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:ReleaseAddress", "ec2:CreateTags", "ec2:DeleteTags"},
		onEverything: {"ec2:DescribeAddresses"},
	},
	"AWS::EC2::InternetGateway": {
		onNew:        {"ec2:CreateInternetGateway"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:DeleteInternetGateway", "ec2:CreateTags", "ec2:DeleteTags"},
		onEverything: {"ec2:DescribeInternetGateways"},
	},
	"AWS::EC2::NatGateway": {
		onNew:        {"ec2:CreateNatGateway"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:CreateNatGateway", "ec2:DeleteNatGateway", "ec2:CreateTags", "ec2:DeleteTags"}, // in a subnet, with an address
		onEverything: {"ec2:DescribeNatGateways"},
	},
	"AWS::EC2::Route": {
		onOwn:        {"ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"},
		onEverything: {"ec2:DescribeRouteTables"},
	},
	"AWS::EC2::RouteTable": {
		onNew:        {"ec2:CreateRouteTable"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:CreateRouteTable", "ec2:DeleteRouteTable", "ec2:CreateTags", "ec2:DeleteTags"}, // in a VPC
		onEverything: {"ec2:DescribeRouteTables"},
	},
	"AWS::EC2::SecurityGroup": {
		onNew:        {"ec2:CreateSecurityGroup"},
		onNewTags:    {"ec2:CreateTags"},
		onBroughtVPC: {"ec2:CreateSecurityGroup"},
		onOwn: {
			"ec2:CreateSecurityGroup", // in a VPC
			"ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress",
			"ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress",
			"ec2:UpdateSecurityGroupRuleDescriptionsIngress", "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
			"ec2:DeleteSecurityGroup", "ec2:CreateTags", "ec2:DeleteTags",
		},
		onEverything: {"ec2:DescribeSecurityGroups"},
	},
	"AWS::EC2::SecurityGroupEgress": {
		onOwn:        {"ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress", "ec2:UpdateSecurityGroupRuleDescriptionsEgress"},
		onEverything: {"ec2:DescribeSecurityGroupRules"},
	},
	"AWS::EC2::Subnet": {
		onNew:        {"ec2:CreateSubnet"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:CreateSubnet", "ec2:ModifySubnetAttribute", "ec2:DeleteSubnet", "ec2:CreateTags", "ec2:DeleteTags"}, // in a VPC
		onEverything: {"ec2:DescribeSubnets", "ec2:DescribeAvailabilityZones"},
	},
	"AWS::EC2::SubnetRouteTableAssociation": {
		onOwn:        {"ec2:AssociateRouteTable", "ec2:ReplaceRouteTableAssociation", "ec2:DisassociateRouteTable"},
		onEverything: {"ec2:DescribeRouteTables"},
	},
	"AWS::EC2::VPC": {
		onNew:        {"ec2:CreateVpc"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:DescribeVpcAttribute", "ec2:ModifyVpcAttribute", "ec2:DeleteVpc", "ec2:CreateTags", "ec2:DeleteTags"},
		onEverything: {"ec2:DescribeVpcs", "ec2:DescribeNetworkAcls", "ec2:DescribeSecurityGroups"},
	},
	"AWS::EC2::VPCEndpoint": {
		onNew:        {"ec2:CreateVpcEndpoint"},
		onNewTags:    {"ec2:CreateTags"},
		onOwn:        {"ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint", "ec2:DeleteVpcEndpoints", "ec2:CreateTags", "ec2:DeleteTags"}, // in a VPC, with route tables
		onEverything: {"ec2:DescribeVpcEndpoints"},
	},
	"AWS::EC2::VPCGatewayAttachment": {
		onOwn:        {"ec2:AttachInternetGateway", "ec2:DetachInternetGateway"},
		onEverything: {"ec2:DescribeInternetGateways", "ec2:DescribeVpcs"},
	},
	"AWS::ECR::Repository": {
		onRepository: {
			"ecr:CreateRepository", "ecr:DeleteRepository", "ecr:DescribeRepositories", "ecr:GetRepositoryPolicy",
			"ecr:PutLifecyclePolicy", "ecr:GetLifecyclePolicy", "ecr:DeleteLifecyclePolicy",
			"ecr:PutImageTagMutability", "ecr:PutImageScanningConfiguration",
			"ecr:TagResource", "ecr:UntagResource", "ecr:ListTagsForResource",
		},
	},
	"AWS::ECS::Cluster": {
		onCapacity: {
			"ecs:CreateCluster", "ecs:DeleteCluster", "ecs:DescribeClusters", "ecs:UpdateCluster", "ecs:UpdateClusterSettings",
			"ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UntagResource",
		},
		onServiceRoles: {"iam:CreateServiceLinkedRole"},
	},
	"AWS::ECS::Service": {
		onService: {"ecs:CreateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:UpdateService", "ecs:TagResource", "ecs:UntagResource"},
	},
	"AWS::ECS::TaskDefinition": {
		onRevisions:  {"ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource"},
		onRetiring:   {"ecs:DeregisterTaskDefinition"},
		onEverything: {"ecs:DescribeTaskDefinition"},
		onPassing:    {"iam:PassRole"},
	},
	"AWS::ElasticLoadBalancingV2::Listener": {
		onNewBalancing: {"elasticloadbalancing:AddTags"},
		onOwn: {
			"elasticloadbalancing:CreateListener", // of a load balancer
			"elasticloadbalancing:ModifyListener", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:ModifyListenerAttributes",
			"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags",
		},
		onEverything: {"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeListenerAttributes", "elasticloadbalancing:DescribeTags"},
	},
	"AWS::ElasticLoadBalancingV2::ListenerRule": {
		onNewBalancing: {"elasticloadbalancing:AddTags"},
		onOwn: {
			"elasticloadbalancing:CreateRule", // of a listener
			"elasticloadbalancing:ModifyRule", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:SetRulePriorities",
			"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags",
		},
		onEverything: {"elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags"},
	},
	"AWS::ElasticLoadBalancingV2::LoadBalancer": {
		onNew:          {"elasticloadbalancing:CreateLoadBalancer"},
		onNewBalancing: {"elasticloadbalancing:AddTags"},
		onOwn: {
			"elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:SetIpAddressType",
			"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets", "elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags",
		},
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
		onEverything: {
			"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeTags",
			"ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeInternetGateways", "ec2:DescribeSecurityGroups",
			"ec2:DescribeSubnets", "ec2:DescribeVpcs",
		},
		onServiceRoles: {"iam:CreateServiceLinkedRole"},
	},
	"AWS::ElasticLoadBalancingV2::TargetGroup": {
		onNew:          {"elasticloadbalancing:CreateTargetGroup"},
		onNewBalancing: {"elasticloadbalancing:AddTags"},
		onOwn: {
			"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:DeleteTargetGroup",
			"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags",
		},
		onEverything: {"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTags"},
	},
	"AWS::IAM::Role": {
		onRoles: {
			"iam:DeleteRole", "iam:GetRole", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:GetRolePolicy", "iam:DeleteRolePolicy",
			"iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:TagRole", "iam:UntagRole",
		},
		onBoundedRoles: {"iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", putBoundary},
		onTaskPolicies: {"iam:AttachRolePolicy", "iam:DetachRolePolicy"},
	},
	"AWS::Logs::LogGroup": {
		onLogs: {
			"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy",
			"logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource",
		},
		onEverything: {"logs:DescribeLogGroups"},
	},
}

// putBoundary is granted where there is a boundary. What takes one away, iam:DeleteRolePermissionsBoundary, never is.
const putBoundary = "iam:PutRolePermissionsBoundary"
