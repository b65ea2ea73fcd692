package targets

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// LocalUp does the whole main job on the embedded AWS: infra stack, image, service stack, status.
func (t Set) LocalUp(ctx context.Context) error {
	return t.run(ctx, "local:up", cfn.Local, func(ctx context.Context, s *session) error {
		if err := s.reachLocal(ctx); err != nil {
			return err
		}
		started := make(chan func() error, 1) // no task is wanted before the service is
		go func() { started <- s.machineOf(ctx) }()
		reference, err := s.bringImage(ctx)
		if err := errors.Join(err, (<-started)()); err != nil {
			return err
		}
		if err := s.deployService(ctx, reference); err != nil {
			return err
		}
		s.console.Step("status")
		if err := s.showService(ctx); err != nil {
			return err
		}
		s.console.Note("it all happened on the embedded AWS, in %s. Try next:", s.localDir())
		for _, c := range []string{
			command("infra:diff", cfn.Local),
			"SPLITECS_LOCAL_SCENARIO=exit " + command("service:deploy", cfn.Local) + "   # rehearse a release whose program exits at once",
			command("local:serve") + "   # the same AWS on a port, for the aws CLI",
		} {
			s.console.Note("  %s", c)
		}
		return s.showAddress(ctx)
	})
}

// bringImage brings the infra stack, and an image into its repository.
func (s *session) bringImage(ctx context.Context) (reference string, err error) {
	if _, err := s.bringInfra(ctx); err != nil {
		return "", err
	}
	return s.pushLocal(ctx)
}

// pushLocal pushes under the commit's tag; where that belongs to another image already, or there is no clean
// commit, under a tag made of the digest. While one tries things out, nothing should be in the way. A source that is not
// here gives way to the sample application.
func (s *session) pushLocal(ctx context.Context) (string, error) {
	described := s.describe(ctx)
	repository, access, err := s.registry(ctx)
	if err != nil {
		return "", err
	}
	spec, err := s.imageSpec(ctx)
	if _, unusable := errors.AsType[*image.SourceError](err); unusable && s.settings.source == "" {
		s.console.Note("%v: using the sample application", err)
		return s.pushSample(ctx, repository, access)
	}
	if err != nil {
		return "", err
	}
	kept, err := s.findKept(ctx, described)
	if err != nil {
		return "", err
	}
	img, from, err := s.buildSpec(ctx, spec, described, kept)
	if err != nil {
		return "", err
	}
	defer img.Close() // temporary files
	tag := s.settings.tag
	if tag == "" && from.err == nil && !from.Dirty {
		tag = from.Tag()
	}
	if tag != "" {
		pushed, err := s.send(ctx, img, repository+":"+tag, access)
		if _, taken := errors.AsType[*image.ImmutableTagError](err); !taken || s.settings.tag != "" {
			return pushed.Reference, err
		}
	}
	return s.sendByDigest(ctx, img, repository+":local-", access)
}

// sendByDigest pushes an image under a tag that is made of its digest.
func (s *session) sendByDigest(ctx context.Context, img *image.Built, prefix string, access image.Access) (string, error) {
	digest, err := img.Artifact().Digest()
	if err != nil {
		return "", fmt.Errorf("compute digest of image: %w", err)
	}
	pushed, err := s.send(ctx, img, prefix+digest.Hex[:12], access)
	return pushed.Reference, err
}

// exists tells whether a path is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// LocalReset forgets the state of the embedded AWS.
func (t Set) LocalReset(ctx context.Context) error {
	return t.run(ctx, "local:reset", cfn.Local, func(_ context.Context, s *session) error {
		if !exists(s.localDir()) {
			s.console.Note("embedded AWS: there is no state in %s", s.localDir())
			return nil
		}
		if err := awslocal.Reset(s.localDir()); err != nil {
			return err
		}
		s.console.Note("embedded AWS: state in %s removed", s.localDir())
		return nil
	})
}
