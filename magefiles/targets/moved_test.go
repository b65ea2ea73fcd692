package targets_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// names gives the environment local names of its own.
func (w *world) names(f func(*cfn.Names)) {
	e, ok := w.app.Environments["local"]
	if !ok {
		e = w.app.Environments["dev"]
	}
	f(&e.Names)
	w.app.Environments["local"] = e
}

// passes lets so much of AWS's time go by.
func (w *world) passes(d time.Duration) {
	w.t.Helper()
	w.behind(1, func(*awslocal.Server) {
		leave := w.clock.Join()
		defer leave()
		must(w.t, w.clock.Pause(context.Background(), d))
	})
}

// A release that moves the service to another port, or to a container of another name or family, is rolled back like any
// other, and the next deployment goes forward again.
func TestARollbackToAnotherPort(t *testing.T) {
	t.Parallel()
	for name, c := range spread.Table(t, 2, map[string]struct {
		change func(*world)
		says   string
		to     string // empty: service:rollback
	}{
		"the port":      {func(w *world) { w.app.Container.Port = 8000 }, "LoadBalancers[0].ContainerPort: 8000 → 3000", ""},
		"the container": {func(w *world) { w.names(func(n *cfn.Names) { n.Container = "web" }) }, "LoadBalancers[0].ContainerName: web → shop-local-container", ""},
		"the family":    {func(w *world) { w.names(func(n *cfn.Names) { n.Family = "web" }) }, "shop-local-service:1", "shop-local-service:1"},
		"its image":     {func(w *world) { w.names(func(n *cfn.Names) { n.Family, n.Container = "web", "web" }) }, "shop-local-service:1", "v1"},
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).timed().up()
			c.change(w)
			w.run(infraDeploy)
			w.want(0)
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0)
			if c.to == "" {
				w.run(serviceRollback)
			} else {
				w.run(rollbackTo(c.to))
			}
			w.want(0, c.says, "shop-local-service:1 complete, 1 of 1 tasks running")
			w.run(serviceHistory)
			w.want(0)
			w.prints("v1", "v2")
			w.run(serviceStatus)
			w.want(0)
			w.prints(":3000 healthy", "shop-local@sha256:")
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0)
			if strings.Contains(w.err.String(), "shop-local-service:1 complete") {
				t.Errorf("it is still back:\n%s", &w.err)
			}
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
			w.want(0, "nothing to change")
		})
	}
}

// What the revision before needs may have gone from the infra stack since: that is told before anything begins.
func TestARollbackToWhatTheInfraStackHasNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	const secret = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/db-AbCdEf"
	secrets := map[string]string{"DB": secret}
	w.change(func(e *cfn.Environment) { e.Secrets = secrets })
	w.up()
	w.app.Container.Port = 8000
	w.change(func(e *cfn.Environment) { e.Secrets = nil })
	w.run(infraDeploy)
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.passes(2 * time.Minute)
	w.run(infraDeploy)
	w.want(0)
	before := w.records()
	w.run(serviceRollback)
	w.want(4, "shop-local-service:1 could not be started, or reached, on the infra stack as it is now; nothing was changed",
		"may not secretsmanager:GetSecretValue on "+secret, "does not let the load balancer", "in on port 3000",
		"next: go tool mage service:rollbackTo local shop-local-service:1")
	if after := w.records(); len(after.events) != len(before.events) {
		t.Errorf("the stack was touched: %q", after.events[:len(after.events)-len(before.events)])
	}
	// As it says.
	w.app.Container.Port = 3000
	w.change(func(e *cfn.Environment) { e.Secrets = secrets })
	w.run(infraDeploy)
	w.want(0, "port 8000 stays open")
	w.run(rollbackTo("shop-local-service:1"))
	w.want(0, "shop-local-service:1 complete, 1 of 1 tasks running")
}

// A service, or its cluster, that is to have another name was not deleted by anybody.
func TestAnotherNameIsNoDeletion(t *testing.T) {
	t.Parallel()
	deleted := "deleted outside of its stack"
	t.Run("of the service", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t).timed().up()
		w.names(func(n *cfn.Names) { n.Service = "web" })
		w.run(serviceStatus)
		w.want(0)
		if strings.Contains(w.out.String(), deleted) {
			t.Errorf("service:status says that it was:\n%s", &w.out)
		}
		w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_APPROVE=1")
		w.want(0, "service web: shop-local-service:2 complete")
		if strings.Contains(w.err.String(), deleted) {
			t.Errorf("service:deploy says that it was:\n%s", &w.err)
		}
		w.run(serviceVerify, "SPLITECS_IMAGE=v2")
		w.want(0)
	})
	t.Run("of the cluster", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t).timed().up()
		w.names(func(n *cfn.Names) { n.Cluster = "others" })
		w.run(infraDeploy)
		w.want(4, "Cluster (AWS::ECS::Cluster): service shop-local-service (shop-local-service:1) runs in this cluster, and stays in it, where no target finds it any more",
			"next: leave it as it is")
		w.run(infraDeploy, "SPLITECS_APPROVE=1")
		w.want(0)
		w.run(serviceStatus)
		w.want(0)
		if strings.Contains(w.out.String(), deleted) {
			t.Errorf("service:status says that it was:\n%s", &w.out)
		}
		w.run(serviceVerify, "SPLITECS_IMAGE=v2")
		if strings.Contains(w.out.String(), deleted) {
			t.Errorf("service:verify says that it was:\n%s", &w.out)
		}
		w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_APPROVE=1")
		w.want(4, "the plan cannot succeed", "next: undo what replaces Service (Cluster), or give it another name")
	})
}

// Releases that follow each other at once leave nothing in the service but what still has tasks.
func TestDeploymentsWithoutTasksAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	for _, tag := range []string{"v2", "v1", "v2", "v1"} {
		w.run(serviceDeploy, "SPLITECS_IMAGE="+tag)
		w.want(0)
	}
	w.run(serviceStatus)
	w.want(0)
	if n := strings.Count(w.out.String(), "deployment  ACTIVE"); n > 2 {
		t.Errorf("%d deployments are left, the first of them long drained:\n%s", n, &w.out)
	}
}

// A repository that somebody deleted is put back by what is named, as it stands there.
func TestTheRepositoryIsNamedAndPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.behind(1, func(s *awslocal.Server) { must(t, losses["repository"].delete(context.Background(), s)) })
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(4, "repository shop-local does not exist", "next: go tool mage infra:deploy local")
	w.run(infraDeploy)
	w.want(0, "Repository", "CREATE_COMPLETE")
	w.run(imagePush, "SPLITECS_TAG=v2")
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(0)
}
