package awslocal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/autoscaling"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudwatch"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ec2"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/elb"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/iam"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/logs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/secretsmanager"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ssm"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sts"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// services of one world.
type services struct {
	world    *sim.World
	account  account.Account
	api      []*wire.Service
	registry *ecr.Service
	secrets  secrets

	containers *ecs.Service
	balancing  *elb.Service
}

// newServices joins the services. url is where they are served; rehearsed is the scenario of every program.
func newServices(w *sim.World, acct account.Account, url string, rehearsed func() string) *services {
	registry := ecr.New(w, acct, func() string { return url })
	balancing := elb.New(w, acct)
	logging := logs.New(w, acct)
	found := &images{registry: registry, rehearsed: rehearsed}
	containers := ecs.New(w, acct, found, balancing, logging)
	found.executed = containers.Supervised
	scaling := autoscaling.New(w, acct, containers)
	networks, roles := ec2.New(w, acct), iam.New(w, acct)
	kept := secrets{secretsmanager.New(w, acct), ssm.New(w, acct)}
	containers.CheckSecrets(kept)
	stacks := cloudformation.New(w, acct, slices.Concat(
		networks.Types(), roles.Types(), registry.Types(), balancing.Types(), logging.Types(),
		containers.Types(), scaling.Types(), cloudwatch.New(w, acct).Types(),
	))
	stacks.Stored = kept.parameters.Value
	return &services{world: w, account: acct, registry: registry, secrets: kept, containers: containers, balancing: balancing, api: []*wire.Service{
		stacks.Wire(), containers.Wire(), registry.Wire(), balancing.Wire(), logging.Wire(), scaling.Wire(), sts.New(acct).Wire(),
		networks.Wire(), roles.Wire(), kept.Wire(), kept.parameters.Wire(),
	}}
}

// handler serves the services, with faults, to those whom the guard lets in.
func (s *services) handler(g guard, f *faults) http.Handler {
	api := wire.NewRouter(s.world.Do, requestID, s.api...)
	api.Around = func(w http.ResponseWriter, req *http.Request, c *wire.Call, serve func(http.ResponseWriter)) {
		f.around(w, req, apiCall{c, s.account}, serve)
	}
	blobs := s.registry.Registry(s.world.Do)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		why := g.refusal(req)
		toRegistry := req.URL.Path == "/v2" || strings.HasPrefix(req.URL.Path, "/v2/")
		switch {
		case why != "" && toRegistry:
			blobs.Deny(w, why)
		case why != "":
			api.Refuse(w, req, &wire.Error{Code: "ForeignRequest", Message: why, Status: http.StatusForbidden})
		case toRegistry:
			f.around(w, req, registryCall{req, s.account}, func(w http.ResponseWriter) { blobs.ServeHTTP(w, req) })
		default:
			api.ServeHTTP(w, req)
		}
	})
}

// operations that are served, as [Fault] names them; those of the registry are its HTTP methods.
var operations = sync.OnceValue(func() []string {
	var all []string
	for _, s := range newServices(sim.Nowhere(), account.Account{ID: AccountID, Region: DefaultRegion}, "", nil).api {
		for action := range s.Operations {
			all = append(all, s.Name+":"+action)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		all = append(all, registryName+":"+method)
	}
	slices.Sort(all)
	return all
})

// requestID names an answer. It is no part of the simulated world: an answer that changes nothing is not saved.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// digestForm is how a reference says which image it means, and no other.
var digestForm = lazyregexp.New(`^sha256:[0-9a-f]{64}$`)

// images is what ECS pulls from ECR.
type images struct {
	registry  *ecr.Service
	rehearsed func() string
	executed  func() bool // somebody executes programs, who looks into other registries
}

// Image looks a reference up for a platform. What is in another registry cannot be looked at: where a digest says which
// image is meant, it is taken to be there.
func (i *images) Image(ref, os, architecture string) (ecs.Image, error) {
	found, err := i.registry.Image(ref, os, architecture)
	if other, ok := errors.AsType[*ecr.PullError](err); ok && other.Code == ecr.PullOtherRegistry {
		if _, digest, _ := strings.Cut(ref, "@"); digestForm.MatchString(digest) || i.executed() && digest == "" {
			return ecs.Image{Digest: digest, Assumed: true}, nil
		}
	}
	if err != nil {
		return ecs.Image{}, err
	}
	labels := found.Labels
	if scenario := i.rehearsed(); scenario != "" {
		labels = map[string]string{program.Label: scenario}
	}
	return ecs.Image{
		Digest: found.Digest, Architecture: found.Architecture, Labels: labels,
		EntryPoint: found.Entrypoint, Command: found.Cmd, Environment: found.Env,
	}, nil
}
