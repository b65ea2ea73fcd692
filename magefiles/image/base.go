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
	access := b.opts.Base
	if access.Transport == nil {
		b.own = NewTransport(nil)
		access.Transport = b.own
	}
	platform := v1.Platform{OS: "linux", Architecture: spec.Architecture}
	img, err := remote.Image(ref, append(access.options(ctx), remote.WithPlatform(platform))...)
	if err != nil {
		return nil, fmt.Errorf("read base %s for linux/%s: %w", ref, spec.Architecture, err)
	}
	if err := CheckArchitecture(img, spec.Architecture); err != nil {
		return nil, fmt.Errorf("read base %s: %w", ref, err)
	}
	return img, nil
}
