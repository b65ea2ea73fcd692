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
func (s *Service) unreadable(c *containerDefinition, sc Scenario) string {
	for _, v := range c.Secrets {
		from := v.ValueFrom
		manager := strings.HasPrefix(from, "arn:") && strings.Contains(from, ":secretsmanager:")
		switch {
		case manager && !secretARN(from):
			return noASMSecret + "unexpected ARN format with parameters when trying to retrieve ASM secret"
		case !manager && !parameter(from), !manager && sc.Name == "no-secret":
			return noParameters + "Invalid parameters: " + from
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
	return noASMSecret + "failed to fetch secret " + name + " from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."
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
