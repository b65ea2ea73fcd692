package image

import (
	"encoding/json"
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
	return isFile(dir, nextDist, "BUILD_ID")
}

// exportedTo is the folder of the files that a build with output "export" wrote last; empty where it was another one.
func exportedTo(dir string) string {
	var detail struct {
		OutDirectory string `json:"outDirectory"`
		Success      bool   `json:"success"`
	}
	data, err := os.ReadFile(filepath.Join(dir, nextDist, "export-detail.json"))
	if err != nil || json.Unmarshal(data, &detail) != nil || !detail.Success || detail.OutDirectory == "" {
		return ""
	}
	return filepath.Base(detail.OutDirectory) // where it was built; the project may have been moved
}

// planNextJS lays out what `next build` with output "standalone" leaves: the dependencies, the server,
// and the files that it serves, which the build does not copy beside the server
// (https://nextjs.org/docs/app/api-reference/config/next-config-js/output). In a monorepo the server
// stands in the application's own folder below standalone, and runs there.
func planNextJS(spec Spec) (plan, error) {
	b := findNextBuild(spec.Source.Path)
	if b == nil || b.dir == "" {
		return plan{}, &SourceError{Path: spec.Source.Path, Reason: "holds no standalone build of Next.js"}
	}
	err := b.locate()
	if err != nil {
		return plan{}, err
	}
	home := path.Join(spec.root(), b.app)
	static := tree{from: filepath.Join(b.out, "static"), to: path.Join(home, b.dist, "static")}
	served := []layerPlan{{name: assetsLayer, trees: []tree{static}}}
	// What a server writes while it is tried in place is none of the build's.
	skipped := map[string]bool{path.Join(b.app, b.dist, "static"): true, path.Join(b.app, b.dist, "cache"): true, path.Join(b.app, b.dist, "server", routeCache): true}
	if isFolder(b.dir, "public") {
		// Of the layers, this one alone comes from the sources; the others are the build's, which .dockerignore
		// usually leaves out as a whole.
		public := tree{from: filepath.Join(b.dir, "public"), to: path.Join(home, "public")}
		if public.pick, err = ignore(b.dir, "public"); err != nil {
			return plan{}, err
		}
		served = append(served, layerPlan{name: "public", trees: []tree{public}})
		skipped[path.Join(b.app, "public")] = true
	}

	facts := b.facts(home)
	facts.Public, facts.PublicAtRunTime = b.publicVariables()
	if r := b.routes(spec.HealthCheckPath); r != nil {
		facts.Routes = r.short()
	}
	warnings, err := b.warnings(spec, facts)
	if err != nil {
		return plan{}, err
	}
	p := plan{
		layers: append([]layerPlan{
			{name: "node_modules", trees: []tree{{from: b.standalone, to: spec.root(), pick: dependencies}}},
			{name: "server", trees: []tree{{from: b.standalone, to: spec.root(), pick: func(name string, _ bool) choice {
				if isDependency(name) || skipped[name] {
					return skip
				}
				return take
			}}}},
		}, served...),
		command:     nextCommand(spec.Env["HOSTNAME"]),
		workingDir:  home,
		env:         map[string]string{"NODE_ENV": "production", "HOSTNAME": everyAddress},
		writes:      facts.Writes,
		program:     &facts,
		application: b.dir,
		warnings:    warnings,
	}
	if len(spec.Ports) > 0 {
		p.env["PORT"] = strconv.Itoa(spec.Ports[0])
	}
	if spec.KeepAlive > 0 {
		p.env["KEEP_ALIVE_TIMEOUT"] = strconv.FormatInt(spec.KeepAlive.Milliseconds(), 10)
	}
	return p, nil
}

// everyAddress lets a server listen on all addresses of the container.
const everyAddress = "0.0.0.0"

// nextCommand starts the server of a standalone build. It listens on HOSTNAME, and there a container runtime puts the
// container's own name: Fargate's does so over the image's variable, and by some reports over the task definition's
// (https://github.com/vercel/next.js/issues/58657). On that name alone, no check by 127.0.0.1 reaches it. So the program
// sets the variable itself, before server.js reads it; a shell, which could do that, is not in every base.
func nextCommand(hostname string) []string {
	if hostname == "" {
		hostname = everyAddress
	}
	return []string{"node", "--import", "data:text/javascript,process.env.HOSTNAME=" + strconv.Quote(hostname), "server.js"}
}

// facts are what the image says of the program; home is where it stands.
func (b *nextBuild) facts(home string) Program {
	p := Program{Framework: NextJS, Version: b.version, Home: home, Dist: b.dist, BasePath: b.basePath}
	p.Writes = []string{"/tmp", path.Join(home, b.dist, "cache")}
	switch {
	case b.inMemory:
	case b.cachesRoutes():
		p.Writes = append(p.Writes, path.Join(home, b.dist, "server", routeCache))
	case b.rendersAgain():
		for _, router := range []string{"app", "pages"} {
			if isFolder(b.server("server", router)) {
				p.Rerenders = append(p.Rerenders, path.Join(home, b.dist, "server", router))
			}
		}
	}
	return p
}

// routeCache is the folder of pages that were rendered anew, below server.
const routeCache = "route-cache"

// cachesRoutes tells whether this Next.js writes pages that it renders anew to a folder of their own, server/route-cache
// (seen in 15.5.29, 16.3.8 and 16.4.6); others (14.2.35, 15.0.8, 16.0.11) write them among those that the build rendered.
// Where the version is unknown, the folder does no harm.
func (b *nextBuild) cachesRoutes() bool {
	return b.version == "" || isFile(b.next, "dist", "server", "lib", "route-cache-key.js")
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
