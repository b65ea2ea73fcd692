//go:build linux

package layers_test

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/internal/bigtree"
)

// bigImage is an image of the tree of docs/performance.md in four layers, whose archives are files.
func bigImage(b *testing.B) (all []layers.Layer, archives []string, files int, size int64) {
	b.Helper()
	dir := b.TempDir()
	must(b, bigtree.Full.Write(filepath.Join(dir, "tree")))
	for _, part := range []string{".next/standalone/node_modules", ".next/standalone/.next", ".next/static", "public"} {
		n := files
		name := filepath.Join(dir, filepath.Base(part)+".tar")
		f, err := os.Create(name)
		must(b, err)
		hash := sha256.New()
		buffered := bufio.NewWriterSize(io.MultiWriter(f, hash), 1<<20)
		w := tar.NewWriter(buffered)
		must(b, filepath.WalkDir(filepath.Join(dir, "tree", part), func(at string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			h, err := tar.FileInfoHeader(info, "")
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(filepath.Join(dir, "tree"), at)
			h.Name = filepath.ToSlash(rel)
			files++
			if err := w.WriteHeader(h); err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(at)
			size += int64(len(content))
			return errors.Join(err, func() error { _, err := w.Write(content); return err }())
		}))
		must(b, errors.Join(w.Close(), buffered.Flush(), f.Close()))
		if files == n {
			b.Fatalf("%s is empty", part)
		}
		archives = append(archives, name)
		all = append(all, layers.Layer{DiffID: "sha256:" + hex.EncodeToString(hash.Sum(nil)), Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	must(b, layers.RemoveAll(filepath.Join(dir, "tree")))
	return all, archives, files, size
}

// processor is the time that this process has used, its own and that of the kernel for it.
func processor() (own, kernel time.Duration) {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use) // of itself it is always told
	return time.Duration(use.Utime.Nano()), time.Duration(use.Stime.Nano())
}

// BenchmarkImage unpacks an image of 23,000 files for an ordinary user, first and again. What the kernel needs depends on the file
// system, and on what was removed from it just before: compare it with tar's in the same minute.
func BenchmarkImage(b *testing.B) {
	all, archives, files, size := bigImage(b)
	b.Run("fresh", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(size)
		var own, kernel time.Duration
		for b.Loop() {
			b.StopTimer()
			dir := b.TempDir()
			c := openCache(b, dir)
			ownBefore, kernelBefore := processor()
			b.StartTimer()
			_, err := c.Image(b.Context(), all, "1000:1000", false)
			must(b, err)
			b.StopTimer()
			ownAfter, kernelAfter := processor()
			own, kernel = own+ownAfter-ownBefore, kernel+kernelAfter-kernelBefore
			must(b, layers.RemoveAll(dir))
			b.StartTimer()
		}
		b.ReportMetric(own.Seconds()/float64(b.N), "user-s/op")
		b.ReportMetric(kernel.Seconds()/float64(b.N), "system-s/op")
		b.ReportMetric(float64(files), "files")
	})
	b.Run("tar", func(b *testing.B) {
		var own, kernel time.Duration
		for b.Loop() {
			dir := b.TempDir()
			for _, name := range archives {
				command := exec.CommandContext(b.Context(), "tar", "-C", dir, "-xf", name)
				must(b, command.Run())
				own, kernel = own+command.ProcessState.UserTime(), kernel+command.ProcessState.SystemTime()
			}
			b.StopTimer()
			must(b, layers.RemoveAll(dir))
			b.StartTimer()
		}
		b.ReportMetric(own.Seconds()/float64(b.N), "user-s/op")
		b.ReportMetric(kernel.Seconds()/float64(b.N), "system-s/op")
	})
	b.Run("there", func(b *testing.B) {
		b.ReportAllocs()
		dir := b.TempDir()
		c := openCache(b, dir)
		_, err := c.Image(b.Context(), all, "1000:1000", false)
		must(b, err)
		b.ResetTimer()
		for b.Loop() {
			_, err := c.Image(b.Context(), all, "1000:1000", false)
			must(b, err)
		}
		b.StopTimer()
		must(b, layers.RemoveAll(dir))
	})
}
