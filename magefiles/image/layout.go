package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layout reads the image for the wanted architecture out of an OCI layout. Layers that are not compressed at all are
// compressed, and those of Docker's zstd type get OCI's; else the image keeps its digest.
func (b *builder) layout(ctx context.Context, dir, arch string) (v1.Image, error) {
	if !isFile(dir, "index.json") {
		return nil, &UnusableError{Reason: "is incomplete, it has no index.json", Next: writeAgain}
	}
	idx, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	if b.saved, err = openSaved(dir); err != nil {
		return nil, err
	}
	from := "oci:" + b.spec.Source.Path
	if b.spec.Source.Kind == KindArchive {
		from = "oci-archive:" + b.spec.Source.Path
	}
	chosen, err := pick(idx, arch, from)
	if err != nil {
		return nil, err
	}
	b.chosen = append(b.chosen, chosen)
	img, err := chosen.index.Image(chosen.Digest)
	if err != nil {
		return nil, err
	}
	if err := complete(dir, img); err != nil {
		return nil, err
	}
	if err := b.look(ctx, img, v1.Layer.Digest); err != nil {
		return nil, err
	}
	return b.compressed(ctx, img, func(l v1.Layer) (bool, error) {
		mt, err := l.MediaType()
		return mt == types.OCIUncompressedLayer || mt == types.DockerUncompressedLayer, err
	})
}

// complete tells of a layer that a layout does not have as a whole: a copy that was interrupted, or a sparse one.
func complete(dir string, img v1.Image) error {
	manifest, err := img.Manifest()
	if err != nil {
		return err
	}
	if err := checkDigest(manifest.Config.Digest); err != nil {
		return err
	}
	for _, l := range manifest.Layers {
		if err := checkDigest(l.Digest); err != nil {
			return err
		}
		info, err := os.Stat(filepath.Join(dir, "blobs", l.Digest.Algorithm, l.Digest.Hex))
		switch {
		case errors.Is(err, fs.ErrNotExist) && len(l.URLs) > 0:
			return &UnusableError{Reason: fmt.Sprintf("does not have layer %s, which lies at %s alone", l.Digest, l.URLs[0]),
				Next: []string{"build it on a base that has all of its layers in its registry, then run the same command again"}}
		case errors.Is(err, fs.ErrNotExist):
			return &UnusableError{Reason: fmt.Sprintf("is incomplete, it does not have layer %s", l.Digest), Next: writeAgain}
		case err != nil:
			return err
		case info.Size() != l.Size:
			return &UnusableError{Reason: fmt.Sprintf("is incomplete, it has %d bytes of the %d of layer %s", info.Size(), l.Size, l.Digest), Next: writeAgain}
		}
	}
	return nil
}

// pick finds the one image for linux and arch in an index and the indexes in it. from is what other tools call a source that is one, if it is.
func pick(idx v1.ImageIndex, arch, from string) (candidate, error) {
	images, err := flatten(idx, "", 0)
	if err != nil {
		return candidate{}, err
	}
	mismatch := &ArchitectureError{Wanted: "linux/" + arch}
	chosen := map[v1.Hash]candidate{}
	for _, c := range images {
		if c.platform != "linux/"+arch {
			mismatch.Found = append(mismatch.Found, c.platform)
			continue
		}
		chosen[c.Digest] = c
	}
	switch len(chosen) {
	case 0:
		if len(images) == 0 {
			return candidate{}, &UnusableError{Reason: "holds no image", Next: writeAgain}
		}
		return candidate{}, mismatch
	case 1:
		for _, c := range chosen {
			return c, nil
		}
	}
	var several []named
	for _, c := range images {
		if one, wanted := chosen[c.Digest]; wanted && one.name == c.name {
			several = append(several, named{from, c.name})
		}
	}
	return candidate{}, severalImages(fmt.Sprintf("holds %d images for linux/%s", len(chosen), arch), several)
}

// candidate is an image of an index, as that describes it. One for another platform may be absent from an archive.
type candidate struct {
	v1.Descriptor
	index    v1.ImageIndex
	nested   bool   // the index is one in a layout's own, which describes the layout alone
	platform string // "linux/amd64"
	name     string // in the layout; empty where it has none
}

// refName is how a layout names what it holds. https://github.com/opencontainers/image-spec/blob/main/annotations.md
const refName = "org.opencontainers.image.ref.name"

// maxIndexDepth bounds indexes in indexes: an archive of `docker save` has two levels.
const maxIndexDepth = 4

// flatten lists the images of an index; attestations and other artifacts beside them are left out.
// name is that of the index itself.
func flatten(idx v1.ImageIndex, name string, depth int) ([]candidate, error) {
	if depth > maxIndexDepth {
		return nil, fmt.Errorf("its indexes are nested more than %d levels deep", maxIndexDepth)
	}
	manifest, err := idx.IndexManifest()
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, d := range manifest.Manifests {
		if err := checkDigest(d.Digest); err != nil {
			return nil, err
		}
		called := cmp.Or(name, d.Annotations[refName])
		switch {
		case d.MediaType.IsIndex():
			child, err := idx.ImageIndex(d.Digest)
			if err != nil {
				return nil, err
			}
			below, err := flatten(child, called, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, below...)
		case d.MediaType.IsImage():
			if isArtifact(d) {
				continue
			}
			c := candidate{Descriptor: d, index: idx, nested: depth > 0, name: called}
			if d.Platform != nil {
				c.platform = d.Platform.OS + "/" + d.Platform.Architecture
			} else if c.platform, err = ownPlatform(idx, d.Digest); err != nil {
				return nil, err
			}
			all = append(all, c)
		}
	}
	return all, nil
}

// isArtifact tells whether a manifest is no image to run: an attestation of buildx
// (https://docs.docker.com/build/metadata/attestations/attestation-storage/), or an artifact by its
// type; some tools name the type of an image's configuration there.
func isArtifact(d v1.Descriptor) bool {
	return d.Annotations["vnd.docker.reference.type"] != "" ||
		d.ArtifactType != "" && !types.MediaType(d.ArtifactType).IsConfig()
}

// ownPlatform is what the image's configuration says.
func ownPlatform(idx v1.ImageIndex, digest v1.Hash) (string, error) {
	img, err := idx.Image(digest)
	if err != nil {
		return "", err
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return "", fmt.Errorf("read image %s: %w", digest, err)
	}
	return cf.OS + "/" + cf.Architecture, nil
}
