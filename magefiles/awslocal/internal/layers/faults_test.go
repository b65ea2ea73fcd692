//go:build linux

package layers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
)

// nothingLeft sees that a cache holds nothing of a layer that could not be had.
func nothingLeft(t testing.TB, dir string) {
	t.Helper()
	for _, in := range []string{"entries/*/*", "partial/*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, in)); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}

// failing is a stream that ends with an error.
type failing struct {
	io.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

// What was damaged on its way is never taken for a layer, wherever that shows: in its bytes, by its length, by an error
// that comes after the end of the archive.
func TestDamagedLayers(t *testing.T) {
	whole := archive(t, regular("a", strings.Repeat("x", 2000), 0o644), regular("b", "y", 0o644))
	other := bytes.Replace(whole, []byte("xxx"), []byte("xyx"), 1)
	broken := errors.New("the other side is gone")
	for name, c := range map[string]struct {
		open func() (io.ReadCloser, error)
		want string
	}{
		"other content":          {blob(other).open, "digest"},
		"cut":                    {whole[:1500].open, "unexpected EOF"},
		"cut between two files":  {whole[:2560].open, "digest"},
		"without its last block": {whole[:len(whole)-512].open, "digest"},
		"empty":                  {blob(nil).open, "digest"},
		"more than it should be": {append(whole[:len(whole):len(whole)], 0).open, "digest"},
		"an error after the end": {func() (io.ReadCloser, error) { return io.NopCloser(failing{bytes.NewReader(whole), broken}), nil }, broken.Error()},
		"not to be had":          {func() (io.ReadCloser, error) { return nil, broken }, broken.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tempDir(t)
			_, _, err := openCache(t, dir).Unpack(t.Context(), whole.diffID(), asIs, c.open)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), whole.diffID()) {
				t.Errorf("error %v", err)
			}
			nothingLeft(t, dir)
		})
	}
}

func TestNoDiffID(t *testing.T) {
	for _, id := range []string{"", "sha256:", "sha256:" + strings.Repeat("A", 64), "sha512:" + strings.Repeat("a", 64), "sha256:../" + strings.Repeat("a", 61)} {
		if _, _, err := openCache(t, tempDir(t)).Unpack(t.Context(), id, asIs, nil); err == nil || !strings.Contains(err.Error(), "diff id") {
			t.Errorf("%q: error %v", id, err)
		}
	}
}

// A caller that gives up gets its answer, also where another is unpacking.
func TestCancelled(t *testing.T) {
	dir, b := tempDir(t), archive(t, regular("a", "x", 0o644))
	c := openCache(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	started := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _, err := c.Unpack(t.Context(), b.diffID(), asIs, func() (io.ReadCloser, error) { close(started); return reader, nil })
		if err == nil || !strings.Contains(err.Error(), "enough") {
			t.Errorf("error %v", err)
		}
	})
	<-started
	cancel()
	if _, _, err := c.Unpack(ctx, b.diffID(), asIs, b.open); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	must(t, writer.CloseWithError(errors.New("enough")))
	wg.Wait()
	if _, _, err := c.Unpack(ctx, b.diffID(), asIs, b.open); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	nothingLeft(t, dir)
}

func init() {
	// Unpacks a layer from standard input, so that a test can stop it anywhere.
	acts["unpackInput"] = func(args []string) (any, error) {
		c, err := layers.Open(args[0])
		if err != nil {
			return nil, err
		}
		_, fresh, err := c.Unpack(context.Background(), args[1], layers.Owner{UID: 1000}, func() (io.ReadCloser, error) {
			fmt.Fprintln(os.Stderr, "reading")
			return os.Stdin, nil
		})
		return fresh, err
	}
	// Unpacks a layer where there is little room.
	acts["unpackSmall"] = func(args []string) (any, error) {
		if err := syscall.Mount("tmpfs", args[0], "tmpfs", 0, "size=2m"); err != nil {
			return nil, err
		}
		content, err := os.ReadFile(args[1])
		if err != nil {
			return nil, err
		}
		c, err := layers.Open(args[0])
		if err != nil {
			return nil, err
		}
		_, _, err = c.Unpack(context.Background(), blob(content).diffID(), asIs, blob(content).open)
		var space *layers.SpaceError
		left, _ := filepath.Glob(filepath.Join(args[0], "*", "*", "*"))
		partial, _ := filepath.Glob(filepath.Join(args[0], "partial", "*"))
		return small{errors.As(err, &space) && errors.Is(err, syscall.ENOSPC), fmt.Sprint(err), len(left) + len(partial)}, nil
	}
}

type small struct {
	Told  bool
	Words string
	Left  int
}

// A full disk is told as such, and keeps nothing.
func TestNoSpace(t *testing.T) {
	dir := tempDir(t)
	var files []file
	for i := range 100 {
		files = append(files, regular(fmt.Sprint("f", i), strings.Repeat("x", 100_000), 0o644))
	}
	b := archive(t, files...)
	name := filepath.Join(dir, "layer")
	must(t, os.WriteFile(name, b, 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "small"), 0o755))
	var got small
	acted(t, inNamespaces(t), &got, "unpackSmall", filepath.Join(dir, "small"), name)
	if !got.Told || got.Left != 0 || !strings.Contains(got.Words, "no space left for it in "+filepath.Join(dir, "small")) {
		t.Errorf("%+v", got)
	}
}

// A process that is killed at any point leaves nothing that counts, and the next one removes what it left.
func TestKilled(t *testing.T) {
	b := archive(t, folder("a", 0o555), regular("a/b", strings.Repeat("x", 1<<20), 0o444), regular("c", strings.Repeat("y", 1<<20), 0o644))
	dir := tempDir(t)
	for part := range 8 {
		p := actor(t, nil, "unpackInput", dir, b.diffID())
		in, err := p.StdinPipe()
		must(t, err)
		said, err := p.StderrPipe()
		must(t, err)
		must(t, p.Start())
		_, err = io.ReadFull(said, make([]byte, len("reading\n")))
		must(t, err)
		_, err = in.Write(b[:len(b)*part/8])
		must(t, err)
		must(t, p.Process.Kill())
		_ = p.Wait() // it was killed
		if left, _ := filepath.Glob(filepath.Join(dir, "entries", "*", "*")); len(left) > 0 {
			t.Fatalf("after %d of 8 parts %v is there", part, left)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "partial", "*")); len(left) != 1 {
			t.Errorf("after %d of 8 parts %v is left, want only what this one left", part, left)
		}
	}
	_, fresh, err := openCache(t, dir).Unpack(t.Context(), b.diffID(), layers.Owner{UID: 1000}, b.open)
	must(t, err)
	if left, _ := filepath.Glob(filepath.Join(dir, "partial", "*")); !fresh || len(left) > 0 {
		t.Errorf("fresh %t, %v is left", fresh, left)
	}
}

// Several processes and goroutines that want one layer unpack it once.
func TestAtTheSameTime(t *testing.T) {
	b := archive(t, folder("a", 0o555), regular("a/b", strings.Repeat("x", 1<<20), 0o444))
	dir := tempDir(t)
	var freshOnes atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		p := actor(t, nil, "unpackInput", dir, b.diffID())
		p.Stdin = bytes.NewReader(b)
		wg.Go(func() {
			out, err := p.Output()
			var fresh bool
			if err == nil {
				err = json.Unmarshal(out, &fresh)
			}
			if err != nil {
				t.Error(err)
			}
			if fresh {
				freshOnes.Add(1)
			}
		})
		wg.Go(func() {
			_, fresh, err := openCache(t, dir).Unpack(t.Context(), b.diffID(), layers.Owner{UID: 1000}, b.open)
			if err != nil {
				t.Error(err)
			}
			if fresh {
				freshOnes.Add(1)
			}
		})
	}
	wg.Wait()
	if freshOnes.Load() != 1 {
		t.Errorf("unpacked %d times", freshOnes.Load())
	}
}

// Images that share layers in other orders do not wait for each other for ever.
func TestImagesAtTheSameTime(t *testing.T) {
	var all []blob
	for i := range 6 {
		all = append(all, archive(t, regular(fmt.Sprintf("a/%d", i), "x", 0o644)))
	}
	c := openCache(t, tempDir(t))
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			order := append(append([]blob{}, all[i:]...), all[:i]...)
			if i%2 == 0 {
				order[0], order[5] = order[5], order[0]
			}
			img, err := c.Image(t.Context(), layersOf(order...), "7:7", false)
			if err != nil || len(img.Layers) != 6 {
				t.Errorf("%+v %v", img, err)
			}
		})
	}
	wg.Wait()
}

// Layers that nobody wants go, with what was left by the dead; those to keep and those asked for stay.
func TestPrune(t *testing.T) {
	dir := filepath.Join(tempDir(t), "a[b,c:d*")
	c := openCache(t, dir)
	base, app := baseAndApp(t)
	kept := image(t, c, "node", base, app)
	gone := archive(t, folder("a", 0), regular("a/b", "x", 0))
	_, _, err := c.Unpack(t.Context(), gone.diffID(), layers.Owner{UID: 5}, gone.open)
	must(t, err)
	dead := filepath.Join(dir, "partial", gone.diffID()[7:]+"+DEAD")
	must(t, os.MkdirAll(filepath.Join(dead, "fs", "x"), 0o755))
	must(t, os.Chmod(filepath.Join(dead, "fs"), 0o000))
	must(t, c.Prune(nil, time.Hour))
	if found, _ := os.ReadDir(filepath.Join(dir, "entries")); len(found) != 3 {
		t.Errorf("%d layers, want all 3, which were asked for a moment ago", len(found))
	}
	must(t, c.Prune(map[string]bool{base.diffID(): true, app.diffID(): true}, 0))
	for _, layer := range kept.Layers {
		if _, err := os.Stat(layer); err != nil {
			t.Error(err)
		}
	}
	for _, in := range []string{"entries", "partial"} {
		found, err := os.ReadDir(filepath.Join(dir, in))
		must(t, err)
		if want := map[string]int{"entries": 2, "partial": 0}[in]; len(found) != want {
			t.Errorf("%d in %s, want %d", len(found), in, want)
		}
	}
	must(t, c.Prune(nil, 0))
	for _, in := range []string{"entries", "tops", "partial"} {
		if found, err := os.ReadDir(filepath.Join(dir, in)); err != nil || len(found) != 0 {
			t.Errorf("%v in %s (%v)", found, in, err)
		}
	}
	if img := image(t, c, "node", base, app); len(img.Fresh) != 2 || len(img.Layers) != 3 {
		t.Errorf("%+v", img)
	}
}

func init() {
	acts["removeAll"] = func(args []string) (any, error) { return "removed", layers.RemoveAll(args[0]) }
}

// Folders that their owner may not read or write are removed, by whoever they belong to, and nothing that links in them lead to.
func TestRemoveAll(t *testing.T) {
	dir := filepath.Join(scratch(t, "ordinary"), "tree")
	outside := filepath.Join(filepath.Dir(dir), "outside")
	must(t, os.MkdirAll(filepath.Join(dir, "a", "b", "c"), 0o755))
	must(t, os.Mkdir(outside, 0o500))
	must(t, os.WriteFile(filepath.Join(dir, "a", "b", "c", "file"), nil, 0o000))
	must(t, os.Symlink("../outside", filepath.Join(dir, "a", "b", "link")))
	uid, gid := ordinary()
	var names []string
	must(t, filepath.Walk(dir, func(name string, _ os.FileInfo, err error) error {
		names = append(names, name)
		return err
	}))
	for i := len(names) - 1; i >= 0; i-- {
		must(t, os.Lchown(names[i], uid, gid))
		if info, err := os.Lstat(names[i]); err == nil && info.IsDir() {
			must(t, os.Chmod(names[i], map[bool]os.FileMode{true: 0o000, false: 0o555}[i%2 == 0]))
		}
	}
	var said string
	acted(t, asOrdinary(false), &said, "removeAll", dir)
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
	if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("%v %v", info, err)
	}
	must(t, layers.RemoveAll(dir)) // which is absent
}
