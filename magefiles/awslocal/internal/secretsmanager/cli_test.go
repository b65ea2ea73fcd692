package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/secretsmanager"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	w, clock := awstest.World(t)
	service := secretsmanager.New(w, awstest.Account)
	record := awstest.NewRecord(service.Wire())
	cli := awstest.NewCLI(t, awstest.Serve(t, w, record.Wire()))
	of := func(command string, more ...string) []string {
		return append([]string{"secretsmanager", command}, more...)
	}
	const absent = "ResourceNotFoundException"

	arn := cli.Run(of("create-secret", "--name", "shop/db", "--secret-string", `{"url":"a"}`, "--description", "d", "--query", "ARN", "--output", "text")...)
	cli.Fail("ResourceExistsException", of("create-secret", "--name", "shop/db")...)
	cli.Fail("ValidationException", of("create-secret", "--name", "sp ace")...)
	cli.Run(of("create-secret", "--name", "empty")...)

	cli.Query(`{"url":"a"}`, "SecretString", of("get-secret-value", "--secret-id", arn)...)
	cli.Fail(absent, of("get-secret-value", "--secret-id", "none")...)
	cli.Fail(absent, of("get-secret-value", "--secret-id", "empty")...)
	cli.Fail(absent, of("get-secret-value", "--secret-id", arn, "--version-stage", "NONE")...)
	cli.Fail(absent, of("get-secret-value", "--secret-id", arn, "--version-id", "00000000-0000-0000-0000-000000000000")...)

	cli.Run(of("put-secret-value", "--secret-id", arn[:len(arn)-7], "--secret-string", "b")...)
	cli.Query("b", "SecretString", of("get-secret-value", "--secret-id", "shop/db")...)
	cli.Query(`{"url":"a"}`, "SecretString", of("get-secret-value", "--secret-id", "shop/db", "--version-stage", "AWSPREVIOUS")...)
	cli.Fail(absent, of("put-secret-value", "--secret-id", "none", "--secret-string", "b")...)
	cli.Fail("InvalidParameterException", of("put-secret-value", "--secret-id", "shop/db")...)

	cli.Query("shop/db\td\tNone\t2", "[Name,Description,DeletedDate,length(VersionIdsToStages)]", of("describe-secret", "--secret-id", arn)...)
	cli.Fail(absent, of("describe-secret", "--secret-id", "none")...)

	cli.Query("empty\nshop/db", "SecretList[].[Name]", of("list-secrets")...)
	cli.Query("empty\tshop/db", "SecretList[].Name", of("list-secrets", "--page-size", "2")...)
	cli.Query("shop/db", "SecretList[].Name", of("list-secrets", "--filters", "Key=name,Values=shop")...)
	cli.Fail("ValidationException", of("list-secrets", "--filters", "Key=tag-key,Values=shop")...)

	cli.Fail("InvalidParameterException", of("delete-secret", "--secret-id", arn, "--recovery-window-in-days", "3")...)
	cli.Run(of("delete-secret", "--secret-id", arn)...)
	cli.Fail("InvalidRequestException", of("delete-secret", "--secret-id", arn)...)
	cli.Fail("InvalidRequestException", of("get-secret-value", "--secret-id", arn)...)
	cli.Fail("InvalidRequestException", of("create-secret", "--name", "shop/db")...)
	cli.Query("empty", "SecretList[].Name", of("list-secrets")...)
	clock.Advance(30 * 24 * time.Hour)
	cli.Fail(absent, of("describe-secret", "--secret-id", arn)...)
	cli.Run(of("delete-secret", "--secret-id", "empty", "--force-delete-without-recovery")...)
	cli.Query("", "SecretList[].Name", of("list-secrets", "--include-planned-deletion")...)
	record.Complete(t, nil)
}

func TestPlaceholders(t *testing.T) {
	w, _ := awstest.World(t)
	service := secretsmanager.New(w, awstest.Account)
	cli := awstest.NewCLI(t, awstest.Serve(t, w, service.Wire()))
	const arn = "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:shop/db-AbCdEf"
	place := func(want bool, keys ...string) {
		t.Helper()
		awstest.Do(t, w, func() {
			if got := service.Place(arn, keys); got != want {
				t.Errorf("placed %t with keys %q", got, keys)
			}
		})
	}
	value := func(want string) {
		t.Helper()
		if got := cli.Run("secretsmanager", "get-secret-value", "--secret-id", arn, "--query", "SecretString", "--output", "text"); got != want {
			t.Errorf("value %q, want %q", got, want)
		}
	}
	place(true)
	place(false)
	value("placeholder")
	place(true, "url")
	place(true, "password")
	place(false, "url", "password")
	value(`{"password":"placeholder","url":"placeholder"}`)
	cli.Run("secretsmanager", "put-secret-value", "--secret-id", "shop/db", "--secret-string", "mine")
	place(false, "other")
	value("mine")
}
