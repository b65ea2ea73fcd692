package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
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
	if err := checkLayers(img); err != nil {
		return err
	}
	looking, ctx := errgroup.WithContext(ctx)
	looking.SetLimit(runtime.GOMAXPROCS(0))
	entries, users, unseen := make([][]namedEntry, len(layers)), make([]map[string]string, len(layers)), make([]bool, len(layers))
	for i, l := range layers {
		looking.Go(func() error {
			digest, err := identity(l)
			if err != nil {
				return err
			}
			entries[i], users[i], err = b.lookInto(ctx, digest, l)
			if _, wrong := errors.AsType[*UnusableError](err); wrong {
				return err
			}
			unseen[i] = err != nil
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
	if err := looking.Wait(); err != nil {
		return err
	}
	for i := range layers {
		b.holds.over(entries[i])
		if users[i] != nil {
			b.users = users[i]
		}
	}
	b.holds.partial = slices.Contains(unseen, true)
	return nil
}

// lookedFormat grows with every change of what is looked for.
const lookedFormat = "4"

// lookedAtLayer is what was found in a layer.
type lookedAtLayer struct {
	Secrets []Secret
	Entries packedEntries
	Users   map[string]string // of /etc/passwd: the number of each name
}

func (b *builder) lookInto(ctx context.Context, digest v1.Hash, l v1.Layer) (entries []namedEntry, users map[string]string, err error) {
	key := newFingerprint("looked", lookedFormat, digest.String()).sum()
	var found lookedAtLayer
	known := b.opts.Cache != nil && b.opts.Cache.get(key, &found)
	if known {
		entries, err = found.Entries.entries()
		known = err == nil
	}
	if !known {
		alone := &builder{secrets: map[string]Secret{}}
		if entries, err = alone.lookThrough(ctx, l); err != nil {
			return nil, nil, errors.Join(err, undamaged(l))
		}
		found.Secrets, _ = alone.suspected() // none is refused there
		found.Users = alone.users
		if b.opts.Cache != nil {
			found.Entries = pack(entries)
			b.opts.Cache.put(key, found)
		}
	}
	for _, s := range found.Secrets {
		b.suspect(s.Name, s.Variables)
	}
	return entries, found.Users, nil
}

// lookThrough looks at the files of a layer, all of which it reads.
func (b *builder) lookThrough(ctx context.Context, l v1.Layer) (entries []namedEntry, err error) {
	head := make([]byte, lookedAt)
	err = eachEntry(ctx, l, func(h *tar.Header, r io.Reader) error {
		e, is := entryOf(h)
		// An empty file of this prefix deletes what lies below:
		// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
		deletes := h.Size == 0 && strings.HasPrefix(path.Base(h.Name), whiteout)
		read := 0
		if h.Typeflag == tar.TypeReg && !deletes && (h.Size <= smallFile || e.executable) {
			if read, err = io.ReadFull(r, head[:min(h.Size, lookedAt)]); err != nil {
				return err
			}
			if e.executable {
				e.starter = starterOf(bytes.NewReader(head[:read]))
			}
		}
		if is {
			entries = append(entries, e)
		}
		if h.Typeflag != tar.TypeReg || deletes {
			return nil
		}
		if h.Size > smallFile {
			read = 0
		}
		if e.name == "etc/passwd" {
			b.users = usersIn(head[:read])
		}
		return b.suspectHead(e.name, head[:read])
	})
	return entries, err
}

// undamaged tells whether a layer that cannot be read has the bytes that it should have.
func undamaged(l v1.Layer) error {
	want, err := l.Digest()
	if err != nil {
		return nil // of an archive of Docker: it has no digest before it was read
	}
	content, err := l.Compressed()
	if err != nil {
		return nil // which is what was told already
	}
	defer content.Close()
	digest := sha256.New()
	if _, err := io.CopyBuffer(digest, content, make([]byte, copyBuffer)); err == nil && sum(digest) != want {
		return &UnusableError{Reason: fmt.Sprintf("is damaged: the content of layer %s has another digest", want), Next: writeAgain}
	}
	return nil
}
