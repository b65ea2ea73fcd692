package layers

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// Image is what is needed of an image to mount its files and to start its program.
type Image struct {
	Layers  []string // folders, lowest first; not more than the image has and one on top
	Owner   Owner    // who its program runs as
	Home    string
	Fresh   []string // diff ids of the layers that were unpacked now
	Skipped []string // what of the layers was not unpacked, in words
}

// Image unpacks what is missing of an image for its user, some layers at the same time: the user's name stands in files of
// layers, and the bits of files depend on the user, so that layers are unpacked first and get their modes at the end.
//
// user is the image's USER; root as in [Owner]. One folder more than the image has layers comes on top where a layer holds files
// in a folder that it does not name: overlayfs would show that folder with a mode that nobody gave it, and runtimes take
// over the one of the layer beneath.
//
// Errors: those of [Cache.Unpack] and [User].
func (c *Cache) Image(ctx context.Context, layers []Layer, user string, root bool) (*Image, error) {
	layers, hexes, err := distinct(layers)
	if err != nil {
		return nil, err
	}
	missing := c.missing(layers, hexes)
	img := &Image{}
	if len(missing) == 0 {
		if img.Owner, img.Home, err = c.userOf(hexes, nil, user, root); err != nil {
			return nil, err
		}
		if c.complete(hexes, img) {
			return img, c.top(ctx, img, hexes)
		}
	}
	locks, err := c.lockFor(ctx, hexes...)
	if err != nil {
		return nil, fmt.Errorf("unpack image: %w", err)
	}
	err = c.unpackImage(ctx, img, layers, hexes, user, root)
	locks.release() // the folder on top has another
	if err != nil {
		return nil, err
	}
	return img, c.top(ctx, img, hexes)
}

// distinct are the layers without those that come again further up: overlayfs takes no folder twice, and the upper one hides
// all of the lower.
func distinct(layers []Layer) (each []Layer, hexes []string, err error) {
	for i, l := range layers {
		hex, err := hexOf(l.DiffID)
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(layers[i+1:], func(upper Layer) bool { return upper.DiffID == l.DiffID }) {
			each, hexes = append(each, l), append(hexes, hex)
		}
	}
	return each, hexes, nil
}

// missing are the layers of which there is no entry for anybody.
func (c *Cache) missing(layers []Layer, hexes []string) (missing []Layer) {
	for i, l := range layers {
		if _, there := c.variant(hexes[i]); !there {
			missing = append(missing, l)
		}
	}
	return missing
}

// unpackImage does what Image does with the locks held.
func (c *Cache) unpackImage(ctx context.Context, img *Image, layers []Layer, hexes []string, user string, root bool) error {
	missing := c.missing(layers, hexes)
	drafts, err := c.drafts(ctx, missing)
	if err != nil {
		return err
	}
	var unknown error
	if img.Owner, img.Home, unknown = c.userOf(hexes, drafts, user, root); unknown != nil {
		img.Owner = Owner{Root: root} // what was unpacked stays, for the image that is mended
	}
	if err := each(missing, func(l Layer) error {
		hex, _ := hexOf(l.DiffID) // it was asked before
		_, err := c.publish(drafts[hex], l.DiffID, img.Owner)
		return err
	}); err != nil {
		return err
	}
	for _, l := range missing {
		img.Fresh = append(img.Fresh, l.DiffID)
	}
	if unknown != nil {
		return unknown
	}
	return c.unpackOthers(ctx, img, layers, hexes)
}

// unpackOthers unpacks again what is there for another user alone.
func (c *Cache) unpackOthers(ctx context.Context, img *Image, layers []Layer, hexes []string) error {
	var mu sync.Mutex
	var others []Layer
	for i, l := range layers {
		if _, there := c.there(hexes[i], img.Owner); !there {
			others = append(others, l)
		}
	}
	err := each(others, func(l Layer) error {
		_, _, err := c.unpackLocked(ctx, l, img.Owner)
		mu.Lock()
		defer mu.Unlock()
		img.Fresh = append(img.Fresh, l.DiffID)
		return err
	})
	if err == nil && !c.complete(hexes, img) {
		err = errors.New("unpack image: a layer was removed meanwhile")
	}
	return err
}

// drafts unpacks layers at the same time, by their diff ids. With an error none is left.
func (c *Cache) drafts(ctx context.Context, layers []Layer) (map[string]*draft, error) {
	var mu sync.Mutex
	all := map[string]*draft{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := each(layers, func(l Layer) error {
		d, err := c.draft(ctx, l)
		if err != nil {
			cancel()
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		hex, _ := hexOf(l.DiffID) // it was asked before
		all[hex] = d
		return nil
	})
	if err != nil {
		for _, d := range all {
			err = errors.Join(err, d.discard())
		}
		return nil, err
	}
	return all, nil
}

// each does something with all, as many at a time as there are processors, and gives the first error, which is not the one
// of those that are cancelled for it.
func each(layers []Layer, do func(Layer) error) error {
	var (
		wg    sync.WaitGroup
		first error
		mu    sync.Mutex
		slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	)
	for _, l := range layers {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			err := do(l)
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	return first
}

// userOf reads the user from the layers, wherever they are.
func (c *Cache) userOf(hexes []string, drafts map[string]*draft, user string, root bool) (Owner, string, error) {
	var dirs []string
	for _, hex := range hexes {
		if d := drafts[hex]; d != nil {
			dirs = append(dirs, filepath.Join(d.dir, filesDir))
		} else if dir, there := c.variant(hex); there {
			dirs = append(dirs, dir)
		}
	}
	o, home, err := User(dirs, user)
	o.Root = root
	return o, home, err
}

// complete fills in the folders of an image whose layers are all there, and tells whether they are.
func (c *Cache) complete(hexes []string, img *Image) bool {
	img.Layers, img.Skipped = nil, nil
	for _, hex := range hexes {
		dir, there := c.there(hex, img.Owner)
		if !there {
			return false
		}
		img.Layers = append(img.Layers, dir)
	}
	return true
}
