package image

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// isNextProject tells whether dir is the root of a Next.js application.
func isNextProject(dir string) bool {
	for _, name := range []string{"next.config.js", "next.config.mjs", "next.config.ts"} {
		if isFile(dir, name) {
			return true
		}
	}
	return isFile(dir, ".next", "BUILD_ID")
}

// planNextJS lays out what `next build` with output "standalone" leaves: the dependencies, the server,
// and the files that it serves, which the build does not copy beside the server
// (https://nextjs.org/docs/app/api-reference/config/next-config-js/output). In a monorepo the server
// stands in the application's own folder below standalone, and runs there.
func planNextJS(spec Spec) (plan, error) {
	dir := spec.Source.Path
	standalone := filepath.Join(dir, ".next", "standalone")
	app, err := serverFolder(standalone)
	if err != nil {
		return plan{}, err
	}
	home := path.Join(spec.root(), app)
	served := []tree{{from: filepath.Join(dir, ".next", "static"), to: path.Join(home, ".next", "static")}}
	if isFolder(dir, "public") {
		// Of the layers, this one alone comes from the sources; the others are the build's, which .dockerignore
		// usually leaves out as a whole.
		public := tree{from: filepath.Join(dir, "public"), to: path.Join(home, "public")}
		if public.pick, err = ignore(dir, "public"); err != nil {
			return plan{}, err
		}
		served = append(served, public)
	}
	copied := map[string]bool{path.Join(app, ".next", "static"): true, path.Join(app, "public"): len(served) > 1}

	p := plan{
		layers: []layerPlan{
			{name: "node_modules", trees: []tree{{from: standalone, to: spec.root(), pick: dependencies}}},
			{name: "server", trees: []tree{{from: standalone, to: spec.root(), pick: func(name string, _ bool) choice {
				if isDependency(name) || copied[name] {
					return skip
				}
				return take
			}}}},
			{name: "static", trees: served},
		},
		entrypoint: []string{"node", "server.js"},
		workingDir: home,
		// Without HOSTNAME the server listens on the container's own name alone, which the container
		// runtime puts there: health checks by localhost would fail.
		env: map[string]string{"NODE_ENV": "production", "HOSTNAME": "0.0.0.0"},
	}
	if len(spec.Ports) > 0 {
		p.env["PORT"] = strconv.Itoa(spec.Ports[0])
	}
	return p, nil
}

// serverFolder is the folder of server.js below standalone, slash-separated; "." but for monorepos.
func serverFolder(standalone string) (string, error) {
	var found []string
	err := fs.WalkDir(os.DirFS(standalone), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".next"):
			return fs.SkipDir
		case d.Name() == "server.js" && isFolder(standalone, filepath.FromSlash(path.Dir(name)), ".next"):
			found = append(found, path.Dir(name))
		}
		return nil
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("find the Next.js server: %w", err)
	case len(found) == 0:
		return "", &SourceError{Path: standalone, Reason: "holds no server.js with .next beside it: the build is incomplete"}
	case len(found) > 1:
		return "", &SourceError{Path: standalone, Reason: "holds several servers: " + strings.Join(found, ", ")}
	}
	return found[0], nil
}

// isDependency tells whether name lies in a folder node_modules, or is one.
func isDependency(name string) bool {
	const folder = "node_modules"
	return name == folder || strings.HasPrefix(name, folder+"/") || strings.HasSuffix(name, "/"+folder) || strings.Contains(name, "/"+folder+"/")
}

func dependencies(name string, _ bool) choice {
	if isDependency(name) {
		return take
	}
	return enter
}
