package ecs

import (
	"encoding/json"
	"regexp"
	"strings"
)

// parameterForm is a parameter's name, with the slashes of its hierarchy.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
var parameterForm = regexp.MustCompile(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)

// The beginning of a task's stopped reason when a secret could not be read.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
const (
	noSecrets    = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
	noASMSecret  = noSecrets + "unable to retrieve secret from asm: service call has been retried 1 time(s): "
	noParameters = noSecrets + "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
	unconnected  = "ResourceInitializationError: unable to pull secrets or registry auth: "
)

// Secrets are where the secrets of tasks are kept.
type Secrets interface {
	// Secret is the value of a secret of Secrets Manager; empty stage and version are the current one. The error's text
	// is the API's ("ResourceNotFoundException: …").
	Secret(arn, stage, version string) (string, error)
	// HasParameter tells whether SSM has a parameter of this name or ARN.
	HasParameter(name string) bool
}

// CheckSecrets makes tasks need their secrets. Without it whatever is named in the right form is assumed to be there and
// readable.
func (s *Service) CheckSecrets(in Secrets) { s.secrets = in }

// unreadable is the stopped reason of a task with a secret that cannot be read, which the scenario no-secret makes of
// any; empty where all can.
func (s *Service) unreadable(c *containerDefinition, sc Scenario, d *taskDefinition) string {
	for _, v := range c.Secrets {
		from := v.ValueFrom
		manager := strings.HasPrefix(from, "arn:") && strings.Contains(from, ":secretsmanager:")
		switch {
		case manager && !secretARN(from):
			return noASMSecret + "unexpected ARN format with parameters when trying to retrieve ASM secret"
		case !manager && !parameter(from):
			return noParameters + "Invalid parameters: " + from
		case !manager && sc.Name == "no-secret":
			return s.noParameter(from, sc.Why, d)
		case sc.Name == "no-secret", s.secrets == nil:
		case manager:
			if problem := s.secretProblem(from); problem != "" {
				return noASMSecret + problem
			}
		case !s.secrets.HasParameter(from):
			return noParameters + "Invalid parameters: " + from
		}
	}
	if sc.Name != "no-secret" {
		return ""
	}
	name := "the secret of no-secret"
	if len(c.Secrets) > 0 {
		name = c.Secrets[0].ValueFrom
	}
	return s.noSecret(name, sc.Why, d)
}

// noSecret is why a secret of Secrets Manager cannot be read.
func (s *Service) noSecret(arn, why string, d *taskDefinition) string {
	const manager = "from secrets manager: "
	fetch := "failed to fetch secret " + arn + " " + manager
	switch why {
	case "denied":
		return noASMSecret + fetch + s.denied(d, "secretsmanager:GetSecretValue", arn)
	case "kms":
		return noASMSecret + fetch + "AccessDeniedException: Access to KMS is not allowed"
	case "value":
		return noASMSecret + fetch + "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
	case "key":
		return noASMSecret + "retrieved secret from Secrets Manager did not contain json key " + jsonKey(arn)
	case "route":
		return unconnected + "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. " +
			fetch + "operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
	}
	return noASMSecret + fetch + "ResourceNotFoundException: Secrets Manager can't find the specified secret."
}

// noParameter is why a parameter of Parameter Store cannot be read. It has no JSON keys, and always a value.
func (s *Service) noParameter(name, why string, d *taskDefinition) string {
	switch why {
	case "denied":
		return noParameters + s.denied(d, "ssm:GetParameters", name)
	case "kms":
		return noParameters + s.denied(d, "kms:Decrypt", name)
	case "route":
		return unconnected + "unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task network configuration. RequestCanceled: request context canceled caused by: context deadline exceeded"
	}
	return noParameters + "Invalid parameters: " + name
}

// jsonKey is the key that a reference names; that of no-secret where it names none.
func jsonKey(reference string) string {
	if p := strings.Split(reference, ":"); len(p) == 10 && p[7] != "" {
		return p[7]
	}
	return "of-no-secret"
}

// denied is what IAM says to a task's execution role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (s *Service) denied(d *taskDefinition, action, resource string) string {
	return "AccessDeniedException: User: arn:aws:sts::" + s.acct.ID + ":assumed-role/" + lastPart(d.ExecutionRoleARN) + "/ecs-task" +
		" is not authorized to perform: " + action + " on resource: " + resource + " because no identity-based policy allows the " + action + " action"
}

// secretProblem is why the value that a reference in the right form means cannot be had; empty where it can.
func (s *Service) secretProblem(from string) string {
	p := append(strings.Split(from, ":"), "", "", "")
	arn, key := strings.Join(p[:7], ":"), p[7]
	text, err := s.secrets.Secret(arn, p[8], p[9])
	if err != nil {
		return "failed to fetch secret " + arn + " from secrets manager: " + err.Error()
	}
	if key == "" {
		return ""
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return err.Error()
	}
	if _, ok := values[key]; !ok {
		return "retrieved secret from Secrets Manager did not contain json key " + key
	}
	return ""
}

// secretARN tells whether arn has the form arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME, alone or with
// :JSON-KEY:VERSION-STAGE:VERSION-ID, each of which may be empty.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
func secretARN(arn string) bool {
	p := strings.Split(arn, ":")
	return (len(p) == 7 || len(p) == 10) && p[5] == "secret" && p[3] != "" && p[4] != "" && p[6] != ""
}

// parameter tells whether text names a parameter, by its name or ARN.
func parameter(text string) bool {
	if strings.HasPrefix(text, "arn:") {
		p := strings.SplitN(text, ":", 6)
		if len(p) != 6 || p[2] != "ssm" || p[3] == "" || p[4] == "" {
			return false
		}
		var ok bool
		if text, ok = strings.CutPrefix(p[5], "parameter/"); !ok {
			return false
		}
	}
	return parameterForm.MatchString(text)
}
