package image

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layer is a compressed layer in a file, which stays open until the build is closed: what was verified is what is
// read, even where another process removes it from the cache meanwhile.
type layer struct {
	pressed
	compression Compression
	keys        []string // files with a private key in them, by their names in the tar

	// open opens the file when it is needed, once.
	open func() (*os.File, error)
	once sync.Once
	file *os.File
	err  error
}

var _ v1.Layer = (*layer)(nil)

func (l *layer) Digest() (v1.Hash, error)            { return l.digest, nil }
func (l *layer) DiffID() (v1.Hash, error)            { return l.diffID, nil }
func (l *layer) Size() (int64, error)                { return l.size, nil }
func (l *layer) MediaType() (types.MediaType, error) { return l.compression.mediaType(), nil }

func (l *layer) Compressed() (io.ReadCloser, error) {
	l.once.Do(func() { l.file, l.err = l.open() })
	if l.err != nil {
		return nil, l.err
	}
	return io.NopCloser(io.NewSectionReader(l.file, 0, l.size)), nil
}

func (l *layer) Uncompressed() (io.ReadCloser, error) {
	r, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	return decompress(l.compression, bufio.NewReaderSize(r, copyBuffer))
}

func (l *layer) close() error {
	l.once.Do(func() { l.err = fs.ErrClosed })
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// copyBuffer is the size of every buffer between disk and tar.
const copyBuffer = 256 << 10

// newLayer runs write, which writes a tar, and keeps its compressed bytes in the cache, or in a file of the build's
// folder where there is none. Memory does not grow with the layer.
func (b *builder) newLayer(ctx context.Context, write func(io.Writer) error) (*layer, error) {
	f, err := b.layerFile()
	if err != nil {
		return nil, err
	}
	p, err := b.press.press(ctx, f, write)
	if err == nil && b.opts.Cache != nil {
		err = os.Rename(f.Name(), b.opts.Cache.blob(p.digest))
	}
	if err != nil {
		os.Remove(f.Name())
		return nil, errors.Join(err, f.Close())
	}
	return b.opened(&layer{pressed: p, compression: b.press.compression, open: func() (*os.File, error) { return f, nil }}), nil
}

// opened is the layer, to be closed with the build.
func (b *builder) opened(l *layer) *layer {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.files = append(b.files, l)
	return l
}

func (b *builder) layerFile() (*os.File, error) {
	if b.opts.Cache != nil {
		return b.opts.Cache.partial()
	}
	return os.CreateTemp(b.dir, "layer-*.tar")
}

// remembered is the record of a layer that was made.
type remembered struct {
	DiffID, Digest v1.Hash
	Size           int64
	Keys           []string `json:",omitempty"` // files with a private key in them
}

// lastSeen is the record of files of a shape.
type lastSeen struct {
	Newest int64 // the latest of their last changes
}

// newest is what is remembered of files.
func newest(items []item) (l lastSeen) {
	for _, it := range items {
		l.Newest = max(l.Newest, it.stamp.changed)
	}
	return l
}

// edited tells whether a few of the files were changed since. In a new checkout, and after a build that writes everything
// again, all of them are new; and files without any change that are not known are others, elsewhere.
func (l lastSeen) edited(items []item) bool {
	var size, changed int64
	for _, it := range items {
		size += it.size
		if it.stamp.changed > l.Newest {
			changed += it.size
		}
	}
	return changed > 0 && changed < size/2
}

// remember records a layer under keys.
func (b *builder) remember(l *layer, keys ...string) {
	for _, key := range keys {
		if key != "" {
			b.opts.Cache.put(key, remembered{DiffID: l.diffID, Digest: l.digest, Size: l.size, Keys: l.keys})
		}
	}
}

// recall is the layer that was recorded under a key; nil if there is none. When its bytes are needed and the cache
// does not have them any more, or they are damaged, they are made again by write.
func (b *builder) recall(ctx context.Context, key string, write func(io.Writer) error) *layer {
	var r remembered
	if key == "" || !b.opts.Cache.get(key, &r) {
		return nil
	}
	l := &layer{pressed: pressed{diffID: r.DiffID, digest: r.Digest, size: r.Size}, compression: b.press.compression, keys: r.Keys}
	l.open = func() (*os.File, error) {
		if f := b.opts.Cache.open(l.digest, l.size); f != nil {
			return f, nil
		}
		again, err := b.newLayer(ctx, write)
		if err != nil {
			return nil, fmt.Errorf("build layer again: %w", err)
		}
		if again.digest != l.digest {
			return nil, fmt.Errorf("build layer again: %w", errChanged)
		}
		return again.open()
	}
	return b.opened(l)
}

// tarKey is the key of a layer by the tar in it, which was looked at.
func (b *builder) tarKey(diffID v1.Hash) string {
	return newFingerprint("tar", recipe(b.press.compression), diffID.String()).sum()
}

// packedKey is that of a layer of an archive, whose tar is looked at apart.
func (b *builder) packedKey(diffID v1.Hash) string {
	return newFingerprint("packed", recipe(b.press.compression), diffID.String()).sum()
}

// recompressed is the layer l in the compression of this package.
func (b *builder) recompressed(ctx context.Context, l v1.Layer) (*layer, error) {
	claimed, err := l.DiffID()
	if err != nil {
		return nil, err
	}
	write := func(w io.Writer) error {
		r, err := l.Uncompressed()
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.CopyBuffer(w, r, make([]byte, copyBuffer))
		return err
	}
	if b.opts.Cache != nil {
		if known := b.recall(ctx, b.packedKey(claimed), write); known != nil {
			return known, nil
		}
	}
	out, err := b.newLayer(ctx, write)
	if err != nil {
		return nil, fmt.Errorf("compress layer: %w", err)
	}
	if out.diffID != claimed {
		return nil, fmt.Errorf("compress layer: its tar is %s, and the image's configuration says %s", out.diffID, claimed)
	}
	if b.opts.Cache != nil {
		b.remember(out, b.packedKey(out.diffID))
	}
	return out, nil
}
