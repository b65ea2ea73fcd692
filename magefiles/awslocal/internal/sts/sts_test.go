package sts_test

import (
	"testing"

	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sts"
)

func TestMain(m *testing.M) { awstest.Main(m) }

const arn = "arn:aws:iam::000000000000:user/local"

func TestCallerIdentity(t *testing.T) {
	w, _ := awstest.World(t)
	client := awssts.NewFromConfig(awstest.Config(awstest.Serve(t, w, sts.New(awstest.Account).Wire())))
	out, err := client.GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != awstest.Account.ID || *out.Arn != arn || *out.UserId == "" {
		t.Errorf("%+v", out)
	}
}

func TestCommandLine(t *testing.T) {
	w, _ := awstest.World(t)
	record := awstest.NewRecord(sts.New(awstest.Account).Wire())
	cli := awstest.NewCLI(t, awstest.Serve(t, w, record.Wire()))
	if got := cli.Run("sts", "get-caller-identity", "--query", "[Account,Arn]", "--output", "text"); got != "000000000000\t"+arn {
		t.Errorf("got %q", got)
	}
	cli.Fail("InvalidAction", "sts", "assume-role", "--role-arn", "arn:aws:iam::000000000000:role/x", "--role-session-name", "me")
	record.Complete(t, map[string]string{"GetCallerIdentity": "it takes no input and needs no permission"})
}
