package image_test

import (
	"archive/tar"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// files is a tree: "name/" is a folder, "→target" as content a symbolic link, "#!" in front an executable.
type files map[string]string

// write puts the tree into a new folder, in random order and with random times.
func write(t *testing.T, tree files) string {
	t.Helper()
	dir := t.TempDir()
	writeTo(t, dir, tree)
	return dir
}

func writeTo(t *testing.T, dir string, tree files) {
	t.Helper()
	var names []string
	for name := range tree {
		names = append(names, name)
	}
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names {
		full, content := filepath.Join(dir, filepath.FromSlash(name)), tree[name]
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		target, isLink := strings.CutPrefix(content, "→")
		switch {
		case strings.HasSuffix(name, "/"):
			must(t, os.MkdirAll(full, 0o755))
			continue
		case isLink:
			must(t, os.Symlink(target, full))
			continue
		}
		mode := os.FileMode(0o600)
		if strings.HasPrefix(content, "#!") {
			mode = 0o700
		}
		must(t, os.WriteFile(full, []byte(content), mode))
		when := time.Unix(rand.Int64N(1<<31), 0)
		must(t, os.Chtimes(full, when, when))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustBuild(t *testing.T, spec image.Spec, opts ...image.Options) *image.Built {
	t.Helper()
	var o image.Options
	if len(opts) > 0 {
		o = opts[0]
	}
	built, err := image.Build(t.Context(), spec, o)
	must(t, err)
	t.Cleanup(func() { must(t, built.Close()) })
	return built
}

func digest(t *testing.T, img v1.Image) string {
	t.Helper()
	h, err := img.Digest()
	must(t, err)
	return h.String()
}

func config(t *testing.T, img v1.Image) *v1.ConfigFile {
	t.Helper()
	cf, err := img.ConfigFile()
	must(t, err)
	return cf
}

// entry is a file of a layer.
type entry struct {
	header  *tar.Header
	content string
}

// contents reads the layers of an image: per layer its entries' names in order, and all by name.
func contents(t *testing.T, img v1.Image) (names [][]string, entries map[string]entry) {
	t.Helper()
	layers, err := img.Layers()
	must(t, err)
	entries = map[string]entry{}
	for _, l := range layers {
		r, err := l.Uncompressed()
		must(t, err)
		var of []string
		for tr := tar.NewReader(r); ; {
			h, err := tr.Next()
			if err == io.EOF {
				break
			}
			must(t, err)
			body, err := io.ReadAll(tr)
			must(t, err)
			of = append(of, h.Name)
			entries[h.Name] = entry{h, string(body)}
		}
		must(t, r.Close())
		names = append(names, of)
	}
	return names, entries
}

// server is a registry that counts requests and can answer in place of the real one.
type server struct {
	*httptest.Server
	host string

	mu       sync.Mutex
	requests []string // "PUT /v2/app/manifests/one"
	// instead answers a request and returns true, or leaves it to the registry.
	instead func(http.ResponseWriter, *http.Request) bool
}

func newServer(t testing.TB) *server {
	t.Helper()
	inner := registry.New(registry.Logger(discardLog()))
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		instead := s.instead
		s.mu.Unlock()
		if instead != nil && instead(w, r) {
			return
		}
		inner.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = discardLog()
	s.host = strings.TrimPrefix(s.URL, "http://")
	t.Cleanup(s.Close)
	return s
}

// reset forgets the requests and sets the answers.
func (s *server) reset(instead func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.instead = nil, instead
}

func (s *server) seen(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// registryError answers as https://github.com/opencontainers/distribution-spec says.
func registryError(w http.ResponseWriter, status int, code, message string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, `{"errors":[{"code":"`+code+`","message":"`+message+`"}]}`)
	return true
}

// small is an image of one layer; label makes digests differ.
func small(t *testing.T, label string) *image.Built {
	t.Helper()
	return mustBuild(t, image.Spec{
		Folders:    []image.Folder{{From: write(t, files{"hello": "world", "sub/more": strings.Repeat("x", 100_000)}), To: "/data"}},
		Entrypoint: []string{"/data/hello"},
		Labels:     map[string]string{"label": label},
	})
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
