package image

import (
	"io"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// Every layer made here is compressed as this file says. Fargate, containerd and every registry of the
// OCI image specification 1.1 take zstd; it needs a quarter of gzip's time for four fifths of its size.

// layerMediaType names the compression:
// https://github.com/opencontainers/image-spec/blob/main/layer.md#zstd-media-types
const layerMediaType = types.OCILayerZStd

// compress returns a writer to w. The level is fixed and one goroutine compresses, so that equal input
// is equal output; layers are compressed beside each other instead.
func compress(w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
}

// decompress reads what compress wrote.
func decompress(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}
