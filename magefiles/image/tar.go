package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// epoch is the time of every file in a layer, so that a new checkout is no new layer.
var epoch = time.Unix(0, 0).UTC()

// tarWriter writes the items of a layer. Owners, times and modes are what [layerPlan.scan] made of them; names that
// are too long for the old form get extended headers.
type tarWriter struct {
	*tar.Writer
	trees  []tree
	buffer []byte

	// The folder that was read from last stays open: the items of a folder follow each other.
	root  *os.Root
	index int
	dir   *os.Root
	at    string
}

// write writes the layer's tar.
func (p layerPlan) write(w io.Writer, items []item) error {
	t := &tarWriter{Writer: tar.NewWriter(w), trees: p.trees, buffer: make([]byte, copyBuffer)}
	defer t.leave()
	for _, it := range items {
		if err := t.item(it); err != nil {
			return fmt.Errorf("add %s: %w", it.name, err)
		}
	}
	return t.Close()
}

func (t *tarWriter) item(it item) error {
	h := &tar.Header{Name: it.name, Mode: it.mode, ModTime: epoch}
	switch it.kind {
	case folder:
		h.Typeflag, h.Name = tar.TypeDir, it.name+"/"
		return t.WriteHeader(h)
	case symlink: // what it points to means the image's own files
		h.Typeflag, h.Linkname = tar.TypeSymlink, it.target
		return t.WriteHeader(h)
	}
	dir, err := t.enter(it)
	if err != nil {
		return err
	}
	f, err := dir.Open(it.base)
	if err != nil {
		return err
	}
	defer f.Close()
	h.Typeflag, h.Size = tar.TypeReg, it.size
	return t.file(h, f)
}

// file writes a regular file of the size that was announced.
func (t *tarWriter) file(h *tar.Header, r io.Reader) error {
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	// One byte more than announced is asked for: a file that grew is noticed, too.
	n, err := io.CopyBuffer(writerOnly{t.Writer}, io.LimitReader(r, h.Size+1), t.buffer)
	if errors.Is(err, tar.ErrWriteTooLong) || err == nil && n != h.Size {
		return errors.New("changed while it was read")
	}
	return err
}

// writerOnly hides ReadFrom, which would bring a small buffer of its own.
type writerOnly struct{ io.Writer }

// enter opens the folder of an item.
func (t *tarWriter) enter(it item) (_ *os.Root, err error) {
	if t.root == nil || t.index != it.tree {
		t.leave()
		if t.root, err = os.OpenRoot(t.trees[it.tree].from); err != nil {
			return nil, err
		}
		t.index = it.tree
	}
	if t.dir == nil || t.at != it.dir {
		if t.dir != nil {
			t.dir.Close()
		}
		if t.dir, err = t.root.OpenRoot(it.dir); err != nil {
			t.dir = nil
			return nil, err
		}
		t.at = it.dir
	}
	return t.dir, nil
}

func (t *tarWriter) leave() {
	if t.dir != nil {
		t.dir.Close()
	}
	if t.root != nil {
		t.root.Close()
	}
	t.root, t.dir = nil, nil
}
