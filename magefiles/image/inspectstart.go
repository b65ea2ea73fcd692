package image

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxListed is how large the layers of an image may be, compressed, whose files are listed to know whether it can start.
const maxListed = 32 << 20

// Startable tells whether what a container of an image executes is in it: words, the whole vector. Layers
// that the cache has listed are not read, and others only where the image has at most 32 MB: nil is also what is not known.
func Startable(ctx context.Context, img v1.Image, words []string, cache *Cache) (*NotStartable, error) {
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("list image: %w", err)
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, fmt.Errorf("list image: %w", err)
	}
	b := &builder{opts: Options{Cache: cache}}
	var total int64
	for _, l := range layers {
		size, err := l.Size()
		if err != nil {
			return nil, fmt.Errorf("list image: %w", err)
		}
		total += size
	}
	if total > maxListed {
		return nil, nil
	}
	all, err := b.readBase(ctx, img)
	if err != nil {
		return nil, fmt.Errorf("list image: %w", err)
	}
	x := executionOf(cf.Config, nil)
	x.words = words
	return x.missing(all), nil
}
