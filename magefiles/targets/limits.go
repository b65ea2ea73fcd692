package targets

// limit of a statement: what its actions are limited by, and why by nothing narrower.
type limit struct{ by, why string }

// Words of several limits.
const (
	byNames   = "names of the environment"
	roleName  = "CloudFormation chooses the end of the name. It cuts the name of a stack that is too long, which `infra:policy` says"
	wholeName = "it is all of the name, or all but what AWS adds to it"
)

// limits of all statements. What AWS lets an action be limited by is in the Service Authorization Reference:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var limits = map[scope]limit{
	onEverything:   {"nothing", "they only read, and AWS takes neither a resource nor a condition for them"},
	onRetiring:     {"nothing", "AWS takes neither a resource nor a condition for it. A revision that is deregistered goes on running, and cannot be deployed again: the one thing that this role can do to another environment"},
	onStacks:       {byNames, wholeName},
	onAnyStack:     {"account and region", "which stack has something is what is asked; it only reads"},
	onCapacity:     {byNames, wholeName},
	onService:      {"cluster of the environment", "it has no other services"},
	onRevisions:    {byNames + "; to run, its cluster", wholeName},
	onTasks:        {"cluster of the environment", "it has no other tasks"},
	onInCluster:    {"cluster of the environment", "they only read; of the other keys none tells services apart"},
	onRepository:   {byNames, wholeName},
	onOtherStacks:  {"names of the App's infra stacks", "an image may come from any of its environments; it only reads"},
	onBases:        {"names of the repositories in `App.Image.Base`", "it only reads; account and region are those of the base"},
	onOtherImages:  {"names and tag of the App's repositories", "an image may come from any of its environments; it only reads"},
	onLogs:         {byNames, wholeName},
	onAlarms:       {byNames, "it is all of the name; that of an alarm of auto-scaling begins with its service's"},
	onNew:          {"region, and tags of the environment, which what is made has to get; what has another environment's is refused", "AWS chooses the identifier of what is made"},
	onNewTags:      {"being made by the same request", "`New` and `Own` say what may be made"},
	onNewBalancing: {"being made by the same request", "`New` and `Own` say what may be made"},
	onOwn:          {"region and tags of the environment", "AWS chooses the identifiers, and cuts the names of load balancers to what several environments share"},
	onBroughtVPC:   {"the VPC that is brought", wholeName},
	onCertificate:  {"the certificate", wholeName},
	onRoles:        {"names of the stacks' roles", roleName},
	onBoundedRoles: {"names of the stacks' roles, and `PermissionsBoundary`; where there is none, all but the second stand in `Roles`", roleName},
	onSecrets:      {"the secrets of the configuration", wholeName},
	onPassing:      {"names of the stacks' roles, and ECS tasks as those who get them", "of tags of a role that is passed AWS gives no reliable answer"},
	onTaskPolicies: {"name of the task role, `TaskPolicies`, and `PermissionsBoundary` where there is one", roleName},
	onServiceRoles: {"the services whose roles they are", "AWS chooses the names; each is made once in an account"},
}
