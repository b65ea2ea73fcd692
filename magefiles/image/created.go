package image

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Created is the creation time in an image's configuration: for images that [Build] made, the time of their
// commit. Of an index it is that of the image for linux/amd64.
func Created(ctx context.Context, reference string, access Access) (time.Time, error) {
	ref, err := name.ParseReference(reference, name.StrictValidation)
	if err != nil {
		return time.Time{}, fmt.Errorf("read image %s: %w", reference, err)
	}
	img, err := remote.Image(ref, access.options(ctx)...)
	if err != nil {
		return time.Time{}, fmt.Errorf("read image %s: %w", reference, err)
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return time.Time{}, fmt.Errorf("read configuration of image %s: %w", reference, err)
	}
	return cf.Created.Time, nil
}
