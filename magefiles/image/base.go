package image

import (
	"context"
	"fmt"

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
	ref, err := name.ParseReference(spec.Base)
	if err != nil {
		return nil, fmt.Errorf("read base: %w", err)
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
	return img, nil
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
