package ecr

import (
	"context"
	"encoding/base64"
	"iter"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// repository as the API describes it.
type repository struct {
	RepositoryArn  string    `json:"repositoryArn"`
	RegistryID     string    `json:"registryId"`
	RepositoryName string    `json:"repositoryName"`
	RepositoryURI  string    `json:"repositoryUri"`
	CreatedAt      wire.Time `json:"createdAt"`
	catalog.Settings
}

func (s *Service) describe(r *catalog.Repository) repository {
	return repository{
		RepositoryArn: s.catalog.ARN(r.Name), RegistryID: s.catalog.Account.ID, RepositoryName: r.Name,
		RepositoryURI: s.catalog.URI(r.Name), CreatedAt: wire.Time{Time: r.CreatedAt}, Settings: r.Settings,
	}
}

// of names a repository in most requests.
type of struct {
	RegistryID     string `json:"registryId"`
	RepositoryName string `json:"repositoryName"`
}

// find is the repository that a request names.
func (s *Service) find(o of) (*catalog.Repository, error) {
	return s.catalog.Get(o.RegistryID, o.RepositoryName)
}

// named names a repository in most answers.
func (s *Service) named(r *catalog.Repository) of {
	return of{RegistryID: s.catalog.Account.ID, RepositoryName: r.Name}
}

type createRepositoryInput struct {
	of
	Tags []tag `json:"tags"`
	catalog.Settings
}

type repositoryOutput struct {
	Repository repository `json:"repository"`
}

func (s *Service) createRepository(_ context.Context, in *createRepositoryInput) (*repositoryOutput, error) {
	if in.RegistryID != "" && in.RegistryID != s.catalog.Account.ID {
		return nil, catalog.InvalidParameter("registryId", "%s is not the registry of this account", in.RegistryID)
	}
	r, err := s.catalog.Create(in.RepositoryName, in.Settings)
	if err != nil {
		return nil, err
	}
	if err := s.catalog.Tag(r, tagMap(in.Tags), false); err != nil {
		return nil, err
	}
	return &repositoryOutput{s.describe(r)}, nil
}

type describeRepositoriesInput struct {
	RegistryID      string   `json:"registryId"`
	RepositoryNames []string `json:"repositoryNames"`
	NextToken       string   `json:"nextToken"`
	MaxResults      int      `json:"maxResults"`
}

type describeRepositoriesOutput struct {
	Repositories []repository `json:"repositories"`
	NextToken    string       `json:"nextToken,omitempty"`
}

func (s *Service) describeRepositories(_ context.Context, in *describeRepositoriesInput) (*describeRepositoriesOutput, error) {
	out := &describeRepositoriesOutput{Repositories: []repository{}}
	if len(in.RepositoryNames) > 0 {
		if in.NextToken != "" || in.MaxResults != 0 {
			return nil, catalog.InvalidParameter("maxResults", "maxResults and nextToken cannot be used together with repositoryNames")
		}
		for _, name := range in.RepositoryNames {
			r, err := s.catalog.Get(in.RegistryID, name)
			if err != nil {
				return nil, err
			}
			out.Repositories = append(out.Repositories, s.describe(r))
		}
		return out, nil
	}
	all := func(after string) iter.Seq[*catalog.Repository] {
		if in.RegistryID != "" && in.RegistryID != s.catalog.Account.ID {
			return func(func(*catalog.Repository) bool) {}
		}
		return slices.Values(s.catalog.List())
	}
	part, next, err := page(all, func(r *catalog.Repository) string { return r.Name }, in.NextToken, in.MaxResults)
	for _, r := range part {
		out.Repositories = append(out.Repositories, s.describe(r))
	}
	out.NextToken = next
	return out, err
}

type deleteRepositoryInput struct {
	of
	Force bool `json:"force"`
}

func (s *Service) deleteRepository(_ context.Context, in *deleteRepositoryInput) (*repositoryOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	return &repositoryOutput{s.describe(r)}, s.catalog.Delete(r, in.Force)
}

type mutability struct {
	of
	ImageTagMutability                 string                    `json:"imageTagMutability"`
	ImageTagMutabilityExclusionFilters []catalog.ExclusionFilter `json:"imageTagMutabilityExclusionFilters,omitempty"`
}

func (s *Service) putImageTagMutability(_ context.Context, in *mutability) (*mutability, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if err := s.catalog.SetMutability(r, in.ImageTagMutability, in.ImageTagMutabilityExclusionFilters); err != nil {
		return nil, err
	}
	return &mutability{s.named(r), r.ImageTagMutability, r.ImageTagMutabilityExclusionFilters}, nil
}

type scanning struct {
	of
	ImageScanningConfiguration catalog.Scanning `json:"imageScanningConfiguration"`
}

func (s *Service) putImageScanningConfiguration(_ context.Context, in *scanning) (*scanning, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	s.catalog.SetScanning(r, in.ImageScanningConfiguration)
	return &scanning{s.named(r), r.ImageScanningConfiguration}, nil
}

type getAuthorizationTokenInput struct {
	RegistryIDs []string `json:"registryIds"`
}

type getAuthorizationTokenOutput struct {
	AuthorizationData []authorizationData `json:"authorizationData"`
}

type authorizationData struct {
	AuthorizationToken string    `json:"authorizationToken"`
	ExpiresAt          wire.Time `json:"expiresAt"`
	ProxyEndpoint      string    `json:"proxyEndpoint"`
}

func (s *Service) getAuthorizationToken(_ context.Context, in *getAuthorizationTokenInput) (*getAuthorizationTokenOutput, error) {
	for _, id := range in.RegistryIDs {
		if id != s.catalog.Account.ID {
			return nil, catalog.InvalidParameter("registryIds", "the embedded AWS has only the registry of the account %s", s.catalog.Account.ID)
		}
	}
	password, expires := s.catalog.Token()
	return &getAuthorizationTokenOutput{[]authorizationData{{
		AuthorizationToken: base64.StdEncoding.EncodeToString([]byte(catalog.User + ":" + password)),
		ExpiresAt:          wire.Time{Time: expires},
		ProxyEndpoint:      s.endpoint(),
	}}}, nil
}
