package layers

import (
	"os"
	"path"
)

// finish gives all files what the layer says of them, seen by a user. Folders come after what is in them: most can then not be
// written any more.
func (d *draft) finish(o Owner) error {
	d.leave()
	if err := d.dress(o, d.root, ".", d.tree, d.tree.opaque); err != nil {
		return err
	}
	return d.dressOne(o, d.root, ".", ".", d.tree)
}

// dress finishes what is in a folder. covered tells that nothing of lower layers shows in it: a whiteout would be seen as a
// device.
func (d *draft) dress(o Owner, here *os.Root, name string, n *node, covered bool) error {
	if err := d.dressFiles(o, here, name, n, covered); err != nil {
		return err
	}
	for base, f := range n.files {
		if f.kind != folder {
			continue
		}
		in, err := here.OpenRoot(base)
		if err != nil {
			return err
		}
		at := path.Join(name, base)
		err = d.dress(o, in, at, f, covered || f.opaque)
		if closed := in.Close(); err == nil {
			err = closed
		}
		if err == nil {
			err = d.dressOne(o, here, base, at, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dressFiles finishes the files of a folder that are no folders, and makes its whiteouts.
func (d *draft) dressFiles(o Owner, here *os.Root, name string, n *node, covered bool) error {
	for base, f := range n.files {
		if f.kind == folder {
			// Of one layer a file shows, whatever that layer hides beneath it.
			f.opaque = f.opaque || n.hidden[base]
			continue
		}
		if err := d.dressOne(o, here, base, path.Join(name, base), f); err != nil {
			return err
		}
	}
	if n.opaque {
		if err := setXattr(here, ".", opaqueXattr, "y"); err != nil {
			return err
		}
	}
	for base := range n.hidden {
		if covered || n.files[base] != nil {
			delete(n.hidden, base)
			continue
		}
		if err := mknod(here, base, gone); err != nil {
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
