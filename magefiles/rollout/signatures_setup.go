package rollout

import "strings"

// setupSignatures are tasks that cannot be set up: roles, secrets, logs, volumes, and the start of the program.
var setupSignatures = []signature{
	{
		name: "role-pass", says: []string{"not authorized to perform: iam:PassRole"},
		what:   "whoever deploys may not give the task its roles",
		likely: of(ExecutionRole, TaskRole),
		advice: "let the deploying identity do iam:PassRole on the execution role and the task role",
		look:   lookStack, page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
	},
	{
		name: "role-assume", says: []string{"unable to assume the role|unable to assume role"},
		what:   "ECS cannot take on a role of the task",
		likely: of(ExecutionRole, TaskRole),
		advice: "see that the role exists and trusts ecs-tasks.amazonaws.com; the infra stack restores its own: go tool mage infra:deploy {env}",
		look:   lookService, page: pageEvents,
	},
	{
		name: "role-changed", source: fromEvent, says: []string{"IAM permissions policies have been misconfigured|IAM trust relationship has been misconfigured"},
		what:   "a role that ECS needs was changed",
		advice: "restore the role's policies and trust: go tool mage infra:deploy {env}",
		look:   lookService, page: pageEvents,
	},

	// Programs that cannot be started at all. These texts hold ResourceInitializationError too, and so come first.
	{
		name: "program-denied", says: []string{"runtime create failed|CannotStartContainerError|CannotCreateContainerError", "permission denied"},
		what:   "the program may not be executed",
		likely: of(EntryPoint, Command, User, Image),
		advice: "make the entry point executable in the image (chmod +x), for Container.User too",
		look:   lookTask, page: pageStart,
	},
	{
		name: "program-missing", says: []string{"runtime create failed|CannotStartContainerError|CannotCreateContainerError", "no such file or directory|executable file not found"},
		what:   "the program is not in the image",
		likely: of(EntryPoint, Command, Image),
		advice: "look at Image.Entrypoint and Container.Command: the path inside the image, and the interpreter that a script names",
		look:   lookDefinition, page: pageStart,
	},
	{
		name: "user-missing", says: []string{"unable to find user|no matching entries in passwd file"},
		what:   "the user is not known to the image",
		likely: of(User, Image),
		advice: "set Container.User to a number such as 1000:1000, or add the user to the image",
		look:   lookDefinition, page: pageStart,
	},

	{
		name: "secret-key", says: []string{"did not contain json key"},
		what:   "the secret lacks the JSON key",
		likely: ofSecret,
		advice: "add the key to the secret, or mend the key in Secrets",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "secret-undecryptable", says: []string{"ResourceInitializationError", "kms:Decrypt|Access to KMS is not allowed"},
		what:   "the execution role may not decrypt the secret",
		likely: ofSecret,
		advice: "let the execution role do kms:Decrypt with the secret's key",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "secret-denied", says: []string{"ResourceInitializationError", "not authorized to perform: secretsmanager:|not authorized to perform: ssm:"},
		what:   "the execution role may not read the secret",
		likely: ofSecret,
		advice: "deploy the infra stack, which grants access to the Secrets of the App: go tool mage infra:deploy {env}",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "secret-valueless", says: []string{"ResourceInitializationError", "secret value for staging label"},
		what:   "the secret has no value yet",
		likely: ofSecret,
		advice: "give the secret a value: aws secretsmanager put-secret-value --secret-id SECRET --secret-string VALUE",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "secret-reference", says: []string{"ResourceInitializationError", "unexpected ARN format"},
		what:   "the secret's ARN is malformed",
		likely: ofSecret,
		advice: "mend the ARN in Secrets: arn:…:secret:NAME-SUFFIX, with :JSON-KEY:: where one key is meant",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "secret-missing", says: []string{"ResourceInitializationError", "can't find the specified secret"},
		what:   "the secret does not exist",
		likely: ofSecret,
		advice: "create the secret, or mend its ARN in Secrets; the suffix of six characters belongs to it",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "parameter-missing", says: []string{"ResourceInitializationError", "Invalid parameters|invalid ssm parameters"},
		what:   "the parameter does not exist in Parameter Store",
		likely: ofSecret,
		advice: "create the parameter in the environment's region, or mend its name in Secrets",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "secret-unreachable", says: []string{"ResourceInitializationError", "connection issue between the task and AWS S|secret", "connection issue|i/o timeout|context deadline exceeded|request canceled"},
		what:   "the task has no way to Secrets Manager or Parameter Store",
		advice: "give the subnets a route to a NAT gateway, or VPC endpoints for secretsmanager and ssm, and let the security group out on 443",
		look:   lookTask, page: pageSetup,
	},
	{
		name: "logs-denied", says: []string{"ResourceInitializationError", "not authorized to perform: logs:"},
		what:   "the execution role may not write logs",
		likely: of(ExecutionRole, LogConfiguration),
		advice: "deploy the infra stack, whose execution role may: go tool mage infra:deploy {env}",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "log-group-missing", says: []string{"ResourceInitializationError|CannotStartContainerError", "specified log group does not exist"},
		what:   "the log group does not exist",
		likely: of(LogConfiguration),
		advice: "deploy the infra stack, which owns the log group: go tool mage infra:deploy {env}",
		look:   lookDefinition, page: pageSetup,
	},
	{
		name: "logs-unreachable", says: []string{"ResourceInitializationError", "logger args|Amazon CloudWatch", "connection issue|signal: killed|i/o timeout|context deadline exceeded"},
		what:   "the task has no way to CloudWatch Logs",
		advice: "give the subnets a route to a NAT gateway, or a VPC endpoint for logs, and let the security group out on 443",
		look:   lookTask, page: pageSetup,
	},
	{
		name: "volume", says: []string{"CannotCreateVolumeError|failed to invoke EFS utils|failed to mount"},
		what:   "a volume cannot be mounted",
		advice: "look at the file system, its mount targets and the security groups between",
		look:   lookTask, page: guide + "cannot-create-volume.html",
	},
	{
		name: "start-timeout", retryable: true, says: []string{"ContainerRuntimeTimeoutError|Could not transition to running"},
		what:   "the container did not start in time",
		advice: "deploy again; where it happens again, look at the image's size and the program's start",
		look:   lookTask, page: guide + "container-runtime-timeout-error.html",
	},
	{ // before the next one: the runtime's own texts of a program, such as "is a directory", hold ResourceInitializationError too
		name: "start-failed", says: []string{"CannotStartContainerError|CannotCreateContainerError|ContainerRuntimeError"},
		what:   "the container cannot be started",
		likely: of(EntryPoint, Command, User, Image),
		advice: "look at the entry point, the command and the user of the container",
		look:   lookDefinition, page: pageStart,
	},
	{
		name: "initialization", says: []string{"ResourceInitializationError"},
		what:   "the task cannot be set up",
		likely: of(ExecutionRole, LogConfiguration, Secret),
		advice: "look at the subnets' routes, the security group and the execution role's permissions",
		look:   lookTask, page: pageSetup,
	},
}

// ofSecret are secrets that are new or read from elsewhere: those that AWS names, where it names one.
func ofSecret(c clue, change Change) bool {
	if change.Kind == ExecutionRole {
		return true
	}
	if change.Kind != Secret || !change.Is {
		return false
	}
	arn, _, _ := strings.Cut(change.After, ":secret:")
	return !strings.Contains(c.text, arn+":secret:") || strings.Contains(c.text, secretOf(change.After))
}

// secretOf is a reference without the JSON key, stage and version behind it.
func secretOf(reference string) string {
	parts := strings.SplitN(reference, ":", 8)
	return strings.Join(parts[:min(len(parts), 7)], ":")
}
