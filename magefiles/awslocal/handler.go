package awslocal

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"

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
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sts"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// handler joins the services. url is where they are served.
func handler(w *sim.World, acct account.Account, url string) http.Handler {
	registry := ecr.New(w, acct, func() string { return url })
	balancing := elb.New(w, acct)
	logging := logs.New(w, acct)
	containers := ecs.New(w, acct, images{registry}, balancing, logging)
	scaling := autoscaling.New(w, acct, containers)
	stacks := cloudformation.New(w, acct, slices.Concat(
		ec2.New(w, acct).Types(), iam.New(w, acct).Types(), registry.Types(), balancing.Types(), logging.Types(),
		containers.Types(), scaling.Types(), cloudwatch.New(w, acct).Types(),
	))
	api := wire.NewRouter(w.Do, requestID, stacks.Wire(), containers.Wire(), registry.Wire(), balancing.Wire(),
		logging.Wire(), scaling.Wire(), sts.New(acct).Wire())
	blobs := registry.Registry(w.Do)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2" || strings.HasPrefix(r.URL.Path, "/v2/") {
			blobs.ServeHTTP(rw, r)
			return
		}
		api.ServeHTTP(rw, r)
	})
}

// requestID names an answer. It is no part of the simulated world: an answer that changes nothing is not saved.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// images is what ECS pulls from ECR.
type images struct{ registry *ecr.Service }

// Image looks a reference up for a platform.
func (i images) Image(ref, os, architecture string) (ecs.Image, error) {
	found, err := i.registry.Image(ref, os, architecture)
	if err != nil {
		return ecs.Image{}, err
	}
	return ecs.Image{
		Digest: found.Digest, Architecture: found.Architecture, Labels: found.Labels,
		Command: slices.Concat(found.Entrypoint, found.Cmd),
	}, nil
}
