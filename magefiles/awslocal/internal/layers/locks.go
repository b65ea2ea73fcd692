package layers

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// held are locks that this process has. There is one for all entries whose names begin alike, so that locks need not be
// removed.
type held []*os.File

func (h held) release() {
	for _, f := range h {
		_ = f.Close() // the lock ends with it
	}
}

// lockFor waits for the locks of some entries. They are taken in one order, so that two processes do not wait for each other.
func (c *Cache) lockFor(ctx context.Context, names ...string) (held, error) {
	var all held
	shards := make([]string, 0, len(names))
	for _, name := range names {
		shards = append(shards, name[:2])
	}
	slices.Sort(shards)
	for _, shard := range slices.Compact(shards) {
		f, err := c.lockOne(ctx, shard)
		if err != nil {
			all.release()
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// lockOne asks again and again: a wait in the kernel could not be ended.
func (c *Cache) lockOne(ctx context.Context, shard string) (*os.File, error) {
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for {
		f, err := c.tryLock(shard)
		if f != nil || err != nil {
			return f, err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tryLock gives no file where another holds the lock.
func (c *Cache) tryLock(shard string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, locksDir, shard), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if ok, err := lock(f); !ok || err != nil {
		_ = f.Close() // the first error counts
		return nil, err
	}
	return f, nil
}
