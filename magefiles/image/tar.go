package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// tarWriter writes the items of a layer. Owners and modes are what [layerPlan.scan] made of them, times what
// [contentTime] makes of their content; names that are too long for the old form get extended headers.
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
	f, err := dir.Open(it.base)
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
	h.ModTime = contentTime(crc32.Checksum(content, contents))
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err = t.Write(content)
	return err
}

// large writes a file that does not fit into the buffer. What is written has to be what the time was made of.
func (t *tarWriter) large(h *tar.Header, f io.ReadSeeker) error {
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
