package image

import (
	"os"
	"path"
	"path/filepath"
)

// installed are the packages below a folder as Node.js finds them: from the folder of who asks upwards, through links
// (https://nodejs.org/api/modules.html#loading-from-node_modules-folders). Names are relative to that folder and slash-separated.
//
// What is installed is asked, not a lock file: so the layouts of npm, pnpm, Yarn and Bun are one case, and what the program will
// find is what is kept.
type installed struct {
	root     string                     // on disk, without links
	listed   map[string]map[string]bool // folders node_modules and scopes in them: names, and whether each is a link
	manifest map[string]manifest        // by the folder of the package
}

const modulesFolder = "node_modules"

// stores are folders of node_modules in which package managers keep a folder for each package, and link to it.
// https://pnpm.io/symlinked-node-modules-structure
var stores = []string{".pnpm", ".bun", ".store"}

func newInstalled(root string) *installed {
	return &installed{root: root, listed: map[string]map[string]bool{}, manifest: map[string]manifest{}}
}

func (in *installed) disk(name string) string {
	return filepath.Join(in.root, filepath.FromSlash(name))
}

// names lists a folder once; what cannot be read has none.
func (in *installed) names(dir string) map[string]bool {
	known, ok := in.listed[dir]
	if !ok {
		known = map[string]bool{}
		entries, _ := os.ReadDir(in.disk(dir))
		for _, e := range entries {
			known[e.Name()] = e.Type()&os.ModeSymlink != 0
		}
		in.listed[dir] = known
	}
	return known
}

func (in *installed) of(dir string) manifest {
	m, ok := in.manifest[dir]
	if !ok {
		m = readInstalled(in.disk(dir))
		in.manifest[dir] = m
	}
	return m
}

// resolve finds a package as a file in the folder from would: at is its name in a folder node_modules, real its own folder.
// real is empty where a link leads out of the root, or to nothing.
func (in *installed) resolve(from, name string) (at, real string, found bool) {
	for dir := from; ; dir = path.Dir(dir) {
		if path.Base(dir) != modulesFolder {
			at = path.Join(dir, modulesFolder, name)
			if link, there := in.names(path.Dir(at))[path.Base(at)]; there {
				if !link {
					return at, at, true
				}
				return at, in.follow(at), true
			}
		}
		if dir == "." {
			return "", "", false
		}
	}
}

// follow is where a link leads to; empty where that is not below the root.
func (in *installed) follow(link string) string {
	real, err := filepath.EvalSymlinks(in.disk(link))
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(in.root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// reached are packages that others ask for: their folders, and the links by which they were found.
type reached struct {
	entries map[string]bool
	bins    map[string]bool // names in .bin that they have
}

func newReached() *reached { return &reached{entries: map[string]bool{}, bins: map[string]bool{}} }

// reach finds what somebody in the folder from asks for, and what that asks for in turn. missing are the names that are not
// there.
func (in *installed) reach(into *reached, from string, names []string) (missing []string) {
	type ask struct{ from, name string }
	var asks []ask
	for _, name := range names {
		if _, _, found := in.resolve(from, name); !found {
			missing = append(missing, name)
		}
		asks = append(asks, ask{from, name})
	}
	for len(asks) > 0 {
		next := asks[len(asks)-1]
		asks = asks[:len(asks)-1]
		at, real, found := in.resolve(next.from, next.name)
		if !found {
			continue
		}
		before := into.entries[real]
		into.entries[at] = true
		if real == "" || before {
			continue
		}
		into.entries[real] = true
		m := in.of(real)
		for bin := range m.bins() {
			into.bins[bin] = true
		}
		for _, name := range m.needs() {
			asks = append(asks, ask{real, name})
		}
	}
	return missing
}
