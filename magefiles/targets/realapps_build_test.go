//go:build linux

package targets_test

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"
)

// pnpm of the version that wrote the lock file; npm brings it.
var pnpm = []string{"npm", "exec", "--yes", "--", "pnpm@10.34.5"}

// The applications of testdata. All have the sources of testdata/nextjs; what another has beside them or in their place
// lies in a folder of its own.
var realApplications = []application{
	{
		name: "npm", build: [][]string{{"npm", "ci", "--no-audit", "--no-fund"}, {"npm", "run", "build"}},
		asks: [][]question{questions, nextQuestions, lastQuestions}, mistakes: nextMistakes,
	},
	{ // A workspace with a package beside the application, whose build is in "build".
		name: "pnpm", overlay: "nextjs-workspace", home: "apps/web",
		build: [][]string{append(pnpm, "install", "--frozen-lockfile"), append(pnpm, "--dir", "apps/web", "build")},
		asks:  [][]question{questions, nextQuestions, lastQuestions}, mistakes: nextMistakes,
	},
	older("14.2", "nextjs-14", [][]string{{"npm", "ci", "--no-audit", "--no-fund"}, {"npm", "run", "build"}}),
	older("15.0", "", [][]string{
		{"npm", "ci", "--no-audit", "--no-fund"}, {"npm", "install", "--no-save", "--no-audit", "--no-fund", "next@15.0.8"},
		{"sed", "-i", "s/import.meta.dirname/__dirname/", "next.config.ts"}, // it makes CommonJS of that file
		{"npm", "run", "build"},
	}),
	older("16.0", "", [][]string{
		{"npm", "ci", "--no-audit", "--no-fund"}, {"npm", "install", "--no-save", "--no-audit", "--no-fund", "next@16.0.11"}, {"npm", "run", "build"},
	}),
	{
		// Native modules outside the bundles, and a path before every address. better-sqlite3 12 has no binary in its
		// package: it would download one, or compile it with Node's headers. 13 brings binaries, for Node.js 22 and
		// later (20 it ends with SIGSEGV), so this application brings its Node.js as a package too.
		name: "native", overlay: "nextjs-native", basePath: "/shop", node: "node_modules/.bin/node",
		build: [][]string{{"npm", "ci", "--no-audit", "--no-fund"}, {"npm", "run", "build"}},
		asks:  [][]question{questions, nativeQuestions, nextQuestions, lastQuestions}, mistakes: nextMistakes,
	},
}

// older is an application of a Next.js that writes pages among those of the build. They are a volume, as docs/images.md
// advises, which ECS fills from the image.
func older(version, overlay string, build [][]string) application {
	return application{
		name: version, overlay: overlay, build: build, writable: []string{"/tmp", "/app/.next/cache", "/app/.next/server/app"},
		asks: [][]question{questions, nextQuestions, lastQuestions}, mistakes: nextMistakes,
	}
}

// sketch stands where nothing is built: a program of a few lines where a server of Next.js would be.
var sketch = application{name: "sketch", files: sketched, asks: [][]question{questions, lastQuestions}}

// folder is the application's project, built.
func (a application) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if len(a.build) == 0 {
		writeFiles(t, dir, a.files)
		return dir
	}
	sources := os.DirFS(filepath.Join("../testdata", cmp.Or(a.sources, "nextjs")))
	if a.overlay == "" {
		must(t, os.CopyFS(dir, sources))
	} else {
		for _, name := range []string{"app", "components", "public", "migrate.js", "tsconfig.json"} {
			a.lay(t, filepath.Join("../testdata/nextjs", name), filepath.Join(dir, a.home, name))
		}
		a.lay(t, filepath.Join("../testdata", a.overlay), dir)
	}
	t.Setenv("NEXT_TELEMETRY_DISABLED", "1")
	for _, args := range a.build {
		command(t, dir, judge(t, args[0]), args[1:]...)
	}
	return dir
}

// lay copies a file or a folder over what is there.
func (a application) lay(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	command(t, "", "cp", "--recursive", "--no-target-directory", from, to)
}

// sketched are the files of the sketch.
var sketched = map[string]string{
	".next/BUILD_ID":                                   "b",
	".next/standalone/.next/BUILD_ID":                  "b",
	".next/static/b/app.js":                            "// of the browser",
	"public/plate.svg":                                 "<svg/>",
	"public/release.txt":                               releases[0],
	".next/standalone/migrate.js":                      "console.log(`migrated for ${process.env.GREETING}, arguments ${JSON.stringify(process.argv.slice(2))}`)",
	".next/standalone/node_modules/pages/package.json": `{"name":"pages","version":"1.0.0","license":"MIT"}`,
	".next/standalone/node_modules/pages/index.js": `module.exports =
			'<img src="/plate.svg"><script src="/_next/static/b/app.js"></script>';`,
	".next/standalone/server.js": `const fs = require("fs"), page = require("pages"), { NODE_ENV, GREETING } = process.env;
			require("http").createServer((req, res) => {
				if (req.url === "/health") return res.end("ok");
				if (req.url === "/environment") return res.end(JSON.stringify({ NODE_ENV, GREETING }));
				if (req.url === "/") return res.end(page);
				const file = req.url.startsWith("/_next/") ? req.url.replace("/_next/", ".next/") : "public" + req.url;
				fs.readFile(file, (err, content) => { res.statusCode = err ? 404 : 200; res.end(content); });
			}).listen(process.env.PORT, process.env.HOSTNAME);`,
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(content), 0o644))
	}
}
