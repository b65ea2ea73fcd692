package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// beside gives the world's application a service beside its own.
func (w *world) beside(name string, s cfn.AdditionalService) {
	e := w.app.Environments["dev"]
	if e.Services == nil {
		e.Services = map[string]cfn.AdditionalService{}
	}
	e.Services[name] = s
	w.app.Environments["dev"] = e
}

var (
	worker = cfn.AdditionalService{Container: cfn.Container{Command: []string{"/app/worker"}}, MaxTasks: 3}
	api    = cfn.AdditionalService{
		Container: cfn.Container{Port: 8080, HealthCheckPath: "/api/health"},
		Paths:     []string{"/api/*"}, Priority: 10, Image: &cfn.Image{Entrypoint: []string{"/app/api"}},
	}
)

// A worker goes through its life on the infra stack of the application, which takes no notice.
func TestAWorkerBesideTheApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.beside("worker", worker)
	w.run(infraDeploy)
	w.want(0)
	w.prints("WorkerLogGroupName=/aws/ecs/shop-local-worker", "WorkerProvides=port=none")
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	deploy, status := in("local/worker", targets.Set.ServiceDeploy), in("local/worker", targets.Set.ServiceStatus)
	w.run(deploy, "SPLITECS_IMAGE=v1")
	w.want(0, "stack ShopEcsServiceStack-local-worker", "shop-local-worker:1 complete, 1 of 1 tasks running")
	w.prints("ServiceName=shop-local-worker")
	w.run(status)
	w.want(0)
	w.prints("shop-local-worker: ACTIVE", "1 to 3 tasks")
	if strings.Contains(w.out.String(), "target  ") {
		t.Errorf("a worker has targets:\n%s", &w.out)
	}
	w.run(in("local/worker", targets.Set.ServiceVerify), "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(in("local/worker", targets.Set.ServiceLogs))
	w.want(0)

	// Its failing deployment is told, taken back, and its alone.
	w.write("app/server.txt", "version 2")
	w.run(imagePush, "SPLITECS_TAG=v2")
	w.want(0)
	w.run(deploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit")
	w.want(7, "the service is back on shop-local-worker:1", "go tool mage service:status local/worker")
	w.run(serviceStatus)
	w.want(0)
	w.prints("PRIMARY shop-local-service:1: COMPLETED")

	w.run(deploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(in("local/worker", targets.Set.ServiceRollback))
	w.want(0, "shop-local-worker:1 complete, 1 of 1 tasks running")
	w.run(in("local/worker", targets.Set.ServiceHistory))
	w.want(0)
	w.prints("v1", "v2")
	w.run(in("local", targets.Set.ImageList))
	w.want(0)
	w.prints("local, local/worker")
	w.run(func(s targets.Set, ctx context.Context) error { return s.ServiceScale(ctx, "local/worker", 9) })
	w.want(2, `next: change Environments["dev"].Services["worker"].MinTasks or MaxTasks in the App`, "next: go tool mage service:deploy local/worker")
	w.run(func(s targets.Set, ctx context.Context) error { return s.ServiceScale(ctx, "local/worker", 3) })
	w.want(0, "3 of 3 tasks running")
	w.run(in("local/worker", targets.Set.ServiceRestart))
	w.want(0)
	w.run(in("local/worker", targets.Set.ServiceWatch))
	w.want(0)
	w.run(func(s targets.Set, ctx context.Context) error { return s.ServiceRun(ctx, "local/worker", "true") }, "SPLITECS_LOCAL_SCENARIO=exit:0")
	w.want(0)
	w.run(in("local/worker", targets.Set.ServicePrune), "SPLITECS_APPROVE=1")
	w.want(0)
	e := w.app.Environments["dev"]
	e.Services["worker"] = cfn.AdditionalService{Container: worker.Container, MaxTasks: 3, CPU: 512}
	w.run(in("local/worker", targets.Set.ServiceDiff), "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints(`Cpu: 256 → 512  [Environments["dev"].Services["worker"].CPU]`)

	w.run(infraDestroy)
	w.want(4, "stack ShopEcsServiceStack-local-worker: service shop-local-worker with 3 tasks running")
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0, "stack ShopEcsServiceStack-local is gone", "stack ShopEcsServiceStack-local-worker is gone", "stack ShopEcsInfraStack-local is gone")
}

// A service is refused by name where there is none, and where a target is about the whole environment.
func TestPlacesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.beside("worker", worker)
	w.run(in("local/cron", targets.Set.ServiceDeploy))
	w.want(2, `unknown service "cron" of environment local; known are local/worker, and local for the application's own`)
	w.run(in("local/worker", targets.Set.InfraDeploy))
	w.want(2, "the infra stack belongs to every service of environment local", "go tool mage infra:deploy local\n")
	w.run(imagePush, "SPLITECS_ENV=local/cron")
	w.want(2, `unknown service "cron"`)
	w.run(in("local/worker", targets.Set.ServiceSynth))
	w.want(0)
	w.prints("Description: Service worker of shop in environment local")
}

// What the infra stack does not have yet is told before anything changes.
func TestAServiceThatTheInfraStackDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.beside("worker", worker)
	w.run(in("local/worker", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(4, "it does not know service worker", "go tool mage infra:deploy local\n")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
}

// A service with an image of its own has its own repository, and the application's image is not in it.
func TestAServiceWithAnImageOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := worker
	own.Image = &cfn.Image{Entrypoint: []string{"/app/worker"}}
	w.beside("worker", own)
	w.infra()
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.run(in("local/worker", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(4, "SPLITECS_ENV=local/worker go tool mage image:push")
	w.run(imagePush, "SPLITECS_TAG=v1", "SPLITECS_ENV=local/worker")
	w.want(0)
	w.prints("/shop-local-worker@sha256:")
	w.run(in("local/worker", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("/shop-local-worker@sha256:")
	w.run(infraDestroy, "SPLITECS_APPROVE=1")
	w.want(0, "repository shop-local with 2 images (what is attached to them included), repository shop-local-worker with 2 images")
}

// The policy names what every service has, and no more than its environment.
func TestThePolicyOfSeveralServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.beside("api", api)
	w.beside("worker", worker)
	p := w.policy("dev")
	text := w.out.String()
	for _, name := range []string{
		"stack/ShopEcsServiceStack-dev-worker/*", "*/shop-dev/*", "task-definition/shop-dev-worker:*", "repository/shop-dev-api",
		"log-group:/aws/ecs/shop-dev-worker", "alarm:shop-dev-worker-cpu",
	} {
		if !strings.Contains(text, name) {
			t.Errorf("the policy does not name %s", name)
		}
	}
	if strings.Contains(text, "repository/shop-dev-worker") {
		t.Error("the worker has a repository")
	}
	if !p.allows("elasticloadbalancing:CreateRule") {
		t.Error("no listener rule may be made")
	}
}
