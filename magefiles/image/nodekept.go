package image

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// nodeModules are the packages that a service takes along.
type nodeModules struct {
	in   *installed
	home string // the service's folder, below the root of in
	// folders node_modules in which something is kept, and packages of the workspace that are asked for.
	folders, packages []string
	omitted           map[string]bool // entries of node_modules
	bins              map[string]bool // names in .bin that nothing has which is kept
	missing           []string        // dependencies that are not installed
}

// keepModules finds what a service needs when it runs. Left out is what only others ask for: its devDependencies, the root of
// its workspace, other packages of that. What nobody asks for stays: it was put there by somebody.
func keepModules(dir string, m *manifest) (*nodeModules, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return nil, err
	}
	root := workspaceOf(real)
	home, err := filepath.Rel(root, real)
	if err != nil {
		return nil, err
	}
	k := &nodeModules{in: newInstalled(root), home: filepath.ToSlash(home), omitted: map[string]bool{}, bins: map[string]bool{}}
	kept, others := newReached(), newReached()
	k.in.reach(kept, k.home, slices.Concat(keys(m.OptionalDependencies), keys(m.PeerDependencies)))
	k.missing = k.in.reach(kept, k.home, keys(m.Dependencies))
	k.in.reach(others, k.home, keys(m.DevDependencies))
	k.others(others)
	kept.entries[k.home] = true

	for entry := range others.entries {
		if !kept.entries[entry] {
			k.omitted[entry] = true
		}
	}
	for bin := range others.bins {
		if !kept.bins[bin] {
			k.bins[bin] = true
		}
	}
	k.sift(kept)
	return k, nil
}

// others are asked for by the workspace around the service.
func (k *nodeModules) others(into *reached) {
	all := func(dir string) {
		m := k.in.of(dir)
		k.in.reach(into, dir, slices.Concat(m.needs(), keys(m.DevDependencies)))
	}
	if k.home != "." {
		all(".")
	}
	// npm and Yarn link every package of a workspace.
	for _, name := range slices.Sorted(maps.Keys(k.in.names(modulesFolder))) {
		inside := []string{name}
		if strings.HasPrefix(name, "@") {
			inside = nil
			for scoped := range k.in.names(path.Join(modulesFolder, name)) {
				inside = append(inside, path.Join(name, scoped))
			}
		}
		for _, name := range inside {
			at := path.Join(modulesFolder, name)
			if !k.in.names(path.Dir(at))[path.Base(at)] {
				continue
			}
			if real := k.in.follow(at); real != "" && real != k.home && !isDependency(real) {
				into.entries[at], into.entries[real] = true, true
				all(real)
			}
		}
	}
}

// sift finds the folders of what is kept, and what else of the stores is left out.
func (k *nodeModules) sift(kept *reached) {
	folders, packages, stored := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for entry := range kept.entries {
		folder, store := outermost(entry)
		switch {
		case folder != "":
			folders[folder] = true
			stored[store] = true
		case entry != k.home:
			packages[entry] = true
		}
	}
	if own := path.Join(k.home, modulesFolder); len(k.in.names(own)) > 0 {
		folders[own] = true
	}
	k.folders, k.packages = slices.Sorted(maps.Keys(folders)), slices.Sorted(maps.Keys(packages))
	for _, folder := range k.folders {
		for _, store := range stores {
			at := path.Join(folder, store)
			for name := range k.in.names(at) {
				if entry := path.Join(at, name); name != modulesFolder && !stored[entry] {
					k.omitted[entry] = true
				}
			}
		}
	}
}

// outermost is the uppermost folder node_modules that an entry lies in, and its folder in a store, where it is in one.
func outermost(entry string) (folder, store string) {
	parts := strings.Split(entry, "/")
	at := slices.Index(parts, modulesFolder)
	if at < 0 {
		return "", ""
	}
	if len(parts) > at+2 && slices.Contains(stores, parts[at+1]) {
		store = path.Join(parts[:at+3]...)
	}
	return path.Join(parts[:at+1]...), store
}

// managed are files and folders of node_modules by which package managers and build tools remember what they did: times and
// folders of this machine stand in them.
var managed = []string{".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml", ".cache", ".vite", ".vite-temp", ".vite-node", ".tmp"}

// pick chooses in one of the folders.
func (k *nodeModules) pick(folder string) func(string, bool) choice {
	return func(name string, isFolder bool) choice {
		top, base := !strings.Contains(name, "/"), path.Base(name)
		switch {
		case k.omitted[path.Join(folder, name)],
			top && (slices.Contains(managed, name) || strings.HasPrefix(name, ".pnpm-workspace-state")),
			name == ".pnpm/lock.yaml":
			return skip
		case isFolder && (base == ".bin" || top && strings.HasPrefix(base, "@")):
			return enter // there, if something in it is
		case !isFolder && path.Base(path.Dir(name)) == ".bin" && k.bins[strings.TrimSuffix(strings.TrimSuffix(base, ".cmd"), ".ps1")]:
			return skip
		}
		return take
	}
}

// dangles tells whether a link in one of the folders leads to what is left out.
func (k *nodeModules) dangles(folder string) func(name, target string) bool {
	return func(name, target string) bool {
		if path.IsAbs(target) {
			return false
		}
		for at := path.Join(folder, path.Dir(name), target); at != "." && at != "/" && !strings.HasPrefix(at, ".."); at = path.Dir(at) {
			if k.omitted[at] {
				return true
			}
		}
		return false
	}
}

// workspaceOf is the folder whose packages a project may use: that of the workspace which it is in, else its own. A workspace
// ends where the repository does.
func workspaceOf(dir string) string {
	for at := dir; !exists(at, gitFolder); {
		parent := filepath.Dir(at)
		if parent == at {
			break
		}
		if isWorkspace(parent) {
			return parent
		}
		at = parent
	}
	return dir
}

// isWorkspace tells whether a folder is the root of several packages. https://docs.npmjs.com/cli/using-npm/workspaces,
// https://pnpm.io/workspaces
func isWorkspace(dir string) bool {
	if isFile(dir, "pnpm-workspace.yaml") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "package.json"))
	return err == nil && readInstalled(dir).Workspaces != nil
}
