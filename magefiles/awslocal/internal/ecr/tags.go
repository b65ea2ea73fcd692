package ecr

import (
	"context"
	"maps"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// tag of a repository as a resource; AWS writes its members with capitals.
type tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

func tagMap(tags []tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

type resourceARN struct {
	ResourceArn string `json:"resourceArn"`
}

type listTagsForResourceOutput struct {
	Tags []tag `json:"tags"`
}

func (s *Service) listTagsForResource(_ context.Context, in *resourceARN) (*listTagsForResourceOutput, error) {
	r, err := s.catalog.Find(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &listTagsForResourceOutput{Tags: []tag{}}
	for _, k := range slices.Sorted(maps.Keys(r.Tags)) {
		out.Tags = append(out.Tags, tag{k, r.Tags[k]})
	}
	return out, nil
}

type tagResourceInput struct {
	resourceARN
	Tags []tag `json:"tags"`
}

func (s *Service) tagResource(_ context.Context, in *tagResourceInput) (*wire.Empty, error) {
	r, err := s.catalog.Find(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &wire.Empty{}, s.catalog.Tag(r, tagMap(in.Tags), false)
}

type untagResourceInput struct {
	resourceARN
	TagKeys []string `json:"tagKeys"`
}

func (s *Service) untagResource(_ context.Context, in *untagResourceInput) (*wire.Empty, error) {
	r, err := s.catalog.Find(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	s.catalog.Untag(r, in.TagKeys...)
	return &wire.Empty{}, nil
}
