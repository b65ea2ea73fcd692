package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

var accessChecks = []check{
	{Description{
		Name: "roles", Finds: "an execution role or task role that is not there, or whose trust policy does not let ecs-tasks.amazonaws.com assume it", Permissions: []string{"iam:GetRole"},
	}, checkRoles},
	{Description{
		Name: "execution role", Finds: "an execution role that may not pull the image, write the log or read a secret (not told where it has managed policies that are not known)",
		Permissions: []string{"iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"},
	}, checkPolicies},
	{Description{
		Name: "secrets", Finds: "a secret or parameter that is not there, is marked for deletion, has no value, or lacks the JSON key. Values are looked at for their keys and never kept",
		Permissions: []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "ssm:GetParameters"},
	}, checkSecrets},
	{Description{
		Name: "log group", Finds: "a log group that is not there", Permissions: []string{"logs:DescribeLogGroups"},
	}, checkLogGroup},
}

func checkRoles(f Facts) []Finding {
	return slices.Concat(f.checkRole("execution role", f.Wanted.ExecutionRole, f.ExecutionRole), f.checkRole("task role", f.Wanted.TaskRole, f.TaskRole))
}

func (f Facts) checkRole(kind, arn string, role Fact[Role]) []Finding {
	what := kind + " " + arn[strings.LastIndex(arn, "/")+1:]
	switch role.State {
	case Absent:
		return []Finding{{Level: Error, What: what, Why: "is not there", Next: f.Wanted.infraDeploy()}}
	case Known:
	default:
		return role.unknown(what)
	}
	ok, err := admits(role.Value.Trust, parseARN(arn).account, f.Wanted.Region)
	switch {
	case err != nil:
		return []Finding{{Level: Note, What: what, Why: "not checked: " + err.Error()}}
	case !ok:
		return []Finding{{
			Level: Error, What: what, Why: fmt.Sprintf("its trust policy does not let %s assume it for tasks of this account and region", tasks),
			Next: f.Wanted.infraDeploy(),
		}}
	}
	return nil
}

// managedExecution is AWS's own policy for starting a task without secrets.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-awsmanpol.html
const managedExecution = ":policy/service-role/AmazonECSTaskExecutionRolePolicy"

// grant is what the execution role needs.
type grant struct{ action, resource, purpose string }

// grants are what starting a task takes. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func (w Wanted) grants() (basic, secrets []grant) {
	role := parseARN(w.ExecutionRole)
	here := func(service, resource string) string {
		return "arn:" + role.partition + ":" + service + ":" + w.Region + ":" + role.account + ":" + resource
	}
	basic = []grant{
		{"ecr:GetAuthorizationToken", "*", "to sign in to the repository"},
		{"logs:CreateLogStream", here("logs", "log-group:"+w.LogGroup+":log-stream:x"), "to write the log"},
		{"logs:PutLogEvents", here("logs", "log-group:"+w.LogGroup+":log-stream:x"), "to write the log"},
	}
	if w.Repository != "" {
		basic = append(basic, grant{"ecr:BatchGetImage", here("ecr", "repository/"+w.Repository), "to pull the image"},
			grant{"ecr:GetDownloadUrlForLayer", here("ecr", "repository/"+w.Repository), "to pull the image"})
	}
	for _, repository := range w.SidecarRepositories {
		basic = append(basic, grant{"ecr:BatchGetImage", repository, "to pull the image of a sidecar"},
			grant{"ecr:GetDownloadUrlForLayer", repository, "to pull the image of a sidecar"})
	}
	for _, variable := range slices.Sorted(maps.Keys(w.Secrets)) {
		r := parseReference(w.Secrets[variable])
		action := "secretsmanager:GetSecretValue"
		if r.parameter {
			action = "ssm:GetParameters"
		}
		secrets = append(secrets, grant{action, r.arn, "to read secret " + variable})
	}
	return basic, secrets
}

func checkPolicies(f Facts) []Finding {
	what := "execution role " + f.Wanted.ExecutionRole[strings.LastIndex(f.Wanted.ExecutionRole, "/")+1:]
	if f.Policies.State != Known {
		return f.Policies.unknown(what)
	}
	basic, needed := f.Wanted.grants()
	execution := func(arn string) bool { return strings.HasSuffix(arn, managedExecution) }
	if slices.ContainsFunc(f.Policies.Value.Managed, func(arn string) bool { return !execution(arn) }) {
		return nil
	}
	if !slices.ContainsFunc(f.Policies.Value.Managed, execution) {
		needed = slices.Concat(basic, needed)
	}
	var all []Finding
	for _, g := range needed {
		ok, err := Allows(f.Policies.Value.Inline, g.action, g.resource)
		if err != nil {
			return []Finding{{Level: Note, What: what, Why: "not checked: " + err.Error()}}
		}
		if !ok {
			all = append(all, Finding{Level: Error, What: what, Why: fmt.Sprintf("may not %s on %s, which it needs %s", g.action, g.resource, g.purpose), Next: f.Wanted.infraDeploy()})
		}
	}
	return all
}

// reference is how a task definition names a secret.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
type reference struct {
	arn       string
	parameter bool // of SSM
	key       string
	stage, id string // of the version
}

func parseReference(text string) reference {
	if parseARN(text).service != "secretsmanager" {
		return reference{arn: text, parameter: true}
	}
	parts := strings.Split(text, ":")
	if len(parts) < 10 {
		return reference{arn: text}
	}
	return reference{arn: strings.Join(parts[:7], ":"), key: parts[7], stage: parts[8], id: parts[9]}
}

func checkSecrets(f Facts) []Finding {
	var all []Finding
	for _, variable := range slices.Sorted(maps.Keys(f.Secrets)) {
		all = append(all, checkSecret("secret "+variable, parseReference(f.Wanted.Secrets[variable]), f.Secrets[variable])...)
	}
	return all
}

func checkSecret(what string, r reference, fact Fact[Secret]) []Finding {
	s := fact.Value
	wrong := func(format string, args ...any) []Finding {
		return []Finding{{Level: Error, What: what, Why: fmt.Sprintf(format, args...), Next: "store it, or change its reference in Environment.Secrets"}}
	}
	switch {
	case fact.State == Absent && r.parameter:
		return wrong("SSM has no parameter %s", r.arn)
	case fact.State == Absent:
		return wrong("Secrets Manager has no secret %s", r.arn)
	case fact.State != Known:
		return fact.unknown(what)
	case !s.Deleted.IsZero():
		return []Finding{{
			Level: Error, What: what, Why: fmt.Sprintf("%s is marked for deletion since %s", r.arn, s.Deleted.UTC().Format(time.DateOnly)),
			Next: "aws secretsmanager restore-secret --secret-id " + r.arn,
		}}
	case !s.HasValue:
		return wrong("%s has no value%s", r.arn, r.version())
	case r.key != "" && s.Keys.State == Known && !slices.Contains(s.Keys.Value, r.key):
		return wrong("the value of %s%s is no JSON object with the key %s", r.arn, r.version(), r.key)
	case r.key != "":
		return s.Keys.unknown(what)
	}
	return nil
}

// version in words; nothing for the current one.
func (r reference) version() string {
	switch {
	case r.id != "":
		return " in version " + r.id
	case r.stage != "":
		return " at stage " + r.stage
	}
	return ""
}

func checkLogGroup(f Facts) []Finding {
	what := "log group " + f.Wanted.LogGroup
	if f.LogGroup.State == Absent {
		return []Finding{{Level: Error, What: what, Why: "is not there, and no task starts without it", Next: f.Wanted.infraDeploy()}}
	}
	return f.LogGroup.unknown(what)
}
