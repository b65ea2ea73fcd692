package targets_test

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// Each state of the embedded AWS has an account, and a project does nothing in the one of another.
func TestAProjectDeploysIntoNoOthersAWS(t *testing.T) {
	other := t.TempDir()
	server, err := awslocal.Open(awslocal.Options{Dir: other, Account: "000012345678"})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	if id, ok := awslocal.AccountOf(other); id != "000012345678" || !ok {
		t.Errorf("account %s, %t", id, ok)
	}

	w := newWorld(t)
	w.env["SPLITECS_LOCAL_ACCOUNT"] = ""
	w.run(in("local", targets.Set.InfraDeploy))
	w.want(0)
	own, ok := awslocal.AccountOf(w.env["SPLITECS_LOCAL_DIR"])
	if !ok || own == awslocal.AccountID {
		t.Fatalf("account %s, %t", own, ok)
	}
	w.run(in("local", targets.Set.InfraStatus))
	w.want(0)
	w.prints("RepositoryUri=" + own + ".dkr.ecr.")

	awsEnvironment(t, "AWS_ENDPOINT_URL="+server.URL(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
	w.env["AWS_ENDPOINT_URL"] = server.URL()
	w.run(in("dev", targets.Set.InfraDeploy))
	w.want(3, "another state than this project's: its account is 000012345678, and this project's is "+own, "next: go tool mage local:serve")

	w.run(localReset)
	w.want(0)
	w.run(in("dev", targets.Set.InfraDeploy)) // without a state of its own nothing is known of it
	w.want(0)
}
