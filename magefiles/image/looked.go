package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// look looks at what a finished image holds, layer by layer: what an upper layer deletes is in the lower one for everybody
// who pulls the image. What was found in a layer is remembered under the hash that says all about it, and that is
// compared before the layer is pushed. A layer that cannot be read as a tar is told, and is no error here.
func (b *builder) look(ctx context.Context, img v1.Image, identity func(v1.Layer) (v1.Hash, error)) error {
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	looking, ctx := errgroup.WithContext(ctx)
	looking.SetLimit(runtime.GOMAXPROCS(0))
	for _, l := range layers {
		looking.Go(func() error {
			digest, err := identity(l)
			if err != nil {
				return err
			}
			err = b.lookInto(ctx, digest, l)
			if err == nil || ctx.Err() != nil {
				return ctx.Err()
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.unseen = append(b.unseen, fmt.Sprintf("layer %s cannot be looked at: %v", digest, err))
			slices.Sort(b.unseen)
			return nil
		})
	}
	return looking.Wait()
}

// lookedFormat grows with every change of what is looked for.
const lookedFormat = "2"

func (b *builder) lookInto(ctx context.Context, digest v1.Hash, l v1.Layer) error {
	key := newFingerprint("looked", lookedFormat, digest.String()).sum()
	var found []Secret
	if b.opts.Cache == nil || !b.opts.Cache.get(key, &found) {
		alone := &builder{secrets: map[string]Secret{}}
		if err := alone.lookThrough(ctx, l); err != nil {
			return err
		}
		found, _ = alone.suspected() // none is refused there
		if b.opts.Cache != nil {
			b.opts.Cache.put(key, found)
		}
	}
	for _, s := range found {
		b.suspect(s.Name, s.Variables)
	}
	return nil
}

// lookThrough looks at the files of a layer.
func (b *builder) lookThrough(ctx context.Context, l v1.Layer) error {
	content, err := l.Uncompressed()
	if err != nil {
		return err
	}
	defer content.Close()
	counted := &io.LimitedReader{R: content, N: maxArchive}
	head := make([]byte, lookedAt)
	for r := tar.NewReader(counted); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.Next()
		if errors.Is(err, io.EOF) && counted.N > 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("it holds more than %d GiB", maxArchive>>30)
		}
		if err != nil {
			return err
		}
		// An empty file of this prefix deletes what lies below:
		// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
		if h.Typeflag != tar.TypeReg || h.Size == 0 && strings.HasPrefix(path.Base(h.Name), ".wh.") {
			continue
		}
		read := 0
		if h.Size <= smallFile {
			if read, err = io.ReadFull(r, head); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return err
			}
		}
		if err := b.suspectHead(strings.TrimPrefix(path.Clean("/"+h.Name), "/"), head[:read]); err != nil {
			return err
		}
	}
}
