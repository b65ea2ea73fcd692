package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// archive reads an image out of a tar. One with an OCI layout in it keeps its digest; one of Docker's
// older format has none, its layers are compressed here.
func (b *builder) archive(ctx context.Context, spec Spec) (v1.Image, error) {
	file := spec.Source.Path
	if b.unpacked != "" { // for another platform
		return b.layout(ctx, b.unpacked, spec.Architecture)
	}
	plain, err := b.plainTar(ctx, file)
	if err != nil {
		return nil, err
	}
	has, err := tarNames(ctx, plain, "oci-layout", "manifest.json")
	if err != nil {
		return nil, err
	}
	switch {
	case has["oci-layout"]:
		dir, err := os.MkdirTemp(b.dir, "layout-")
		if err != nil {
			return nil, err
		}
		if err := unpackLayout(ctx, plain, dir); err != nil {
			return nil, err
		}
		b.unpacked = dir
		return b.layout(ctx, dir, spec.Architecture)
	case has["manifest.json"]:
		return b.dockerArchive(ctx, plain)
	}
	return nil, &SourceError{Path: file, Reason: "is a tar archive, but not an image: it holds neither oci-layout nor manifest.json"}
}

// maxArchive bounds what a compressed archive may become on disk: a small file of zeros can hold any amount. It is three
// times the storage of a Fargate task by default.
const maxArchive = 64 << 30

// plainTar is the archive as a tar that can be read from any place.
func (b *builder) plainTar(ctx context.Context, file string) (_ string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	r, packed, err := decompressed(in)
	if err != nil {
		return "", err
	}
	if !packed {
		return file, nil
	}
	out, err := os.CreateTemp(b.dir, "archive-*.tar")
	if err != nil {
		return "", err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
	}()
	n, err := io.CopyBuffer(&ctxWriter{ctx: ctx, w: out}, io.LimitReader(r, maxArchive+1), make([]byte, copyBuffer))
	if err != nil {
		return "", fmt.Errorf("decompress: %w", err)
	}
	if n > maxArchive {
		return "", fmt.Errorf("decompress: it holds more than %d GiB", maxArchive>>30)
	}
	return out.Name(), nil
}

// tarNames tells which of names are files of the tar.
func tarNames(ctx context.Context, file string, names ...string) (map[string]bool, error) {
	found := map[string]bool{}
	err := eachFile(ctx, file, func(h *tar.Header, _ io.Reader) error {
		for _, name := range names {
			found[name] = found[name] || h.Name == name
		}
		return nil
	})
	return found, err
}

// eachFile calls f for each regular file of the tar, with its name cleaned.
func eachFile(ctx context.Context, file string, f func(*tar.Header, io.Reader) error) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	for r := tar.NewReader(in); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if h.Size > info.Size() { // a sparse file can be as large as its header likes, and be nothing but holes
			return &UnusableError{Reason: "is incomplete, " + h.Name + " would be larger than the archive", Next: writeAgain}
		}
		h.Name = path.Clean(h.Name)
		if err := f(h, r); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// layoutFile matches the files of an OCI layout; the submatch is the digest of a blob. No other name of
// an archive ever becomes a name on disk.
var layoutFile = lazyregexp.New(`^(?:oci-layout|index\.json|blobs/sha256/([0-9a-f]{64}))$`)

// unpackLayout writes the OCI layout in the tar to dir and checks its blobs.
func unpackLayout(ctx context.Context, file, dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o700); err != nil {
		return err
	}
	return eachFile(ctx, file, func(h *tar.Header, r io.Reader) error {
		m := layoutFile.FindStringSubmatch(h.Name)
		if m == nil {
			return nil
		}
		digest := sha256.New()
		out, err := os.Create(filepath.Join(dir, filepath.FromSlash(h.Name)))
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(&ctxWriter{ctx: ctx, w: io.MultiWriter(out, digest)}, r, make([]byte, copyBuffer))
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err == nil && m[1] != "" && sum(digest).Hex != m[1] {
			err = &UnusableError{Reason: "is damaged: its content has another digest", Next: writeAgain}
		}
		return err
	})
}

// dockerArchive reads what `docker save` of one image wrote.
func (b *builder) dockerArchive(ctx context.Context, file string) (v1.Image, error) {
	open := func() (io.ReadCloser, error) { return os.Open(file) }
	images, err := tarball.LoadManifest(open)
	if err != nil {
		return nil, err
	}
	if len(images) != 1 {
		var several []named
		for _, i := range images {
			name := ""
			if len(i.RepoTags) > 0 {
				name = i.RepoTags[0]
			}
			several = append(several, named{"docker-archive:" + b.spec.Source.Path, name})
		}
		return nil, severalImages(fmt.Sprintf("holds %d images", len(images)), several)
	}
	img, err := tarball.Image(open, nil)
	if err != nil {
		return nil, err
	}
	if err := b.look(ctx, img, v1.Layer.DiffID); err != nil {
		return nil, err
	}
	return b.compressed(ctx, img, func(v1.Layer) (bool, error) { return true, nil })
}
