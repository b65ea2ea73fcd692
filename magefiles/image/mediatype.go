package image

import "github.com/google/go-containerregistry/pkg/v1/types"

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
	case types.DockerUncompressedLayer:
		return types.OCIUncompressedLayer
	case types.DockerForeignLayer:
		return types.OCIRestrictedLayer
	}
	return mt
}
