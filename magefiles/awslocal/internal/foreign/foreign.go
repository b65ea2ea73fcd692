// Package foreign reads images of registries elsewhere, as a task's sidecars have them.
//
// It knows registries and their clients' logins. It does not know the registry that is embedded, or what an image is for.
// Imported by supervisor.
package foreign

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Image is an image that was found.
type Image struct {
	Digest  string // that its reference resolves to
	Config  v1.Config
	Layers  []Layer // the lowest first
	Volumes []string
}

// Layer of an image.
type Layer struct {
	DiffID string
	Open   func() (io.ReadCloser, error) // uncompressed, as it comes
}

// Find looks a reference up for linux on a processor architecture, as somebody who is logged in as `docker login` has it, or
// nobody. Loopback registries are spoken to without TLS.
func Find(ctx context.Context, reference, architecture string) (*Image, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	platform := v1.Platform{OS: "linux", Architecture: architecture}
	found, err := remote.Get(ref, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithPlatform(platform))
	if err != nil {
		return nil, err
	}
	img, err := found.Image()
	if err != nil {
		return nil, err
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	if len(layers) != len(cf.RootFS.DiffIDs) {
		return nil, fmt.Errorf("image %s has %d layers, and its configuration names %d", reference, len(layers), len(cf.RootFS.DiffIDs))
	}
	out := &Image{Digest: found.Digest.String(), Config: cf.Config, Volumes: slices.Sorted(maps.Keys(cf.Config.Volumes))}
	for i, l := range layers {
		out.Layers = append(out.Layers, Layer{DiffID: cf.RootFS.DiffIDs[i].String(), Open: l.Uncompressed})
	}
	return out, nil
}
