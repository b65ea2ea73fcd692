package targets_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// stage is a target with the state that it starts from, and how things are once it has converged.
type stage struct {
	name     string
	prepare  func(*world)
	run      func(targets.Set, context.Context) error
	revision string // that the service runs in the end; empty where there is none
	// shows is what a run that ends well says, on stdout or stderr.
	shows []string
	// again brings it about after trouble; nil runs the target again.
	again func(*world, stage) error
	// settled is what the target says where there is nothing left to do, the one or the other; empty where to do it
	// again does it again.
	settled []string
	done    []string // what was done to get there, each thing once; see ledger.Read
	// rare is tried with lags and few other troubles, but for -full.
	rare bool
}

var unchanged = []string{"nothing to change", "nothing sent"}

var stages = []stage{
	{
		name: "infra:deploy, new", prepare: func(*world) {}, run: infraDeploy, settled: unchanged,
		done: []string{
			"repository shop-local: 0 images, 0 tags",
			"stack ShopEcsInfraStack-local: CREATE",
		},
	},
	{
		name: "service:deploy, new", prepare: func(w *world) { w.pushed("v1") }, run: serviceDeploy,
		revision: "shop-local-service:1", settled: unchanged,
		done: []string{
			"family shop-local-service: 1 revisions",
			"repository shop-local: 2 images, 1 tags",
			"service shop-local-service: 1 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE",
		},
	},
	{
		name: "service:deploy, a release", prepare: func(w *world) { w.deployed("v0"); w.pushes("v1") }, run: serviceDeploy,
		revision: "shop-local-service:2", settled: unchanged,
		done: []string{
			"family shop-local-service: 2 revisions",
			"repository shop-local: 4 images, 2 tags",
			"service shop-local-service: 2 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE UPDATE",
		},
	},
	{
		name: "service:deploy, a release with a migration", prepare: func(w *world) {
			w.deployed("v0")
			w.pushes("v1")
			w.app.BeforeDeploy = func(ctx context.Context, d cfn.Deployment) error { return d.Run(ctx, "node", "migrate.js") }
		}, run: serviceDeploy,
		revision: "shop-local-service:2", shows: []string{"would run: node migrate.js", "the command has ended"}, settled: unchanged, rare: true,
		done: []string{
			"family shop-local-service-run: 1 revisions",
			"family shop-local-service: 2 revisions",
			"repository shop-local: 4 images, 2 tags",
			"service shop-local-service: 2 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE UPDATE",
		},
	},
	{
		name: "service:rollback", prepare: func(w *world) { w.deployed("v0", "v1") }, run: serviceRollback, again: (*world).rollsBack,
		revision: "shop-local-service:1", settled: nil,
		done: []string{
			"family shop-local-service: 2 revisions",
			"repository shop-local: 4 images, 2 tags",
			"service shop-local-service: 3 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE UPDATE UPDATE",
		},
	},
	{
		name: "image:push", prepare: func(w *world) { w.infra() }, run: imagePush, settled: unchanged,
		done: []string{
			"repository shop-local: 2 images, 1 tags",
			"stack ShopEcsInfraStack-local: CREATE",
		},
	},
	{
		name: "service:run", prepare: func(w *world) { w.deployed("v1") }, run: runOnce("node migrate.js"), rare: true,
		revision: "shop-local-service:1", shows: []string{"program started", "would run: node migrate.js", "the command has ended"},
		done: []string{
			"family shop-local-service-run: 1 revisions",
			"family shop-local-service: 1 revisions",
			"repository shop-local: 2 images, 1 tags",
			"service shop-local-service: 1 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE",
		},
	},
	{
		name: "service:scale", prepare: func(w *world) { w.deployed("v1") }, run: scale(2), rare: true,
		revision: "shop-local-service:1", shows: []string{"2 of 2 tasks running"}, settled: []string{"2 of 2 tasks running"},
		done: []string{
			"family shop-local-service: 1 revisions",
			"repository shop-local: 2 images, 1 tags",
			"service shop-local-service: 1 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE",
		},
	},
	{
		name: "service:restart", prepare: func(w *world) { w.deployed("v1") }, run: serviceRestart, rare: true,
		revision: "shop-local-service:1", shows: []string{"shop-local-service:1 complete, 1 of 1 tasks running"},
		done: []string{
			"family shop-local-service: 1 revisions",
			"repository shop-local: 2 images, 1 tags",
			"service shop-local-service: 2 deployments",
			"stack ShopEcsInfraStack-local: CREATE",
			"stack ShopEcsServiceStack-local: CREATE UPDATE",
		},
	},
	{
		name: "infra:destroy", prepare: func(w *world) { w.deployed("v1") }, run: infraDestroy, rare: true, settled: []string{"nothing to delete"},
		done: []string{
			"family shop-local-service: 1 revisions",
			"stack ShopEcsInfraStack-local: CREATE DELETE",
			"stack ShopEcsServiceStack-local: CREATE DELETE",
		},
	},
	{
		name: "infra:adopt", prepare: (*world).made, run: infraAdopt, rare: true, settled: []string{"nothing to change"},
		done: []string{
			"repository shop-local: 0 images, 0 tags",
			"stack ShopEcsInfraStack-local: CREATE UPDATE",
		},
	},
}

// pushes pushes an image under each tag.
func (w *world) pushes(tags ...string) {
	w.t.Helper()
	for _, tag := range tags {
		w.write("app/server.txt", tag)
		w.push(tag)
	}
}

// deployed has images under these tags deployed one after the other.
func (w *world) deployed(tags ...string) {
	w.t.Helper()
	w.pushed(tags...)
	for _, tag := range tags {
		w.run(serviceDeploy, "SPLITECS_IMAGE="+tag)
		w.want(0)
	}
}

// rollsBack: a rollback is not repeated blindly, because a second one goes further back. It has happened, or it
// happens now.
func (w *world) rollsBack(s stage) error {
	w.t.Helper()
	w.run(serviceDiff, "SPLITECS_IMAGE=v1") // only to let what is under way go on
	for range 50 {
		w.run(serviceStatus)
		if w.code == 0 && strings.Contains(w.out.String(), "COMPLETE since") && !strings.Contains(w.out.String(), "IN_PROGRESS") {
			break
		}
	}
	if strings.Contains(w.out.String(), "pinned to "+s.revision) {
		return nil
	}
	return w.ends(s)
}

// ends runs the target, which ends well.
func (w *world) ends(s stage) error {
	w.t.Helper()
	w.run(s.run, variables...)
	if w.code != 0 {
		return fmt.Errorf("the next run ended with %d\n%s", w.code, &w.err)
	}
	if s.settled != nil {
		return nil // it may have been done before
	}
	return w.said(s)
}

// said looks whether a run that ended well said what it has to.
func (w *world) said(s stage) error {
	for _, text := range s.shows {
		if !strings.Contains(w.out.String()+w.err.String(), text) {
			return fmt.Errorf("exit code 0, and it does not say %q\n%s%s", text, &w.out, &w.err)
		}
	}
	return nil
}

// rests runs the target once more, which says that there is nothing left to do.
func (w *world) rests(s stage) error {
	w.t.Helper()
	w.run(s.run, variables...)
	said := w.out.String() + w.err.String()
	if w.code != 0 || !slices.ContainsFunc(s.settled, func(text string) bool { return strings.Contains(said, text) }) {
		return fmt.Errorf("the third run ended with %d and changed something\n%s", w.code, said)
	}
	return nil
}
