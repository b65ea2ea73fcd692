package layers

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"
)

// kind of a file.
type kind byte

const (
	folder  kind = 'd'
	regular kind = 'f'
	symlink kind = 'l'
	pipe    kind = 'p'
	gone    kind = 'w' // a whiteout, in indexes alone
	pending kind = '?' // a hard link whose target did not come yet: nothing is there on disk
)

// meta is what an entry of a layer says of a file beside its content.
type meta struct {
	mode     fs.FileMode // permissions, and the bits setuid, setgid and sticky
	uid, gid int
	time     time.Time
	xattrs   map[string]string // those that are kept
}

// unnamed is what folders have that no layer names.
var unnamed = meta{mode: 0o755}

// node is a file of a layer. Hard links are one node in several places.
type node struct {
	meta
	kind    kind
	target  string           // of a symbolic link
	files   map[string]*node // of a folder
	hidden  map[string]bool  // of a folder: names for which the layer has whiteouts
	implied bool             // a folder that the layer does not name, only what is in it
	opaque  bool             // a folder in which nothing of lower layers shows
	done    bool             // it has its owner and mode
}

func newFolder() *node {
	return &node{kind: folder, meta: unnamed, implied: true, files: map[string]*node{}}
}

// maxLinks is how many symbolic links a name may lead through, the kernel's own limit.
const maxLinks = 40

const (
	// maxName is how many bytes a name with its folders may have: no program could open a longer one (PATH_MAX).
	maxName = 4095
	// maxDepth is how many folders may lie in each other: each is open while those in it are finished.
	maxDepth = 500
)

// walk finds the folder that a name means, seen from the root of the layer as a program in the container would: links are
// followed and never lead above the root. Missing ones are made by mkdir, which is nil where they are an error. It gives
// the folder's own name, without any link; "." is the root's.
func (root *node) walk(name string, mkdir func(dir string) error) (string, *node, error) {
	at, names := []*node{root}, []string{} // names that lead to all but the root
	rest, links := strings.Split(name, "/"), 0
	for len(rest) > 0 {
		base := rest[0]
		rest = rest[1:]
		switch base {
		case "", ".":
			continue
		case "..":
			if len(names) > 0 {
				at, names = at[:len(at)-1], names[:len(names)-1]
			}
			continue
		}
		here := at[len(at)-1]
		next := here.files[base]
		switch {
		case next == nil && mkdir == nil:
			return "", nil, fs.ErrNotExist
		case next == nil:
			next = newFolder()
			dir := path.Join(path.Join(names...), base)
			if len(dir) > maxName || len(names) >= maxDepth { // links add up
				return "", nil, fmt.Errorf("a folder in %d others: %w", len(names), syscall.ENAMETOOLONG)
			}
			if err := mkdir(dir); err != nil {
				return "", nil, err
			}
			here.files[base] = next
		case next.kind == symlink:
			if links++; links > maxLinks {
				return "", nil, syscall.ELOOP
			}
			if strings.HasPrefix(next.target, "/") {
				at, names = at[:1], names[:0]
			}
			rest = append(strings.Split(next.target, "/"), rest...)
			continue
		case next.kind != folder:
			return "", nil, fmt.Errorf("%s: %w", path.Join(path.Join(names...), base), syscall.ENOTDIR)
		}
		at, names = append(at, next), append(names, base)
	}
	return path.Join(".", path.Join(names...)), at[len(at)-1], nil
}
