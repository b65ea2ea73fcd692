package image

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// layerPlan is the content of one layer.
type layerPlan struct {
	name  string
	trees []tree
	// open are folders that everybody may write to.
	open []string
	// writable are the folders of the image that stay writable, whichever layer they are in.
	writable []string
	// made are files that lie on no disk. A layer that has such has no others.
	made []madeFile
	// about is what the image's history says of the layer where its content stands at no single place.
	about string
}

// place is where the layer's content stands, for the image's history.
func (p layerPlan) place() string {
	if p.about != "" {
		return p.about
	}
	if len(p.trees) == 0 {
		return strings.Join(p.open, " ")
	}
	return p.trees[0].to
}

// layers makes the layers, a few at a time.
func (b *builder) layers(ctx context.Context, plans []layerPlan) ([]*layer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	made := make([]*layer, len(plans))
	items := make([][]item, len(plans))
	turn := make(chan struct{}, writers)
	var running sync.WaitGroup
	for i, p := range plans {
		running.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			step := "layer " + p.name
			b.report(Progress{Step: step})
			l, of, err := b.layer(ctx, p)
			if err != nil {
				cancel(fmt.Errorf("build layer %s: %w", p.name, err)) // the first one stays
				return
			}
			made[i], items[i] = l, of
			b.report(Progress{Step: step, Complete: l.size, Total: l.size})
		})
	}
	running.Wait()
	for i, p := range plans {
		b.holds.add(p, items[i])
	}
	return made, context.Cause(ctx)
}

// layer makes a layer of its items, or finds it made, and tells of the private keys in it.
func (b *builder) layer(ctx context.Context, p layerPlan) (*layer, []item, error) {
	if len(p.made) > 0 {
		l, err := b.layerOf(ctx, p)
		return l, itemsOf(p.made), err
	}
	at := b.opts.now()
	items, err := p.scan(ctx)
	if err != nil {
		return nil, nil, err
	}
	l, err := b.madeLayer(ctx, p, items, at)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range l.keys {
		b.suspect("/"+name, nil)
	}
	return l, items, nil
}

// madeLayer makes a layer, or finds it made. Files that are as they were are not read. Files that look new and have names
// and sizes that were seen before, as in a new checkout, are read and hashed, and not compressed unless they differ.
// Where only a few of them look new, they differ. at is when they were looked at.
func (b *builder) madeLayer(ctx context.Context, p layerPlan, items []item, at time.Time) (*layer, error) {
	if err := b.inspect(p, items); err != nil {
		return nil, err
	}
	var keys []string // of the latest run of write
	write := func(w io.Writer) error {
		keys = nil
		return p.write(b.counted("layer "+p.name, items, w), items, func(name string, head []byte) {
			if holdsKey(head) && !published.MatchString(name) {
				keys = append(keys, name)
			}
		})
	}
	if b.opts.Cache == nil {
		if err := b.judgeContent(p, items, ""); err != nil {
			return nil, err
		}
		l, err := b.newLayer(ctx, write)
		if err == nil {
			l.keys = keys
		}
		return l, err
	}
	shape, still := fingerprints(recipe(b.press.compression), items, at)
	if err := b.judgeContent(p, items, still); err != nil {
		return nil, err
	}
	if known := b.recall(b.lasting, still, write); known != nil {
		return known, nil
	}
	var before lastSeen
	if b.opts.Cache.get(shape, &before) && !before.edited(items) {
		diffID, err := tarHash(ctx, write)
		if err != nil {
			return nil, err
		}
		if known := b.recall(b.lasting, b.tarKey(diffID), write); known != nil {
			b.remember(known, still)
			b.opts.Cache.put(shape, newest(items))
			return known, nil
		}
	}
	l, err := b.newLayer(ctx, write)
	if err != nil {
		return nil, err
	}
	l.keys = keys
	b.remember(l, still, b.tarKey(l.diffID))
	b.opts.Cache.put(shape, newest(items))
	return l, nil
}

// inspect looks at what a layer is about to hold.
func (b *builder) inspect(p layerPlan, items []item) error {
	for _, it := range items {
		if err := notDeleting(it.name); err != nil {
			return err
		}
		if it.kind != regular || !secretLooking(it.name) {
			continue
		}
		if err := b.suspectFile(p, it); err != nil {
			return err
		}
	}
	return nil
}

// judgeContent looks at files that take more than a glance. What was found is remembered under still, where that is not empty.
func (b *builder) judgeContent(p layerPlan, items []item, still string) error {
	if err := b.lookAtNative(p, items, still); err != nil {
		return err
	}
	return b.list(p, items, still)
}

// suspectFile names a file whose name is that of a secret, unless its content says otherwise.
func (b *builder) suspectFile(p layerPlan, it item) error {
	if !judgedByContent(it.name) {
		b.suspect("/"+it.name, nil)
		return nil
	}
	f, err := p.openFile(it)
	if err != nil {
		return fmt.Errorf("look at %s: %w", it.name, err)
	}
	defer f.Close()
	return b.suspectContent(it.name, f)
}

// list adds the layer's packages to the bill of materials. Those of files that are as they were are remembered under
// still.
func (b *builder) list(p layerPlan, items []item, still string) error {
	scripts := slices.ContainsFunc(items, func(it item) bool { return it.kind == regular && isScript(it.name) && !isDependency(it.name) })
	var found packaged
	key := ""
	if still != "" {
		key = newFingerprint("packages", packagesFormat, still).sum()
	}
	if key == "" || !b.opts.Cache.get(key, &found) {
		var err error
		if found, err = p.packages(items); err != nil {
			return err
		}
		if key != "" {
			b.opts.Cache.put(key, found)
		}
	}
	b.addPackages(found.Packages)
	unknowing := b.withoutAuthorities(items, found.Callers)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.scripts = b.scripts || scripts
	b.unknowing = append(b.unknowing, unknowing...)
	return nil
}

// packagesFormat grows with every change of what is looked for.
const packagesFormat = "3"

func (b *builder) addPackages(packages []Package) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.packages = append(b.packages, packages...)
}

// counted reports the content that passes to w, now and then.
func (b *builder) counted(step string, items []item, w io.Writer) io.Writer {
	var total int64
	for _, it := range items {
		total += it.size
	}
	return &countedWriter{w: w, report: func(n int64) {
		b.report(Progress{Step: step, Complete: min(n, total), Total: total})
	}}
}

// countedWriter reports what was written each time that another block's worth was.
type countedWriter struct {
	w       io.Writer
	report  func(int64)
	n, told int64
}

func (c *countedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	if c.n-c.told >= blockSize {
		c.told = c.n
		c.report(c.n)
	}
	return n, err
}
