package image

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// base is the image underneath: pulled (its layers only when they are needed), or nothing.
func (b *builder) base(ctx context.Context, spec Spec) (v1.Image, error) {
	if spec.Base == "" || spec.Base == Scratch {
		return empty.Image, nil
	}
	ref, err := baseReference(spec.Base)
	if err != nil {
		return nil, err
	}
	platform := v1.Platform{OS: "linux", Architecture: spec.Architecture}
	img, err := remote.Image(ref, append(b.baseOptions(ctx), remote.WithPlatform(platform))...)
	if err == nil {
		_, err = img.ConfigFile() // which is a blob, and may be elsewhere
	}
	if err != nil {
		return nil, newBaseError(ref, spec.Architecture, err)
	}
	if err := CheckArchitecture(img, spec.Architecture); err != nil {
		return nil, fmt.Errorf("read base %s: %w", ref, err)
	}
	if err := checkLayers(img); err != nil {
		return nil, fmt.Errorf("read base %s: %w", ref, err)
	}
	return img, nil
}

// baseReference is what a base is called. A host alone would be an image of Docker Hub of that name.
func baseReference(base string) (name.Reference, error) {
	ref, err := name.ParseReference(base)
	if scheme, _, found := strings.Cut(base, "://"); err == nil && found {
		err = fmt.Errorf("it begins with %s://", scheme) // of skopeo: docker would be a host
	}
	switch {
	case err != nil:
		return nil, &PartError{Field: "Base", Name: base, Reason: "is no reference of an image, such as registry.example.com/team/base:1 or node:22-slim: " + err.Error()}
	case !strings.Contains(base, "/") && strings.Contains(ref.Context().RepositoryStr(), "."):
		return nil, &PartError{Field: "Base", Name: base, Reason: "names a registry and no image in it"}
	}
	return ref, nil
}

// baseOptions are those with which the base is read, the same for every platform.
func (b *builder) baseOptions(ctx context.Context) []remote.Option {
	if b.way.Transport == nil {
		b.way = b.opts.Base
		if b.way.Transport == nil {
			b.own = NewTransport(nil)
			b.way.Transport = b.own
		}
		within := b.opts.answer
		if within == 0 {
			within = firstAnswer
		}
		b.way.Transport = &awaiting{inner: b.way.Transport, within: within, hosts: map[string]firstHeard{}}
	}
	return append(b.way.options(ctx), remote.WithRetryBackoff(baseBackoff))
}
