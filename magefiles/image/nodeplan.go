package image

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hashed are folders whose files have a hash in their names, and served are folders of what browsers ask for, by the tools
// that write them: SvelteKit, React Router, Remix, Astro and Vite. https://vite.dev/guide/assets
var (
	hashed = []string{"build/client/_app/immutable", "build/client/assets", "public/build", "dist/client/_astro", "dist/client/assets"}
	served = []string{"build/client", "dist/client", "dist/public", "public", "static"}
)

// planNode lays a service out: its packages, the files of the project, what its build wrote, and what browsers ask for. In a
// workspace it stands in its own folder, beside the packages that it uses.
func planNode(spec Spec, now time.Time) (plan, error) {
	n, err := findNode(spec.Source.Path)
	switch {
	case err != nil:
		return plan{}, err
	case n == nil:
		return plan{}, &SourceError{Path: spec.Source.Path, Reason: "holds no service of Node.js"}
	case n.start.file == "" && len(spec.Entrypoint)+len(spec.Command) == 0:
		return plan{}, n.unsaid(spec.Source.Path)
	case n.nitro:
		return n.planNitro(spec, now), nil
	}
	k, err := keepModules(n.dir, &n.manifest)
	if err != nil {
		return plan{}, fmt.Errorf("look at the packages of %s: %w", spec.Source, err)
	}
	home := path.Join(spec.root(), k.place(k.home))
	p := n.described(spec, home, now, k.in.root)
	if n.start.file != "" {
		if p.command, err = n.command(k); err != nil {
			return plan{}, err
		}
	}
	if warning := n.notInstalled(k.missing); warning != "" {
		p.warnings = append(p.warnings, warning)
	}
	if warning := n.runsBefore(); warning != "" {
		p.warnings = append(p.warnings, warning)
	}
	if l := k.layer(spec.root()); len(l.trees) > 0 {
		p.layers = append(p.layers, l)
	}
	own, err := n.layers(k, home)
	if err != nil {
		return plan{}, err
	}
	for _, name := range k.packages { // of the workspace: they change as the service's own files do
		if k.home == "." {
			continue // they lie among those
		}
		files := tree{from: k.in.disk(name), to: path.Join(spec.root(), name), pick: func(name string, _ bool) choice {
			if isDependency(name) {
				return skip
			}
			return take
		}}
		own[0].trees = append(own[0].trees, files)
	}
	p.layers = append(p.layers, own...)
	return p, nil
}

// described is a plan without its layers.
func (n *nodeService) described(spec Spec, home string, now time.Time, root string) plan {
	p := plan{workingDir: home, env: map[string]string{"NODE_ENV": "production", "HOST": everyAddress}}
	if len(spec.Ports) > 0 {
		p.env["PORT"] = strconv.Itoa(spec.Ports[0])
	}
	if isSvelteKit(filepath.Join(n.dir, path.Dir(n.start.file))) && spec.KeepAlive > 0 {
		p.env["KEEP_ALIVE_TIMEOUT"] = strconv.Itoa(int(spec.KeepAlive.Seconds())) // https://svelte.dev/docs/kit/adapter-node
	}
	maps.Copy(p.env, n.start.env)
	if spec.Base == "" {
		base, warning := nodeFor([]string{n.dir, root}, &n.manifest, now)
		p.base = base
		if warning != "" {
			p.warnings = append(p.warnings, warning)
		}
	}
	return p
}

// command starts the service without npm or a shell, so that Node.js itself gets the signals.
func (n *nodeService) command(k *nodeModules) ([]string, error) {
	words := append([]string{"node"}, n.start.flags...)
	if n.start.serve != "" {
		_, real, _ := k.in.resolve(k.home, n.start.serve)
		bins := k.in.of(real).bins()
		if real == "" || len(bins) != 1 {
			return nil, &SourceError{Path: n.dir, Reason: fmt.Sprintf("is started by %s, which is not installed: run npm ci, with %s in dependencies", n.start.serve, n.start.serve)}
		}
		for _, file := range bins {
			program, err := filepath.Rel(filepath.FromSlash(k.home), filepath.FromSlash(path.Join(real, file)))
			if err != nil {
				return nil, err
			}
			words = append(words, filepath.ToSlash(program))
		}
	}
	return append(append(words, n.start.file), n.start.args...), nil
}

// layers are those of the project's own files, those that change least first.
func (n *nodeService) layers(k *nodeModules, home string) ([]layerPlan, error) {
	ignored, err := ignore(n.dir, "")
	if err != nil {
		return nil, err
	}
	built, _, inFolder := strings.Cut(n.start.file, "/")
	if !inFolder {
		built = ""
	}
	parts := map[string][]string{}
	add := func(layer string, names ...string) {
		for _, name := range names {
			if isFolder(n.dir, filepath.FromSlash(name)) && (layer == "server" || name != built) {
				parts[layer] = append(parts[layer], name)
			}
		}
	}
	if built != "" {
		add("server", built)
	}
	add(assetsLayer, hashed...)
	add("public", served...)

	part := func(layer, name string) tree {
		inner := slices.Concat(parts["server"], parts[assetsLayer], parts["public"])
		t := tree{from: filepath.Join(n.dir, filepath.FromSlash(name)), to: path.Join(home, name)}
		t.pick = func(below string, folder bool) choice {
			full := path.Join(name, below)
			switch {
			case slices.Contains(inner, full), full == modulesFolder, slices.Contains(leftovers, full), k.has(full):
				return skip
			case ignored == nil, full == "package.json", full == n.start.file:
				return take
			case built != "" && (full == built || strings.HasPrefix(full, built+"/")) && ignored(built, true) != take:
				return take // the result of a build, which .dockerignore leaves out for one in Docker
			}
			return ignored(full, folder)
		}
		return t
	}
	rest := "files"
	if built == "" {
		rest = "server"
	}
	all := []layerPlan{{name: rest, trees: []tree{part(rest, "")}}}
	for _, layer := range []string{"server", assetsLayer, "public"} {
		l := layerPlan{name: layer}
		for _, name := range parts[layer] {
			l.trees = append(l.trees, part(layer, name))
		}
		if len(l.trees) > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

// leftovers are folders of a project that no program reads: the state of the embedded AWS, and what tools keep for their next run.
var leftovers = []string{".splitecs", ".svelte-kit", ".react-router", ".nuxt", ".nitro", ".turbo", ".nx", ".cache", ".parcel-cache", ".eslintcache", ".nyc_output", "coverage"}

// has tells whether a path of the service is a folder node_modules that has a layer, or one of a package that is not asked for.
func (k *nodeModules) has(name string) bool {
	name = path.Join(k.home, name)
	return path.Base(name) == modulesFolder && (slices.Contains(k.folders, name) || k.omitted[path.Dir(name)])
}

// place is where a folder of the workspace stands below the image's root: a service that needs nothing beside its own folder
// stands there itself.
func (k *nodeModules) place(name string) string {
	if k.alone() {
		if name == k.home {
			return "."
		}
		return strings.TrimPrefix(name, k.home+"/")
	}
	return name
}

// alone tells whether everything that is kept lies in the service's own folder.
func (k *nodeModules) alone() bool {
	return k.home == "." || len(k.packages) == 0 && !slices.ContainsFunc(k.folders, func(folder string) bool { return !strings.HasPrefix(folder, k.home+"/") })
}

// layer is that of the packages.
func (k *nodeModules) layer(root string) layerPlan {
	l := layerPlan{name: modulesFolder}
	for _, folder := range k.folders {
		l.trees = append(l.trees, tree{
			from: k.in.disk(folder), to: path.Join(root, k.place(folder)), pick: k.pick(folder), dangles: k.dangles(folder),
		})
	}
	return l
}
