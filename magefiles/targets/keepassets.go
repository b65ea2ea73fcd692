package targets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// findKept finds the assets of earlier builds that the image is to keep, in the repository that it is pushed to. Where the
// commit's image is there already, it is what that one keeps: a push that is run again makes the same image, whatever has
// been pushed since.
func (s *session) findKept(ctx context.Context, described func() commit) (kept []image.Assets, err error) {
	keep := s.place.Image.KeepAssets
	if keep == 0 {
		return nil, nil
	}
	if s.settings.repository != "" {
		s.console.Note("assets of earlier builds are not kept: SPLITECS_REPOSITORY is another repository than the environment's")
		return nil, nil
	}
	infra, err := s.describeInfra(ctx)
	if err != nil {
		return nil, err
	}
	repo := repository(infra)
	commit := described()
	if _, none := errors.AsType[*image.NoCommitError](commit.err); commit.err != nil && !none {
		return nil, commit.err
	}
	tag := s.settings.tag
	if tag == "" && commit.err == nil {
		tag = commit.Tag()
	}
	if tag != "" {
		again, err := image.Resolve(ctx, s.clients.ecr(), repo, tag)
		if err == nil {
			_, kept, err = s.assetsIn(ctx, again.Reference)
			return kept, err

		}
		_, absent := errors.AsType[*image.ImageNotFoundError](err)
		// Where the commit has several images, none of them is the one that is made again.
		if _, several := errors.AsType[*image.SeveralImagesError](err); !absent && !several {
			return nil, err
		}
	}
	images, err := image.List(ctx, s.clients.ecr(), repo.Name)
	if err != nil {
		return nil, err
	}
	for _, earlier := range before(images, commit.Commit, keep) {
		own, _, err := s.assetsIn(ctx, repo.URI+"@"+earlier.Digest)
		if err != nil {
			return nil, err
		}
		kept = append(kept, own...)
	}
	return kept, nil
}

// before are the n latest images of Next.js builds of other commits than this one, with changes or without, and not later ones, the oldest first.
// Pure.
func before(images []image.Listed, commit image.Commit, n int) []image.Listed {
	var found []image.Listed
	for _, i := range images {
		if i.Program == nil || strings.TrimSuffix(i.Revision, dirtyRevision) == commit.SHA || !commit.Time.IsZero() && i.Created.After(commit.Time) {
			continue
		}
		found = append(found, i)
	}
	slices.SortStableFunc(found, func(a, b image.Listed) int { return b.Created.Compare(a.Created) })
	found = found[:min(n, len(found))]
	slices.Reverse(found)
	return found
}

// assetsIn are those of the image with a reference, of an index those for the environment's architecture: they are the
// same for all.
func (s *session) assetsIn(ctx context.Context, reference string) (own, kept []image.Assets, err error) {
	pulled, err := image.Pull(ctx, reference, s.registryOf(reference))
	if err != nil {
		return nil, nil, err
	}
	img, is := pulled.Artifact.(v1.Image)
	if index, several := pulled.Artifact.(v1.ImageIndex); !is && several {
		manifest, err := index.IndexManifest()
		if err != nil {
			return nil, nil, fmt.Errorf("read index %s: %w", reference, err)
		}
		for _, m := range manifest.Manifests {
			if m.MediaType.IsImage() && m.Platform != nil && m.Platform.Architecture != "unknown" {
				if img, err = index.Image(m.Digest); err != nil {
					return nil, nil, fmt.Errorf("read index %s: %w", reference, err)
				}
				is = true
				break
			}
		}
	}
	if !is {
		return nil, nil, nil
	}
	return image.AssetsIn(img)
}
