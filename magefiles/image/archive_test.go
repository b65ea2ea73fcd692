package image_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bellyfed/splitecs/magefiles/image"
)

var (
	linuxAMD64 = v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Entrypoint: []string{"/run"}}}
	linuxARM64 = v1.ConfigFile{OS: "linux", Architecture: "arm64", Config: v1.Config{Entrypoint: []string{"/run"}}}
)

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDockerArchive(t *testing.T) {
	from := baseImage(t, linuxAMD64)
	tag, err := name.NewTag("example.com/app:1")
	must(t, err)
	plain := filepath.Join(t.TempDir(), "image.tar")
	must(t, tarball.WriteToFile(plain, tag, from))
	zipped := gzipped(t, plain)

	var digests []string
	for _, file := range []string{plain, zipped} {
		source, err := image.Detect(t.Context(), ".", file)
		must(t, err)
		built := mustBuild(t, image.Spec{Source: source, Revision: "not ours"})
		validated(t, built)
		digests = append(digests, digest(t, built))
		want, got := config(t, from), config(t, built)
		diff(t, want.RootFS, got.RootFS)
		diff(t, want.Config, got.Config)
		if mt, _ := built.MediaType(); mt != types.OCIManifestSchema1 {
			t.Errorf("media type %s", mt)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("digests differ: %v", digests)
	}

	_, err = image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindArchive, Path: plain}, Architecture: "ARM64"}, image.Options{})
	var mismatch *image.ArchitectureError
	if !errors.As(err, &mismatch) {
		t.Errorf("another architecture: %v", err)
	}
}

// ociIndex holds an image for each architecture, an attestation beside them, and all of it one level down.
func ociIndex(t *testing.T, images ...v1.Image) v1.ImageIndex {
	t.Helper()
	idx := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		cf := config(t, img)
		idx = mutate.AppendManifests(idx, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: cf.OS, Architecture: cf.Architecture}},
		})
	}
	attestation := mutate.MediaType(baseImage(t, v1.ConfigFile{}), types.OCIManifestSchema1)
	idx = mutate.AppendManifests(idx, mutate.IndexAddendum{Add: attestation, Descriptor: v1.Descriptor{
		Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	}})
	return mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: idx})
}

func TestLayoutAndOCIArchive(t *testing.T) {
	amd, arm := baseImage(t, linuxAMD64), baseImage(t, linuxARM64)
	dir := t.TempDir()
	_, err := layout.Write(dir, ociIndex(t, amd, arm))
	must(t, err)
	single := t.TempDir()
	p, err := layout.Write(single, empty.Index)
	must(t, err)
	must(t, p.AppendImage(arm))
	archive := archiveOf(t, dir)

	for name, c := range map[string]struct{ path, arch, want string }{
		"layout, amd64":            {dir, "amd64", digest(t, amd)},
		"layout, arm64":            {dir, "ARM64", digest(t, arm)},
		"layout of one image":      {single, "arm64", digest(t, arm)},
		"archive, arm64":           {archive, "arm64", digest(t, arm)},
		"gzipped archive, amd64":   {gzipped(t, archive), "X86_64", digest(t, amd)},
		"archive of one, in place": {archiveOf(t, single), "arm64", digest(t, arm)},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := image.Detect(t.Context(), ".", c.path)
			must(t, err)
			built := mustBuild(t, image.Spec{Source: source, Architecture: c.arch, Revision: "not ours"})
			if got := digest(t, built); got != c.want {
				t.Errorf("got %s, want %s unchanged", got, c.want)
			}
			validated(t, built)
		})
	}
	_, err = image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindLayout, Path: single}}, image.Options{})
	var mismatch *image.ArchitectureError
	if !errors.As(err, &mismatch) || cmp.Diff([]string{"linux/arm64"}, mismatch.Found) != "" {
		t.Errorf("another architecture: %v", err)
	}
}

func TestFinishedImageIsAdjusted(t *testing.T) {
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	must(t, p.AppendImage(baseImage(t, linuxAMD64)))
	built := mustBuild(t, image.Spec{
		Source: image.Source{Kind: image.KindLayout, Path: dir}, User: "1000", Env: map[string]string{"A": "1"}, WorkingDir: "/srv/",
	})
	diff(t, v1.Config{Entrypoint: []string{"/run"}, User: "1000", Env: []string{"A=1"}, WorkingDir: "/srv"}, config(t, built).Config)
}

// Docker 25 and later save OCI layouts whose layers are not compressed.
func TestUncompressedLayersAreCompressed(t *testing.T) {
	plain := static.NewLayer([]byte(strings.Repeat("\x00", 10240)), types.OCIUncompressedLayer)
	img, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &v1.ConfigFile{
		OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"},
	})
	must(t, err)
	img, err = mutate.AppendLayers(img, plain)
	must(t, err)
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	must(t, p.AppendImage(img))

	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}})
	validated(t, built)
	layers, err := built.Layers()
	must(t, err)
	if size, _ := layers[0].Size(); size > 200 {
		t.Errorf("the layer has %d bytes", size)
	}
	diff(t, config(t, img).RootFS, config(t, built).RootFS)
}

// without are the files that gone does not tell of.
func without(tree files, gone func(name, content string) bool) files {
	rest := maps.Clone(tree)
	maps.DeleteFunc(rest, gone)
	return rest
}

func TestBadArchives(t *testing.T) {
	good := t.TempDir()
	p, err := layout.Write(good, empty.Index)
	must(t, err)
	must(t, p.AppendImage(baseImage(t, linuxAMD64)))
	tree := files{}
	must(t, fs.WalkDir(os.DirFS(good), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, rerr := os.ReadFile(filepath.Join(good, name))
			tree[name], err = string(b), rerr
		}
		return err
	}))
	damaged, escaping := maps.Clone(tree), maps.Clone(tree)
	for name := range damaged {
		if strings.HasPrefix(name, "blobs/") {
			damaged[name] = "other bytes"
		}
	}
	escaping["../../escaped"], escaping["blobs/sha256/../../escaped"] = "x", "x"

	for name, c := range map[string]struct {
		tree files
		want string
	}{
		"no image": {files{"readme": ""}, "holds neither oci-layout nor manifest.json"},
		"damaged":  {damaged, "is damaged: its content has another digest"},
		"several":  {files{"manifest.json": `[{"Config":"a"},{"Config":"b"}]`}, "holds 2 images: which one is wanted is not known"},
		"no index": {without(tree, func(name, _ string) bool { return name == "index.json" }), "is incomplete, it has no index.json"},
		"no layer": {without(tree, func(_, content string) bool { return strings.HasPrefix(content, "\x1f\x8b") }), "is incomplete, it does not have layer sha256:"},
		"no blobs": {files{"oci-layout": "{}", "index.json": `{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:` +
			strings.Repeat("0", 64) + `"}]}`}, "is incomplete, it does not have the blob 0000"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "image.tar")
			writeArchive(t, file, false, c.tree)
			_, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindArchive, Path: file}}, image.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}

	// A layout whose copy was interrupted, as a folder; what the cache knows of a layer does not stand in for it.
	cache := openCache(t, t.TempDir())
	spec := image.Spec{Source: image.Source{Kind: image.KindLayout, Path: good}}
	mustBuild(t, spec, image.Options{Cache: cache})
	for name, content := range tree {
		if strings.HasPrefix(content, "\x1f\x8b") {
			must(t, os.Truncate(filepath.Join(good, name), 10))
		}
	}
	if _, err := image.Build(t.Context(), spec, image.Options{Cache: cache}); err == nil || !strings.Contains(err.Error(), "it has 10 bytes of the ") {
		t.Errorf("got %v", err)
	}

	file := filepath.Join(t.TempDir(), "image.tar")
	writeArchive(t, file, false, escaping)
	work := filepath.Join(t.TempDir(), "a", "b", "c")
	mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindArchive, Path: file}}, image.Options{Dir: work})
	must(t, filepath.WalkDir(filepath.Join(work, "..", "..", ".."), func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, "escaped") {
			t.Errorf("the archive wrote %s", path)
		}
		return err
	}))
}

// writeArchive writes a tar of regular files in the order of their names.
func writeArchive(t *testing.T, file string, zip bool, tree files) {
	t.Helper()
	f, err := os.Create(file)
	must(t, err)
	var w io.WriteCloser = f
	if zip {
		w = gzip.NewWriter(f)
	}
	tw := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		must(t, tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(tree[name])), Mode: 0o644}))
		_, err := io.WriteString(tw, tree[name])
		must(t, err)
	}
	must(t, tw.Close())
	if zip {
		must(t, w.Close())
	}
	must(t, f.Close())
}

// archiveOf is a tar of a folder.
func archiveOf(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	f, err := os.Create(file)
	must(t, err)
	tw := tar.NewWriter(f)
	must(t, tw.AddFS(os.DirFS(dir)))
	must(t, tw.Close())
	must(t, f.Close())
	return file
}

func gzipped(t *testing.T, file string) string {
	t.Helper()
	in, err := os.Open(file)
	must(t, err)
	defer in.Close()
	out, err := os.Create(filepath.Join(t.TempDir(), "image.tar.gz"))
	must(t, err)
	z := gzip.NewWriter(out)
	_, err = io.Copy(z, in)
	must(t, err)
	must(t, z.Close())
	must(t, out.Close())
	return out.Name()
}
