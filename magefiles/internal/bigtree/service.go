package bigtree

import (
	"encoding/json"
	"fmt"
)

// Service is an Express service of many packages: its dependencies ask for each other, twelve each, and a fifth more are tools
// that only a developer needs.
type Service struct {
	Packages int // with 20 files each on average
	Sources  int // files in dist, and as many in src
}

// FullService is the service of docs/performance.md: 15,000 files of dependencies.
var FullService = Service{Packages: 750, Sources: 200}

// Write writes the service to dir, which has to be absent or empty.
func (s Service) Write(dir string) error {
	w := &writer{dir: dir, rand: newRand()}
	w.vocabulary()
	tools := s.Packages / 5
	w.packages("package", s.Packages)
	w.packages("tool", tools)
	w.manifest("package.json", map[string]any{
		"name": "service", "version": "1.0.0", "scripts": map[string]any{"start": "node dist/server.js"},
		"dependencies": fanned("package", -1, s.Packages), "devDependencies": fanned("tool", -1, tools),
	})
	w.file("dist/server.js", []byte(`require("package-0000");`))
	for i := range s.Sources {
		w.text(fmt.Sprintf("dist/routes/route-%03d.js", i), w.size(6_000))
		w.text(fmt.Sprintf("src/routes/route-%03d.ts", i), w.size(6_000))
	}
	for i := range s.Sources / 4 {
		w.noise(fmt.Sprintf("public/%03d.avif", i), w.size(20_000))
	}
	return w.err
}

// packages writes n packages of node_modules.
func (w *writer) packages(name string, n int) {
	for i := range n {
		folder := fmt.Sprintf("node_modules/%s-%04d", name, i)
		w.nodePackage(folder)
		w.manifest(folder+"/package.json", map[string]any{
			"name": fmt.Sprintf("%s-%04d", name, i), "version": fmt.Sprintf("1.%d.0", i), "license": "MIT", "main": "dist/file-0.js",
			"dependencies": fanned(name, i, n),
		})
	}
}

// fanout is how many packages each one asks for.
const fanout = 12

// fanned are the dependencies of package i of n: the next ones of a tree.
func fanned(name string, i, n int) map[string]string {
	found := map[string]string{}
	for next := (i + 1) * fanout; next < min((i+2)*fanout, n); next++ {
		found[fmt.Sprintf("%s-%04d", name, next)] = "^1.0.0"
	}
	return found
}

func (w *writer) manifest(name string, content map[string]any) {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil && w.err == nil {
		w.err = err
	}
	w.file(name, text)
}
