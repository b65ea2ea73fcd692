package program

import (
	"slices"
	"strings"
)

var noSecret = Behaviour{
	Preset:    Scenario{Name: "no-secret", Why: "missing"},
	Arguments: []Argument{Why("missing", "denied", "key", "kms", "route", "value")},
	Help:      "does not start: a secret cannot be read",
	New:       func(sc Scenario) Program { return unreadable{Scenario: sc} },
}

type unreadable struct {
	Server
	Scenario
}

// The beginning of a task's stopped reason when a secret cannot be read, of Secrets Manager and of Parameter Store.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
const (
	unconnected = "ResourceInitializationError: unable to pull secrets or registry auth: "
	noSecrets   = unconnected + "execution resource retrieval failed: "
	NoASMSecret = noSecrets + "unable to retrieve secret from asm: service call has been retried 1 time(s): "
	noSSM       = noSecrets + "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
	NoParameter = noSSM + "Invalid parameters: " // and its name
)

// Provision fails with the first parameter, which is read before the secrets, or else the first secret; a container that
// has neither lacks one all the same.
func (p unreadable) Provision(c Container, n Need) string {
	if n != Secrets {
		return ""
	}
	if at := slices.IndexFunc(c.Secrets, func(from string) bool { return !OfSecretsManager(from) }); at >= 0 {
		return p.parameter(c, c.Secrets[at])
	}
	return p.secret(c, append(slices.Clone(c.Secrets), "the secret of no-secret")[0])
}

// OfSecretsManager tells whether a container's secret comes from there; all others are parameters.
func OfSecretsManager(from string) bool {
	return strings.HasPrefix(from, "arn:") && strings.Contains(from, ":secretsmanager:")
}

// secret is why a secret of Secrets Manager cannot be read.
func (p unreadable) secret(c Container, arn string) string {
	fetch := "failed to fetch secret " + arn + " from secrets manager: "
	switch p.Why {
	case "denied":
		return NoASMSecret + fetch + denied(c, "secretsmanager:GetSecretValue", arn)
	case "kms":
		return NoASMSecret + fetch + "AccessDeniedException: Access to KMS is not allowed"
	case "value":
		return NoASMSecret + fetch + "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
	case "key":
		return NoASMSecret + "retrieved secret from Secrets Manager did not contain json key " + jsonKey(arn)
	case "route":
		return unconnected + "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. " +
			fetch + "operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
	}
	return NoASMSecret + fetch + "ResourceNotFoundException: Secrets Manager can't find the specified secret."
}

// parameter is why a parameter of Parameter Store cannot be read. It has no JSON keys, and always a value.
func (p unreadable) parameter(c Container, name string) string {
	switch p.Why {
	case "denied":
		return noSSM + denied(c, "ssm:GetParameters", name)
	case "kms":
		return noSSM + denied(c, "kms:Decrypt", name)
	case "route":
		return unconnected + "unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task network configuration. RequestCanceled: request context canceled caused by: context deadline exceeded"
	}
	return NoParameter + name
}

// jsonKey is the key that a reference names; that of no-secret where it names none.
func jsonKey(reference string) string {
	if p := strings.Split(reference, ":"); len(p) == 10 && p[7] != "" {
		return p[7]
	}
	return "of-no-secret"
}
