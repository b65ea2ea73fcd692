package image

import (
	"archive/tar"
	"path"
	"slices"
	"strings"
)

// listing is what the layers of an image hold, by name, as a program in the container finds it: an upper layer lies over
// the ones below. The zero value is an image without layers.
type listing struct {
	layers  []scanned // of this build
	settled int       // as many of them are in names: most builds ask little
	names   map[string]listed
	asked   int // so often before names were made
	// partial: there is more in the image than what is listed here.
	partial bool
}

// scanned are the items of a layer of this build.
type scanned struct {
	plan  layerPlan
	items []item
}

// listed is an entry of a listing.
type listed struct {
	kind       kind
	executable bool
	target     string // of a symbolic link
	starter    string // of a file that was read out of a tar: see [starterOf]
	plan       *layerPlan
	item       *item // of this build, with its plan; else nil
}

// add puts the items of a layer over what is there.
func (l *listing) add(p layerPlan, items []item) { l.layers = append(l.layers, scanned{p, items}) }

func (l *listing) set(name string, e listed) {
	if l.names == nil {
		l.names = map[string]listed{}
	}
	l.names[name] = e
}

// settle puts the layers that were added into the names.
func (l *listing) settle() {
	for i := l.settled; i < len(l.layers); i++ {
		layer := &l.layers[i]
		if l.names == nil {
			l.names = make(map[string]listed, len(layer.items))
		}
		for j := range layer.items {
			l.set(layer.items[j].name, layer.listed(j))
		}
	}
	l.settled = len(l.layers)
}

// listed is an item as an entry.
func (s *scanned) listed(i int) listed {
	it := &s.items[i]
	return listed{kind: it.kind, executable: it.mode&0o111 != 0, target: it.target, plan: &s.plan, item: it}
}

// fewQuestions are answered by looking through all items, which is done before a map of them is made.
const fewQuestions = 64

// get is the entry of a name.
func (l *listing) get(name string) (e listed, there bool) {
	if l.names != nil || l.asked >= fewQuestions {
		l.settle()
		e, there = l.names[name]
		return e, there
	}
	l.asked++
	for _, layer := range slices.Backward(l.layers) {
		for i := range layer.items {
			if layer.items[i].name == name {
				return layer.listed(i), true
			}
		}
	}
	return listed{}, false
}

// over puts a layer that was read out of its tar over what is there. Files of the prefix .wh. delete what is below:
// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
func (l *listing) over(upper []namedEntry) {
	l.settle()
	for _, e := range upper {
		dir, base := path.Split(e.name)
		gone, deletes := strings.CutPrefix(base, whiteout)
		switch {
		case !deletes:
		case base == whiteout+whiteout+".opq":
			l.remove(strings.TrimSuffix(dir, "/"), false)
		default:
			l.remove(dir+gone, true)
		}
	}
	for _, e := range upper {
		if !strings.HasPrefix(path.Base(e.name), whiteout) {
			l.above(e.name)
			l.set(e.name, e.listed)
		}
	}
}

// above puts in the folders that a name is in: a tar need not have them.
func (l *listing) above(name string) {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if e, there := l.names[dir]; there && e.kind != regular {
			return
		}
		l.set(dir, listed{kind: folder, executable: true})
	}
}

func (l *listing) remove(name string, itself bool) {
	if itself {
		delete(l.names, name)
	}
	for other := range l.names {
		if strings.HasPrefix(other, name+"/") || name == "" {
			delete(l.names, other)
		}
	}
}

// namedEntry is an entry of a layer that was read out of its tar.
type namedEntry struct {
	name string
	listed
}

// entryOf is what stands in a header; false for what is no file of the image, such as a device.
func entryOf(h *tar.Header) (namedEntry, bool) {
	e := namedEntry{name: inner("/" + h.Name), listed: listed{executable: h.Mode&0o111 != 0}}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeLink:
	case tar.TypeDir:
		e.kind = folder
	case tar.TypeSymlink:
		e.kind, e.target = symlink, h.Linkname
	default:
		return e, false
	}
	return e, e.name != "" && e.name != "."
}

// maxLinks is how many links Linux follows on the way to a file (path_resolution(7)).
const maxLinks = 40

// find is what is found at a path of the container, links followed. Where there is nothing, at is the name, without a
// slash in front, of what is missing; it is empty where links lead in circles.
func (l *listing) find(name string) (e listed, at string, found bool) {
	rest := strings.Split(inner(name), "/")
	at = ""
	e = listed{kind: folder, executable: true}
	for links := 0; len(rest) > 0; {
		step := rest[0]
		rest = rest[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			if at == "." {
				at = ""
			}
			continue
		}
		next := below(at, step)
		if e, found = l.get(next); !found {
			return listed{}, path.Join(append([]string{next}, rest...)...), false
		}
		if e.kind == regular && slices.ContainsFunc(rest, func(step string) bool { return step != "" }) {
			return listed{}, path.Join(append([]string{next}, rest...)...), false // what a layer below has there is hidden
		}
		if e.kind != symlink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return listed{}, "", false
		}
		if path.IsAbs(e.target) {
			at = ""
		}
		rest = append(strings.Split(e.target, "/"), rest...)
	}
	return e, at, true
}
