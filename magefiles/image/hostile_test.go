package image_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// tarOf writes an archive; sizes need not be true.
func tarOf(headers ...tar.Header) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		content := []byte(h.PAXRecords["content"])
		h.PAXRecords = nil
		if h.Size == 0 && h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if w.WriteHeader(&h) == nil {
			_, _ = w.Write(content)
		}
	}
	_ = w.Flush()
	out.Write(make([]byte, 1024))
	return out.Bytes()
}

func regular(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o777, PAXRecords: map[string]string{"content": content}}
}

// hostile archives: each tries to reach out of the folder in which it is unpacked, or to be more than it is.
func hostile() map[string][]byte {
	const marker = `{"imageLayoutVersion":"1.0.0"}`
	index, _ := json.Marshal(v1.IndexManifest{SchemaVersion: 2})
	good := []tar.Header{regular("oci-layout", marker), regular("index.json", string(index))}
	with := func(h ...tar.Header) []byte { return tarOf(append(good, h...)...) }
	return map[string][]byte{
		"up":            with(regular("../outside", "x"), regular("blobs/sha256/../../../outside", "x")),
		"absolute":      with(regular("/outside", "x")),
		"link and file": with(tar.Header{Typeflag: tar.TypeSymlink, Name: "blobs", Linkname: ".."}, regular("blobs/outside", "x")),
		"link as index": tarOf(regular("oci-layout", marker), tar.Header{Typeflag: tar.TypeSymlink, Name: "index.json", Linkname: "/etc/passwd"}),
		"hard link":     with(tar.Header{Typeflag: tar.TypeLink, Name: "blobs/sha256/" + strings.Repeat("a", 64), Linkname: "/etc/passwd"}),
		"device":        with(tar.Header{Typeflag: tar.TypeBlock, Name: "index.json", Devmajor: 8}),
		"fifo":          with(tar.Header{Typeflag: tar.TypeFifo, Name: "oci-layout"}),
		"giant":         with(tar.Header{Typeflag: tar.TypeReg, Name: "blobs/sha256/" + strings.Repeat("b", 64), Size: 1 << 60}),
		"wrong blob":    with(regular("blobs/sha256/"+strings.Repeat("c", 64), "x")),
		"docker up":     tarOf(regular("manifest.json", `[{"Config":"../../etc/passwd","Layers":["/etc/passwd"]}]`)),
		"docker many":   tarOf(regular("manifest.json", `[{},{}]`)),
		"docker none":   tarOf(regular("manifest.json", `null`)),
		"sparse":        sparse(),
		"long name":     with(regular(strings.Repeat("a/", 2000)+"x", "x")),
		"cut":           with(regular("x", strings.Repeat("x", 5000)))[:2000],
	}
}

// sparse is a file of one terabyte in an archive of two kilobytes (PAX sparse format 1.0).
func sparse() []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	records := "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.name=oci-layout\nGNU.sparse.realsize=1099511627776\n"
	var pax bytes.Buffer
	for line := range strings.Lines(records) {
		n := len(line) + 3
		if n >= 100 || len(fmt.Sprint(n)) != 2 {
			n++
		}
		fmt.Fprintf(&pax, "%d %s", n, line)
	}
	_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeXHeader, Name: "x", Size: int64(pax.Len())})
	out.Reset() // the writer refuses such headers: they are made by hand
	header := func(typeflag byte, name string, content []byte) {
		block := make([]byte, 512)
		copy(block, name)
		copy(block[100:], "0000644\x000000000\x000000000\x00")
		copy(block[124:], fmt.Sprintf("%011o\x00", len(content)))
		copy(block[136:], "00000000000\x00        ")
		block[156] = typeflag
		copy(block[257:], "ustar\x0000")
		sum := 0
		for _, b := range block {
			sum += int(b)
		}
		copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
		out.Write(block)
		out.Write(content)
		out.Write(make([]byte, (512-len(content)%512)%512))
	}
	header('x', "pax", pax.Bytes())
	header('0', "sparse", append([]byte("0\n"), make([]byte, 510)...))
	out.Write(make([]byte, 1024))
	return out.Bytes()
}

// sandbox is a folder in which a build may write only to work.
func buildInSandbox(t *testing.T, archive []byte) error {
	t.Helper()
	sandbox := t.TempDir()
	file, work := filepath.Join(sandbox, "archive.tar"), filepath.Join(sandbox, "a", "b", "work")
	must(t, os.WriteFile(file, archive, 0o600))
	must(t, os.MkdirAll(work, 0o755))
	built, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindArchive, Path: file}}, image.Options{Dir: work})
	if err == nil {
		must(t, built.Close())
	}
	var size int64
	must(t, filepath.WalkDir(sandbox, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name != file && !strings.HasPrefix(name, work+string(filepath.Separator)) {
			t.Errorf("%s was written", name)
		}
		if !d.Type().IsRegular() {
			t.Errorf("%s is a %s", name, d.Type())
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}))
	if size > 10*int64(len(archive))+1<<20 {
		t.Errorf("%d bytes were written for an archive of %d", size, len(archive))
	}
	return err
}

func TestHostileArchives(t *testing.T) {
	for name, archive := range hostile() {
		t.Run(name, func(t *testing.T) {
			if err := buildInSandbox(t, archive); err == nil {
				t.Error("it was taken for an image")
			}
		})
	}
}

func FuzzArchive(f *testing.F) {
	for _, archive := range hostile() {
		f.Add(archive)
	}
	tag, err := name.NewTag("x.example/x:1")
	if err != nil {
		f.Fatal(err)
	}
	var docker bytes.Buffer
	if err := tarball.Write(tag, empty.Image, &docker); err != nil {
		f.Fatal(err)
	}
	f.Add(docker.Bytes())
	dir := f.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = p.AppendImage(empty.Image)
	}
	if err != nil {
		f.Fatal(err)
	}
	var oci []tar.Header
	if err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		oci = append(oci, regular(name, string(content)))
		return err
	}); err != nil {
		f.Fatal(err)
	}
	f.Add(tarOf(oci...))
	f.Fuzz(func(t *testing.T, archive []byte) { _ = buildInSandbox(t, archive) })
}

// FuzzTree builds from folders of any form: what is in a layer lies below its place, and comes from the tree.
func FuzzTree(f *testing.F) {
	f.Add("a/b\x00c", "../../etc/passwd", "*.x\n!a", uint16(0o644))
	f.Add("node_modules/x/a.node\x00node_modules/x/package.json", "/etc", "**", uint16(0o4777))
	f.Add(strings.Repeat("é/", 40)+"x", ".", "[", uint16(0))
	f.Fuzz(func(t *testing.T, names, target, ignored string, mode uint16) {
		sandbox := t.TempDir()
		dir := filepath.Join(sandbox, "tree")
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(sandbox, "outside"), []byte("OUTSIDE"), 0o600))
		root, err := os.OpenRoot(dir)
		must(t, err)
		defer root.Close()
		for i, n := range strings.Split(names, "\x00") {
			n = path.Clean("/" + n)[1:]
			if n == "" || root.MkdirAll(path.Dir(n), 0o755) != nil {
				continue
			}
			if i%3 == 2 {
				_ = root.Symlink(target, n)
				continue
			}
			_ = root.WriteFile(n, []byte(n), 0o600)
			_ = root.Chmod(n, os.FileMode(mode)&0o777|0o400)
		}
		_ = root.Symlink("../outside", "to-outside")
		_ = root.WriteFile(".dockerignore", []byte(ignored), 0o600)
		built, err := image.Build(t.Context(), folderSpec(dir), image.Options{})
		if _, native := errors.AsType[*image.NativeFileError](err); err != nil && !native && !strings.Contains(err.Error(), "read what to leave out") {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		defer built.Close()
		_, entries := contents(t, built)
		for n, e := range entries {
			clean := strings.TrimSuffix(n, "/")
			if path.Clean(clean) != clean || clean != "app" && !strings.HasPrefix(clean, "app/") {
				t.Errorf("entry %q", n)
			}
			if strings.Contains(e.content, "OUTSIDE") {
				t.Errorf("%q holds what is outside", n)
			}
			if e.header.Mode&^0o1777 != 0 {
				t.Errorf("%q has mode %o", n, e.header.Mode)
			}
		}
	})
}
