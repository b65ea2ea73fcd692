package image

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layer is a compressed layer in a file.
type layer struct {
	file   string
	digest v1.Hash // of the compressed bytes
	diffID v1.Hash // of the tar
	size   int64   // compressed
}

var _ v1.Layer = (*layer)(nil)

func (l *layer) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l *layer) DiffID() (v1.Hash, error)             { return l.diffID, nil }
func (l *layer) Size() (int64, error)                 { return l.size, nil }
func (l *layer) MediaType() (types.MediaType, error)  { return layerMediaType, nil }
func (l *layer) Compressed() (io.ReadCloser, error)   { return os.Open(l.file) }
func (l *layer) Uncompressed() (io.ReadCloser, error) { return openLayer(l.file) }

// openLayer reads the tar in a layer's file.
func openLayer(file string) (io.ReadCloser, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	d, err := decompress(bufio.NewReaderSize(f, copyBuffer))
	if err != nil {
		f.Close()
		return nil, err
	}
	return &layerReader{ReadCloser: d, file: f}, nil
}

type layerReader struct {
	io.ReadCloser
	file *os.File
}

func (r *layerReader) Close() error {
	r.ReadCloser.Close()
	return r.file.Close()
}

// copyBuffer is the size of every buffer between disk, tar and compressor.
const copyBuffer = 256 << 10

// newLayer runs write, which writes a tar, and keeps its compressed bytes in a file of dir. Both hashes
// are computed on the way; memory does not grow with the layer.
func newLayer(ctx context.Context, dir string, write func(io.Writer) error) (_ *layer, err error) {
	f, err := os.CreateTemp(dir, "layer-*.tar.zst")
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()

	digest, diffID := sha256.New(), sha256.New()
	count := &counter{}
	z, err := compress(io.MultiWriter(f, digest, count))
	if err != nil {
		return nil, err
	}
	tar := bufio.NewWriterSize(io.MultiWriter(diffID, z), copyBuffer)
	if err := write(&ctxWriter{ctx: ctx, w: tar}); err != nil {
		z.Close()
		return nil, err
	}
	if err := tar.Flush(); err != nil {
		z.Close()
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return &layer{file: f.Name(), digest: sum(digest), diffID: sum(diffID), size: count.n}, nil
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// recompressed is the layer l in the compression of this package.
func recompressed(ctx context.Context, dir string, l v1.Layer) (*layer, error) {
	out, err := newLayer(ctx, dir, func(w io.Writer) error {
		r, err := l.Uncompressed()
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.CopyBuffer(w, r, make([]byte, copyBuffer))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("compress layer: %w", err)
	}
	return out, nil
}

// counter counts the bytes written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// ctxWriter stops writing when its context ends.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *ctxWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
