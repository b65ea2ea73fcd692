package targets_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// Before a release it is told that what runs could not be started again; a release that is good goes on all the same, and so
// does the next one, which finds nothing to warn of.
func TestARunningRevisionThatCouldNotBeStartedAgain(t *testing.T) {
	t.Parallel()
	base := newWorld(t).timed()
	bare := base.app
	secrets(map[string]string{"PASSWORD": secretARN})(&base.app)
	base.up()
	base.run(serviceVerify, "SPLITECS_IMAGE=v2")
	base.want(0)
	base.prints("everything checked: ", " checks, 0 warnings")
	for name, c := range map[string]struct {
		prepare func(*world)
		says    string
	}{
		"image": {func(w *world) { w.expire("v1") }, "is not in its repository any more"},
		"secret": {func(w *world) {
			w.app = bare // the release does without it, and it is gone
			w.behind(1, func(server *awslocal.Server) {
				_, err := secretsmanager.NewFromConfig(server.Config()).DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{
					SecretId: aws.String(secretARN), ForceDeleteWithoutRecovery: aws.Bool(true),
				})
				must(t, err)
			})
		}, "secret PASSWORD: Secrets Manager has no secret " + secretARN},
		"revision": {func(w *world) { w.deregister("shop-local-service:1") }, "task definition: is INACTIVE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := base.copied(t)
			w.app = base.app
			c.prepare(w)
			w.run(serviceVerify, "SPLITECS_IMAGE=v2")
			w.want(0)
			w.prints("warning  running revision shop-local-service:1: could not be started again: ", c.says, " checks, 1 warnings")
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0, "warning  running revision shop-local-service:1: could not be started again: ", c.says, "shop-local-service:2 complete")
			w.run(serviceVerify, "SPLITECS_IMAGE=v2")
			w.want(0)
			w.prints("everything checked: ", " checks, 0 warnings")
		})
	}
}
