package layers

import (
	"archive/tar"
	"fmt"
	"path"
	"strings"
	"time"
)

// entry is what an entry of a layer asks for.
type entry struct {
	name     string // from the root, without a slash before it and without "." or ".."
	node     *node  // nil: of no meaning for files
	target   string // of a hard link
	hides    string // name beside this one that is hidden in lower layers; "." is all of them
	skipped  []string
	linked   bool // it is a hard link
	sparse   bool
	contents int64
}

const (
	whiteout       = ".wh."
	whiteoutMeta   = ".wh..wh."
	whiteoutOpaque = ".wh..wh..opq"
	paxXattr       = "SCHILY.xattr."

	// maxSparse is how large a file may be whose holes an archive leaves out: a few bytes can ask for a terabyte.
	maxSparse = 4 << 30
)

// entryOf reads a header. Error: what no runtime unpacks.
func entryOf(h *tar.Header) (entry, error) {
	e := entry{name: path.Clean("/" + h.Name)[1:], contents: h.Size}
	if len(e.name) > maxName {
		return e, fmt.Errorf("a name of %d bytes, and %d is what a system opens", len(e.name), maxName)
	}
	if e.name == "" { // the root itself, which runtimes leave as root's 0755
		return e, nil
	}
	base := path.Base(e.name)
	if base != whiteoutOpaque && strings.Contains("/"+e.name, "/"+whiteoutMeta) { // AUFS's own
		return e, nil
	}
	if strings.HasPrefix(base, whiteout) {
		return e.asWhiteout(base)
	}
	m, err := metaOf(h)
	if err != nil {
		return e, err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		e.node = newFolder()
		e.node.implied = false
	case tar.TypeReg, tar.TypeGNUSparse:
		e.node = &node{kind: regular}
		e.sparse = h.Typeflag == tar.TypeGNUSparse || isSparse(h)
		if e.sparse && h.Size > maxSparse {
			return e, fmt.Errorf("a sparse file of %d bytes, and %d is the most", h.Size, int64(maxSparse))
		}
	case tar.TypeSymlink:
		if len(h.Linkname) > maxName || h.Linkname == "" {
			return e, fmt.Errorf("a symbolic link to a name of %d bytes", len(h.Linkname))
		}
		e.node = &node{kind: symlink, target: h.Linkname}
	case tar.TypeLink:
		e.node, e.linked, e.target = &node{kind: pending}, true, path.Clean("/" + h.Linkname)[1:]
	case tar.TypeFifo:
		e.node = &node{kind: pipe}
	case tar.TypeChar, tar.TypeBlock:
		e.skipped = append(e.skipped, "device "+e.name)
		return e, nil
	case tar.TypeXGlobalHeader:
		return e, nil
	default:
		return e, fmt.Errorf("an entry of type %q", h.Typeflag)
	}
	e.node.meta = m
	e.node.xattrs, e.skipped = xattrsOf(h, e.name)
	return e, nil
}

// asWhiteout reads the name of a whiteout.
func (e entry) asWhiteout(base string) (entry, error) {
	switch hidden := strings.TrimPrefix(base, whiteout); {
	case base == whiteoutOpaque:
		e.hides = "."
	case hidden == "" || hidden == "." || hidden == "..":
		return e, fmt.Errorf("a whiteout of %q", hidden)
	default:
		e.hides = hidden
	}
	return e, nil
}

func metaOf(h *tar.Header) (meta, error) {
	// The last number means "leave it as it is" to chown.
	if last := int64(1)<<32 - 2; h.Uid < 0 || h.Gid < 0 || int64(h.Uid) > last || int64(h.Gid) > last {
		return meta{}, fmt.Errorf("owner %d:%d", h.Uid, h.Gid)
	}
	m := meta{mode: h.FileInfo().Mode(), uid: h.Uid, gid: h.Gid, time: h.ModTime}
	if m.time.Before(time.Unix(0, 0)) || m.time.Year() > 2261 { // what no count of nanoseconds holds, as containerd does
		m.time = time.Unix(0, 0)
	}
	return m, nil
}

func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// xattrsOf are the attributes that are kept, and words for those that are not: attributes of the kernel are rights that
// nobody may give here, and those of overlayfs would be taken for its own.
func xattrsOf(h *tar.Header, name string) (kept map[string]string, skipped []string) {
	for key, value := range h.PAXRecords {
		key, is := strings.CutPrefix(key, paxXattr)
		switch {
		case !is:
		case strings.HasPrefix(key, "user.") && !strings.HasPrefix(key, "user.overlay.") && !strings.ContainsRune(key, 0):
			if kept == nil {
				kept = map[string]string{}
			}
			kept[key] = value
		default:
			skipped = append(skipped, "attribute "+key+" of "+name)
		}
	}
	return kept, skipped
}
