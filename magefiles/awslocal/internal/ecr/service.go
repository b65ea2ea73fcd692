package ecr

import (
	"context"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/registry"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Service is ECR in one account and region.
type Service struct {
	world    *sim.World
	catalog  *catalog.Catalog
	endpoint func() string
}

// New registers ECR with the world. endpoint is where this process serves the registry, e.g.
// "http://127.0.0.1:4566"; it is asked when a client wants a token, so it may be known later than now.
func New(w *sim.World, acct account.Account, endpoint func() string) *Service {
	return &Service{world: w, catalog: catalog.New(w, acct), endpoint: endpoint}
}

// Registry serves /v2/. Its requests are transactions of their own: transact is the world's Do.
func (s *Service) Registry(transact func(context.Context, func() error) error) *registry.Registry {
	return registry.New(transact, s.catalog)
}

// Wire is ECR's API: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name:   "ecr",
		Target: "AmazonEC2ContainerRegistry_V20150921",
		Operations: map[string]wire.Operation{
			"CreateRepository":              wire.Op(s.createRepository),
			"DescribeRepositories":          wire.Op(s.describeRepositories),
			"DeleteRepository":              wire.Op(s.deleteRepository),
			"PutImageTagMutability":         wire.Op(s.putImageTagMutability),
			"PutImageScanningConfiguration": wire.Op(s.putImageScanningConfiguration),
			"GetAuthorizationToken":         wire.Op(s.getAuthorizationToken),
			"DescribeImages":                wire.Op(s.describeImages),
			"ListImages":                    wire.Op(s.listImages),
			"BatchGetImage":                 wire.Op(s.batchGetImage),
			"BatchDeleteImage":              wire.Op(s.batchDeleteImage),
			"PutImage":                      wire.Op(s.putImage),
			"BatchCheckLayerAvailability":   wire.Op(s.batchCheckLayerAvailability),
			"GetLifecyclePolicy":            wire.Op(s.getLifecyclePolicy),
			"PutLifecyclePolicy":            wire.Op(s.putLifecyclePolicy),
			"DeleteLifecyclePolicy":         wire.Op(s.deleteLifecyclePolicy),
			"GetRepositoryPolicy":           wire.Op(s.getRepositoryPolicy),
			"SetRepositoryPolicy":           wire.Op(s.setRepositoryPolicy),
			"DeleteRepositoryPolicy":        wire.Op(s.deleteRepositoryPolicy),
			"ListTagsForResource":           wire.Op(s.listTagsForResource),
			"TagResource":                   wire.Op(s.tagResource),
			"UntagResource":                 wire.Op(s.untagResource),
		},
	}
}
