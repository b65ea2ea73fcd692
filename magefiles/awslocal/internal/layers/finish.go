package layers

import (
	"os"
	"path"
)

// hide makes what hides files of lower layers: it is there before the files have their owners, so that the stack can be read.
// covered tells that nothing of lower layers shows in a folder: a whiteout would be seen as a device.
func (d *draft) hide(here *os.Root, n *node, covered bool) error {
	covered = covered || n.opaque
	if n.opaque {
		if err := setXattr(here, ".", opaqueXattr, "y"); err != nil {
			return err
		}
	}
	for base := range n.hidden {
		switch file := n.files[base]; {
		case file != nil && file.kind == folder: // of this layer, and all that lower ones have in it is hidden
			file.opaque = true
			delete(n.hidden, base)
		case file != nil || covered:
			delete(n.hidden, base)
		default:
			if err := mknod(here, base, gone); err != nil {
				return err
			}
		}
	}
	return eachFolder(here, n, func(in *os.Root, _ string, f *node) error { return d.hide(in, f, covered) })
}

// finish gives all files what the layer says of them, seen by a user. Folders come after what is in them: most can then not be
// written any more.
func (d *draft) finish(o Owner) error {
	if err := d.dress(o, d.root, ".", d.tree); err != nil {
		return err
	}
	return d.dressOne(o, d.root, ".", ".", d.tree)
}

// dress finishes what is in a folder.
func (d *draft) dress(o Owner, here *os.Root, name string, n *node) error {
	for base, f := range n.files {
		if f.kind != folder {
			if err := d.dressOne(o, here, base, path.Join(name, base), f); err != nil {
				return err
			}
		}
	}
	if err := eachFolder(here, n, func(in *os.Root, base string, f *node) error { return d.dress(o, in, path.Join(name, base), f) }); err != nil {
		return err
	}
	for base, f := range n.files {
		if f.kind == folder {
			if err := d.dressOne(o, here, base, path.Join(name, base), f); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachFolder enters the folders of a folder one after the other.
func eachFolder(here *os.Root, n *node, do func(in *os.Root, base string, f *node) error) error {
	for base, f := range n.files {
		if f.kind != folder {
			continue
		}
		in, err := here.OpenRoot(base)
		if err != nil {
			return err
		}
		err = do(in, base, f)
		if closed := in.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dressOne finishes one file. Times of symbolic links are left: nobody looks at them.
func (d *draft) dressOne(o Owner, in *os.Root, base, name string, n *node) error {
	if n.done { // by another of its names
		return nil
	}
	n.done = true
	for key, value := range n.xattrs {
		if n.kind != folder && n.kind != regular {
			d.skipped = append(d.skipped, "attribute "+key+" of "+name)
		} else if err := setXattr(in, base, key, value); err != nil && !unsupported(err) {
			return err
		} else if err != nil {
			d.skipped = append(d.skipped, "attribute "+key+" of "+name)
		}
	}
	if o.Root {
		if err := in.Lchown(base, n.uid, n.gid); err != nil {
			return err
		}
	}
	if n.kind == symlink {
		return nil
	}
	if !n.time.IsZero() {
		if err := in.Chtimes(base, n.time, n.time); err != nil {
			return err
		}
	}
	// After chown, which takes the bits setuid and setgid away.
	return in.Chmod(base, o.mode(n.meta, name))
}
