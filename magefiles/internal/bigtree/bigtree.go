// Package bigtree writes what a large Next.js application leaves after `next build`: about 280 MB in 23,000 files,
// equal to the byte wherever and whenever it is written. What is measured in docs/performance.md is measured on it.
//
// It knows how many files of which sizes a real application has, and nothing of images. Imported by magefiles and tests.
package bigtree

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Tree says how much is written.
type Tree struct {
	Packages int // folders of node_modules, with 20 files each on average
	Pages    int // of the application: each a file of the server and three static ones
	Pictures int // in public/, which no compression makes smaller
}

// Full is the tree of docs/performance.md.
var Full = Tree{Packages: 1000, Pages: 600, Pictures: 400}

// Write writes the tree to dir, which has to be absent or empty.
func (t Tree) Write(dir string) error {
	w := &writer{dir: dir, rand: newRand()}
	w.vocabulary()
	w.text(".next/standalone/server.js", 6_000)
	w.text(".next/BUILD_ID", 20)
	w.text(".next/standalone/.next/BUILD_ID", 20)
	for i := range t.Packages {
		w.nodePackage(fmt.Sprintf(".next/standalone/node_modules/package-%04d", i))
	}
	for i := range t.Pages {
		w.text(fmt.Sprintf(".next/standalone/.next/server/app/page-%03d/page.js", i), w.size(40_000))
		for chunk := range 3 {
			w.text(fmt.Sprintf(".next/static/chunks/page-%03d-%d.js", i, chunk), w.size(11_000))
		}
	}
	for i := range t.Pictures {
		w.noise(fmt.Sprintf("public/pictures/%03d.avif", i), w.size(40_000))
	}
	return w.err
}

// writer keeps the first error and does nothing after it.
type writer struct {
	dir   string
	rand  *rand.Rand
	words []string
	err   error
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func (w *writer) nodePackage(name string) {
	_, short, _ := strings.Cut(name, "node_modules/")
	w.file(name+"/package.json", fmt.Appendf(nil, "{\"name\": %q, \"version\": \"%d.%d.%d\", \"license\": \"MIT\", \"main\": \"dist/file-0.js\"}\n",
		short, w.rand.IntN(20), w.rand.IntN(30), w.rand.IntN(10)))
	for i := range 10 + w.rand.IntN(20) {
		w.text(fmt.Sprintf("%s/dist/%s/file-%d.js", name, w.words[w.rand.IntN(8)], i), w.size(11_500))
	}
}

// size is random around a mean: most files are small, a few large.
func (w *writer) size(mean float64) int {
	const spread = 1.2
	return 40 + int(mean*math.Exp(w.rand.NormFloat64()*spread-spread*spread/2))
}

// vocabulary makes the identifiers of which texts are made.
func (w *writer) vocabulary() {
	for range 20_000 {
		b := make([]byte, 3+w.rand.IntN(8))
		for i := range b {
			b[i] = byte('a' + w.rand.IntN(26))
		}
		w.words = append(w.words, string(b))
	}
}

// text writes a file that compresses like a minified program: to a third or less.
func (w *writer) text(name string, size int) {
	b := make([]byte, 0, size+32)
	for len(b) < size {
		// Few words make most of a text, as in programs.
		word := w.words[int(float64(len(w.words))*math.Pow(w.rand.Float64(), 6))]
		b = append(b, word...)
		b = append(b, "().;{}=,"[w.rand.IntN(8)])
		if at := len(b); at > 200 && w.rand.IntN(6) == 0 {
			from := w.rand.IntN(at - 100)
			b = append(b, b[from:from+20+w.rand.IntN(60)]...)
		}
	}
	w.file(name, b[:size])
}

func (w *writer) noise(name string, size int) {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(w.rand.Uint32())
	}
	w.file(name, b)
}

func (w *writer) file(name string, content []byte) {
	if w.err != nil {
		return
	}
	full := filepath.Join(w.dir, filepath.FromSlash(name))
	if w.err = os.MkdirAll(filepath.Dir(full), 0o755); w.err == nil {
		w.err = os.WriteFile(full, content, 0o644)
	}
}
