package image

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// nodeService is a service that Node.js runs, as the files of its project tell of it.
type nodeService struct {
	dir      string // the project, on disk
	manifest manifest
	start    nodeStart // without a file: nothing tells what is started
	said     string    // what is said in its place
	nitro    bool      // dir is what Nitro built: nothing of the project is beside it
}

// findNode looks for a service in dir: what Nitro (Nuxt), SvelteKit's adapter-node or React Router built, in the project's folder
// or the build's; else a project whose package.json says what it starts. nil is none; a project of a framework that is
// not built, or for somewhere else, is a [*SourceError].
func findNode(dir string) (*nodeService, error) {
	if n, err := findNitro(dir); n != nil || err != nil {
		return n, err
	}
	if parent := filepath.Dir(filepath.Clean(dir)); isSvelteKit(dir) && isFile(parent, "package.json") {
		dir = parent
	}
	m, err := readManifest(dir)
	if m == nil || err != nil {
		return nil, err
	}
	n := &nodeService{dir: dir, manifest: *m}
	n.starts()
	switch {
	case n.start.file != "":
		return n, nil
	case hasConfig(dir, "svelte.config"):
		return nil, &SourceError{Path: dir, Reason: `is a SvelteKit project without the build of a server: use @sveltejs/adapter-node in svelte.config and run "vite build"`}
	case hasConfig(dir, "nuxt.config"), hasConfig(dir, "nitro.config"):
		return nil, &SourceError{Path: dir, Reason: `is a project of Nuxt or Nitro that is not built: run "npm run build", which writes .output`}
	case n.said != "":
		return n, nil
	}
	return nil, nil
}

// hasConfig tells whether a framework's configuration is in dir.
func hasConfig(dir, name string) bool {
	return slices.ContainsFunc([]string{".js", ".mjs", ".ts", ".mts", ".cjs"}, func(ext string) bool { return isFile(dir, name+ext) })
}

// starts finds out what the service starts: scripts.start, or the start:prod of Nest beside it, then npm's default for it, the
// build of SvelteKit, and main.
func (n *nodeService) starts() {
	for _, name := range []string{"start", "start:prod"} {
		line := n.manifest.script(name)
		if line == "" {
			continue
		}
		s, plain := parseStart(line)
		if plain {
			if s.file, plain = n.program(s.file); plain {
				n.start = s
				return
			}
			n.said = cmp.Or(n.said, fmt.Sprintf("scripts.%s of package.json is %q, and that file is not there: build the project (npm run build)", name, line))
			continue
		}
		n.said = cmp.Or(n.said, fmt.Sprintf(`scripts.%s of package.json is %q, which is no plain "node FILE"`, name, line))
	}
	main := cmp.Or(n.manifest.Main, "index.js")
	for _, file := range []string{"server.js", "build/index.js", main} {
		if file == "server.js" && n.manifest.script("start") != "" || file == "build/index.js" && !isSvelteKit(filepath.Join(n.dir, "build")) {
			continue
		}
		if program, there := n.program(path.Clean(file)); there && filepath.IsLocal(filepath.FromSlash(program)) {
			if file == main && n.said != "" {
				n.said += fmt.Sprintf("; main is %s", program)
				continue // it is often what others import, and a script says something else
			}
			n.start, n.said = nodeStart{file: program}, ""
			return
		}
	}
}

// program is a file as Node.js finds it for a name on its command line.
// https://nodejs.org/api/modules.html#all-together
func (n *nodeService) program(name string) (string, bool) {
	if name == "." {
		name = path.Clean(cmp.Or(n.manifest.Main, "index.js"))
	}
	if isFile(n.dir, filepath.FromSlash(name)) {
		return name, true
	}
	for _, end := range []string{".js", ".json", ".node"} {
		if isFile(n.dir, filepath.FromSlash(name+end)) {
			return name + end, true
		}
	}
	if isFile(n.dir, filepath.FromSlash(name), "index.js") {
		return path.Join(name, "index.js"), true
	}
	return name, false
}

// isSvelteKit tells whether dir is a build of SvelteKit's adapter-node. https://svelte.dev/docs/kit/adapter-node
func isSvelteKit(dir string) bool {
	return isFile(dir, "handler.js") && isFile(dir, "index.js") && isFolder(dir, "server") && isFolder(dir, "client")
}

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
		return plan{}, &SourceError{Path: spec.Source.Path, Reason: n.said + `: say what it starts in App.Image.Command, as []string{"node", "dist/server.js"}`}
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
