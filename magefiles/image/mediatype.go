package image

import (
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

// ordinaryLayer is one that was not to be passed on, as a layer like any other: of an ordinary type, and without an address.
type ordinaryLayer struct{ v1.Layer }

func (l ordinaryLayer) MediaType() (types.MediaType, error) {
	mt, err := l.Layer.MediaType()
	return ociLayerType(mt), err
}

// Descriptor implements what [partial.Descriptor] asks for.
func (l ordinaryLayer) Descriptor() (*v1.Descriptor, error) {
	d, err := partial.Descriptor(l.Layer)
	if err != nil {
		return nil, err
	}
	d.MediaType, d.URLs = ociLayerType(d.MediaType), nil
	return d, nil
}
