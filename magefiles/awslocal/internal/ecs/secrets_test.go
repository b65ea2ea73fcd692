package ecs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// safe is where one secret and one parameter are.
type safe struct{ arn, parameter string }

func (s safe) Secret(arn, stage, _ string) (string, error) {
	switch {
	case arn != s.arn || stage == "NONE":
		return "", errors.New("ResourceNotFoundException: Secrets Manager can't find the specified secret.")
	case stage == "TEXT":
		return "plain", nil
	}
	return `{"password":"x"}`, nil
}

func (s safe) HasParameter(name string) bool { return name == s.parameter }

func (s safe) Parameter(name string) string { return "value of " + name }

func TestSecretsHaveToBeThere(t *testing.T) {
	const resource = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
	const asm, ssm = resource + "unable to retrieve secret from asm: service call has been retried 1 time(s): ", resource + "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
	const arn = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:db-AbCdEf"
	const absent = " from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."
	for from, want := range map[string]string{
		arn:                 "",
		arn + ":password::": "",
		"/app/password":     "",
		arn + "x":           asm + "failed to fetch secret " + arn + "x" + absent,
		arn + "::NONE:":     asm + "failed to fetch secret " + arn + absent,
		arn + ":user::":     asm + "retrieved secret from Secrets Manager did not contain json key user",
		arn + ":user:TEXT:": asm + "invalid character 'p' looking for beginning of value",
		"/app/other":        ssm + "Invalid parameters: /app/other",
	} {
		r := newRegion(t)
		r.svc.CheckSecrets(safe{arn, "/app/password"})
		r.ground()
		r.create(r.register("app:1", "", func(in *awsecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].Secrets = []types.Secret{{Name: aws.String("PASSWORD"), ValueFrom: &from}}
		}), 1)
		r.pass(20 * time.Second)
		got := ""
		if tasks := r.tasks(types.DesiredStatusStopped); len(tasks) > 0 {
			got = *tasks[0].StoppedReason
		}
		if got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}
