package layers

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// layer tells what it has in a place.
type layer interface {
	look(name string) (i item, there bool, err error)
}

// stack of layers, lowest first.
type stack []layer

// all are the numbers of the layers that show in the root, topmost first.
func (s stack) all() ([]int, error) {
	var at []int
	for i := len(s) - 1; i >= 0; i-- {
		at = append(at, i)
		root, _, err := s[i].look(".")
		if err != nil {
			return nil, err
		}
		if root.opaque {
			break
		}
	}
	return at, nil
}

// step looks for a name in a folder that is made of some layers, as overlayfs does: the topmost layer that has it tells what it
// is, and a folder is joined by those beneath until something else, a whiteout or an opaque folder ends it. Without any layer
// the name is absent.
func (s stack) step(within []int, name string) (of []int, top item, err error) {
	for _, i := range within {
		it, there, err := s[i].look(name)
		switch {
		case err != nil:
			return nil, item{}, err
		case !there:
			continue
		case it.kind == gone:
			return of, top, nil
		case it.kind != folder && of == nil:
			return []int{i}, it, nil
		case it.kind != folder:
			return of, top, nil
		}
		if of == nil {
			top = it
		}
		of = append(of, i)
		if it.opaque {
			break
		}
	}
	return of, top, nil
}

// folder are the layers of which a folder is made, topmost first; none where there is no such folder. It follows no links.
func (s stack) folder(name string) ([]int, error) {
	of, err := s.all()
	at := "."
	for base := range strings.SplitSeq(name, "/") {
		if err != nil || len(of) == 0 {
			return nil, err
		}
		var top item
		at = path.Join(at, base)
		if of, top, err = s.step(of, at); top.kind != folder {
			return nil, err
		}
	}
	return of, err
}

// find follows a name and its links, none of which leads above the root, to a file that is no link: its layer and its name there.
func (s stack) find(name string) (layer int, at string, found item, err error) {
	root, err := s.all()
	if err != nil {
		return 0, "", item{}, err
	}
	of, names := [][]int{root}, []string{"."}
	rest, links := strings.Split(name, "/"), 0
	for len(rest) > 0 {
		base := rest[0]
		rest = rest[1:]
		last := len(names) - 1
		switch {
		case base == "" || base == ".":
			continue
		case base == "..":
			of, names = of[:max(last, 1)], names[:max(last, 1)]
			continue
		}
		next, top, err := s.step(of[last], path.Join(names[last], base))
		switch {
		case err != nil:
			return 0, "", item{}, err
		case len(next) == 0:
			return 0, "", item{}, fs.ErrNotExist
		case top.kind == symlink:
			if links++; links > maxLinks {
				return 0, "", item{}, syscall.ELOOP
			}
			if strings.HasPrefix(top.target, "/") {
				of, names = of[:1], names[:1]
			}
			rest = append(strings.Split(top.target, "/"), rest...)
			continue
		case top.kind != folder && len(rest) > 0:
			return 0, "", item{}, syscall.ENOTDIR
		case top.kind != folder:
			return next[0], path.Join(names[last], base), top, nil
		}
		of, names = append(of, next), append(names, path.Join(names[last], base))
	}
	return of[len(of)-1][0], names[len(names)-1], item{kind: folder}, nil
}

// hiddenModes are the folders whose owner and mode a layer hides that does not name them, only what is in them: overlayfs
// shows those of the topmost layer, and runtimes take over what lower layers say. With each come the folders above it.
func (s stack) hiddenModes(implied []string) (map[string]meta, error) {
	wanted := map[string]meta{}
	for _, name := range implied {
		shown, real, err := s.modes(name)
		if err != nil {
			return nil, err
		}
		if shown == real {
			continue
		}
		for ; name != "."; name = path.Dir(name) {
			_, real, err := s.modes(name)
			if err != nil {
				return nil, err
			}
			wanted[name] = meta{mode: real.mode, uid: real.uid, gid: real.gid}
		}
	}
	return wanted, nil
}

// modes are what overlayfs shows of a folder, and what the topmost layer says that names it.
func (s stack) modes(name string) (shown, real item, err error) {
	of, err := s.folder(name)
	for n, i := range of {
		it, _, err := s[i].look(name)
		if err != nil {
			return item{}, item{}, err
		}
		it = item{mode: it.mode & (fs.ModePerm | special), uid: it.uid, gid: it.gid, implied: it.implied}
		if n == 0 {
			shown, real = it, it
		}
		if !it.implied {
			real = it
			break
		}
	}
	shown.implied, real.implied = false, false
	return shown, real, err
}

// impliedIn are the folders that any of the layers but the lowest does not name.
func impliedIn(all []index) []string {
	names := map[string]bool{}
	for _, one := range all[min(1, len(all)):] {
		for name, i := range one {
			if i.implied && name != "." {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// onDisk is a layer by its files.
type onDisk struct{ *os.Root }

func (d onDisk) look(name string) (item, bool, error) {
	info, err := d.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return item{}, false, nil
	case err != nil:
		return item{}, false, err
	}
	i := item{mode: info.Mode(), kind: regular}
	switch {
	case info.IsDir():
		i.kind, i.opaque = folder, isOpaque(d.Root, name)
	case isWhiteout(info):
		i.kind = gone
	case info.Mode().Type() == fs.ModeSymlink:
		i.kind = symlink
		i.target, err = d.Readlink(name)
	case !info.Mode().IsRegular():
		i.kind = pipe
	}
	return i, true, err
}
