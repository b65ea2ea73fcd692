package image

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// platformImage is an image of an index.
type platformImage struct {
	v1.Image
	platform v1.Platform
}

// Descriptor is what an index says of the image, as [mutate.AppendManifests] asks for it. It has no artifactType, for which
// go-containerregistry would take the type of the configuration: an image is no artifact
// (https://github.com/opencontainers/image-spec/blob/main/descriptor.md#properties), and skopeo 1.9.3 drops the member as it
// copies, so that the copy has another digest.
func (p platformImage) Descriptor() (*v1.Descriptor, error) {
	d, err := descriptor(p.Image)
	d.Platform = &p.platform
	return &d, err
}

// index is that of the images. Of images that stood in one index before, it says what that one said; where it holds the same
// ones and nothing else, it is that one.
func (b *builder) index(images []platformImage) (v1.ImageIndex, error) {
	before, err := b.indexBefore()
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	if before == nil {
		annotations := map[string]string{}
		if !b.spec.Source.IsImage() {
			if annotations, err = (plan{program: b.program}).annotations(b.spec); err != nil {
				return nil, err
			}
		}
		return newIndex(images, nil, annotations)
	}
	manifest, err := before.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	same := len(manifest.Manifests) == len(images)
	for i, img := range images {
		digest, err := img.Digest()
		if err != nil {
			return nil, fmt.Errorf("compute digest of image: %w", err)
		}
		same = same && digest == b.chosen[i].Digest
	}
	if same {
		return before, nil
	}
	return newIndex(images, b.chosen, manifest.Annotations)
}

// indexBefore is the index in which all images stood; nil where there is none, but for that of a layout.
func (b *builder) indexBefore() (before v1.ImageIndex, err error) {
	var digest v1.Hash
	for _, c := range b.chosen {
		if !c.nested {
			return nil, nil
		}
		d, err := c.index.Digest()
		if err != nil {
			return nil, err
		}
		if before != nil && d != digest {
			return nil, nil
		}
		before, digest = c.index, d
	}
	return before, nil
}

// newIndex is an index of OCI. described is what is known of the images from another one, in the same order; nil is nothing.
func newIndex(images []platformImage, described []candidate, annotations map[string]string) (v1.ImageIndex, error) {
	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for i, img := range images {
		add := mutate.IndexAddendum{Add: img}
		if described != nil {
			add.Annotations = described[i].Annotations
			if p := described[i].Platform; p != nil {
				add.Platform = p
			}
		}
		index = mutate.AppendManifests(index, add)
	}
	return annotated(index, annotations)
}
