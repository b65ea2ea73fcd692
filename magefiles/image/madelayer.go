package image

import (
	"archive/tar"
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
)

// madeFile is a file or folder of a layer that comes from no disk. Folders above it are there as well.
type madeFile struct {
	name     string // in the image, without a slash in front
	folder   bool
	mode     int64 // 0 is 0644
	uid, gid int
	content  []byte
}

// layerOf makes a layer of files that are at hand, or finds it made. It is known by its tar, which is smaller than most programs.
func (b *builder) layerOf(ctx context.Context, p layerPlan) (*layer, error) {
	files := withParents(p.made)
	write := func(w io.Writer) error { return writeMade(w, files) }
	if b.opts.Cache == nil {
		return b.newLayer(ctx, write)
	}
	diffID, err := tarHash(ctx, write)
	if err != nil {
		return nil, err
	}
	if known := b.recall(b.lasting, b.tarKey(diffID), write); known != nil {
		return known, nil
	}
	l, err := b.newLayer(ctx, write)
	if err != nil {
		return nil, err
	}
	b.remember(l, b.tarKey(l.diffID))
	return l, nil
}

// itemsOf are the files as a scan lists them.
func itemsOf(files []madeFile) []item {
	var all []item
	for _, f := range withParents(files) {
		it := item{name: f.name, kind: regular, mode: cmp.Or(f.mode, 0o644), size: int64(len(f.content))}
		if f.folder {
			it.kind = folder
		}
		all = append(all, it)
	}
	return all
}

// withParents are the files in the order of their names, with the folders above them.
func withParents(files []madeFile) []madeFile {
	all := slices.Clone(files)
	there := map[string]bool{}
	for _, f := range files {
		there[f.name] = true
	}
	for _, f := range files {
		for dir := path.Dir(f.name); dir != "." && !there[dir]; dir = path.Dir(dir) {
			there[dir] = true
			all = append(all, madeFile{name: dir, folder: true, mode: 0o755})
		}
	}
	slices.SortFunc(all, func(a, b madeFile) int { return cmp.Compare(a.name, b.name) })
	return all
}

func writeMade(w io.Writer, files []madeFile) error {
	t := tar.NewWriter(w)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: cmp.Or(f.mode, 0o644), Uid: f.uid, Gid: f.gid, Size: int64(len(f.content)),
			ModTime: contentTime(crc32.Checksum(f.content, contents))}
		if f.folder {
			h.Name, h.Typeflag, h.ModTime = f.name+"/", tar.TypeDir, earliest
		}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("add %s: %w", f.name, err)
		}
		if _, err := t.Write(f.content); err != nil {
			return fmt.Errorf("add %s: %w", f.name, err)
		}
	}
	return t.Close()
}
