package ecs

import (
	"encoding/json"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// parameterForm is a parameter's name, with the slashes of its hierarchy.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
var parameterForm = lazyregexp.New(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)

// Secrets are where the secrets of tasks are kept.
type Secrets interface {
	// Secret is the value of a secret of Secrets Manager; empty stage and version are the current one. The error's text
	// is the API's ("ResourceNotFoundException: …").
	Secret(arn, stage, version string) (string, error)
	// HasParameter tells whether SSM has a parameter of this name or ARN.
	HasParameter(name string) bool
	// Parameter is the value of that parameter.
	Parameter(name string) string
}

// CheckSecrets makes tasks need their secrets. Without it whatever is named in the right form is assumed to be there and
// readable.
func (s *Service) CheckSecrets(in Secrets) { s.secrets = in }

// unreadable is the stopped reason of a task with a secret that cannot be read; empty where all can. Where the program has
// a say in that, what is kept is not looked at.
func (s *Service) unreadable(p program.Program, c program.Container) string {
	trouble := p.Provision(c, program.Secrets)
	for _, from := range c.Secrets {
		manager := program.OfSecretsManager(from)
		switch {
		case manager && !secretARN(from):
			return program.NoASMSecret + "unexpected ARN format with parameters when trying to retrieve ASM secret"
		case !manager && !parameter(from):
			return program.NoParameter + from
		case trouble != "", s.secrets == nil:
		case manager:
			if problem := s.secretProblem(from); problem != "" {
				return program.NoASMSecret + problem
			}
		case !s.secrets.HasParameter(from):
			return program.NoParameter + from
		}
	}
	return trouble
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
