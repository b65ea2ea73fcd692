package targets_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// accompanied has a sidecar whose image is in a registry that cannot be asked.
func accompanied(w *world, change func(*cfn.Sidecar)) {
	dev := w.app.Environments["dev"]
	s := cfn.Sidecar{
		Name: "proxy", Image: "public.ecr.aws/envoy/envoy@sha256:" + strings.Repeat("a", 64), Variables: map[string]string{"LEVEL": "info"},
		Secrets: map[string]string{"TOKEN": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/proxy"},
		CPU:     32, Memory: 64, HealthCheckCommand: []string{"CMD", "check"}, WaitFor: "HEALTHY",
	}
	change(&s)
	dev.Sidecars = []cfn.Sidecar{s}
	w.app.Environments["dev"] = dev
}

func TestASidecarInEveryTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	accompanied(w, func(*cfn.Sidecar) {})
	w.up()
	w.runs("shop-local-service:1")
	w.prints("shop-local@sha256:") // the application's image, not the sidecar's
	w.run(serviceLogs, "SPLITECS_TASK=all")
	w.want(0)
	w.prints("/proxy [embedded AWS] public.ecr.aws/envoy/envoy@sha256:aaaa", "was not looked at: it is taken to be there", "[embedded AWS] listening on port 3000")
	w.run(serviceHistory)
	w.want(0)
	if strings.Contains(w.out.String(), "envoy") {
		t.Errorf("history takes the sidecar for the application:\n%s", &w.out)
	}
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(runOnce("true"), "SPLITECS_LOCAL_SCENARIO=exit:0")
	w.want(0)
	if strings.Contains(w.out.String(), "envoy") || !strings.Contains(w.out.String(), "scenario exit") {
		t.Errorf("the command's lines are\n%s", &w.out)
	}
	w.run(runOnce("true"), "SPLITECS_LOCAL_SCENARIO=exit:7")
	w.want(7)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(serviceRollback)
	w.want(0)
	w.runs("shop-local-service:1")
}

// What ends the task is named, whichever container it is.
func TestASidecarThatEndsFailsTheDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	accompanied(w, func(*cfn.Sidecar) {})
	w.up()
	accompanied(w, func(s *cfn.Sidecar) {
		s.Variables = map[string]string{"SPLITECS_LOCAL_SCENARIO": "crash:Error: no upstream"}
	})
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(7, "exited-at-start: container proxy: the program ended by itself at its start", "container proxy; exit code 1", "| [embedded AWS] Error: no upstream",
		"variable LEVEL of container proxy is absent", "back on shop-local-service:1")

	// The task goes on without one that is optional.
	accompanied(w, func(s *cfn.Sidecar) {
		s.Variables = map[string]string{"SPLITECS_LOCAL_SCENARIO": "exit:3"}
		s.Optional, s.WaitFor, s.HealthCheckCommand = true, "", nil
	})
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)

	// And the application that ends is not taken for its sidecar.
	accompanied(w, func(*cfn.Sidecar) {})
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	w.want(7, "exited-at-start: the program ended by itself at its start: exit code 3")
}

// The roles reach what a sidecar needs, and an infra stack from before is told.
func TestASidecarNeedsTheInfraStack(t *testing.T) {
	t.Parallel()
	w := newWorld(t).up()
	accompanied(w, func(s *cfn.Sidecar) {
		s.Image = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/team/proxy@sha256:" + strings.Repeat("a", 64)
	})
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(4, "its execution role may not read arn:aws:ssm:ap-southeast-1:123456789012:parameter/proxy",
		"its execution role may not pull from arn:aws:ecr:ap-southeast-1:123456789012:repository/team/proxy", "go tool mage infra:deploy local")
	w.run(infraDeploy)
	w.want(0)
	w.run(serviceDiff, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "everything checked")
	w.run(in("local", targets.Set.InfraPolicy))
	w.want(0)
	w.prints("parameter/proxy")

	accompanied(w, func(s *cfn.Sidecar) {
		s.Image = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/team/proxy@sha256:" + strings.Repeat("b", 64)
		s.Variables = map[string]string{"API_TOKEN": "changed"}
	})
	w.run(serviceDiff, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("ContainerDefinitions[1].Image: ", `[Environments["dev"].Sidecars[0]]`)
	if strings.Contains(w.out.String(), "changed") {
		t.Errorf("the value of a variable that is confidential is shown:\n%s", &w.out)
	}
}
