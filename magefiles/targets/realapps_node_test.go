//go:build linux

package targets_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ci installs the packages of a lock file, and builds.
var ci = [][]string{{"npm", "ci", "--no-audit", "--no-fund"}, {"npm", "run", "build"}}

// The applications of testdata that Node.js runs without Next.js.
var nodeApplications = []application{
	{
		name: "express", sources: "express", build: ci,
		asks:     [][]question{nodeQuestions, {{"a native module answers", pictures}, {"its packages are those of an installation for production", productionOnly}}, lastQuestions},
		mistakes: nodeMistakes,
	},
	{ // `npm ci` of npm 11 misses "napi-windows-process-start-time@" in the lock file that npm 11 wrote.
		name: "nuxt", sources: "nuxt", public: ".output/public", build: [][]string{{"npm", "install", "--no-audit", "--no-fund"}, {"npm", "run", "build"}},
		asks:     [][]question{nodeQuestions[:len(nodeQuestions)-1], lastQuestions},
		mistakes: nodeMistakes,
	},
	{
		name: "sveltekit", sources: "sveltekit", public: "build/client", build: ci,
		asks:     [][]question{nodeQuestions, {{"a connection outlives the load balancer's", keepAlive}, {"its packages are those of an installation for production", productionOnly}}, lastQuestions},
		mistakes: nodeMistakes,
	},
	{
		name: "react-router", sources: "react-router", public: "build/client", build: ci,
		asks:     [][]question{nodeQuestions, {{"its packages are those of an installation for production", productionOnly}}, lastQuestions},
		mistakes: nodeMistakes,
	},
}

// nodeQuestions are asked of every one; the last of them wants a program beside the server's.
var nodeQuestions = []question{
	{"it is healthy at every address", healthy},
	{"the page and its assets are there", page},
	{"variables reach the program", informed},
	{"it runs as its user on a read-only root", confined},
	{"the embedded AWS runs it", embedded},
	{"service:run runs the command", oneOffCommand},
}

// nodeSketch is a service of a few lines, of npm's packages.
var nodeSketch = application{
	name: "node sketch", sources: "none", asks: [][]question{nodeQuestions, lastQuestions},
	files: map[string]string{
		"package.json":                    `{"name": "sketch", "scripts": {"start": "node dist/server"}, "dependencies": {"pages": "1"}, "devDependencies": {"tool": "1"}}`,
		"node_modules/pages/package.json": `{"name": "pages", "version": "1.0.0", "license": "MIT"}`,
		"node_modules/pages/index.js":     `module.exports = '<img src="/plate.svg">'`,
		"node_modules/tool/package.json":  `{"name": "tool", "version": "1.0.0"}`,
		"public/plate.svg":                "<svg/>",
		"migrate.js":                      sketched[".next/standalone/migrate.js"],
		"dist/server.js":                  strings.ReplaceAll(sketched[".next/standalone/server.js"], "HOSTNAME", "HOST"),
	},
}

// pictures asks a native module to do something.
func pictures(t *testing.T, v *visit) {
	var got struct{ PNG int }
	must(t, json.Unmarshal([]byte(v.get(t, "/native").body), &got))
	if got.PNG == 0 {
		t.Errorf("answer %+v", got)
	}
}

// productionOnly has npm judge which packages a service needs.
func productionOnly(t *testing.T, v *visit) {
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(v.w.dir, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	command(t, dir, judge(t, "npm"), "ci", "--omit=dev", "--no-audit", "--no-fund")
	want, got := filesIn(t, filepath.Join(dir, "node_modules")), filesIn(t, filepath.Join(v.release.root, "app/node_modules"))
	want = slices.DeleteFunc(want, func(name string) bool { return name == ".package-lock.json" })
	if !slices.Equal(want, got) || len(want) == 0 {
		t.Errorf("%d files, npm installs %d", len(got), len(want))
	}
}

// filesIn are the names of files and links below a folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, err = filepath.Rel(dir, name)
			names = append(names, name)
		}
		return err
	}))
	return names
}
