package image_test

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

func openCache(t *testing.T, dir string) *image.Cache {
	t.Helper()
	c, err := image.OpenCache(dir, image.DefaultCacheLimit)
	must(t, err)
	return c
}

func folderSpec(dir string) image.Spec {
	return image.Spec{Source: image.Source{Kind: image.KindFolder, Path: dir}, Entrypoint: []string{"/app/server"}}
}

// bulk is a file of more than one block, so that reading it is reported.
func bulk(t *testing.T, name string, first byte) {
	t.Helper()
	b := make([]byte, 9<<20)
	for i := range b {
		b[i] = first + byte(i%251)
	}
	must(t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(t, os.WriteFile(name, b, 0o644))
}

// build returns the digest, and whether files were read.
func build(t *testing.T, dir string, c *image.Cache) (digestOf string, read bool) {
	t.Helper()
	built := mustBuild(t, folderSpec(dir), (image.Options{Cache: c, Progress: func(p image.Progress) {
		read = read || p.Complete != p.Total
	}}).Later())
	return digest(t, built), read
}

func TestUnchangedLayersAreNotRead(t *testing.T) {
	dir, c := t.TempDir(), openCache(t, t.TempDir())
	bulk(t, filepath.Join(dir, "bulk"), 1)
	without, _ := build(t, dir, nil)
	first, read := build(t, dir, c)
	if first != without || !read {
		t.Fatalf("with a cache: %s (files read: %v), without: %s", first, read, without)
	}
	second, read := build(t, dir, c)
	if second != first || read {
		t.Errorf("again: %s, want %s; files read: %v", second, first, read)
	}

	// What is written in place, with the old size and the old time of modification, is another layer.
	info, err := os.Stat(filepath.Join(dir, "bulk"))
	must(t, err)
	bulk(t, filepath.Join(dir, "bulk"), 2)
	must(t, os.Chtimes(filepath.Join(dir, "bulk"), info.ModTime(), info.ModTime()))
	third, _ := build(t, dir, c)
	if want, _ := build(t, dir, nil); third != want || third == first {
		t.Errorf("after a change behind the clock: %s, want %s", third, want)
	}
}

// A file that is written twice within one tick of the file system's clock has the same stamp both times.
func TestFreshFilesAreNotTrusted(t *testing.T) {
	dir, c := t.TempDir(), openCache(t, t.TempDir())
	for i := range 20 {
		must(t, os.WriteFile(filepath.Join(dir, "file"), []byte{byte(i)}, 0o644))
		got := digest(t, mustBuild(t, folderSpec(dir), image.Options{Cache: c}))
		if want, _ := build(t, dir, nil); got != want {
			t.Fatalf("write %d: %s, want %s", i, got, want)
		}
	}
}

// In a new checkout everything looks new: it is read, and what it holds is known.
func TestNewCheckoutWithTheSameContent(t *testing.T) {
	cache := t.TempDir()
	one, two := t.TempDir(), t.TempDir()
	bulk(t, filepath.Join(one, "bulk"), 1)
	bulk(t, filepath.Join(two, "bulk"), 1)
	first, _ := build(t, one, openCache(t, cache))
	blobs := filepath.Join(cache, "blobs")
	info := only(t, blobs)
	must(t, os.Chtimes(filepath.Join(blobs, info.Name()), time.Unix(1, 0), time.Unix(1, 0)))
	second, _ := build(t, two, openCache(t, cache))
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	if again := only(t, blobs); again.ModTime().Unix() != 1 {
		t.Error("the layer was compressed again")
	}
}

func only(t *testing.T, dir string) os.FileInfo {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Fatalf("%d files in %s, want 1", len(entries), dir)
	}
	info, err := entries[0].Info()
	must(t, err)
	return info
}

// Whatever happens to the files of the cache: the image is the same, and can be read.
func TestDamagedCache(t *testing.T) {
	dir := t.TempDir()
	bulk(t, filepath.Join(dir, "bulk"), 3)
	want, _ := build(t, dir, nil)
	for _, sub := range []string{"blobs", "records"} {
		for name, damage := range map[string]func(string, []byte) error{
			"gone":      func(file string, _ []byte) error { return os.Remove(file) },
			"empty":     func(file string, _ []byte) error { return os.WriteFile(file, nil, 0o600) },
			"cut":       func(file string, b []byte) error { return os.WriteFile(file, b[:len(b)/2], 0o600) },
			"bit":       func(file string, b []byte) error { b[len(b)*3/4] ^= 1; return os.WriteFile(file, b, 0o600) },
			"something": func(file string, b []byte) error { return os.WriteFile(file, append(b, 'x'), 0o600) },
		} {
			t.Run(sub+" "+name, func(t *testing.T) {
				cache := t.TempDir()
				build(t, dir, openCache(t, cache))
				files, err := os.ReadDir(filepath.Join(cache, sub))
				must(t, err)
				for _, f := range files {
					file := filepath.Join(cache, sub, f.Name())
					content, err := os.ReadFile(file)
					must(t, err)
					must(t, damage(file, content))
				}
				built := mustBuild(t, folderSpec(dir), image.Options{Cache: openCache(t, cache)}.Later())
				if got := digest(t, built); got != want {
					t.Errorf("digest %s, want %s", got, want)
				}
				validated(t, built)
			})
		}
	}
}

// A layer that has to be made again from files that changed since is refused, not sent under the old digest.
func TestDamagedLayerOfFilesThatChanged(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	bulk(t, filepath.Join(dir, "bulk"), 4)
	build(t, dir, openCache(t, cache))
	built := mustBuild(t, folderSpec(dir), image.Options{Cache: openCache(t, cache)}.Later())
	must(t, os.Remove(filepath.Join(cache, "blobs", only(t, filepath.Join(cache, "blobs")).Name())))
	bulk(t, filepath.Join(dir, "bulk"), 5)
	layers, err := built.Layers()
	must(t, err)
	if r, err := layers[0].Compressed(); err == nil {
		r.Close()
		t.Error("other files were taken for the layer")
	}
}

func TestCacheIsBounded(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	for range 4 {
		noise := make([]byte, 1<<20) // which compression does not make smaller
		for j := range noise {
			noise[j] = byte(rand.Uint32())
		}
		must(t, os.WriteFile(filepath.Join(dir, "noise"), noise, 0o644))
		c, err := image.OpenCache(cache, 5<<19)
		must(t, err)
		built := mustBuild(t, folderSpec(dir), image.Options{Cache: c})
		validated(t, built)
	}
	entries, err := os.ReadDir(filepath.Join(cache, "blobs"))
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("%d layers are kept, there is room for 2", len(entries))
	}
}

// Several builds share a cache, and one of them has room for a single layer.
func TestBuildsAtTheSameTimeShareTheCache(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	bulk(t, filepath.Join(dir, "bulk"), 6)
	want, _ := build(t, dir, nil)
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			c, err := image.OpenCache(cache, int64(i%2)*image.DefaultCacheLimit)
			if err != nil {
				t.Error(err)
				return
			}
			built, err := image.Build(t.Context(), folderSpec(dir), image.Options{Cache: c})
			if err != nil {
				t.Error(err)
				return
			}
			defer built.Close()
			if h, err := built.Digest(); err != nil || h.String() != want {
				t.Errorf("digest %s, %v, want %s", h, err, want)
			}
			layers, err := built.Layers()
			if err != nil {
				t.Error(err)
				return
			}
			r, err := layers[0].Compressed()
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				t.Error(err)
			}
			r.Close()
		})
	}
	running.Wait()
}
