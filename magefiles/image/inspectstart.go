package image

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxListed is how large the layers of an image may be, compressed, that are read to know whether it can start.
const maxListed = 32 << 20

// Startable tells whether what a container of an image executes is in it: words, the whole vector; and whether what its
// health check executes is, as [Built.HealthCheck] does. Layers that the cache has listed are not read, and others only where
// they have at most 32 MB together: nil is also what is not known.
func Startable(ctx context.Context, img v1.Image, words, healthCheck []string, cache *Cache) (stuck, unhealthy *NotStartable, err error) {
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
		return nil, nil, nil
	}
	all, err := b.readBase(ctx, img)
	if err != nil {
		return nil, nil, fmt.Errorf("list image: %w", err)
	}
	x := executionOf(cf.Config, nil)
	x.words = words
	check := healthCheckOf(cf.Config, healthCheck)
	return x.missing(all), check.stuck(func(x execution) (*listing, *NotStartable) { return all, x.missing(all) }), nil
}
