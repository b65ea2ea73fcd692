package awstest_test

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sts"
)

func TestTheCLIJudges(t *testing.T) {
	w, _ := awstest.World(t)
	cli := awstest.NewCLI(t, awstest.Serve(t, w, sts.New(awstest.Account).Wire()))
	if got := cli.Run("sts", "get-caller-identity", "--query", "Account", "--output", "text"); got != "000000000000" {
		t.Errorf("got %q", got)
	}
	cli.Fail("InvalidAction", "sts", "get-session-token")
	if a := cli.Try("sts", "nonsense"); a.Code == 0 {
		t.Error("nonsense was accepted")
	}
	for range 20 {
		cli.Run("sts", "get-caller-identity")
	}
}
