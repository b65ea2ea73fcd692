package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// tarWriter writes the items of a layer. Owners and modes are what [layerPlan.scan] made of them, times what
// [contentTime] makes of their content; names that are too long for the old form get extended headers.
type tarWriter struct {
	*tar.Writer
	trees  []tree
	buffer []byte
	look   func(name string, head []byte) // at the beginning of each small file; nil where nobody does

	// The folder that was read from last, of which tree it is, and those above it: they stay open, because the items of
	// a folder follow each other.
	at    string
	index int
	open  []nested
}

// nested is an open folder with its name in the one above; the top has none.
type nested struct {
	openFolder
	name string
}

// write writes the layer's tar, and lets look see what it reads.
func (p layerPlan) write(w io.Writer, items []item, look func(name string, head []byte)) error {
	t := &tarWriter{Writer: tar.NewWriter(w), trees: p.trees, buffer: make([]byte, copyBuffer), look: look}
	defer t.leave(0)
	for _, it := range items {
		if err := t.item(it); err != nil {
			return fmt.Errorf("add %s: %w", it.name, err)
		}
	}
	return t.Close()
}

func (t *tarWriter) item(it item) error {
	h := &tar.Header{Name: it.name, Mode: it.mode, ModTime: earliest}
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
	f, err := dir.open(it.base)
	if err != nil {
		return err
	}
	defer f.Close()
	h.Typeflag, h.Size = tar.TypeReg, it.size
	return t.file(h, f)
}

// errUnsteady says that a file is not what it was when it was looked at.
var errUnsteady = errors.New("changed while it was read")

// file writes a regular file of the size that was announced. Its time, which stands in front of its content, depends on
// the content: what fits into the buffer is read once, and what does not twice.
func (t *tarWriter) file(h *tar.Header, f io.ReadSeeker) error {
	if h.Size >= int64(len(t.buffer)) {
		return t.large(h, f)
	}
	// One byte more than announced is asked for: a file that grew is noticed, too.
	n, err := io.ReadFull(f, t.buffer[:h.Size+1])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if int64(n) != h.Size {
		return errUnsteady
	}
	content := t.buffer[:n]
	t.show(h, content[:min(n, lookedAt)])
	h.ModTime = contentTime(crc32.Checksum(content, contents))
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err = t.Write(content)
	return err
}

// large writes a file that does not fit into the buffer. What is written has to be what the time was made of.
func (t *tarWriter) large(h *tar.Header, f io.ReadSeeker) error {
	if t.look != nil && h.Size <= smallFile {
		n, err := io.ReadFull(f, t.buffer[:lookedAt])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		t.show(h, t.buffer[:n])
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	before, err := t.read(h.Size, f, io.Discard)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h.ModTime = contentTime(before)
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	after, err := t.read(h.Size, f, t.Writer)
	if errors.Is(err, tar.ErrWriteTooLong) || err == nil && after != before {
		return errUnsteady
	}
	return err
}

// show lets the head of a file be looked at.
func (t *tarWriter) show(h *tar.Header, head []byte) {
	if t.look != nil && h.Size <= smallFile {
		t.look(h.Name, head)
	}
}

// read copies exactly size bytes, the whole of r, to w and returns their checksum.
func (t *tarWriter) read(size int64, r io.Reader, w io.Writer) (uint32, error) {
	checksum := crc32.New(contents)
	n, err := io.CopyBuffer(io.MultiWriter(w, checksum), io.LimitReader(r, size+1), t.buffer)
	if err == nil && n != size {
		err = errUnsteady
	}
	return checksum.Sum32(), err
}

// writerOnly hides ReadFrom, which would bring a small buffer of its own.
type writerOnly struct{ io.Writer }

// enter opens the folder of an item.
func (t *tarWriter) enter(it item) (openFolder, error) {
	if len(t.open) > 0 && t.index == it.tree && t.at == it.dir {
		return t.open[len(t.open)-1], nil
	}
	if t.index != it.tree {
		t.leave(0)
	}
	if len(t.open) == 0 {
		top, err := openTree(t.trees[it.tree].from)
		if err != nil {
			return nil, err
		}
		t.open, t.index = []nested{{openFolder: top}}, it.tree
	}
	var names []string
	if it.dir != "." {
		names = strings.Split(it.dir, "/")
	}
	same := 0
	for same < min(len(names), len(t.open)-1) && t.open[same+1].name == names[same] {
		same++
	}
	t.leave(same + 1)
	for _, name := range names[same:] {
		inner, err := t.open[len(t.open)-1].enter(name)
		if err != nil {
			return nil, err
		}
		t.open = append(t.open, nested{inner, name})
	}
	t.at = it.dir
	return t.open[len(t.open)-1], nil
}

// leave closes the open folders but for the uppermost ones.
func (t *tarWriter) leave(keep int) {
	for len(t.open) > keep {
		last := len(t.open) - 1
		t.open[last].Close()
		t.open = t.open[:last]
	}
	t.at = ""
}
