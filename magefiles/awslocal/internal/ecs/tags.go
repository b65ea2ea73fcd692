package ecs

import (
	"context"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// tagging is an operation that takes tags, and refuses those that no user may set.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
func tagging[In, Out any](f func(context.Context, *In) (*Out, error), tags func(*In) []tag) func(context.Context, *In) (*Out, error) {
	return func(ctx context.Context, in *In) (*Out, error) {
		seen := map[string]bool{}
		for _, t := range tags(in) {
			switch {
			case t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256:
				return nil, invalid("Invalid tag: a key has 1 to 128 characters, a value at most 256.")
			case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
				return nil, invalid("Tag keys cannot start with the reserved prefix aws:.")
			case seen[t.Key]:
				return nil, invalid("Duplicate tag keys found: %s", t.Key)
			}
			seen[t.Key] = true
		}
		if len(seen) > mostTags {
			return nil, invalid("The maximum number of tags is %d.", mostTags)
		}
		return f(ctx, in)
	}
}

// mostTags of a resource, those of AWS itself apart.
const mostTags = 50

type resourceInput struct {
	ResourceARN string `json:"resourceArn"`
}

type tagsOutput struct {
	Tags []tag `json:"tags"`
}

func (s *Service) listTagsForResource(_ context.Context, in *resourceInput) (*tagsOutput, error) {
	tags, err := s.tagsOf(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return &tagsOutput{list(*tags)}, nil
}

type tagResourceInput struct {
	ResourceARN string `json:"resourceArn"`
	Tags        []tag  `json:"tags"`
}

func (s *Service) tagResource(_ context.Context, in *tagResourceInput) (*wire.Empty, error) {
	tags, err := s.tagsOf(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(*tags)
	for _, t := range in.Tags {
		all = slices.DeleteFunc(all, func(o tag) bool { return o.Key == t.Key })
		all = append(all, t)
	}
	if len(slices.DeleteFunc(slices.Clone(all), func(t tag) bool { return strings.HasPrefix(t.Key, "aws:") })) > mostTags {
		return nil, invalid("The maximum number of tags is %d.", mostTags)
	}
	*tags = all
	s.keepTags(in.ResourceARN, all)
	return &wire.Empty{}, nil
}

type untagResourceInput struct {
	ResourceARN string   `json:"resourceArn"`
	TagKeys     []string `json:"tagKeys"`
}

func (s *Service) untagResource(_ context.Context, in *untagResourceInput) (*wire.Empty, error) {
	tags, err := s.tagsOf(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	*tags = slices.DeleteFunc(*tags, func(o tag) bool { return slices.Contains(in.TagKeys, o.Key) })
	s.keepTags(in.ResourceARN, *tags)
	return &wire.Empty{}, nil
}

// tagsOf is where the tags of a resource are kept; those of a task definition are a copy for keepTags.
func (s *Service) tagsOf(arn string) (*[]tag, error) {
	missing := invalid("The specified resource was not found. Specify a valid resource ARN and try again.")
	_, path, _ := strings.Cut(arn, ":"+s.acct.ID+":")
	kind, rest, _ := strings.Cut(path, "/")
	switch kind {
	case "cluster":
		if c := s.state.Clusters.Get(rest); c != nil && c.Status == "ACTIVE" {
			return &c.Tags, nil
		}
	case "service":
		if v := s.state.Services.Get(rest); v != nil && v.Status != "INACTIVE" {
			return &v.Tags, nil
		}
	case "task":
		if t := s.state.Tasks.Get(lastPart(rest)); t != nil {
			return &t.Task.Tags, nil
		}
	case "task-definition":
		if d, err := s.taskDefinition(arn); err == nil {
			tags := fromMap(s.state.Tags.Look(d.TaskDefinitionARN))
			return &tags, nil
		}
	}
	return nil, missing
}

func (s *Service) keepTags(arn string, tags []tag) {
	if d, err := s.taskDefinition(arn); err == nil && strings.Contains(arn, ":task-definition/") {
		s.state.Tags.Put(d.TaskDefinitionARN, toMap(tags))
	}
	s.w.Changed()
}

func toMap(tags []tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

func fromMap(m map[string]string) []tag {
	tags := []tag{}
	for _, k := range sortedKeys(m) {
		tags = append(tags, tag{k, m[k]})
	}
	return tags
}
