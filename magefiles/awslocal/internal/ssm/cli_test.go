package ssm_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ssm"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	w, _ := awstest.World(t)
	service := ssm.New(w, awstest.Account)
	record := awstest.NewRecord(service.Wire())
	cli := awstest.NewCLI(t, awstest.Serve(t, w, record.Wire()))
	of := func(command string, more ...string) []string { return append([]string{"ssm", command}, more...) }
	put := of("put-parameter", "--name", "/shop/key", "--value", "a", "--type", "SecureString")
	cli.Query("1", "Version", put...)
	cli.Fail("ParameterAlreadyExists", put...)
	cli.Query("2", "Version", of("put-parameter", "--name", "/shop/key", "--value", "b", "--overwrite")...)
	cli.Fail("ValidationException", of("put-parameter", "--name", "/shop key", "--value", "a", "--type", "String")...)
	cli.Fail("ValidationException", of("put-parameter", "--name", "/other", "--value", "a")...)

	const arn = "arn:aws:ssm:ap-southeast-1:000000000000:parameter/shop/key"
	cli.Query(arn+"\tb\t2", "Parameter.[ARN,Value,Version]", of("get-parameter", "--name", "/shop/key", "--with-decryption")...)
	if got := cli.Run(of("get-parameter", "--name", arn, "--query", "Parameter.Value", "--output", "text")...); got == "b" || len(got) != 44 {
		t.Errorf("without decryption: %q", got)
	}
	cli.Fail("ParameterNotFound", of("get-parameter", "--name", "shop/key")...)

	cli.Query("/shop/key\t/none", "[Parameters[].Name,InvalidParameters][]", of("get-parameters", "--names", arn, "/none")...)
	cli.Fail("ValidationException", of("get-parameters", append([]string{"--names"}, strings.Fields(strings.Repeat("/a ", 11))...)...)...)

	cli.Run(of("delete-parameter", "--name", "/shop/key")...)
	cli.Fail("ParameterNotFound", of("delete-parameter", "--name", "/shop/key")...)
	record.Complete(t, nil)

	const other = "arn:aws:ssm:ap-southeast-1:123456789012:parameter/shop/url"
	awstest.Do(t, w, func() {
		if !service.Place(other) || service.Place(other) {
			t.Error("a placeholder is made once")
		}
	})
	cli.Query("placeholder", "Parameter.Value", of("get-parameter", "--name", other)...)
}
