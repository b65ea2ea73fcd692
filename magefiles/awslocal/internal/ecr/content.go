package ecr

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// Layer is one of an image's, to be unpacked.
type Layer struct {
	Digest string // as it is stored
	DiffID string // of its uncompressed content
	Size   int64  // as it is stored, in bytes
	// Open reads the uncompressed content. It may be called outside a transaction, and fails where the image has been removed
	// meanwhile.
	Open func() (io.ReadCloser, error)
}

// Content finds an image as [Service.Image] does, with its layers, the lowest first. It is for use inside a transaction.
func (s *Service) Content(ref, os, architecture string) (*Image, []Layer, error) {
	image, err := s.Image(ref, os, architecture)
	if err != nil {
		return nil, nil, err
	}
	broken := func(err error) (*Image, []Layer, error) {
		return nil, nil, pullError(PullBroken, err.Error(), "failed to unpack image %s: %v", ref, err)
	}
	data, err := s.catalog.Blobs.Read(oci.Digest(image.Manifest), oci.MaxManifest)
	if err != nil {
		return broken(err)
	}
	m, err := oci.ParseManifest(data, "")
	if err != nil {
		return broken(err)
	}
	if len(m.Layers) != len(image.DiffIDs) {
		return broken(fmt.Errorf("the manifest has %d layers, the config %d", len(m.Layers), len(image.DiffIDs)))
	}
	var layers []Layer
	for i, d := range m.Layers {
		layers = append(layers, Layer{
			Digest: string(d.Digest), DiffID: image.DiffIDs[i], Size: d.Size,
			Open: func() (io.ReadCloser, error) { return s.open(d) },
		})
	}
	return image, layers, nil
}

// open reads a layer uncompressed.
func (s *Service) open(d oci.Descriptor) (io.ReadCloser, error) {
	f, err := s.catalog.Blobs.Open(d.Digest)
	if err != nil {
		return nil, err
	}
	r, err := uncompressed(f, d.MediaType)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read layer %s: %w", d.Digest, err), f.Close())
	}
	return r, nil
}

// uncompressed reads a layer of a media type, and closes f with it. As containerd does, it takes from the type whether a layer is
// compressed, and from the bytes how.
// https://github.com/containerd/containerd/blob/release/1.7/diff/stream.go (compressedHandler)
func uncompressed(f *os.File, mediaType string) (io.ReadCloser, error) {
	if !strings.HasSuffix(mediaType, "gzip") && !strings.HasSuffix(mediaType, "zstd") {
		return f, nil
	}
	head := make([]byte, 4)
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(f)
		return layerReader{z, f}, err
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return layerReader{z.IOReadCloser(), f}, nil
	}
	return f, nil
}

type layerReader struct {
	io.ReadCloser
	file *os.File
}

func (r layerReader) Close() error { return errors.Join(r.ReadCloser.Close(), r.file.Close()) }
