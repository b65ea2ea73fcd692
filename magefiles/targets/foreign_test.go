package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

const foreignStack = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: theirs}}}\nOutputs: {Url: {Value: x}}"

// A stack that something else made is said to be that by every target, and none advises what would replace everything.
func TestAStackOfSomethingElse(t *testing.T) {
	t.Parallel()
	all := map[string]func(targets.Set, context.Context) error{
		"infra:deploy": infraDeploy, "infra:diff": infraDiff, "infra:status": infraStatus, "infra:destroy": infraDestroy, "infra:adopt": infraAdopt,
		"image:push": imagePush, "image:list": in("local", targets.Set.ImageList),
		"service:deploy": serviceDeploy, "service:diff": serviceDiff, "service:status": serviceStatus, "service:rollback": serviceRollback,
		"service:verify": in("local", targets.Set.ServiceVerify), "service:history": in("local", targets.Set.ServiceHistory),
		"service:logs": in("local", targets.Set.ServiceLogs), "service:watch": in("local", targets.Set.ServiceWatch),
		"service:restart": serviceRestart, "service:prune": in("local", targets.Set.ServicePrune), "service:scale": scale(1),
		"service:run": func(t targets.Set, ctx context.Context) error { return t.ServiceRun(ctx, "local", "true") },
	}
	for _, foreign := range []string{"ShopEcsInfraStack-local", "ShopEcsServiceStack-local"} {
		t.Run(foreign, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if strings.Contains(foreign, "Service") {
				w.infra()
				w.push("v1")
			}
			w.otherStack(foreign, foreignStack)
			for name, f := range all {
				if strings.Contains(foreign, "Service") && (name != "infra:destroy" && !strings.HasPrefix(name, "service:") || name == "service:verify" || name == "service:prune") {
					continue // they have nothing to do with the service stack
				}
				w.run(f, "SPLITECS_APPROVE=1", "SPLITECS_IMAGE=v1", "SPLITECS_TAG=v1")
				if w.code != 4 || !strings.Contains(w.err.String(), "stack "+foreign+" (CREATE_COMPLETE) was made by something else") {
					t.Errorf("%s: exit code %d\n%s", name, w.code, &w.err)
				}
				if said := w.err.String(); strings.Contains(said, "older than") || strings.Contains(said, "next: go tool mage infra:deploy") || strings.Contains(said, "next: SPLITECS_APPROVE") {
					t.Errorf("%s misleads:\n%s", name, said)
				}
			}
		})
	}
}
