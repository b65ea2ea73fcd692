package image

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxListed is how large the layers of an image may be, compressed, that are read to know whether it can start.
const maxListed = 32 << 20

// Startable tells whether what a container of an image executes is in it: words, the whole vector. Layers that the cache has
// listed are not read, and others only where they have at most 32 MB together: nil is also what is not known.
func Startable(ctx context.Context, img v1.Image, words []string, cache *Cache) (*NotStartable, error) {
	cf, all, err := listImage(ctx, img, cache)
	if err != nil || all == nil {
		return nil, err
	}
	x := executionOf(cf.Config, nil)
	x.words = words
	return x.missing(all), nil
}

// HealthCheckable tells whether the command of a health check is in an image, as [Built.HealthCheck] does of one that was just
// built. It reads what [Startable] reads.
func HealthCheckable(ctx context.Context, img v1.Image, command []string, cache *Cache) (*NotStartable, error) {
	if len(command) == 0 {
		return nil, nil
	}
	cf, all, err := listImage(ctx, img, cache)
	if err != nil || all == nil {
		return nil, err
	}
	return healthCheckOf(cf.Config, command).stuck(func(x execution) (*listing, *NotStartable) { return all, x.missing(all) }), nil
}

// listImage is what an image holds; nil where that is too much to read.
func listImage(ctx context.Context, img v1.Image, cache *Cache) (*v1.ConfigFile, *listing, error) {
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, nil, fmt.Errorf("list image: %w", err)
	}
	b := &builder{opts: Options{Cache: cache}}
	size, err := b.unlisted(img)
	if err != nil {
		return nil, nil, fmt.Errorf("list image: %w", err)
	}
	if size > maxListed {
		return cf, nil, nil
	}
	all, err := b.readBase(ctx, img)
	if err != nil {
		return nil, nil, fmt.Errorf("list image: %w", err)
	}
	return cf, all, nil
}
