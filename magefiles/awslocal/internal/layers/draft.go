package layers

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// draft is a layer that is being unpacked: its files are there, without the owners and modes that they get at the end.
// Folders can be written until then, and all can be read.
type draft struct {
	dir     string   // in which fs is
	root    *os.Root // fs
	tree    *node
	skipped []string
	late    []lateLink
	buffer  []byte

	open     *os.Root // of the folder in which the last file was written
	openName string
}

// lateLink is a hard link that comes before its target.
type lateLink struct {
	folder *node
	in     string
	base   string
	node   *node
	target string
}

// A read asks for this much, and a file is written in pieces of it.
const pieces = 256 << 10

// newDraft makes a draft in a folder that is there.
func newDraft(dir string) (*draft, error) {
	files := filepath.Join(dir, "fs")
	if err := os.Mkdir(files, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(files)
	if err != nil {
		return nil, err
	}
	return &draft{dir: dir, root: root, tree: newFolder(), buffer: make([]byte, pieces)}, nil
}

func (d *draft) close() {
	d.leave()
	_ = d.root.Close() // nothing is written by it
}

// read unpacks a layer from its uncompressed archive. It reads to the end of the stream, not of the archive: only there some
// readers tell what went wrong. Error: a digest that is not the diff id.
func (d *draft) read(ctx context.Context, content io.Reader, diffID string) error {
	hash := sha256.New()
	stream := bufio.NewReaderSize(io.TeeReader(cancelled{ctx, content}, hash), pieces)
	archive := tar.NewReader(stream)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if err := d.add(h, archive); err != nil {
			return fmt.Errorf("unpack %q: %w", h.Name, err)
		}
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{stream}, d.buffer); err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	if got := "sha256:" + hex.EncodeToString(hash.Sum(nil)); got != diffID {
		return &DigestError{Want: diffID, Got: got}
	}
	if err := d.linkLate(); err != nil {
		return err
	}
	d.leave()
	return d.hide(d.root, d.tree, false)
}

// DigestError tells that a layer is not what its name says.
type DigestError struct{ Want, Got string }

func (e *DigestError) Error() string {
	return fmt.Sprintf("the content's digest is %s: it was damaged, or is another layer", e.Got)
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx  context.Context
	from io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.from.Read(p)
}

// add unpacks an entry.
func (d *draft) add(h *tar.Header, content io.Reader) error {
	e, err := entryOf(h)
	if err != nil {
		return err
	}
	d.skipped = append(d.skipped, e.skipped...)
	if e.node == nil && e.hides == "" {
		return nil
	}
	in, into, err := d.tree.walk(path.Dir(e.name), d.mkdir)
	if err != nil {
		return err
	}
	if strings.Count(in, "/") >= maxDepth {
		return fmt.Errorf("in %d folders: %w", strings.Count(in, "/")+1, syscall.ENAMETOOLONG)
	}
	switch base := path.Base(e.name); {
	case e.hides == ".":
		into.opaque = true
	case e.hides != "":
		if into.hidden == nil {
			into.hidden = map[string]bool{}
		}
		into.hidden[e.hides] = true
	case e.linked:
		return d.link(lateLink{into, in, base, e.node, e.target})
	default:
		return d.place(in, into, base, e, content)
	}
	return nil
}

// place puts a file into a folder. What was there of that name goes, but for a folder that comes once more.
func (d *draft) place(in string, into *node, base string, e entry, content io.Reader) error {
	if old := into.files[base]; old != nil && old.kind == folder && e.node.kind == folder {
		old.meta, old.implied = e.node.meta, false
		return nil
	}
	if err := d.clear(in, into, base); err != nil {
		return err
	}
	parent, err := d.enter(in)
	if err != nil {
		return err
	}
	switch e.node.kind {
	case folder:
		err = parent.Mkdir(base, 0o700)
	case regular:
		err = d.write(parent, base, e, content)
	case symlink:
		err = parent.Symlink(e.node.target, base)
	case pipe:
		err = mknod(parent, base, pipe)
	}
	if err != nil {
		return err
	}
	into.files[base] = e.node
	return nil
}

// clear removes what is in a place.
func (d *draft) clear(in string, into *node, base string) error {
	old := into.files[base]
	if old == nil {
		return nil
	}
	delete(into.files, base)
	if old.kind == pending {
		return nil
	}
	d.leave() // it may go with the rest
	return d.root.RemoveAll(path.Join(in, base))
}

func (d *draft) write(parent *os.Root, base string, e entry, content io.Reader) (err error) {
	f, err := parent.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var to io.Writer = struct{ io.Writer }{f} // os.File would take a buffer of its own for each
	if e.sparse {
		to = &holes{file: f}
	}
	if _, err := io.CopyBuffer(to, content, d.buffer); err != nil {
		return err
	}
	if e.sparse {
		return f.Truncate(e.contents)
	}
	return nil
}

// holes leaves out what is zero. The file has to be brought to its length at the end.
type holes struct {
	file *os.File
	at   int64
}

func (h *holes) Write(p []byte) (int, error) {
	if len(bytes.Trim(p, "\x00")) > 0 {
		if n, err := h.file.WriteAt(p, h.at); err != nil {
			return n, err
		}
	}
	h.at += int64(len(p))
	return len(p), nil
}

// link makes a hard link, or keeps it for the end where its target is not there.
func (d *draft) link(l lateLink) error {
	if err := d.clear(l.in, l.folder, l.base); err != nil {
		return err
	}
	made, err := d.linkNow(l)
	if errors.Is(err, fs.ErrNotExist) {
		l.folder.files[l.base] = l.node
		d.late = append(d.late, l)
		return nil
	}
	if err == nil {
		made.meta = l.node.meta // containerd sets what the link's own entry says
	}
	return err
}

// linkNow makes a hard link, and gives the file that it is one of.
func (d *draft) linkNow(l lateLink) (*node, error) {
	in, from, err := d.tree.walk(path.Dir(l.target), nil)
	if err != nil {
		return nil, err
	}
	base := path.Base(l.target)
	file := from.files[base]
	switch {
	case l.target == "" || file != nil && file.kind == folder:
		return nil, fmt.Errorf("a hard link to the folder %q", l.target)
	case file == nil || file.kind == pending:
		return nil, fs.ErrNotExist
	}
	if err := d.root.Link(path.Join(in, base), path.Join(l.in, l.base)); err != nil {
		return nil, err
	}
	l.folder.files[l.base] = file
	return file, nil
}

// linkLate makes the links that came before their targets. One may lead to another: it goes on as long as that helps.
func (d *draft) linkLate() error {
	for len(d.late) > 0 {
		var left []lateLink
		for _, l := range d.late {
			if l.folder.files[l.base] != l.node { // a later entry took its place
				continue
			}
			switch _, err := d.linkNow(l); {
			case errors.Is(err, fs.ErrNotExist):
				left = append(left, l)
			case err != nil:
				return fmt.Errorf("unpack %q: %w", path.Join(l.in, l.base), err)
			}
		}
		if len(left) == len(d.late) {
			return fmt.Errorf("unpack %q: a hard link to %q, which is not in this layer", path.Join(left[0].in, left[0].base), left[0].target)
		}
		d.late = left
	}
	return nil
}

// mkdir makes a folder and enters it.
func (d *draft) mkdir(name string) error {
	parent, err := d.enter(path.Dir(name))
	if err == nil {
		err = parent.Mkdir(path.Base(name), 0o700)
	}
	if err == nil {
		_, err = d.enter(name)
	}
	return err
}

// enter opens a folder. Archives have the files of one folder together: it stays open until another is wanted.
func (d *draft) enter(name string) (*os.Root, error) {
	if d.open != nil && d.openName == name {
		return d.open, nil
	}
	var opened *os.Root
	var err error
	if d.open != nil && name != "." && path.Dir(name) == d.openName {
		opened, err = d.open.OpenRoot(path.Base(name))
	} else {
		opened, err = d.root.OpenRoot(name)
	}
	if err != nil {
		return nil, err
	}
	d.leave()
	d.open, d.openName = opened, name
	return opened, nil
}

func (d *draft) leave() {
	if d.open != nil {
		_ = d.open.Close() // nothing is written by it
	}
	d.open = nil
}
