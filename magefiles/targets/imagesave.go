package targets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// ImageSave builds the image of SPLITECS_ENV, or of the default environment, and writes it to a file, relative to the
// project, which image:push takes as SPLITECS_SOURCE. Its digest is the only line on stdout. It needs no credentials,
// but for those of the base image's registry.
func (t Set) ImageSave(ctx context.Context, file string) error {
	return t.run(ctx, "image:save", t.defaultEnvironment(), func(ctx context.Context, s *session) error {
		img, _, err := s.build(ctx, s.describe(ctx), nil)
		if err != nil {
			return err
		}
		defer img.Close() // temporary files
		sbom, err := s.sbom(img)
		if err != nil {
			return err
		}
		if !filepath.IsAbs(file) {
			file = filepath.Join(s.Dir, file)
		}
		s.console.Step("saving %s", file)
		if err := image.Save(ctx, img, sbom, file); err != nil {
			return err
		}
		digest, err := img.Artifact().Digest()
		if err != nil {
			return fmt.Errorf("compute digest of image: %w", err)
		}
		s.console.Result("%s", digest)
		return nil
	})
}

// sbom is the bill of materials of an image; nil where there is to be none.
func (s *session) sbom(img *image.Built) (v1.Image, error) {
	if s.place.Image.WithoutSBOM {
		return nil, nil
	}
	return img.SBOM()
}

// commitOfSaved is the commit that the image is named after. One that image:save wrote was made of a commit, with changes or
// without: where that is another one than what is checked out, nobody but SPLITECS_TAG can name it.
func commitOfSaved(img *image.Built, here commit) (commit, error) {
	revision, saved, err := img.SavedRevision()
	if err != nil || !saved || here.err != nil {
		return here, err
	}
	sha, dirty := strings.CutSuffix(revision, dirtyRevision)
	if sha != here.SHA {
		reason := fmt.Sprintf("the saved image was made of commit %s, and %s is checked out", sha, here.SHA)
		if sha == "" {
			reason = "the saved image was made of no commit"
		}
		here.err = &image.NoCommitError{Dir: ".", Reason: reason, Err: errors.New(reason)}
	}
	here.Dirty = here.Dirty || dirty
	return here, nil
}
