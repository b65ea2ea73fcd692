package targets

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// ImagePromote copies the image of SPLITECS_IMAGE, else of the current commit, from the repository of one environment
// to that of another: the same digest under the same tag, with what is attached to it. The only line on stdout is
// repository@sha256:….
func (t Set) ImagePromote(ctx context.Context, from, to string) error {
	return t.run(ctx, "image:promote", to, func(ctx context.Context, s *session) (err error) {
		source, err := s.promoted(from)
		if err != nil {
			return err
		}
		if err := source.connect(ctx); err != nil {
			return source.failure(ctx, err)
		}
		defer func() { err = errors.Join(err, source.close()) }()
		if err := s.connect(ctx); err != nil {
			return err
		}
		reference, err := s.promote(ctx, source)
		if err != nil {
			return err
		}
		s.console.Result("%s", reference)
		return nil
	})
}

// promoted is the session of the place that is copied from.
func (s *session) promoted(from string) (*session, error) {
	place, err := s.place.App.Place(from)
	if err != nil {
		return nil, err
	}
	if place.String() == s.place.String() {
		return nil, &console.Failure{Code: console.Usage, What: s.title, Why: "both environments are the same", Next: []string{command("-h", s.name)}}
	}
	s.repeated = command(s.name, from, s.place.String())
	return s.at(place), nil
}

// promote copies from the source's repository to this one's.
func (s *session) promote(ctx context.Context, source *session) (string, error) {
	infra, err := source.infra(ctx)
	if err != nil {
		return "", source.failure(ctx, err)
	}
	found, err := source.resolve(ctx, infra, s.settings.image)
	if err != nil {
		f := source.failure(ctx, err)
		if several, ok := errors.AsType[*image.SeveralImagesError](err); ok {
			f.Next = choices(several, s.repeated)
		}
		return "", f
	}
	tag, err := s.promotedTag(found)
	if err != nil {
		return "", err
	}
	repository, access, err := s.ecrRegistry(ctx)
	if err != nil {
		return "", err
	}
	pulled, err := image.Pull(ctx, found.Reference, source.registryOf(infra.Outputs[cfn.OutputRepositoryURI]))
	if err != nil {
		return "", err
	}
	if err := image.CheckPlatform(pulled.Artifact, string(s.place.Environment.Architecture)); err != nil {
		return "", err
	}
	if err := s.warnOfPublic(source, pulled); err != nil {
		return "", err
	}
	from, _, _ := strings.Cut(found.Reference, "@")
	pushed, err := s.pushArtifact(ctx, pulled.Artifact, repository+":"+tag, image.PushOptions{
		Registry: access, MountFrom: []string{from}, Referrers: pulled.Referrers,
	})
	return pushed.Reference, err
}

// promotedTag is SPLITECS_TAG, or the tag that the image has where it is.
func (s *session) promotedTag(found image.Resolved) (string, error) {
	switch {
	case s.settings.tag != "":
		return s.settings.tag, nil
	case found.Tag != "":
		return found.Tag, nil
	case len(found.Tags) > 0:
		return found.Tags[0], nil
	}
	return "", &console.Failure{
		Code: console.Usage, What: s.title, Why: fmt.Sprintf("image %s has no tag", found.Digest),
		Next: []string{"set SPLITECS_TAG to the tag that it is to have, then run the same command again"},
	}
}
