package ecr

import (
	"context"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type lifecyclePolicy struct {
	of
	LifecyclePolicyText string `json:"lifecyclePolicyText"`
}

func (s *Service) putLifecyclePolicy(_ context.Context, in *lifecyclePolicy) (*lifecyclePolicy, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if in.LifecyclePolicyText == "" {
		return nil, catalog.InvalidParameter("LifecyclePolicyText", "Member must not be null")
	}
	if err := s.catalog.SetLifecycle(r, in.LifecyclePolicyText); err != nil {
		return nil, err
	}
	return &lifecyclePolicy{s.named(r), r.Lifecycle}, nil
}

func (s *Service) getLifecyclePolicy(_ context.Context, in *of) (*lifecyclePolicy, error) {
	r, err := s.find(*in)
	if err != nil {
		return nil, err
	}
	if r.Lifecycle == "" {
		return nil, wire.Errorf("LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for the repository with name '%s' in the registry with id '%s'", r.Name, s.catalog.Account.ID)
	}
	return &lifecyclePolicy{s.named(r), r.Lifecycle}, nil
}

func (s *Service) deleteLifecyclePolicy(ctx context.Context, in *of) (*lifecyclePolicy, error) {
	out, err := s.getLifecyclePolicy(ctx, in)
	if err != nil {
		return nil, err
	}
	r, err := s.find(*in)
	if err != nil {
		return nil, err
	}
	return out, s.catalog.SetLifecycle(r, "")
}

type repositoryPolicy struct {
	of
	PolicyText string `json:"policyText"`
}

type setRepositoryPolicyInput struct {
	repositoryPolicy
	Force bool `json:"force"` // past the check that the caller does not lock itself out; there is none here
}

func (s *Service) setRepositoryPolicy(_ context.Context, in *setRepositoryPolicyInput) (*repositoryPolicy, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if in.PolicyText == "" {
		return nil, catalog.InvalidParameter("PolicyText", "Invalid repository policy provided")
	}
	if err := s.catalog.SetPolicy(r, in.PolicyText); err != nil {
		return nil, err
	}
	return &repositoryPolicy{s.named(r), r.Policy}, nil
}

func (s *Service) getRepositoryPolicy(_ context.Context, in *of) (*repositoryPolicy, error) {
	r, err := s.find(*in)
	if err != nil {
		return nil, err
	}
	if r.Policy == "" {
		return nil, wire.Errorf("RepositoryPolicyNotFoundException", "Repository policy does not exist for the repository with name '%s' in the registry with id '%s'", r.Name, s.catalog.Account.ID)
	}
	return &repositoryPolicy{s.named(r), r.Policy}, nil
}

func (s *Service) deleteRepositoryPolicy(ctx context.Context, in *of) (*repositoryPolicy, error) {
	out, err := s.getRepositoryPolicy(ctx, in)
	if err != nil {
		return nil, err
	}
	r, err := s.find(*in)
	if err != nil {
		return nil, err
	}
	return out, s.catalog.SetPolicy(r, "")
}
