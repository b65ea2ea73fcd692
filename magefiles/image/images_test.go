package image_test

import (
	"io"
	"log"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// baseImage is an image of Docker's media types with one gzipped layer.
func baseImage(t testing.TB, cf v1.ConfigFile) v1.Image {
	t.Helper()
	l, err := random.Layer(1000, types.DockerLayer)
	must(t, err)
	cf.RootFS.Type = "layers"
	img, err := mutate.ConfigFile(empty.Image, &cf)
	must(t, err)
	img, err = mutate.AppendLayers(img, l)
	must(t, err)
	return img
}

// validated checks manifest, configuration and both hashes of each layer against the bytes.
func validated(t *testing.T, img v1.Image) {
	t.Helper()
	must(t, validate.Image(img, validate.Fast)) // it cannot read zstd
	layers, err := img.Layers()
	must(t, err)
	for i, l := range layers {
		check := func(what string, want v1.Hash, open func() (io.ReadCloser, error)) int64 {
			r, err := open()
			must(t, err)
			defer r.Close()
			got, n, err := v1.SHA256(r)
			must(t, err)
			if got != want {
				t.Errorf("layer %d: %s is %s, its bytes have %s", i, what, want, got)
			}
			return n
		}
		digest, err := l.Digest()
		must(t, err)
		diffID, err := l.DiffID()
		must(t, err)
		size, err := l.Size()
		must(t, err)
		if n := check("digest", digest, l.Compressed); n != size {
			t.Errorf("layer %d: size is %d, its bytes are %d", i, size, n)
		}
		check("diff id", diffID, l.Uncompressed)
	}
}

// push puts an image into a registry without the package under test.
func push(t testing.TB, reference string, img v1.Image) {
	t.Helper()
	ref, err := name.ParseReference(reference)
	must(t, err)
	must(t, remote.Write(ref, img))
}
