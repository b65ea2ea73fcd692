package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"
)

// maxBase bounds what is read of a base, compressed, to answer a question about it.
const maxBase = 1 << 30

// readBase lists what a base holds. It is read where its configuration leaves a question open, and once: what was read is
// remembered under the hash of each layer.
func (b *builder) readBase(ctx context.Context, base v1.Image) (*listing, error) {
	layers, err := base.Layers()
	if err != nil {
		return nil, err
	}
	all := &listing{}
	var total int64
	for _, l := range layers {
		diffID, err := l.DiffID()
		if err != nil {
			return nil, err
		}
		size, err := l.Size()
		if err != nil {
			return nil, err
		}
		if total += size; total > maxBase {
			return nil, fmt.Errorf("it has more than %d GiB", maxBase>>30)
		}
		key := listedKey(diffID)
		var kept packedEntries
		if b.opts.Cache != nil && b.opts.Cache.get(key, &kept) {
			if entries, err := kept.entries(); err == nil {
				all.over(entries)
				continue
			}
		}
		entries, err := readEntries(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("list layer %s: %w", diffID, err)
		}
		if b.opts.Cache != nil {
			b.opts.Cache.put(key, pack(entries))
		}
		all.over(entries)
	}
	return all, nil
}

func listedKey(diffID v1.Hash) string {
	return newFingerprint("listed", listedFormat, diffID.String()).sum()
}

// unlisted is how large the layers are that the cache has not listed.
func (b *builder) unlisted(img v1.Image) (total int64, err error) {
	layers, err := img.Layers()
	if err != nil {
		return 0, err
	}
	for _, l := range layers {
		diffID, err := l.DiffID()
		if err != nil {
			return 0, err
		}
		var kept packedEntries
		if b.opts.Cache != nil && b.opts.Cache.get(listedKey(diffID), &kept) {
			continue
		}
		size, err := l.Size()
		if err != nil {
			return 0, err
		}
		total += size
	}
	return total, nil
}

// readEntries lists a layer.
func readEntries(ctx context.Context, l v1.Layer) (entries []namedEntry, err error) {
	err = eachEntry(ctx, l, func(h *tar.Header, r io.Reader) error {
		e, is := entryOf(h)
		if !is {
			return nil
		}
		if e.kind == regular && e.executable {
			head, err := io.ReadAll(io.LimitReader(r, starterAt))
			if err != nil {
				return err
			}
			e.starter = starterOf(bytes.NewReader(head))
		}
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// eachEntry calls f for each header of a layer's tar, with the content behind it.
func eachEntry(ctx context.Context, l v1.Layer, f func(*tar.Header, io.Reader) error) error {
	content, err := l.Uncompressed()
	if err != nil {
		return err
	}
	defer content.Close()
	counted := &io.LimitedReader{R: content, N: maxArchive}
	for r := tar.NewReader(counted); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && counted.N > 0:
			_, err := io.Copy(io.Discard, counted) // what stands behind the tar's end is a part of the layer
			return err
		case errors.Is(err, io.EOF):
			return fmt.Errorf("it holds more than %d GiB", maxArchive>>30)
		case err != nil:
			return err
		}
		if err := f(h, r); err != nil {
			return err
		}
	}
}

// listedFormat grows with every change of what is remembered of a layer.
const listedFormat = "1"

// packedEntries are the entries of a layer in a tenth of their size: names have much in common.
type packedEntries []byte

const packedFields = 4

func pack(entries []namedEntry) packedEntries {
	var text bytes.Buffer
	for _, e := range entries {
		kind := []byte{'0' + byte(e.kind)}
		if e.executable {
			kind = append(kind, 'x')
		}
		for _, field := range []string{string(kind), e.name, e.target, e.starter} {
			text.WriteString(strings.ReplaceAll(field, "\x00", ""))
			text.WriteByte(0)
		}
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil // the options are fixed
	}
	return w.EncodeAll(text.Bytes(), nil)
}

func (p packedEntries) entries() ([]namedEntry, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := r.DecodeAll(p, nil)
	if err != nil {
		return nil, err
	}
	fields := strings.Split(string(text), "\x00")
	entries := make([]namedEntry, 0, len(fields)/packedFields)
	for ; len(fields) > packedFields; fields = fields[packedFields:] {
		if fields[0] == "" {
			return nil, errors.New("it is damaged")
		}
		entries = append(entries, namedEntry{name: fields[1], listed: listed{
			kind: kind(fields[0][0] - '0'), executable: len(fields[0]) > 1, target: fields[2], starter: fields[3],
		}})
	}
	return entries, nil
}
