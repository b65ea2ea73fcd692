package layers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// top ends the list of an image's folders: nothing beneath one that hides all, and the folder of modes above.
func (c *Cache) top(ctx context.Context, img *Image, hexes []string) error {
	implied, from := false, 0
	for i, dir := range img.Layers {
		a, err := aboutOf(dir)
		if err != nil {
			return fmt.Errorf("read layer: %w", err)
		}
		implied = implied || a.Implied && i > 0
		if a.Opaque { // overlayfs asks folders for that, and not the root
			from = i
		}
		for _, what := range a.Skipped {
			if !slices.Contains(img.Skipped, what) {
				img.Skipped = append(img.Skipped, what)
			}
		}
	}
	img.Layers, hexes = img.Layers[from:], hexes[from:]
	if !implied || len(img.Layers) < 2 {
		return nil
	}
	dir, err := c.modesOf(ctx, img, hexes)
	if err != nil {
		return fmt.Errorf("join layers: %w", err)
	}
	if dir != "" {
		img.Layers = append(img.Layers, dir)
	}
	return nil
}

// modesOf is the folder with the folders whose modes are hidden; "" where there are none.
func (c *Cache) modesOf(ctx context.Context, img *Image, hexes []string) (string, error) {
	sum := sha256.Sum256([]byte(strings.Join(append(slices.Clone(hexes), img.Owner.key()), " ")))
	key := hex.EncodeToString(sum[:])
	entry := filepath.Join(c.dir, topsDir, key)
	if dir, there := used(entry); there {
		return whereThere(dir), nil
	}
	locks, err := c.lockFor(ctx, key)
	if err != nil {
		return "", err
	}
	defer locks.release()
	if dir, there := used(entry); there {
		return whereThere(dir), nil
	}
	d, err := c.newDraft(key)
	if err != nil {
		return "", err
	}
	err = d.modes(img, hexes)
	d.close()
	if err == nil {
		err = os.Rename(d.dir, entry)
	}
	if err != nil {
		return "", errors.Join(err, d.discard())
	}
	return whereThere(filepath.Join(entry, filesDir)), nil
}

// whereThere is a folder, or none: that a stack needs nothing on top is remembered by an entry without files.
func whereThere(dir string) string {
	if _, err := os.Lstat(dir); err != nil {
		return ""
	}
	return dir
}

// layersFile has the diff ids of the layers beneath an entry of tops.
const layersFile = "layers.json"

// modes writes the folders whose modes are hidden.
func (d *draft) modes(img *Image, hexes []string) error {
	var s stack
	var all []index
	for _, dir := range img.Layers {
		one, err := readIndex(filepath.Dir(dir))
		if err != nil {
			return err
		}
		s, all = append(s, one), append(all, one)
	}
	wanted, err := s.hiddenModes(impliedIn(all))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) { // what is above comes first
		e := entry{name: name, node: newFolder()}
		e.node.meta = wanted[name]
		in, into, err := d.tree.walk(path.Dir(name), nil)
		if err == nil {
			err = d.place(in, into, path.Base(name), e, nil)
		}
		if err != nil {
			return err
		}
	}
	d.leave()
	if err := d.finish(img.Owner); err != nil {
		return err
	}
	content, err := json.Marshal(hexes)
	if err == nil {
		err = os.WriteFile(filepath.Join(d.dir, layersFile), content, 0o600)
	}
	if err == nil && len(wanted) == 0 {
		err = RemoveAll(filepath.Join(d.dir, filesDir))
	}
	return err
}
