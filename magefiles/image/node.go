package image

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
)

// nodeService is a service that Node.js runs, as the files of its project tell of it.
type nodeService struct {
	dir      string // the project, on disk
	manifest manifest
	start    nodeStart // without a file: nothing tells what is started
	said     string    // what is said in its place
	main     string    // what others import, where that is said
	unbuilt  bool      // what a script starts is not there
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
		s, plain := parseStart(n.manifest.followed(line))
		if plain {
			if s.file, plain = n.program(s.file); plain {
				n.start = s
				return
			}
			n.said = cmp.Or(n.said, fmt.Sprintf("scripts.%s of package.json is %q, and that file is not there", name, line))
			n.unbuilt = true
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
				n.main = program
				continue // it is often what others import, and a script says something else
			}
			n.start, n.said = nodeStart{file: program}, ""
			return
		}
	}
}

// unsaid is the error where nothing tells what is started.
func (n *nodeService) unsaid(dir string) error {
	file := cmp.Or(n.main, "dist/server.js")
	e := &SourceError{Path: dir, Reason: n.said, Next: []string{"say what it starts in App.Image.Command, as " + commandOf([]string{"node", file}) + ", then run the same command again"}}
	if n.unbuilt {
		e.Next = []string{"build the project (npm run build), then run the same command again", "or " + e.Next[0]}
	}
	return e
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
