package image

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// tree is a folder on disk and its place in the image.
type tree struct {
	from string
	to   string // absolute
	// pick chooses among the entries by their names, relative to from and slash-separated.
	// nil takes all.
	pick func(name string, folder bool) choice
	// dangles leaves a symbolic link out by its name and what it points to. nil leaves none.
	dangles func(name, target string) bool
	// executable marks every file so, where the disk has no such mode (Windows).
	executable bool
}

// gitFolder is where a clone keeps its history, and its credentials: actions/checkout leaves a token in its config. It is no
// part of what runs; neither is the file of this name in a submodule or a second worktree, which says where the folder is.
const gitFolder = ".git"

// choice is what happens to an entry of a tree.
type choice int

const (
	take  choice = iota // it is written
	enter               // it is not written itself; a folder's content is asked for
	skip                // it is left out with all below
)

// kind of an item.
type kind uint8

const (
	regular kind = iota
	folder
	symlink
)

// item is an entry of a layer as it was found on disk, before its content is read.
type item struct {
	name   string // in the image, without a slash in front
	kind   kind
	mode   int64  // in the image
	size   int64  // of a regular file
	target string // of a symbolic link

	// Of a regular file: where it is, and what tells that it is still the same.
	dir, base string // folder on disk below the tree's, "." or slash-separated; name therein
	tree      int    // of the layer
	stamp     stamp
	stamped   bool
}

// scanner lists the items of a layer, or of a part of it. A folder that is there already is left out, so that several
// trees can share parents.
type scanner struct {
	ctx     context.Context
	turn    chan struct{} // room for parts that are scanned at the same time
	items   []item
	folders map[string]bool
}

func (s *scanner) part() *scanner {
	return &scanner{ctx: s.ctx, turn: s.turn, folders: map[string]bool{}}
}

// scan lists what the layer holds, in the order in which it is written: trees one after the other, each in lexical
// order. What is called .git is left out. Symbolic links are kept as links, wherever they point; they are never followed, so nothing outside a tree is
// read. Devices, sockets and named pipes are refused.
func (p layerPlan) scan(ctx context.Context) ([]item, error) {
	s := (&scanner{ctx: ctx, turn: make(chan struct{}, runtime.GOMAXPROCS(0))}).part()
	for _, dir := range p.open {
		s.folder(inner(dir), 0o1777)
	}
	for i, t := range p.trees {
		if err := s.tree(i, t); err != nil {
			return nil, err
		}
	}
	// Parts do not know of each other's folders.
	before := make(map[string]bool, len(s.folders))
	items := slices.DeleteFunc(s.items, func(it item) bool {
		if it.kind != folder {
			return false
		}
		again := before[it.name]
		before[it.name] = true
		return again
	})
	p.openUp(items)
	return items, nil
}

// openUp lets everybody write to what lies in folders that stay writable. ECS fills a volume with what the image has in
// its place, owners and modes included, and the program is another user than the owner.
func (p layerPlan) openUp(items []item) {
	for _, dir := range p.writable {
		below := inner(dir) + "/"
		for i := range items {
			if it := &items[i]; it.kind != symlink && strings.HasPrefix(it.name, below) {
				it.mode |= (it.mode & 0o444) >> 1
			}
		}
	}
}

// inner is an absolute path of the image as it stands in a tar.
func inner(p string) string { return strings.Trim(path.Clean(p), "/") }

// folder adds the folder name and those above it, each once.
func (s *scanner) folder(name string, mode int64) {
	if name == "" || name == "." || s.folders[name] {
		return
	}
	s.folder(path.Dir(name), 0o755)
	s.folders[name] = true
	s.items = append(s.items, item{name: name, kind: folder, mode: mode})
}

func (s *scanner) tree(index int, t tree) error {
	root, err := openTree(t.from)
	if err != nil {
		return fmt.Errorf("read folder: %w", err)
	}
	defer root.Close()
	to := inner(t.to)
	s.folder(to, 0o755)
	return s.inside(root, index, t, ".", to)
}

// inside adds the content of a folder. Each folder is opened below its parent and each name looked up in it, so that
// a folder which is replaced by a link meanwhile leads nowhere else. Folders are scanned beside each other where there
// is room.
func (s *scanner) inside(dir openFolder, index int, t tree, name, to string) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	names, err := dir.names()
	if err != nil {
		return fmt.Errorf("read folder %s: %w", name, err)
	}
	slices.Sort(names)
	type aside struct {
		at   int // its items come before this one of s
		part *scanner
		err  error
	}
	var parts []*aside
	var running sync.WaitGroup
	for _, base := range names {
		found, lerr := dir.look(base)
		if lerr != nil {
			err = fmt.Errorf("add %s: %w", below(name, base), lerr)
			break
		}
		if found.mode.IsDir() && len(names) >= wide && s.room() {
			a := &aside{at: len(s.items), part: s.part()}
			parts = append(parts, a)
			running.Go(func() {
				a.err = a.part.entry(dir, index, t, name, base, found, to)
				<-s.turn
			})
			continue
		}
		if err = s.entry(dir, index, t, name, base, found, to); err != nil {
			break
		}
	}
	running.Wait()
	if len(parts) == 0 {
		return err
	}
	total, from := len(s.items), 0
	for _, a := range parts {
		total += len(a.part.items)
	}
	all := make([]item, 0, total)
	for _, a := range parts {
		err = cmp.Or(err, a.err)
		all = append(append(all, s.items[from:a.at]...), a.part.items...)
		from = a.at
	}
	s.items = append(all, s.items[from:]...)
	return err
}

// wide is how many names a folder has at least whose folders are scanned beside each other: node_modules has many.
const wide = 32

// room takes a place among the parts that are scanned at the same time, if there is one.
func (s *scanner) room() bool {
	select {
	case s.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s *scanner) entry(dir openFolder, index int, t tree, parent, base string, found seen, to string) error {
	if strings.EqualFold(base, gitFolder) {
		return nil
	}
	name, as := below(parent, base), below(to, base)
	isFolder := found.mode.IsDir()
	chosen := take
	if t.pick != nil {
		chosen = t.pick(name, isFolder)
	}
	switch mode := found.mode; {
	case chosen == skip, chosen == enter && !isFolder:
		return nil
	case isFolder:
		if chosen == take {
			s.folder(as, folderMode(mode))
		}
		inside, err := dir.enter(base)
		if err != nil {
			return fmt.Errorf("add %s: %w", name, err)
		}
		defer inside.Close()
		return s.inside(inside, index, t, name, as)
	case mode.Type() == fs.ModeSymlink:
		target, err := dir.link(base)
		if err != nil {
			return fmt.Errorf("add %s: %w", name, err)
		}
		if t.dangles != nil && t.dangles(name, filepath.ToSlash(target)) {
			return nil
		}
		s.folder(to, 0o755)
		s.items = append(s.items, item{name: as, kind: symlink, mode: 0o777, target: filepath.ToSlash(target)})
	case mode.IsRegular():
		it := item{name: as, kind: regular, mode: fileMode(mode), size: found.size, dir: parent, base: base, tree: index, stamp: found.stamp, stamped: found.stamped}
		if t.executable {
			it.mode = 0o755
		}
		s.folder(to, 0o755)
		s.items = append(s.items, it)
	default:
		return fmt.Errorf("add %s: is a %s, which an image cannot hold", name, specialKind(mode))
	}
	return nil
}

// below is the name of an entry of a folder; the top has the name "." in a tree and none in the image.
func below(folder, base string) string {
	if folder == "." || folder == "" {
		return base
	}
	return folder + "/" + base
}

// fileMode keeps of a mode what means the same on every machine: readable by all (the program
// runs as another user than the owner, root), writable by root, executable or not.
func fileMode(m fs.FileMode) int64 {
	if m&0o111 != 0 {
		return 0o755
	}
	return 0o644
}

// folderMode is 0755, but for folders of temporary files that everybody may write to.
func folderMode(m fs.FileMode) int64 {
	if m&fs.ModeSticky != 0 && m.Perm() == 0o777 {
		return 0o1777
	}
	return 0o755
}

func specialKind(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
