package image

import (
	"bytes"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// dockerZstd is the type that BuildKit gave layers with compression=zstd and without oci-mediatypes=true. No specification
// has it. containerd before 2.0 does not take such a layer for one, and then finds fewer layers than the configuration
// says ("layers and diffIDs don't match"): https://github.com/containerd/containerd/pull/9859
const dockerZstd types.MediaType = "application/vnd.docker.image.rootfs.diff.tar.zstd"

// ociLayerType translates Docker's media type of a layer: the bytes are the same.
// https://github.com/opencontainers/image-spec/blob/main/media-types.md#compatibility-matrix
func ociLayerType(mt types.MediaType) types.MediaType {
	switch mt {
	case types.DockerLayer:
		return types.OCILayer
	case dockerZstd:
		return types.OCILayerZStd
	case types.DockerUncompressedLayer, dockerForeignPlain, types.OCIUncompressedRestrictedLayer:
		return types.OCIUncompressedLayer
	case types.DockerForeignLayer, types.OCIRestrictedLayer:
		return types.OCILayer
	case dockerForeignZstd, ociRestrictedZstd:
		return types.OCILayerZStd
	}
	return mt
}

// Layers of these types are not to be passed on, and usually lie at an address of their own. OCI gave them up, and BuildKit and
// Docker send them like others: a task has to find all of an image in one place.
// https://github.com/opencontainers/image-spec/blob/main/layer.md#non-distributable-layers
const (
	dockerForeignPlain types.MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar"
	dockerForeignZstd  types.MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.zstd"
	ociRestrictedZstd  types.MediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
)

// isForeign tells whether a type is one of those.
func isForeign(mt types.MediaType) bool {
	return mt == types.DockerForeignLayer || mt == dockerForeignPlain || mt == dockerForeignZstd ||
		mt == types.OCIRestrictedLayer || mt == types.OCIUncompressedRestrictedLayer || mt == ociRestrictedZstd
}

// layerTypes are those that container runtimes read, once they are OCI's.
// https://github.com/containerd/containerd/blob/release/1.7/images/mediatypes.go
var layerTypes = map[types.MediaType]bool{types.OCILayer: true, types.OCILayerZStd: true, types.OCIUncompressedLayer: true}

// annotatedLayer is one with what the manifest of others says of it.
type annotatedLayer struct {
	v1.Layer
	annotations map[string]string
}

// Descriptor implements what [partial.Descriptor] asks for.
func (l annotatedLayer) Descriptor() (*v1.Descriptor, error) {
	d, err := partial.Descriptor(l.Layer)
	if err != nil {
		return nil, err
	}
	d.Annotations = l.annotations
	return d, nil
}

// unknownLayer is the type of a layer that containerd before 2.0 does not count; empty where there is none.
func unknownLayer(img v1.Image) (string, error) {
	manifest, err := img.Manifest()
	if err != nil {
		return "", fmt.Errorf("read manifest: %w", err)
	}
	for _, l := range manifest.Layers {
		if mt := l.MediaType; mt == dockerZstd || mt == dockerForeignZstd || !isForeign(mt) && !layerTypes[ociLayerType(mt)] {
			return string(mt), nil
		}
	}
	return "", nil
}

// retypedLayer is a layer as one of another type: without an address of its own, since all of it is at hand.
type retypedLayer struct {
	v1.Layer
	mt types.MediaType
}

func (l retypedLayer) MediaType() (types.MediaType, error) { return l.mt, nil }

// Descriptor implements what [partial.Descriptor] asks for.
func (l retypedLayer) Descriptor() (*v1.Descriptor, error) {
	d, err := partial.Descriptor(l.Layer)
	if err != nil {
		return nil, err
	}
	d.MediaType, d.URLs = l.mt, nil
	return d, nil
}

// layerTypeOf is what a layer is by its first bytes, whatever is said of it.
func layerTypeOf(l v1.Layer) (types.MediaType, error) {
	content, err := l.Compressed()
	if err != nil {
		return "", err
	}
	defer content.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(content, head)
	if err != nil && n == 0 {
		return "", fmt.Errorf("read layer: %w", err)
	}
	for _, p := range packed {
		if p.open != nil && bytes.HasPrefix(head, []byte(p.magic)) {
			return p.layer, nil
		}
	}
	return types.OCIUncompressedLayer, nil
}
