package layers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// item is what a layer has in a place, as its image has it: files on disk have other owners, and may lie in folders that who
// runs this cannot search.
type item struct {
	kind            kind
	implied, opaque bool
	mode            fs.FileMode
	uid, gid        int
	target          string // of a symbolic link, where it was asked for on disk
}

// index of a layer, by names from the root, which itself is ".".
type index map[string]item

// indexOf lists a finished tree.
func indexOf(root *node) index {
	all := index{}
	all.list(".", root)
	return all
}

func (all index) list(name string, n *node) {
	all[name] = item{kind: n.kind, implied: n.implied, opaque: n.opaque, mode: n.mode, uid: n.uid, gid: n.gid}
	for base, f := range n.files {
		all.list(path.Join(name, base), f)
	}
	for base := range n.hidden {
		all[path.Join(name, base)] = item{kind: gone}
	}
}

// indexFile has a record for each file, which ends with a byte 0 as names may hold anything else.
const indexFile = "index"

func (all index) write(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, indexFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	to := bufio.NewWriterSize(f, 64<<10)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		i := all[name]
		fmt.Fprintf(to, "%c %t %t %d %d %d %s\x00", i.kind, i.implied, i.opaque, uint32(i.mode), i.uid, i.gid, name) // Flush has its error
	}
	return errors.Join(to.Flush(), f.Close())
}

func readIndex(dir string) (index, error) {
	content, err := os.ReadFile(filepath.Join(dir, indexFile))
	if err != nil {
		return nil, err
	}
	all := index{}
	for record := range bytes.SplitSeq(content, []byte{0}) {
		if len(record) == 0 {
			continue
		}
		words := strings.SplitN(string(record), " ", 7)
		if len(words) < 7 {
			return nil, fmt.Errorf("read %s: %q is no record of it", filepath.Join(dir, indexFile), record)
		}
		var i item
		if _, err := fmt.Sscanf(string(record), "%c %t %t %d %d %d", &i.kind, &i.implied, &i.opaque, &i.mode, &i.uid, &i.gid); err != nil {
			return nil, fmt.Errorf("read %s: %q: %w", filepath.Join(dir, indexFile), record, err)
		}
		all[words[6]] = i
	}
	return all, nil
}

func (all index) look(name string) (item, bool, error) {
	i, there := all[name]
	return i, there, nil
}

// implied tells whether there are folders that the layer does not name.
func (all index) hasImplied() bool {
	for name, i := range all {
		if i.implied && name != "." {
			return true
		}
	}
	return false
}
