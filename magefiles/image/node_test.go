package image_test

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/bigtree"
)

// nodeLibrary is a registry that has Docker's images of Node.js, and answers for theirs.
func nodeLibrary(t testing.TB) (*server, image.Options) {
	t.Helper()
	s := newServer(t)
	for _, major := range []int{18, 20, 22, 24, 26} {
		push(t, fmt.Sprintf("%s/docker/library/node:%d-slim", s.host, major), baseImage(t, linuxAMD64))
	}
	return s, image.Options{Base: image.Access{Transport: toServer{s}}}
}

type toServer struct{ *server }

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", s.host
	return http.DefaultTransport.RoundTrip(r)
}

// base is the tag of the base that was asked for.
func (s *server) base() (tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if _, after, is := strings.Cut(r, "/node/manifests/"); is && !strings.HasPrefix(after, "sha256:") {
			tag = after
		}
	}
	return tag
}

// made are the layers that were made here, by their names, and where they are.
func made(t *testing.T, built *image.Built) (layers []string) {
	t.Helper()
	for _, h := range config(t, built).History {
		if text, is := strings.CutPrefix(h.CreatedBy, "COPY "); is {
			name, _, _ := strings.Cut(text, " ")
			layers = append(layers, name)
		}
	}
	return layers
}

// inImage are the files and links of an image, without those of the base.
func inImage(t *testing.T, built *image.Built) []string {
	t.Helper()
	_, entries := contents(t, built)
	var names []string
	for name := range entries {
		if !strings.HasSuffix(name, "/") && strings.HasPrefix(name, "app/") {
			names = append(names, strings.TrimPrefix(name, "app/"))
		}
	}
	slices.Sort(names)
	return names
}

// express is a service with what a developer installs beside it.
var express = files{
	"package.json": `{"name": "orders", "scripts": {"start": "node dist/server.js"}, "engines": {"node": ">=20"},
		"dependencies": {"express": "^5", "@acme/auth": "1"}, "devDependencies": {"typescript": "^5", "ms": "*", "@types/node": "*"}}`,
	"dist/server.js": `require("express")`, "src/server.ts": "", "public/plate.svg": "<svg/>", "views/home.html": "",
	"node_modules/express/package.json":     `{"name": "express", "version": "5.1.0", "dependencies": {"ms": "2"}}`,
	"node_modules/express/index.js":         "",
	"node_modules/@acme/auth/package.json":  `{"name": "@acme/auth", "version": "1.0.0", "bin": {"auth": "cli.js"}, "optionalDependencies": {"fsevents": "*", "fast": "*"}, "peerDependencies": {"peer": "*"}}`,
	"node_modules/@acme/auth/cli.js":        "",
	"node_modules/ms/package.json":          `{"name": "ms", "version": "2.0.0"}`,
	"node_modules/fast/package.json":        `{"name": "fast", "version": "1.0.0"}`,
	"node_modules/peer/package.json":        `{"name": "peer", "version": "1.0.0", "dependencies": ["of an old form"]}`,
	"node_modules/byhand/package.json":      `{"name": "byhand", "version": "1.0.0"}`,
	"node_modules/.prisma/client/index.js":  "",
	"node_modules/typescript/package.json":  `{"name": "typescript", "version": "5.0.0", "bin": {"tsc": "bin/tsc"}, "dependencies": {"ms": "*", "deep": "*"}}`,
	"node_modules/typescript/bin/tsc":       "",
	"node_modules/deep/package.json":        `{"name": "deep", "version": "1.0.0"}`,
	"node_modules/@types/node/package.json": `{"name": "@types/node", "version": "22.0.0"}`,
	"node_modules/.bin/tsc":                 "→../typescript/bin/tsc",
	"node_modules/.bin/auth":                "→../@acme/auth/cli.js",
	"node_modules/.package-lock.json":       "{}",
	"node_modules/.cache/babel/x":           "",
	".splitecs/local/state":                 "",
	"coverage/index.html":                   "",
}

// production are the files of node_modules that it needs.
var production = []string{
	".bin/auth", ".prisma/client/index.js", "@acme/auth/cli.js", "@acme/auth/package.json", "byhand/package.json", "express/index.js",
	"express/package.json", "fast/package.json", "ms/package.json", "peer/package.json",
}

var (
	nitro = files{
		"nuxt.config.ts": "", "package.json": `{"engines": {"node": "^24"}}`, ".output/nitro.json": `{"preset": "node-server"}`, ".output/server/index.mjs": "",
		".output/server/node_modules/vue/package.json": `{"name": "vue", "version": "3.0.0"}`, ".output/public/_nuxt/a.js": "", ".output/public/plate.svg": "",
		"node_modules/nuxt/package.json": `{"name": "nuxt", "version": "4.0.0"}`,
	}
	svelte = files{
		"svelte.config.js": "", "package.json": `{"type": "module", "dependencies": {"ms": "*"}}`, "node_modules/ms/package.json": `{"name": "ms", "version": "2.0.0"}`,
		"build/index.js": "", "build/handler.js": "", "build/server/chunks/a.js": "", "build/client/_app/immutable/b.js": "", "build/client/_app/version.json": "",
		".svelte-kit/output/x": "", "node_modules/vite/package.json": `{"name": "vite", "version": "7.0.0"}`,
	}
	reactRouter = files{
		"package.json":          `{"scripts": {"start": "NODE_ENV=production react-router-serve ./build/server/index.js"}, "dependencies": {"@react-router/serve": "^7"}}`,
		"build/server/index.js": "", "build/client/assets/a.js": "", "build/client/plate.svg": "",
		"node_modules/@react-router/serve/package.json": `{"name": "@react-router/serve", "version": "7.0.0", "bin": {"react-router-serve": "bin.js"}}`,
		"node_modules/@react-router/serve/bin.js":       "",
	}
)

// Each row of the table of docs/images.md that is a service of Node.js: what it says is what is built.
func TestTheTableOfNodeServices(t *testing.T) {
	text, err := os.ReadFile("../../docs/images.md")
	must(t, err)
	for row, c := range map[string]struct {
		tree    files
		paths   []string // by which it may be named
		layers  []string
		command []string
		base    string
	}{
		"a build of Nitro (Nuxt)": {
			tree: nitro, paths: []string{".", ".output"}, layers: []string{"node_modules", "server", "static", "public"},
			command: []string{"node", "server/index.mjs"}, base: "24-slim",
		},
		"a build of SvelteKit's adapter-node": {
			tree: svelte, paths: []string{".", "build"}, layers: []string{"node_modules", "files", "server", "static", "public"},
			command: []string{"node", "build/index.js"}, base: "22-slim",
		},
		"a build of React Router or Remix": {
			tree: reactRouter, paths: []string{"."}, layers: []string{"node_modules", "files", "server", "static", "public"},
			command: []string{"node", "node_modules/@react-router/serve/bin.js", "build/server/index.js"}, base: "22-slim",
		},
		"another Node.js service": {
			tree: express, paths: []string{"."}, layers: []string{"node_modules", "files", "server", "public"},
			command: []string{"node", "dist/server.js"}, base: "22-slim",
		},
	} {
		t.Run(row, func(t *testing.T) {
			dir := write(t, c.tree)
			for _, path := range c.paths {
				s, opts := nodeLibrary(t)
				source, err := image.Detect(t.Context(), dir, path)
				must(t, err)
				if source.Kind != image.KindNode {
					t.Fatalf("%s is %q", path, source.Kind)
				}
				s.reset(nil)
				built := mustBuild(t, image.Spec{Source: source, Ports: []int{3000}}, opts)
				validated(t, built)
				diff(t, c.layers, made(t, built))
				got := config(t, built).Config
				diff(t, c.command, got.Cmd)
				diff(t, []string(nil), got.Entrypoint)
				diff(t, "/app", got.WorkingDir)
				diff(t, []string{"HOST=0.0.0.0", "NODE_ENV=production", "PORT=3000"}, got.Env)
				diff(t, c.base, s.base())
				diff(t, []string(nil), built.Warnings)
			}
			_, rest, there := strings.Cut(string(text), "\n| "+row+" |")
			cells := strings.Split(strings.SplitN(rest, "\n", 2)[0], "|")
			if !there || len(cells) < 4 {
				t.Fatal("docs/images.md has no such row")
			}
			if want := "`" + strings.Join(c.layers, "` · `") + "`"; !strings.Contains(strings.ReplaceAll(cells[1], "(`static`)", "`static`"), want) {
				t.Errorf("layers: %s, want %s", cells[1], want)
			}
			if want := "`" + strings.Join(c.command, " ") + "`"; !strings.Contains(cells[2], want) {
				t.Errorf("starts: %s, want %s", cells[2], want)
			}
			if !strings.Contains(cells[3], "Node.js") {
				t.Errorf("base: %s", cells[3])
			}
		})
	}
}

func TestProductionDependencies(t *testing.T) {
	_, opts := nodeLibrary(t)
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: write(t, express)}}, opts)
	var got, rest []string
	for _, name := range inImage(t, built) {
		if below, is := strings.CutPrefix(name, "node_modules/"); is {
			got = append(got, below)
		} else {
			rest = append(rest, name)
		}
	}
	diff(t, production, got)
	diff(t, []string{"dist/server.js", "package.json", "public/plate.svg", "src/server.ts", "views/home.html"}, rest)

	again := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: write(t, express)}}, opts)
	if digest(t, built) != digest(t, again) {
		t.Error("another folder makes another image")
	}
}

// The ways in which package managers lay packages out, each with what only others need beside it.
func TestLayoutsOfPackages(t *testing.T) {
	const app = `{"name": "api", "scripts": {"start": "node main.js"}, "dependencies": {"a": "*"}, "devDependencies": {"tool": "*"}}`
	a, b, tool := `{"name": "a", "version": "1.0.0", "dependencies": {"b": "*"}}`, `{"name": "b", "version": "1.0.0"}`, `{"name": "tool", "version": "1.0.0", "bin": "cli.js", "dependencies": {"b": "*"}}`
	shared := `{"name": "@acme/shared", "version": "1.0.0", "dependencies": {"b": "*"}, "devDependencies": {"tool": "*"}}`
	for name, c := range map[string]struct {
		tree files
		path string
		home string
		want []string // of node_modules and packages
	}{
		"two versions": {
			tree: files{
				"package.json": app, "main.js": "", "node_modules/a/package.json": a, "node_modules/b/package.json": b,
				"node_modules/tool/package.json": tool, "node_modules/tool/node_modules/b/package.json": b, "node_modules/a/node_modules/b/package.json": b,
			},
			// The outer b is what nobody asks for: it was put there by somebody.
			want: []string{"main.js", "node_modules/a/node_modules/b/package.json", "node_modules/a/package.json", "node_modules/b/package.json", "package.json"},
		},
		"pnpm": {
			tree: files{
				"package.json": app, "main.js": "", "node_modules/.modules.yaml": "", "node_modules/.pnpm/lock.yaml": "",
				"node_modules/a": "→.pnpm/a@1.0.0/node_modules/a", "node_modules/tool": "→.pnpm/tool@1.0.0/node_modules/tool",
				"node_modules/.bin/tool":                                 "#!/bin/sh",
				"node_modules/.pnpm/a@1.0.0/node_modules/a/package.json": a, "node_modules/.pnpm/a@1.0.0/node_modules/b": "→../../b@1.0.0/node_modules/b",
				"node_modules/.pnpm/b@1.0.0/node_modules/b/package.json":       b,
				"node_modules/.pnpm/b@0.9.0/node_modules/b/package.json":       b,
				"node_modules/.pnpm/tool@1.0.0/node_modules/tool/package.json": tool, "node_modules/.pnpm/tool@1.0.0/node_modules/b": "→../../b@1.0.0/node_modules/b",
				"node_modules/.pnpm/node_modules/b": "→../b@1.0.0/node_modules/b", "node_modules/.pnpm/node_modules/tool": "→../tool@1.0.0/node_modules/tool",
			},
			want: []string{
				"main.js", "node_modules/.pnpm/a@1.0.0/node_modules/a/package.json", "node_modules/.pnpm/a@1.0.0/node_modules/b",
				"node_modules/.pnpm/b@1.0.0/node_modules/b/package.json", "node_modules/.pnpm/node_modules/b", "node_modules/a", "package.json",
			},
		},
		"workspace of npm or Yarn": {
			tree: files{
				"package.json":          `{"name": "root", "workspaces": ["apps/*", "packages/*"], "devDependencies": {"tool": "*"}}`,
				"apps/api/package.json": `{"name": "api", "main": "main.js", "dependencies": {"a": "*", "@acme/shared": "*"}}`, "apps/api/main.js": "",
				"apps/web/package.json": `{"name": "web", "dependencies": {"c": "*"}}`, "apps/web/page.js": "",
				"packages/shared/package.json": shared, "packages/shared/index.js": "", "packages/shared/node_modules/b/package.json": b,
				"node_modules/api": "→../apps/api", "node_modules/web": "→../apps/web", "node_modules/@acme/shared": "→../../packages/shared",
				"node_modules/a/package.json": a, "node_modules/b/package.json": b, "node_modules/c/package.json": `{"name": "c", "version": "1.0.0"}`,
				"node_modules/tool/package.json": tool, "node_modules/.bin/tool": "→../tool/cli.js", "node_modules/byhand/package.json": b,
			},
			path: "apps/api", home: "/app/apps/api",
			want: []string{
				"apps/api/main.js", "apps/api/package.json", "node_modules/@acme/shared", "node_modules/a/package.json", "node_modules/api", "node_modules/b/package.json",
				"node_modules/byhand/package.json", "packages/shared/index.js", "packages/shared/node_modules/b/package.json", "packages/shared/package.json",
			},
		},
		"workspace of pnpm": {
			tree: files{
				"pnpm-workspace.yaml": "", "package.json": `{"devDependencies": {"tool": "*"}}`,
				"apps/api/package.json": `{"name": "api", "main": "main.js", "dependencies": {"a": "*", "@acme/shared": "*"}, "devDependencies": {"tool": "*"}}`, "apps/api/main.js": "",
				"apps/api/node_modules/a": "→../../../node_modules/.pnpm/a@1/node_modules/a", "apps/api/node_modules/@acme/shared": "→../../../../packages/shared",
				"apps/api/node_modules/tool":   "→../../../node_modules/.pnpm/tool@1/node_modules/tool",
				"packages/shared/package.json": shared, "packages/shared/node_modules/b": "→../../../node_modules/.pnpm/b@1/node_modules/b",
				"packages/shared/node_modules/tool":                  "→../../../node_modules/.pnpm/tool@1/node_modules/tool",
				"node_modules/tool":                                  "→.pnpm/tool@1/node_modules/tool",
				"node_modules/.pnpm/a@1/node_modules/a/package.json": a, "node_modules/.pnpm/a@1/node_modules/b": "→../../b@1/node_modules/b",
				"node_modules/.pnpm/b@1/node_modules/b/package.json":       b,
				"node_modules/.pnpm/tool@1/node_modules/tool/package.json": tool,
			},
			path: "apps/api", home: "/app/apps/api",
			want: []string{
				"apps/api/main.js", "apps/api/node_modules/@acme/shared", "apps/api/node_modules/a", "apps/api/package.json",
				"node_modules/.pnpm/a@1/node_modules/a/package.json", "node_modules/.pnpm/a@1/node_modules/b", "node_modules/.pnpm/b@1/node_modules/b/package.json",
				"packages/shared/node_modules/b", "packages/shared/package.json",
			},
		},
		"a package of a workspace that needs none of it": {
			tree: files{
				"package.json": `{"workspaces": ["apps/*"]}`, "apps/api/package.json": app, "apps/api/main.js": "",
				"apps/api/node_modules/a/package.json": b, "node_modules/api": "→../apps/api",
			},
			path: "apps/api",
			want: []string{"main.js", "node_modules/a/package.json", "package.json"},
		},
		"a workspace whose root is the service": {
			tree: files{
				"package.json": `{"workspaces": ["packages/*"], "main": "main.js", "dependencies": {"@acme/shared": "*"}}`, "main.js": "",
				"packages/shared/package.json": shared, "packages/shared/node_modules/b/package.json": b,
				"packages/web/package.json": `{"name": "web"}`, "packages/web/dist/page.html": "", "packages/web/node_modules/c/package.json": b,
				"node_modules/@acme/shared": "→../../packages/shared", "node_modules/web": "→../packages/web",
			},
			want: []string{
				"main.js", "node_modules/@acme/shared", "package.json", "packages/shared/node_modules/b/package.json", "packages/shared/package.json",
				"packages/web/dist/page.html", "packages/web/package.json",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, opts := nodeLibrary(t)
			source, err := image.Detect(t.Context(), write(t, c.tree.with(files{".git/HEAD": ""})), cmp.Or(c.path, "."))
			must(t, err)
			built := mustBuild(t, image.Spec{Source: source}, opts)
			validated(t, built)
			diff(t, c.want, inImage(t, built))
			diff(t, cmp.Or(c.home, "/app"), config(t, built).Config.WorkingDir)
			diff(t, []string(nil), built.Warnings)
		})
	}
}

// What a project's package.json says, and what is started or asked.
func TestWhatANodeServiceStarts(t *testing.T) {
	for name, c := range map[string]struct {
		tree    files
		command []string
		env     []string
		reason  string // of the error, from Detect or Build
		next    string // the first step that it names
	}{
		"an option's value":         {tree: files{"package.json": `{"scripts": {"start": "node --max-http-header-size 65536 --unhandled-rejections strict a.js"}}`, "a.js": ""}, command: []string{"node", "--max-http-header-size", "65536", "--unhandled-rejections", "strict", "a.js"}},
		"flags and arguments":       {tree: files{"package.json": `{"scripts": {"start": "node --enable-source-maps -r ./trace.js dist/main --port 1"}}`, "dist/main.js": "", "trace.js": ""}, command: []string{"node", "--enable-source-maps", "-r", "./trace.js", "dist/main.js", "--port", "1"}},
		"variables":                 {tree: files{"package.json": `{"scripts": {"start": "cross-env LEVEL='info' node ."}, "main": "./lib/a.js"}`, "lib/a.js": ""}, command: []string{"node", "lib/a.js"}, env: []string{"LEVEL=info"}},
		"main":                      {tree: files{"package.json": `{"main": "lib"}`, "lib/index.js": ""}, command: []string{"node", "lib/index.js"}},
		"main by default":           {tree: files{"package.json": `{"engines": ["node >= 0.6"]}`, "index.js": ""}, command: []string{"node", "index.js"}},
		"npm's default":             {tree: files{"package.json": `{"name": "x"}`, "server.js": ""}, command: []string{"node", "server.js"}},
		"Nest":                      {tree: files{"package.json": `{"scripts": {"start": "nest start", "start:prod": "node dist/main"}}`, "dist/main.js": ""}, command: []string{"node", "dist/main.js"}},
		"Astro":                     {tree: files{"package.json": `{"scripts": {"start": "node ./dist/server/entry.mjs"}}`, "dist/server/entry.mjs": "", "dist/client/_astro/a.js": ""}, command: []string{"node", "dist/server/entry.mjs"}},
		"a byte order mark":         {tree: files{"package.json": "\ufeff" + `{"main": "a.js"}`, "a.js": ""}, command: []string{"node", "a.js"}},
		"several commands":          {tree: files{"package.json": `{"scripts": {"start": "npm run migrate && node a.js"}, "main": "a.js"}`, "a.js": ""}, reason: `scripts.start of package.json is "npm run migrate && node a.js", which is no plain "node FILE"; main is a.js`, next: `say what it starts in App.Image.Command, as []string{"node", "a.js"}`},
		"another program":           {tree: files{"package.json": `{"scripts": {"start": "tsx src/a.ts"}}`}, reason: `"tsx src/a.ts", which is no plain "node FILE"`},
		"another script":            {tree: files{"package.json": `{"scripts": {"start": "npm run serve", "serve": "yarn go", "go": "cross-env A=1 node a.js"}}`, "a.js": ""}, command: []string{"node", "a.js"}, env: []string{"A=1"}},
		"another script of pnpm":    {tree: files{"package.json": `{"scripts": {"start": "pnpm run serve", "serve": "node a.js"}}`, "a.js": ""}, command: []string{"node", "a.js"}},
		"scripts in circles":        {tree: files{"package.json": `{"scripts": {"start": "npm run a", "a": "npm run start"}}`}, reason: `scripts.start of package.json is "npm run a", which is no plain "node FILE"`},
		"another script, with more": {tree: files{"package.json": `{"scripts": {"start": "npm run serve -- --port 1", "serve": "node a.js"}}`, "a.js": ""}, reason: "no plain"},
		"a command of npm":          {tree: files{"package.json": `{"scripts": {"start": "npm exec", "exec": "node a.js"}}`, "a.js": ""}, reason: "no plain"},
		"a watcher":                 {tree: files{"package.json": `{"scripts": {"start": "node --watch a.js"}}`, "a.js": ""}, reason: "no plain"},
		"a file elsewhere":          {tree: files{"package.json": `{"scripts": {"start": "node ../a.js"}}`}, reason: "no plain"},
		"not built":                 {tree: files{"package.json": `{"scripts": {"start": "node dist/a.js"}}`}, reason: "that file is not there", next: "build the project (npm run build)"},
		"server not installed":      {tree: reactRouter.with(files{"node_modules/@react-router/serve/package.json": "{}"}), reason: "@react-router/serve, which is not installed"},
		"Nuxt not built":            {tree: files{"package.json": `{}`, "nuxt.config.ts": ""}, reason: "Nuxt or Nitro that is not built"},
		"Nitro for another service": {tree: files{".output/nitro.json": `{"preset": "aws-lambda"}`, ".output/server/index.mjs": ""}, reason: "NITRO_PRESET=node-server"},
		"Nitro without a server":    {tree: files{".output/nitro.json": `{"preset": "static"}`}, reason: "NITRO_PRESET=node-server"},
		"SvelteKit, other adapter":  {tree: files{"package.json": `{}`, "svelte.config.js": "", "build/index.html": ""}, reason: "@sveltejs/adapter-node"},
		"no JSON":                   {tree: files{"package.json": `{`}, reason: "cannot be read", next: "mend package.json"},
		"a repository of others":    {tree: files{"package.json": `{"devDependencies": {"prettier": "*"}}`, ".git/HEAD": ""}, reason: image.KnownForms},
	} {
		t.Run(name, func(t *testing.T) {
			_, opts := nodeLibrary(t)
			source, err := image.Detect(t.Context(), write(t, c.tree), ".")
			var built *image.Built
			if err == nil {
				if built, err = image.Build(t.Context(), image.Spec{Source: source}, opts); err == nil {
					defer built.Close()
				}
			}
			if c.reason != "" {
				if wrong, is := errors.AsType[*image.SourceError](err); !is || !strings.Contains(wrong.Reason, c.reason) {
					t.Fatalf("got %v, want %s", err, c.reason)
				} else if c.next != "" && (len(wrong.Next) == 0 || !strings.HasPrefix(wrong.Next[0], c.next)) {
					t.Errorf("got %q, want %s", wrong.Next, c.next)
				}
				return
			}
			must(t, err)
			diff(t, c.command, config(t, built).Config.Cmd)
			if built.NotStartable != nil && !strings.Contains(built.NotStartable.Reason, "node, which it executes") { // the base is a sketch
				t.Error(built.NotStartable)
			}
			for _, variable := range c.env {
				if !slices.Contains(config(t, built).Config.Env, variable) {
					t.Errorf("no %s in %v", variable, config(t, built).Config.Env)
				}
			}
			diff(t, []string(nil), built.Warnings)
		})
	}
}

// What the start loads first and the image does not have: what only devDependencies ask for is left out.
func TestAPreloadOfDevDependencies(t *testing.T) {
	for asks, missing := range map[string]string{"dependencies": "", "devDependencies": "/app/node_modules/dotenv"} {
		dir := write(t, files{
			"package.json":                     fmt.Sprintf(`{"scripts": {"start": "node -r dotenv/config a.js"}, %q: {"dotenv": "*"}}`, asks),
			"a.js":                             "",
			"node_modules/dotenv/package.json": `{"name": "dotenv", "version": "1.0.0"}`,
			"node_modules/dotenv/config.js":    "",
			"node_modules/.package-lock.json":  "{}",
		})
		source, err := image.Detect(t.Context(), dir, ".")
		must(t, err)
		found := mustBuild(t, image.Spec{Source: source, Base: base(t, []string{"usr/local/bin/node"}, v1.ConfigFile{})}).NotStartable
		if missing == "" && found != nil || missing != "" && (found == nil || found.File != missing) {
			t.Errorf("of %s: got %v, want %q", asks, found, missing)
		}
	}
}

// What the description says goes before the project; and a folder that says nothing of a program is one as before.
func TestACommandInPlaceOfTheProjects(t *testing.T) {
	_, opts := nodeLibrary(t)
	dir := write(t, files{"package.json": `{"scripts": {"start": "pm2-runtime a.js"}}`, "a.js": ""})
	source, err := image.Detect(t.Context(), dir, ".")
	must(t, err)
	built := mustBuild(t, image.Spec{Source: source, Command: []string{"node", "a.js"}, Env: map[string]string{"HOST": "::"}}, opts)
	diff(t, []string{"node", "a.js"}, config(t, built).Config.Cmd)
	if !slices.Contains(config(t, built).Config.Env, "HOST=::") {
		t.Error(config(t, built).Config.Env)
	}
	source, err = image.Detect(t.Context(), write(t, files{"package.json": `{"devDependencies": {"prettier": "*"}}`, "index.html": ""}), ".")
	must(t, err)
	diff(t, image.KindFolder, source.Kind)
}

func TestNodeBase(t *testing.T) {
	for name, c := range map[string]struct {
		tree    files
		base    string
		warning string
	}{
		"nothing said":         {tree: files{"package.json": `{"main": "a.js"}`}, base: "22-slim"},
		"engines, lowest":      {tree: files{"package.json": `{"main": "a.js", "engines": {"node": ">=18"}}`}, base: "22-slim"},
		"engines":              {tree: files{"package.json": `{"main": "a.js", "engines": {"node": "^24 || ^26"}}`}, base: "24-slim"},
		".nvmrc":               {tree: files{"package.json": `{"main": "a.js", "engines": {"node": ">=22"}}`, ".nvmrc": "v24.1.0\n"}, base: "24-slim"},
		".node-version":        {tree: files{"package.json": `{"main": "a.js"}`, ".node-version": "26"}, base: "26-slim"},
		"a line by name":       {tree: files{"package.json": `{"main": "a.js"}`, ".nvmrc": "# ours\nlts/krypton"}, base: "24-slim"},
		"a word that moves":    {tree: files{"package.json": `{"main": "a.js"}`, ".nvmrc": "lts/*"}, base: "22-slim"},
		"against each other":   {tree: files{"package.json": `{"main": "a.js", "engines": {"node": "24.x"}}`, ".nvmrc": "22"}, base: "24-slim", warning: "engines goes first"},
		"no longer maintained": {tree: files{"package.json": `{"main": "a.js", "engines": {"node": "^18 || 20.x"}}`}, base: "20-slim", warning: "gets no fixes since 2026-04-30"},
		"no range":             {tree: files{"package.json": `{"main": "a.js", "engines": {"node": "latest"}}`}, base: "22-slim", warning: "no range that is known"},
		"no such line":         {tree: files{"package.json": `{"main": "a.js", "engines": {"node": "23"}}`}, base: "22-slim", warning: "no line of Node.js with long-term support"},
	} {
		t.Run(name, func(t *testing.T) {
			s, opts := nodeLibrary(t)
			s.reset(nil)
			built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: write(t, c.tree.with(files{"a.js": ""}))}}, opts.At(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)))
			diff(t, c.base, s.base())
			if all := strings.Join(built.Warnings, "\n"); (c.warning == "") != (all == "") || !strings.Contains(all, c.warning) {
				t.Errorf("warnings %q, want %q", all, c.warning)
			}
		})
	}
}

func TestDependenciesThatAreNotInstalled(t *testing.T) {
	const manifest = `{"main": "main.js", "dependencies": {"express": "*", "pg": "*"}}`
	for name, c := range map[string]struct {
		tree    files
		warning string
	}{
		"not installed":             {tree: files{"main.js": `const e = require('express')`}, warning: "express, pg; run \"npm ci --omit=dev\""},
		"one is not":                {tree: files{"main.js": `import { Pool } from "pg"`, "node_modules/express/package.json": "{}"}, warning: ": pg; run"},
		"files beside it":           {tree: files{"main.js": `import app from "./app.js"`}, warning: "express, pg"},
		"Yarn's archives":           {tree: files{"main.js": `import app from "./app.js"`, ".pnp.cjs": ""}, warning: "nodeLinker: node-modules"},
		"bundled":                   {tree: files{"main.js": `import http from "node:http"; var express = () => {}; console.log("express")`}},
		"an optional one is absent": {tree: files{"main.js": `require("a")`, "package.json": `{"main": "main.js", "optionalDependencies": {"a": "*"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, opts := nodeLibrary(t)
			built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: write(t, files{"package.json": manifest}.with(c.tree))}}, opts)
			if all := strings.Join(built.Warnings, "\n"); (c.warning == "") != (all == "") || !strings.Contains(all, c.warning) {
				t.Errorf("warnings %q, want %q", all, c.warning)
			}
		})
	}
}

// .dockerignore is made for a build in Docker, which installs and builds by itself: what it leaves out of the sources is
// left out, and neither packages nor the build.
func TestNodeServiceAndDockerignore(t *testing.T) {
	tree := files{
		"package.json": `{"scripts": {"start": "node dist/a.js"}, "dependencies": {"a": "*"}}`, "node_modules/a/package.json": `{"name": "a", "version": "1.0.0"}`,
		"dist/a.js": "", "dist/a.js.map": "", "src/a.ts": "", "README.md": "", "public/a.svg": "", "public/drafts/b.svg": "",
	}
	for ignore, want := range map[string][]string{
		"node_modules\ndist\nsrc\n*.md\npublic/drafts\n": {"dist/a.js", "dist/a.js.map", "node_modules/a/package.json", "package.json", "public/a.svg"},
		"*\n!dist\ndist/*.map\n":                         {"dist/a.js", "node_modules/a/package.json", "package.json"},
	} {
		_, opts := nodeLibrary(t)
		built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: write(t, tree.with(files{".dockerignore": ignore, "src/.keep": ""}))}}, opts)
		got := slices.DeleteFunc(inImage(t, built), func(name string) bool { return name == ".dockerignore" })
		diff(t, want, got)
	}
}

// A SvelteKit server takes its idle connections' limit in seconds, a Next.js server in milliseconds.
func TestKeepAliveOfSvelteKit(t *testing.T) {
	_, opts := nodeLibrary(t)
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: write(t, svelte)}, KeepAlive: 65 * time.Second}, opts)
	if env := config(t, built).Config.Env; !slices.Contains(env, "KEEP_ALIVE_TIMEOUT=65") {
		t.Error(env)
	}
}

// After a change of one file, only the layer of the sources is sent.
func TestOneFileOfANodeService(t *testing.T) {
	s, opts := nodeLibrary(t)
	dir := filepath.Join(t.TempDir(), "service")
	must(t, bigtree.Service{Packages: 40, Sources: 10}.Write(dir))
	cache, err := image.OpenCache(t.TempDir(), image.DefaultCacheLimit)
	must(t, err)
	opts.Cache = cache
	source := image.Source{Kind: image.KindNode, Path: dir}
	send := func(tag string) (sent int64, uploads int) {
		s.reset(nil)
		built := mustBuild(t, image.Spec{Source: source}, opts.Later())
		pushed, err := image.Push(t.Context(), built, s.host+"/service:"+tag, image.PushOptions{})
		must(t, err)
		return pushed.Bytes, s.seen("PUT /v2/service/blobs/")
	}
	first, _ := send("1")
	if sent, uploads := send("2"); sent > 4<<10 || uploads != 0 { // the manifest
		t.Errorf("nothing changed: %d bytes, %d blobs", sent, uploads)
	}
	must(t, os.WriteFile(filepath.Join(dir, "dist/routes/route-001.js"), []byte("module.exports = 1;"), 0o644))
	sent, uploads := send("3")
	if uploads != 2 || sent == 0 || sent > first/5 { // the layer and the configuration
		t.Errorf("one file changed: %d of %d bytes, %d blobs", sent, first, uploads)
	}
}

// What npm runs before a program is told, unless it made what the image has.
func TestWhatNpmRunsBeforeTheProgramIsTold(t *testing.T) {
	for prestart, told := range map[string]bool{"node migrate.js": true, "npm run build": false, "tsc -p .": false, "": false} {
		_, opts := nodeLibrary(t)
		dir := write(t, files{"package.json": `{"scripts": {"prestart": "` + prestart + `", "start": "node a.js"}}`, "a.js": ""})
		built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNode, Path: dir}}, opts)
		if (len(built.Warnings) > 0) != told || told && !strings.HasPrefix(built.Warnings[0], `scripts.prestart of package.json is "node migrate.js", which npm runs before the program and the image does not: `) {
			t.Errorf("%q: warnings %q", prestart, built.Warnings)
		}
	}
}
