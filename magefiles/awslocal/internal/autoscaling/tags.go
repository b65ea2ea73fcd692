package autoscaling

import (
	"context"
	"maps"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

func checkTags(tags map[string]string) error {
	for k := range tags {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return invalid("Tag keys cannot start with aws:")
		}
	}
	return nil
}

// tagged finds the scalable target with this ARN.
func (s *Service) tagged(arn string) error {
	for _, t := range s.state.Targets.All() {
		if t.ScalableTargetARN == arn {
			return nil
		}
	}
	return wire.Errorf("ResourceNotFoundException", "No scalable target found for resource ARN: %s", arn)
}

type resourceInput struct{ ResourceARN string }

type tagsOutput struct{ Tags map[string]string }

func (s *Service) listTagsForResource(_ context.Context, in *resourceInput) (*tagsOutput, error) {
	if err := s.tagged(in.ResourceARN); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	maps.Copy(tags, s.state.Tags.Get(in.ResourceARN))
	return &tagsOutput{tags}, nil
}

type tagResourceInput struct {
	ResourceARN string
	Tags        map[string]string
}

func (s *Service) tagResource(_ context.Context, in *tagResourceInput) (*wire.Empty, error) {
	if err := s.tagged(in.ResourceARN); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	maps.Copy(tags, s.state.Tags.Get(in.ResourceARN))
	maps.Copy(tags, in.Tags)
	if len(tags) > 50 {
		return nil, wire.Errorf("TooManyTagsException", "The number of tags must not exceed 50.")
	}
	s.state.Tags.Put(in.ResourceARN, tags)
	s.w.Changed()
	return &wire.Empty{}, nil
}

type untagResourceInput struct {
	ResourceARN string
	TagKeys     []string
}

func (s *Service) untagResource(_ context.Context, in *untagResourceInput) (*wire.Empty, error) {
	if err := s.tagged(in.ResourceARN); err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(s.state.Tags.Get(in.ResourceARN), k)
	}
	s.w.Changed()
	return &wire.Empty{}, nil
}
