package layers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cache is a folder of unpacked layers, for several processes.
type Cache struct{ dir string }

const (
	entriesDir = "entries"
	topsDir    = "tops"
	partialDir = "partial"
	locksDir   = "locks"
	filesDir   = "fs"
	aboutFile  = "about.json"
)

// Open is the cache in a folder, which is made where it is absent. It has to be for one user alone, as it holds secrets of
// images and what their programs are.
//
// Error: [errors.ErrUnsupported] on other systems than Linux.
func Open(dir string) (*Cache, error) {
	if err := supported(); err != nil {
		return nil, err
	}
	for _, name := range []string{entriesDir, topsDir, partialDir, locksDir} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return nil, fmt.Errorf("open cache of layers: %w", err)
		}
	}
	return &Cache{dir: dir}, nil
}

// about is what is told of an entry beside its files.
type about struct {
	Skipped []string `json:",omitempty"` // of the layer: what was not unpacked
	Implied bool     `json:",omitempty"` // there are folders that the layer does not name
	Opaque  bool     `json:",omitempty"` // nothing of lower layers shows
}

// Unpack gives the folder with the files of a layer for a user, lowest in a mount's list of lower folders or above others. It
// unpacks the layer where that was not done; then it is fresh. open gives the uncompressed archive, which is read to its end.
//
// Error: [*DigestError] where the archive is not what diffID ("sha256:…") says, [*SpaceError] where there is no room. Nothing
// is kept then.
func (c *Cache) Unpack(ctx context.Context, diffID string, o Owner, open func() (io.ReadCloser, error)) (dir string, fresh bool, err error) {
	hex, err := hexOf(diffID)
	if err != nil {
		return "", false, err
	}
	if dir, there := c.there(hex, o); there {
		return dir, false, nil
	}
	locks, err := c.lockFor(ctx, hex)
	if err != nil {
		return "", false, fmt.Errorf("unpack layer %s: %w", diffID, err)
	}
	defer locks.release()
	return c.unpackLocked(ctx, Layer{diffID, open}, o)
}

// unpackLocked is Unpack for who holds the lock.
func (c *Cache) unpackLocked(ctx context.Context, l Layer, o Owner) (dir string, fresh bool, err error) {
	hex, err := hexOf(l.DiffID)
	if err != nil {
		return "", false, err
	}
	if dir, there := c.there(hex, o); there {
		return dir, false, nil
	}
	d, err := c.draft(ctx, l)
	if err != nil {
		return "", false, err
	}
	dir, err = c.publish(d, l.DiffID, o)
	return dir, true, err
}

// Layer of an image.
type Layer struct {
	DiffID string                        // the digest of its uncompressed archive, as images have it
	Open   func() (io.ReadCloser, error) // the uncompressed archive
}

func hexOf(diffID string) (string, error) {
	hex, ok := strings.CutPrefix(diffID, "sha256:")
	if !ok || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", fmt.Errorf("unpack layer %q: a diff id is sha256: and 64 hexadecimal digits", diffID)
	}
	return hex, nil
}

func (c *Cache) entry(hex string, o Owner) string {
	return filepath.Join(c.dir, entriesDir, hex, o.key())
}

// there tells whether an entry is there, and remembers that it was asked for.
func (c *Cache) there(hex string, o Owner) (string, bool) { return used(c.entry(hex, o)) }

func used(entry string) (string, bool) {
	now := time.Now()
	if os.Chtimes(entry, now, now) != nil {
		return "", false
	}
	return filepath.Join(entry, filesDir), true
}

// draft unpacks a layer as far as its owner does not matter. What a process left that was killed meanwhile is removed first.
func (c *Cache) draft(ctx context.Context, l Layer) (*draft, error) {
	hex, _ := hexOf(l.DiffID) // it was asked before
	d, err := c.newDraft(hex)
	if err == nil {
		if err = d.from(ctx, l); err != nil {
			err = errors.Join(err, d.discard())
		}
	}
	if err != nil {
		return nil, c.told(l.DiffID, err)
	}
	return d, nil
}

func (c *Cache) newDraft(name string) (*draft, error) {
	if err := c.sweep(name); err != nil {
		return nil, err
	}
	dir := filepath.Join(c.dir, partialDir, name+"+"+rand.Text())
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	return newDraft(dir)
}

func (d *draft) from(ctx context.Context, l Layer) error {
	content, err := l.Open()
	if err != nil {
		return err
	}
	err = d.read(ctx, content, l.DiffID)
	if closed := content.Close(); err == nil {
		err = closed
	}
	return err
}

// sweep removes what was left of an entry whose lock is held.
func (c *Cache) sweep(name string) error {
	var err error
	for _, dir := range c.in(filepath.Join(partialDir, name+"+*")) {
		err = errors.Join(err, RemoveAll(dir))
	}
	return err
}

// publish finishes a draft for a user and puts it in its place.
func (c *Cache) publish(d *draft, diffID string, o Owner) (string, error) {
	hex, _ := hexOf(diffID) // it was asked before
	entry := c.entry(hex, o)
	err := d.finish(o)
	if err == nil {
		err = d.describe()
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(entry), 0o700)
	}
	if err == nil {
		d.close()
		err = os.Rename(d.dir, entry)
	}
	if err != nil {
		return "", c.told(diffID, errors.Join(err, d.discard()))
	}
	return filepath.Join(entry, filesDir), nil
}

// describe writes what is told of a finished draft.
func (d *draft) describe() error {
	all := indexOf(d.tree)
	content, err := json.Marshal(about{Skipped: d.skipped, Implied: all.hasImplied(), Opaque: d.tree.opaque})
	if err == nil {
		err = os.WriteFile(filepath.Join(d.dir, aboutFile), content, 0o600)
	}
	if err == nil {
		err = all.write(d.dir)
	}
	return err
}

func (d *draft) discard() error {
	d.close()
	return RemoveAll(d.dir)
}

func aboutOf(dir string) (about, error) {
	var a about
	content, err := os.ReadFile(filepath.Join(filepath.Dir(dir), aboutFile))
	if err == nil {
		err = json.Unmarshal(content, &a)
	}
	return a, err
}

// SpaceError tells that a layer found no room.
type SpaceError struct {
	Dir string // of the cache
	Err error
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("no space left for it in %s: %v", e.Dir, e.Err)
}
func (e *SpaceError) Unwrap() error { return e.Err }

// told is an error of a layer, in words.
func (c *Cache) told(diffID string, err error) error {
	if full(err) {
		err = &SpaceError{Dir: c.dir, Err: err}
	}
	return fmt.Errorf("unpack layer %s: %w", diffID, err)
}

// variant is a folder of a layer for whatever user it was unpacked.
func (c *Cache) variant(hex string) (string, bool) {
	all, err := os.ReadDir(filepath.Join(c.dir, entriesDir, hex))
	if err != nil || len(all) == 0 {
		return "", false
	}
	return filepath.Join(c.dir, entriesDir, hex, all[0].Name(), filesDir), true
}
