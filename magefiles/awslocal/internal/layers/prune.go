package layers

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Prune removes the layers that nobody asked for since some time, but for those to keep, by diff id: of running containers. It
// removes what was left by processes that were killed, too. What another process is writing is passed over.
func (c *Cache) Prune(keep map[string]bool, unused time.Duration) error {
	before := time.Now().Add(-unused)
	var all error
	for _, dir := range c.in(filepath.Join(partialDir, "*")) {
		all = errors.Join(all, c.withLock(filepath.Base(dir), func() error { return RemoveAll(dir) }))
	}
	for _, dir := range c.in(filepath.Join(topsDir, "*")) {
		if old(dir, before) && !keepsAll(dir, keep) {
			all = errors.Join(all, c.drop(dir, filepath.Base(dir), before))
		}
	}
	for _, dir := range c.in(filepath.Join(entriesDir, "*", "*")) {
		hex := filepath.Base(filepath.Dir(dir))
		if old(dir, before) && !keep["sha256:"+hex] {
			all = errors.Join(all, c.drop(dir, hex, before))
		}
	}
	if all != nil {
		return fmt.Errorf("prune layers: %w", all)
	}
	return nil
}

func (c *Cache) in(pattern string) []string {
	found, err := filepath.Glob(filepath.Join(escaped(c.dir), pattern))
	if err != nil {
		panic(err) // the pattern is ours
	}
	return found
}

// escaped is a folder as a pattern for itself.
func escaped(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func old(dir string, before time.Time) bool {
	info, err := os.Stat(dir)
	return err == nil && info.ModTime().Before(before)
}

func keepsAll(top string, keep map[string]bool) bool {
	var hexes []string
	content, err := os.ReadFile(filepath.Join(top, layersFile))
	if err != nil || json.Unmarshal(content, &hexes) != nil {
		return false
	}
	for _, hex := range hexes {
		if !keep["sha256:"+hex] {
			return false
		}
	}
	return true
}

// drop takes an entry out of its place, and then removes it: half of one would count.
func (c *Cache) drop(dir, name string, before time.Time) error {
	return c.withLock(name, func() error {
		if !old(dir, before) { // somebody asked for it meanwhile
			return nil
		}
		d := filepath.Join(c.dir, partialDir, name+"+removed")
		err := RemoveAll(d)
		if err == nil {
			err = os.Rename(dir, d)
		}
		if filepath.Base(dir) != name { // of an entry: the folder of its variants stays with others in it
			_ = os.Remove(filepath.Dir(dir))
		}
		if err == nil {
			err = RemoveAll(d)
		}
		return err
	})
}

// withLock does something where nobody else holds the lock of an entry.
func (c *Cache) withLock(name string, do func() error) error {
	f, err := c.tryLock(name[:2])
	if f == nil || err != nil {
		return err
	}
	return errors.Join(do(), f.Close())
}
