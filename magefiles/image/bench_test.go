package image_test

import (
	"crypto/sha256"
	"io"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/bigtree"
)

// some is a tenth of the tree of docs/performance.md.
var some = bigtree.Tree{Packages: 100, Pages: 60, Pictures: 40}

func benchmarkTree(b *testing.B) image.Spec {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "tree")
	if err := some.Write(dir); err != nil {
		b.Fatal(err)
	}
	return image.Spec{Source: image.Source{Kind: image.KindFolder, Path: dir}, Entrypoint: []string{"x"}}
}

func buildOnce(b *testing.B, spec image.Spec, opts image.Options) *image.Built {
	b.Helper()
	built, err := image.Build(b.Context(), spec, opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { built.Close() })
	return built
}

// tarSize is the size of the layer's tar.
func tarSize(b *testing.B, built *image.Built) int64 {
	b.Helper()
	layers, err := built.Layers()
	if err != nil {
		b.Fatal(err)
	}
	r, err := layers[0].Uncompressed()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// Tar and compression: a build without a cache.
func BenchmarkBuild(b *testing.B) {
	for _, compression := range []image.Compression{image.Zstd, image.Gzip} {
		b.Run(string(compression), func(b *testing.B) {
			spec := benchmarkTree(b)
			spec.Compression = compression
			b.SetBytes(tarSize(b, buildOnce(b, spec, image.Options{})))
			b.ReportAllocs()
			for b.Loop() {
				built, err := image.Build(b.Context(), spec, image.Options{})
				if err != nil {
					b.Fatal(err)
				}
				built.Close()
			}
		})
	}
}

// A build in which nothing changed: files are looked at and not read.
func BenchmarkBuildUnchanged(b *testing.B) {
	spec := benchmarkTree(b)
	cache, err := image.OpenCache(b.TempDir(), image.DefaultCacheLimit)
	if err != nil {
		b.Fatal(err)
	}
	opts := image.Options{Cache: cache}.Later()
	buildOnce(b, spec, opts)
	b.ReportAllocs()
	for b.Loop() {
		built, err := image.Build(b.Context(), spec, opts)
		if err != nil {
			b.Fatal(err)
		}
		built.Close()
	}
}

// A service of Node.js in which nothing changed: its packages are looked up, and its files looked at.
func BenchmarkNodeServiceUnchanged(b *testing.B) {
	_, opts := nodeLibrary(b)
	dir := filepath.Join(b.TempDir(), "service")
	must(b, bigtree.Service{Packages: 75, Sources: 20}.Write(dir))
	cache, err := image.OpenCache(b.TempDir(), image.DefaultCacheLimit)
	must(b, err)
	opts.Cache = cache
	spec := image.Spec{Source: image.Source{Kind: image.KindNode, Path: dir}}
	buildOnce(b, spec, opts.Later())
	b.ReportAllocs()
	for b.Loop() {
		built, err := image.Build(b.Context(), spec, opts.Later())
		must(b, err)
		must(b, built.Close())
	}
}

// A finished image that is taken as it is: its layers are looked at for secrets once, and by their digests after that.
func BenchmarkFinished(b *testing.B) {
	built := buildOnce(b, benchmarkTree(b), image.Options{})
	dir := b.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		b.Fatal(err)
	}
	if err := p.AppendImage(built); err != nil {
		b.Fatal(err)
	}
	cache, err := image.OpenCache(b.TempDir(), image.DefaultCacheLimit)
	if err != nil {
		b.Fatal(err)
	}
	spec := image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}}
	for name, opts := range map[string]image.Options{"new": {}, "known": {Cache: cache}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(tarSize(b, built))
			for b.Loop() {
				again, err := image.Build(b.Context(), spec, opts)
				if err != nil {
					b.Fatal(err)
				}
				again.Close()
			}
		})
	}
}

func BenchmarkHash(b *testing.B) {
	block := make([]byte, 4<<20)
	b.SetBytes(int64(len(block)))
	for b.Loop() {
		sha256.Sum256(block)
	}
}

// A push of what is there, and one of a new tag for it, with the requests that they take.
func BenchmarkPushAgain(b *testing.B) {
	s := newServer(b)
	built := buildOnce(b, benchmarkTree(b), image.Options{})
	if _, err := image.Push(b.Context(), built, s.host+"/app:1", image.PushOptions{}); err != nil {
		b.Fatal(err)
	}
	s.reset(nil)
	for b.Loop() {
		if _, err := image.Push(b.Context(), built, s.host+"/app:1", image.PushOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.seen(""))/float64(b.N), "requests/op")
}

// A Next.js build of the same tree, of which every question of the image as a whole is asked, on a base that answers them
// by its configuration.
func BenchmarkBuildNextJS(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "tree")
	if err := some.Write(dir); err != nil {
		b.Fatal(err)
	}
	s := newServer(b)
	built := buildOnce(b, image.Spec{Folders: []image.Folder{{From: b.TempDir(), To: "/etc"}}, Env: map[string]string{"NODE_VERSION": "22.1.0"}}, image.Options{})
	if _, err := image.Push(b.Context(), built, s.host+"/node:1", image.PushOptions{}); err != nil {
		b.Fatal(err)
	}
	spec := image.Spec{Source: image.Source{Kind: image.KindNextJS, Path: dir}, Base: s.host + "/node:1", HealthCheckPath: "/health", ReadOnlyRoot: true}
	cache, err := image.OpenCache(b.TempDir(), image.DefaultCacheLimit)
	if err != nil {
		b.Fatal(err)
	}
	for name, opts := range map[string]image.Options{"first": {}, "unchanged": image.Options{Cache: cache}.Later()} {
		b.Run(name, func(b *testing.B) {
			buildOnce(b, spec, opts)
			for b.Loop() {
				again, err := image.Build(b.Context(), spec, opts)
				if err != nil {
					b.Fatal(err)
				}
				again.Close()
			}
		})
	}
}
