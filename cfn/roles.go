package cfn

import (
	"maps"
	"slices"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/iam"
)

// addRoles adds the execution role, with which ECS starts a task, and the task role, which is all that the
// application itself may do. Neither has a fixed name, so that both can be replaced.
func (d deployment) addRoles(t *cloudformation.Template) {
	grants := []statement{
		// The one action that has no resource.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
		allow("RegistryLogin", []string{"ecr:GetAuthorizationToken"}, []string{"*"}),
		allow("PullImage", []string{
			"ecr:BatchCheckLayerAvailability",
			"ecr:BatchGetImage",
			"ecr:GetDownloadUrlForLayer",
		}, d.pulled()),
		allow("WriteLogs", []string{
			"logs:CreateLogStream",
			"logs:PutLogEvents",
		}, d.logGroups()),
	}
	var boundary *string
	if d.Environment.PermissionsBoundary != "" {
		boundary = new(d.Environment.PermissionsBoundary)
	}
	t.Resources["ExecutionRole"] = &iam.Role{
		PermissionsBoundary:      boundary,
		Description:              new("Starts tasks of " + d.prefix()),
		AssumeRolePolicyDocument: tasksOfThisAccount(),
		Policies: append([]iam.Role_Policy{{
			PolicyName:     "start-tasks",
			PolicyDocument: document(append(grants, readSecrets(append(grantedSecrets(d.Environment.AllSecrets()), d.kept.Secrets...))...)...),
		}}, rolePolicies("execution-statements", d.Environment.ExecutionStatements)...),
	}
	t.Resources["TaskRole"] = &iam.Role{
		PermissionsBoundary:      boundary,
		Description:              new("What the application " + d.prefix() + " may do"),
		AssumeRolePolicyDocument: tasksOfThisAccount(),
		ManagedPolicyArns:        slices.Sorted(slices.Values(d.Environment.TaskPolicies)),
		Policies:                 rolePolicies("task-statements", d.Environment.TaskStatements),
	}
}

// secretService is a service that keeps secrets: what reads one of its secrets, and how KMS sees it.
type secretService struct {
	sid     string
	name    string // in ARNs
	action  string
	context string // key of the KMS encryption context that holds the secret's ARN
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
// https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
var secretServices = []secretService{
	{"Secrets", "secretsmanager", "secretsmanager:GetSecretValue", "SecretARN"},
	{"Parameters", "ssm", "ssm:GetParameters", "PARAMETER_ARN"},
}

// readSecrets allows reading exactly the given secrets, and decrypting them where they have a key of
// the customer's: which key is not known here, so any key of the secret's account, but only for these secrets and
// only through the service that keeps them.
func readSecrets(granted []string) []statement {
	granted = distinct(granted)
	var statements []statement
	for _, service := range secretServices {
		var arns, keys, via []string
		for _, arn := range granted {
			if a := parseARN(arn); a.service == service.name {
				arns = append(arns, arn)
				keys = append(keys, "arn:"+a.partition+":kms:"+a.region+":"+a.account+":key/*")
				via = append(via, service.name+"."+a.region+"."+a.dnsSuffix())
			}
		}
		if len(arns) == 0 {
			continue
		}
		decrypt := allow("Decrypt"+service.sid, []string{"kms:Decrypt"}, distinct(keys))
		decrypt.Condition = map[string]map[string]any{"StringEquals": {
			"kms:EncryptionContext:" + service.context: arns,
			"kms:ViaService": distinct(via),
		}}
		statements = append(statements, allow("Read"+service.sid, []string{service.action}, arns), decrypt)
	}
	return statements
}

// grantedSecrets are the ARNs that the execution role must be allowed to read, sorted. JSON key, stage and version
// of a Secrets Manager reference are no part of the resource.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
func grantedSecrets(secrets map[string]string) []string {
	var arns []string
	for reference := range maps.Values(secrets) {
		if parts := strings.Split(reference, ":"); len(parts) > 7 && parts[2] == "secretsmanager" {
			reference = strings.Join(parts[:7], ":")
		}
		arns = append(arns, reference)
	}
	return distinct(arns)
}

func distinct(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
