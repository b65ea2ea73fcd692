package image

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Pulled is an image, or an index, in a registry. Its layers are read when they are needed.
type Pulled struct {
	Artifact
	// Referrers are the artifacts about it, e.g. its bill of materials.
	Referrers []v1.Image
}

// Pull reads the image with a reference "host/repository@sha256:…", and what refers to it. The access needs a
// transport.
func Pull(ctx context.Context, reference string, access Access) (Pulled, error) {
	ref, err := name.NewDigest(reference, name.StrictValidation)
	if err != nil {
		return Pulled{}, fmt.Errorf("pull image: %w", err)
	}
	puller, err := remote.NewPuller(access.options(ctx)...)
	if err != nil {
		return Pulled{}, fmt.Errorf("pull image %s: %w", ref, err)
	}
	d, err := puller.Get(ctx, ref)
	if err != nil {
		if said := refusal(err, ref.Context()); said != nil {
			err = said
		}
		return Pulled{}, fmt.Errorf("pull image %s: %w", ref, err)
	}
	var p Pulled
	if d.MediaType.IsIndex() {
		p.Artifact, err = d.ImageIndex()
	} else {
		p.Artifact, err = d.Image()
	}
	if err == nil {
		p.Referrers, err = referrers(ref, access.options(ctx))
	}
	if err != nil {
		return Pulled{}, fmt.Errorf("pull image %s: %w", ref, err)
	}
	return p, nil
}

func referrers(ref name.Digest, opts []remote.Option) ([]v1.Image, error) {
	index, err := remote.Referrers(ref, opts...)
	if err != nil {
		return nil, fmt.Errorf("list what refers to it: %w", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("list what refers to it: %w", err)
	}
	var found []v1.Image
	for _, d := range manifest.Manifests {
		if !d.MediaType.IsImage() {
			continue // an index of artifacts; the specification has them, nobody makes them
		}
		img, err := remote.Image(ref.Context().Digest(d.Digest.String()), opts...)
		if err != nil {
			return nil, fmt.Errorf("read what refers to it: %w", err)
		}
		found = append(found, img)
	}
	return found, nil
}

// CheckPlatform is [CheckArchitecture] for an index too: one of its images has to be for the wanted architecture.
func CheckPlatform(a Artifact, wanted string) error {
	if img, ok := a.(v1.Image); ok {
		return CheckArchitecture(img, wanted)
	}
	index, ok := a.(v1.ImageIndex)
	if !ok {
		return fmt.Errorf("check architecture: %T is neither an image nor an index", a)
	}
	arch, err := Architecture(wanted)
	if err != nil {
		return fmt.Errorf("check architecture: %w", err)
	}
	images, err := flatten(index, "", 0)
	if err != nil {
		return fmt.Errorf("check architecture: %w", err)
	}
	mismatch := &ArchitectureError{Wanted: "linux/" + arch}
	for _, c := range images {
		if c.platform == mismatch.Wanted {
			return nil
		}
		mismatch.Found = append(mismatch.Found, c.platform)
	}
	return fmt.Errorf("check architecture: %w", mismatch)
}
