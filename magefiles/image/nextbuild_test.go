package image_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// nextTree is what `next build` leaves for an application in the folder app of a repository, built in dist.
func nextTree(app, dist, config string) files {
	in := func(name string) string { return filepath.Join(app, name) }
	built := filepath.Join(app, dist)
	beside := filepath.Join(built, "standalone", app)
	return files{
		in("package.json"):                                                                     "{}",
		filepath.Join(built, "BUILD_ID"):                                                       "1",
		filepath.Join(built, "required-server-files.json"):                                     `{"config":{"distDir":"` + dist + `"` + config + `},"relativeAppDir":"` + filepath.ToSlash(app) + `"}`,
		filepath.Join(built, "static", "chunk.js"):                                             "chunk",
		filepath.Join(beside, "server.js"):                                                     "server",
		filepath.Join(beside, dist, "BUILD_ID"):                                                "1",
		filepath.Join(beside, dist, "server", "app", "isr.html"):                               "rendered",
		filepath.Join(beside, dist, "cache", "images", "left.webp"):                            "of a trial",
		filepath.Join(built, "standalone", "node_modules", "next", "package.json"):             `{"version":"16.0.11"}`,
		filepath.Join(built, "standalone", "node_modules", "next", "dist", "server", "own.js"): "next",
	}
}

// with is the tree with other files over it.
func (f files) with(more files) files {
	all := files{}
	for _, tree := range []files{f, more} {
		for name, content := range tree {
			all[name] = content
		}
	}
	return all
}

func buildNext(t *testing.T, dir, path string, spec image.Spec) (*image.Built, error) {
	t.Helper()
	s := newServer(t)
	push(t, s.host+"/node:1", baseImage(t, linuxAMD64))
	source, err := image.Detect(t.Context(), dir, path)
	if err != nil {
		return nil, err
	}
	if source.Kind != image.KindNextJS {
		t.Fatalf("%s is a %s", path, source)
	}
	spec.Source, spec.Base = source, s.host+"/node:1"
	return mustBuild(t, spec), nil
}

// A build is found where distDir and a monorepo put it, whichever of its folders is named.
func TestWhereANextJSBuildIs(t *testing.T) {
	for name, c := range map[string]struct{ app, dist, named string }{
		"application":               {"", ".next", "."},
		"its build":                 {"", ".next", ".next"},
		"its standalone folder":     {"", ".next", ".next/standalone"},
		"distDir":                   {"", "build", "."},
		"distDir, named":            {"", "build", "build"},
		"distDir of several levels": {"", "out/dist/web", "."},
		"its standalone, too":       {"", "out/dist/web", "out/dist/web/standalone"},
		"monorepo":                  {"apps/web", ".next", "apps/web"},
		"monorepo with distDir":     {"apps/web", "build", "apps/web"},
		"monorepo, standalone":      {"apps/web", "build", "apps/web/build/standalone"},
	} {
		t.Run(name, func(t *testing.T) {
			built, err := buildNext(t, write(t, nextTree(c.app, c.dist, "")), c.named, image.Spec{})
			must(t, err)
			home := filepath.Join("/app", c.app)
			_, entries := contents(t, built)
			for _, want := range []string{"server.js", c.dist + "/static/chunk.js", c.dist + "/server/app/isr.html"} {
				if _, there := entries[strings.TrimPrefix(filepath.Join(home, want), "/")]; !there {
					t.Errorf("%s is not in the image", want)
				}
			}
			for entry := range entries {
				if strings.Contains(entry, "left.webp") {
					t.Errorf("%s is in the image: a server that was tried in place left it", entry)
				}
			}
			cf := config(t, built).Config
			diff(t, home, cf.WorkingDir)
			want := &image.Program{Framework: image.NextJS, Version: "16.0.11", Home: home, Dist: c.dist, Writes: []string{"/tmp", filepath.Join(home, c.dist, "cache")}}
			diff(t, want, built.Program)
			for _, path := range want.Writes {
				if _, declared := cf.Volumes[path]; !declared {
					t.Errorf("%s is no volume: %v", path, cf.Volumes)
				}
			}
		})
	}
}

// A build is found through links, outside of its application as Nx has it, in parts, and put together for an image.
func TestABuildThatWasMoved(t *testing.T) {
	const told = `{"config":{"distDir":"../../dist/apps/web/.next"},"relativeAppDir":"apps/web"}`
	outside := files{
		"apps/web/package.json": "{}", "apps/web/public/robots.txt": "robots",
		"dist/apps/web/.next/BUILD_ID": "1", "dist/apps/web/.next/" + requiredFilesName: told, "dist/apps/web/.next/static/chunk.js": "chunk",
		"dist/apps/web/.next/standalone/apps/web/server.js": "server", "dist/apps/web/.next/standalone/dist/apps/web/.next/" + requiredFilesName: told,
	}
	linked := func(t *testing.T, tree files, link, to string) string {
		dir := write(t, tree)
		must(t, os.Symlink(filepath.Join(dir, to), filepath.Join(dir, link)))
		return dir
	}
	whole := func(app, dist string) files {
		tree := files{}
		at := filepath.Join(app, dist)
		for name, content := range nextTree(app, dist, "") {
			if inside, is := strings.CutPrefix(name, filepath.Join(at, "standalone")+"/"); is {
				tree[inside] = content
			} else if strings.HasPrefix(name, filepath.Join(at, "static")) || strings.HasSuffix(name, requiredFilesName) {
				tree[name] = content
			}
		}
		return tree.with(files{
			filepath.Join(app, "server.js"): "process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = 1", filepath.Join(app, "public", "robots.txt"): "robots",
		})
	}
	parts := nextTree("", "build", "").with(files{"build/standalone/build/" + requiredFilesName: `{"config":{"distDir":"./build/"}}`})
	delete(parts, "build/"+requiredFilesName)
	delete(parts, "package.json")
	without := nextTree("", "build", "")
	delete(without, "package.json")
	for name, c := range map[string]struct {
		dir         func(t *testing.T) string
		named, home string
		chunk       string
		public      bool
	}{
		"outside":              {func(t *testing.T) string { return write(t, outside) }, "dist/apps/web/.next", "/app/apps/web", "app/dist/apps/web/.next/static/chunk.js", true},
		"outside, standalone":  {func(t *testing.T) string { return write(t, outside) }, "dist/apps/web/.next/standalone", "/app/apps/web", "app/dist/apps/web/.next/static/chunk.js", true},
		"outside, its folder":  {func(t *testing.T) string { return write(t, outside) }, "dist/apps/web", "/app/apps/web", "app/dist/apps/web/.next/static/chunk.js", true},
		"a link to the build":  {func(t *testing.T) string { return linked(t, nextTree("", "build", ""), "link", "build") }, "link", "/app", "app/build/static/chunk.js", false},
		"a link to standalone": {func(t *testing.T) string { return linked(t, nextTree("", "build", ""), "link", "build/standalone") }, "link", "/app", "app/build/static/chunk.js", false},
		"the build is a link": {func(t *testing.T) string {
			return linked(t, nextTree("built", ".next", "").with(files{"web/public/robots.txt": "robots"}), "web/.next", "built/.next")
		}, "web", "/app/built", "app/built/.next/static/chunk.js", true},
		"nothing but the build":  {func(t *testing.T) string { return write(t, without) }, ".", "/app", "app/build/static/chunk.js", false},
		"standalone and static":  {func(t *testing.T) string { return write(t, parts) }, ".", "/app", "app/build/static/chunk.js", false},
		"put together":           {func(t *testing.T) string { return write(t, whole("", ".next")) }, ".", "/app", "app/.next/static/chunk.js", true},
		"put together, distDir":  {func(t *testing.T) string { return write(t, whole("", "build")) }, ".", "/app", "app/build/static/chunk.js", true},
		"put together, monorepo": {func(t *testing.T) string { return write(t, whole("apps/web", ".next")) }, ".", "/app/apps/web", "app/apps/web/.next/static/chunk.js", true},
	} {
		t.Run(name, func(t *testing.T) {
			built, err := buildNext(t, c.dir(t), c.named, image.Spec{})
			must(t, err)
			_, entries := contents(t, built)
			diff(t, c.home, config(t, built).Config.WorkingDir)
			if _, there := entries[c.chunk]; !there {
				t.Errorf("%s is not in the image", c.chunk)
			}
			if _, there := entries[strings.TrimPrefix(c.home, "/")+"/public/robots.txt"]; there != c.public {
				t.Errorf("public is in the image: %v", there)
			}
		})
	}
}

const requiredFilesName = "required-server-files.json"

// What lies where nobody can tell its public folder, or has lost its assets, is refused.
func TestABuildThatIsNotWhole(t *testing.T) {
	renamed := files{}
	for name, content := range nextTree("", "build", "") {
		renamed[strings.Replace(name, "build/", "artifact/", 1)] = content
	}
	stripped := nextTree("", ".next", "")
	delete(stripped, ".next/static/chunk.js")
	for name, c := range map[string]struct {
		tree   files
		named  string
		reason string
	}{
		"renamed":        {renamed, "artifact", "does not lie where it was made, which was build of the application"},
		"without assets": {stripped, ".", "has no folder static"},
	} {
		source, err := image.Detect(t.Context(), write(t, c.tree), c.named)
		if err == nil {
			_, err = image.ProgramOf(image.Spec{Source: source})
		}
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The newest build counts where distDir was changed and the one before still lies there.
func TestTheNewestBuildCounts(t *testing.T) {
	dir := write(t, nextTree("", ".next", "").with(nextTree("", "build", "")))
	for i, dist := range []string{".next", "build", ".next"} {
		when := time.Unix(1<<31, 0).Add(time.Duration(i) * time.Minute) // later than what write gives the other one
		must(t, os.Chtimes(filepath.Join(dir, dist, "BUILD_ID"), when, when))
		built, err := buildNext(t, dir, ".", image.Spec{})
		must(t, err)
		diff(t, dist, built.Program.Dist)
	}
}

func TestTheRootOfAMonorepoIsNoBuild(t *testing.T) {
	tree := nextTree("apps/web", "build", "").with(nextTree("apps/shop", ".next", "")).with(files{"package.json": "{}"})
	dir := write(t, tree)
	t.Chdir(dir)
	for _, from := range []string{dir, "."} {
		_, err := image.Detect(t.Context(), from, ".")
		wrong, is := errors.AsType[*image.SourceError](err)
		if !is || !strings.HasSuffix(wrong.Reason, "name apps/shop or apps/web") {
			t.Errorf("got %v", err)
		}
	}
}

// What cannot go well is told while the image is made.
func TestWarningsOfANextJSBuild(t *testing.T) {
	const server = ".next/standalone/.next/"
	routes := func(base, more string) string {
		return `{"basePath":"` + base + `","staticRoutes":[{"page":"/","regex":"^/(?:/)?$"},{"page":"/api/health","regex":"^/api/health(?:/)?$"}],` +
			`"dynamicRoutes":[{"page":"/dishes/[name]","regex":"^/dishes/([^/]+?)(?:/)?$"}]` + more + `}`
	}
	actions := files{server + "server/server-reference-manifest.json": `{"node":{"40ab":{}},"edge":{},"encryptionKey":"a2V5"}`}
	isr := files{server + "prerender-manifest.json": `{"routes":{"/isr":{"initialRevalidateSeconds":60}},"dynamicRoutes":{}}`}
	for name, c := range map[string]struct {
		over   files
		config string
		spec   image.Spec
		want   string // empty: none
	}{
		"nothing is known":             {spec: image.Spec{HealthCheckPath: "/health"}},
		"a route answers":              {over: files{server + "routes-manifest.json": routes("", "")}, spec: image.Spec{HealthCheckPath: "/api/health"}},
		"a dynamic one":                {over: files{server + "routes-manifest.json": routes("", "")}, spec: image.Spec{HealthCheckPath: "/dishes/x"}},
		"none does":                    {over: files{server + "routes-manifest.json": routes("", "")}, spec: image.Spec{HealthCheckPath: "/health"}, want: "no route of the build answers /health"},
		"a file of public":             {over: files{server + "routes-manifest.json": routes("", ""), "public/health": "ok"}, spec: image.Spec{HealthCheckPath: "/health"}},
		"a rewrite may":                {over: files{server + "routes-manifest.json": routes("", `,"rewrites":{"afterFiles":[{}]}`)}, spec: image.Spec{HealthCheckPath: "/health"}},
		"an older rewrite may":         {over: files{server + "routes-manifest.json": routes("", `,"rewrites":[{}]`)}, spec: image.Spec{HealthCheckPath: "/health"}},
		"a middleware may":             {over: files{server + "routes-manifest.json": routes("", ""), server + "server/middleware-manifest.json": `{"middleware":{"/":{}}}`}, spec: image.Spec{HealthCheckPath: "/health"}},
		"outside of basePath":          {over: files{server + "routes-manifest.json": routes("/shop", "")}, spec: image.Spec{HealthCheckPath: "/api/health"}, want: "set Container.HealthCheckPath to /shop/api/health"},
		"beginning like basePath":      {over: files{server + "routes-manifest.json": routes("/shop", "")}, spec: image.Spec{HealthCheckPath: "/shopping"}, want: "below basePath /shop only"},
		"below basePath":               {over: files{server + "routes-manifest.json": routes("/shop", "")}, spec: image.Spec{HealthCheckPath: "/shop/api/health?deep=1"}},
		"basePath itself":              {over: files{server + "routes-manifest.json": routes("/shop", "")}, spec: image.Spec{HealthCheckPath: "/shop"}},
		"a redirect":                   {over: files{server + "routes-manifest.json": routes("", `,"redirects":[{"destination":"/up","statusCode":307,"regex":"^(?!/_next)/api/health(?:/)?$"}]`)}, spec: image.Spec{HealthCheckPath: "/api/health"}, want: "/api/health with a redirect to /up"},
		"a redirect below basePath":    {over: files{server + "routes-manifest.json": routes("/shop", `,"redirects":[{"destination":"/shop/up","statusCode":308,"regex":"^(?!/shop/_next)/shop/api/health(?:/)?$"}]`)}, spec: image.Spec{HealthCheckPath: "/shop/api/health"}, want: "/shop/api/health with a redirect to /shop/up"},
		"a redirect of basePath":       {over: files{server + "routes-manifest.json": routes("/shop", `,"redirects":[{"destination":"/shop/up","statusCode":308,"regex":"^(?!/shop/_next)/shop(?:/)?$"}]`)}, spec: image.Spec{HealthCheckPath: "/shop"}, want: "/shop with a redirect to /shop/up"},
		"a page below basePath":        {over: files{server + "routes-manifest.json": routes("/shop", ""), server + "server/app/api/health.meta": `{"status":307,"headers":{"location":"/de"}}`}, spec: image.Spec{HealthCheckPath: "/shop/api/health"}, want: "the page /shop/api/health answers 307, a redirect to /de"},
		"basePath with a slash":        {over: files{server + "routes-manifest.json": routes("/shop", "")}, spec: image.Spec{HealthCheckPath: "/shop/"}, want: "the application answers /shop/ with a redirect to /shop (trailingSlash)"},
		"basePath without a slash":     {over: files{server + "routes-manifest.json": routes("/shop", "")}, config: `,"trailingSlash":true`, spec: image.Spec{HealthCheckPath: "/shop?a"}, want: "the application answers /shop with a redirect to /shop/ (trailingSlash)"},
		"basePath with its slash":      {over: files{server + "routes-manifest.json": routes("/shop", "")}, config: `,"trailingSlash":true`, spec: image.Spec{HealthCheckPath: "/shop/"}},
		"a redirect of some":           {over: files{server + "routes-manifest.json": routes("", `,"redirects":[{"destination":"/up","has":[{}],"regex":"^/api/health$"}]`)}, spec: image.Spec{HealthCheckPath: "/api/health"}},
		"a slash at the end":           {over: files{server + "routes-manifest.json": routes("", "")}, spec: image.Spec{HealthCheckPath: "/api/health/"}, want: "set Container.HealthCheckPath to /api/health"},
		"none with trailingSlash":      {over: files{server + "routes-manifest.json": routes("/shop", "")}, config: `,"trailingSlash":true`, spec: image.Spec{HealthCheckPath: "/shop/api/health"}, want: "set Container.HealthCheckPath to /shop/api/health/"},
		"one with trailingSlash":       {over: files{server + "routes-manifest.json": routes("", "")}, config: `,"trailingSlash":true`, spec: image.Spec{HealthCheckPath: "/api/health/"}},
		"any slash":                    {over: files{server + "routes-manifest.json": routes("", "")}, config: `,"trailingSlash":true,"skipTrailingSlashRedirect":true`, spec: image.Spec{HealthCheckPath: "/api/health"}},
		"a page that redirects":        {over: files{server + "routes-manifest.json": routes("", ""), server + "server/app/index.meta": `{"status":307,"headers":{"location":"/de"}}`}, spec: image.Spec{HealthCheckPath: "/"}, want: "the page / answers 307, a redirect to /de"},
		"a page":                       {over: files{server + "routes-manifest.json": routes("", ""), server + "server/app/index.meta": `{"headers":{}}`}, spec: image.Spec{HealthCheckPath: "/"}},
		"actions without a key":        {over: actions, want: "nothing tells that the next build will name them alike"},
		"actions with another key":     {over: actions, spec: image.Spec{ActionsKey: "b3RoZXI="}, want: "another NEXT_SERVER_ACTIONS_ENCRYPTION_KEY"},
		"actions of Next.js 14":        {over: actions.with(files{".next/standalone/node_modules/next/package.json": `{"version":"14.2.35"}`}), spec: image.Spec{ActionsKey: "b3RoZXI="}},
		"actions with the key":         {over: actions, spec: image.Spec{ActionsKey: "a2V5"}},
		"no actions":                   {over: files{server + "server/server-reference-manifest.json": `{"node":{},"edge":{},"encryptionKey":"a2V5"}`}},
		"pages among those of a build": {over: isr, spec: image.Spec{ReadOnlyRoot: true}, want: "add /app/.next/server/app to Container.WritablePaths"},
		"with a writable root":         {over: isr},
		"named as writable":            {over: isr, spec: image.Spec{ReadOnlyRoot: true, Volumes: []string{"/app/.next/server/app"}}},
		"kept in memory":               {over: isr, config: `,"experimental":{"isrFlushToDisk":false}`, spec: image.Spec{ReadOnlyRoot: true}},
		"with a folder of their own":   {over: isr.with(files{".next/standalone/node_modules/next/dist/server/lib/route-cache-key.js": ""}), spec: image.Spec{ReadOnlyRoot: true}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, nextTree("", ".next", c.config).with(c.over))
			sameTimes(t, dir)
			built, err := buildNext(t, dir, ".", c.spec)
			must(t, err)
			if got := strings.Join(built.Warnings, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// sameTimes gives all files one time, as a build does, nearly.
func sameTimes(t *testing.T, dir string) {
	t.Helper()
	when := time.Now().Add(-time.Hour)
	must(t, filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		must(t, err)
		return os.Chtimes(name, when, when)
	}))
}

// A server that ran in the standalone folder leaves pages there.
func TestABuildThatWasTriedInPlace(t *testing.T) {
	dir := write(t, nextTree("", ".next", ""))
	sameTimes(t, dir)
	page := filepath.Join(dir, ".next/standalone/.next/server/app/isr.html")
	must(t, os.Chtimes(page, time.Now(), time.Now()))
	built, err := buildNext(t, dir, ".", image.Spec{})
	must(t, err)
	if len(built.Warnings) != 1 || !strings.Contains(built.Warnings[0], "/.next/server/app/isr.html came after the build") {
		t.Errorf("got %q", built.Warnings)
	}
}

// A trial within the minute is known by what the build has: pages of its manifests, as they are in its own folder.
func TestATrialRightAfterTheBuild(t *testing.T) {
	const own, copied = ".next/server/app/", ".next/standalone/.next/server/app/"
	build := nextTree("", ".next", "").with(files{
		".next/standalone/.next/prerender-manifest.json": `{"routes":{"/":{},"/isr":{},"/blog/one":{}},"dynamicRoutes":{"/blog/[slug]":{}}}`,
		own + "isr.html": "rendered", copied + "isr.html": "rendered", copied + "index.html": "x", copied + "blog/one.html": "x", copied + "blog/[slug].html": "x", copied + "_not-found.html": "x",
	})
	for name, c := range map[string]struct {
		tree  files
		later string
		want  string
	}{
		"none":              {tree: files{}},
		"a page of a trial": {tree: files{copied + "blog/two.html": "x"}, want: "/.next/server/app/blog/two.html came after the build"},
		"one over another":  {tree: files{copied + "isr.html": "rendered again"}, later: copied + "isr.html", want: "/.next/server/app/isr.html came after the build"},
		"by next start":     {tree: files{own + "isr.html": "rendered again"}, later: own + "isr.html"},
		"a cache of routes": {tree: files{".next/standalone/.next/server/route-cache/APP_PAGE/x.html": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, build.with(c.tree))
			sameTimes(t, dir)
			if c.later != "" {
				when := time.Now().Add(-time.Hour + 10*time.Second)
				must(t, os.Chtimes(filepath.Join(dir, c.later), when, when))
			}
			built, err := buildNext(t, dir, ".", image.Spec{})
			must(t, err)
			if got := strings.Join(built.Warnings, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if _, entries := contents(t, built); entries["app/.next/server/route-cache/APP_PAGE/x.html"].header != nil {
				t.Error("what a trial cached is in the image")
			}
		})
	}
}

// What stays writable can be written to by whoever the program runs as, also what the build left in it.
func TestFilesInWritableFolders(t *testing.T) {
	tree := nextTree("", ".next", "").with(files{
		".next/standalone/.next/server/app/a/b.html": "page", ".next/standalone/.next/server/app/run": "#!",
	})
	built, err := buildNext(t, write(t, tree), ".", image.Spec{Volumes: []string{"/tmp", "/app/.next/server/app"}})
	must(t, err)
	_, entries := contents(t, built)
	for name, mode := range map[string]int64{
		"app/.next/server/app/": 0o1777, "app/.next/server/app/a/": 0o777, "app/.next/server/app/a/b.html": 0o666, "app/.next/server/app/run": 0o777,
		"app/.next/server/": 0o755, "app/server.js": 0o644,
	} {
		if got := entries[name].header.Mode; got != mode {
			t.Errorf("%s: mode %o, want %o", name, got, mode)
		}
	}
	if slices.Contains(built.Program.Writes, "/app/.next/server/app") {
		t.Error("the program's own folders follow what is configured")
	}
}
