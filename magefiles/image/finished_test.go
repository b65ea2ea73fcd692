package image_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/klauspost/compress/zstd"

	"github.com/bellyfed/splitecs/magefiles/image"
)

const dockerZstd types.MediaType = "application/vnd.docker.image.rootfs.diff.tar.zstd"

const (
	emptyTar    = 10240 // bytes, all 0
	baseName    = "org.opencontainers.image.base.name"
	platformKey = "com.example.platform"
)

// annotated is an OCI image of one layer of a type, with an annotation on its manifest.
func annotated(t *testing.T, cf v1.ConfigFile, l v1.Layer, annotations map[string]string) v1.Image {
	t.Helper()
	cf.RootFS = v1.RootFS{Type: "layers"}
	img, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), &cf)
	must(t, err)
	img, err = mutate.AppendLayers(img, l)
	must(t, err)
	return mutate.Annotations(img, annotations).(v1.Image)
}

func uncompressed() v1.Layer {
	return static.NewLayer([]byte(strings.Repeat("\x00", emptyTar)), types.OCIUncompressedLayer)
}

// zstdLayer is a layer that is compressed with zstd, of a type.
type zstdLayer struct {
	v1.Layer
	diffID v1.Hash
}

func (l zstdLayer) DiffID() (v1.Hash, error) { return l.diffID, nil }

func newZstdLayer(t *testing.T, mt types.MediaType) v1.Layer {
	t.Helper()
	content := strings.Repeat("\x00", emptyTar)
	z, err := zstd.NewWriter(nil)
	must(t, err)
	diffID, _, err := v1.SHA256(strings.NewReader(content))
	must(t, err)
	return zstdLayer{static.NewLayer(z.EncodeAll([]byte(content), nil), mt), diffID}
}

// layoutOf is a layout of one image.
func layoutOf(t *testing.T, img v1.Image) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	must(t, p.AppendImage(img))
	return dir
}

func manifestOf(t *testing.T, img v1.Image) *v1.Manifest {
	t.Helper()
	m, err := img.Manifest()
	must(t, err)
	return m
}

// What the manifest of a finished image says stays, whatever has to be done to its layers and configuration.
func TestAnnotationsOfOthersStay(t *testing.T) {
	said := map[string]string{baseName: "example.com/base:1", "org.opencontainers.image.created": "2026-01-01T00:00:00Z", "com.example": "Grüße"}
	plain := layoutOf(t, annotated(t, linuxAMD64, uncompressed(), said))
	packed := layoutOf(t, annotated(t, linuxAMD64, newZstdLayer(t, types.OCILayerZStd), said))
	docker := layoutOf(t, annotated(t, linuxAMD64, newZstdLayer(t, dockerZstd), said))
	for name, spec := range map[string]image.Spec{
		"layout, as it is":             {Source: image.Source{Kind: image.KindLayout, Path: packed}},
		"layout, compressed":           {Source: image.Source{Kind: image.KindLayout, Path: plain}},
		"layout, compressed with gzip": {Source: image.Source{Kind: image.KindLayout, Path: plain}, Compression: image.Gzip},
		"layout, layers renamed":       {Source: image.Source{Kind: image.KindLayout, Path: docker}},
		"layout, described":            {Source: image.Source{Kind: image.KindLayout, Path: plain}, User: "1000", Labels: map[string]string{"a": "b"}},
		"archive, as it is":            {Source: image.Source{Kind: image.KindArchive, Path: archiveOf(t, packed)}},
		"archive, compressed":          {Source: image.Source{Kind: image.KindArchive, Path: archiveOf(t, plain)}},
		"archive, gzipped":             {Source: image.Source{Kind: image.KindArchive, Path: gzipped(t, archiveOf(t, plain))}},
		"with a commit":                {Source: image.Source{Kind: image.KindLayout, Path: plain}, Revision: "not ours"},
	} {
		t.Run(name, func(t *testing.T) {
			built := mustBuild(t, spec)
			diff(t, said, manifestOf(t, built).Annotations)
			validated(t, built)
		})
	}
}

// Layers of Docker's zstd type are OCI's, byte by byte, wherever they come from: containerd before 2.0 does not count them.
func TestDockersZstdTypeBecomesOCIs(t *testing.T) {
	l := newZstdLayer(t, dockerZstd)
	of := func(manifest types.MediaType) v1.Image {
		return mutate.MediaType(annotated(t, linuxAMD64, l, nil), manifest)
	}
	s := newServer(t)
	push(t, s.host+"/base:1", of(types.DockerManifestSchema2))
	push(t, s.host+"/base:2", of(types.OCIManifestSchema1))
	folder := image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}
	want, err := l.Digest()
	must(t, err)
	for name, spec := range map[string]image.Spec{
		"base of Docker":   {Source: folder, Base: s.host + "/base:1"},
		"base of OCI":      {Source: folder, Base: s.host + "/base:2"},
		"layout of Docker": {Source: image.Source{Kind: image.KindLayout, Path: layoutOf(t, of(types.DockerManifestSchema2))}},
		"layout of OCI":    {Source: image.Source{Kind: image.KindLayout, Path: layoutOf(t, of(types.OCIManifestSchema1))}},
		"archive":          {Source: image.Source{Kind: image.KindArchive, Path: archiveOf(t, layoutOf(t, of(types.DockerManifestSchema2)))}},
	} {
		t.Run(name, func(t *testing.T) {
			built := mustBuild(t, spec)
			m := manifestOf(t, built)
			diff(t, types.OCIManifestSchema1, m.MediaType)
			diff(t, types.OCIConfigJSON, m.Config.MediaType)
			for _, d := range m.Layers {
				if strings.Contains(string(d.MediaType), "docker") {
					t.Errorf("a layer has the type %s", d.MediaType)
				}
			}
			diff(t, types.OCILayerZStd, m.Layers[0].MediaType)
			diff(t, want, m.Layers[0].Digest)
			validated(t, built)
		})
	}
}

// An image of Docker's other types is as good as it is, and keeps its digest.
func TestDockersOtherTypesStay(t *testing.T) {
	img := baseImage(t, linuxAMD64)
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: layoutOf(t, img)}})
	diff(t, digest(t, img), digest(t, built))
}

// A layer that was not to be passed on is one like any other, so that a task finds all of an image in one place: without the
// address where it lay, whatever the source.
func TestForeignLayers(t *testing.T) {
	const address = "https://example.com/layer"
	l, err := tarballLayer()
	must(t, err)
	of := func(manifest, layer types.MediaType) v1.Image {
		img, err := mutate.ConfigFile(mutate.MediaType(empty.Image, manifest), &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}})
		must(t, err)
		img, err = mutate.Append(img, mutate.Addendum{Layer: l, MediaType: layer, URLs: []string{address}})
		must(t, err)
		return img
	}
	s := newServer(t)
	folder := image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}
	for kind, foreign := range map[string]v1.Image{
		"docker": of(types.DockerManifestSchema2, types.DockerForeignLayer),
		"oci":    of(types.OCIManifestSchema1, types.OCIRestrictedLayer),
	} {
		push(t, s.host+"/base:"+kind, foreign)
		dir := layoutOf(t, foreign)
		for source, spec := range map[string]image.Spec{
			"base": {Source: folder, Base: s.host + "/base:" + kind}, "layout": {Source: image.Source{Kind: image.KindLayout, Path: dir}},
		} {
			built := mustBuild(t, spec)
			first := manifestOf(t, built).Layers[0]
			if first.MediaType != types.OCILayer || len(first.URLs) > 0 {
				t.Errorf("%s of %s: %+v", source, kind, first)
			}
			reference := s.host + "/pushed-" + source + ":" + kind
			_, err := image.Push(t.Context(), built, reference, image.PushOptions{})
			must(t, err)
			ref, err := name.ParseReference(reference)
			must(t, err)
			pulled, err := remote.Image(ref)
			must(t, err)
			validated(t, pulled)
		}
		digest, err := l.Digest()
		must(t, err)
		must(t, os.Remove(filepath.Join(dir, "blobs", "sha256", digest.Hex)))
		_, err = image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}}, image.Options{})
		if e, ok := errors.AsType[*image.UnusableError](err); !ok || !strings.Contains(e.Reason, "which lies at "+address+" alone") || len(e.Next) == 0 {
			t.Errorf("without the layer: %v", err)
		}
	}
}

// typedLayer is a layer whose type is another one than its own.
type typedLayer struct {
	v1.Layer
	mt types.MediaType
}

func (l typedLayer) MediaType() (types.MediaType, error) { return l.mt, nil }

// A layer of a type for another compression gets the one that it has: not everything that unpacks layers looks at their bytes.
func TestTypesOfAnotherCompression(t *testing.T) {
	packed := newZstdLayer(t, types.OCILayerZStd)
	want, err := packed.Digest()
	must(t, err)
	for name, l := range map[string]v1.Layer{
		"zstd that says gzip":              typedLayer{packed, types.OCILayer},
		"zstd that says Docker's gzip":     typedLayer{packed, types.DockerLayer},
		"zstd that says not compressed":    typedLayer{packed, types.OCIUncompressedLayer},
		"not compressed, and says gzip":    typedLayer{uncompressed(), types.OCILayer},
		"not compressed, and says D. zstd": typedLayer{uncompressed(), dockerZstd},
	} {
		t.Run(name, func(t *testing.T) {
			built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: layoutOf(t, annotated(t, linuxAMD64, l, nil))}})
			first := manifestOf(t, built).Layers[0]
			diff(t, types.OCILayerZStd, first.MediaType)
			diff(t, want, first.Digest)
			validated(t, built)
		})
	}
}

// What no container could be made of is refused when it is read: "layers and diffIDs don't match" would be said on Fargate.
func TestLayersThatNoContainerIsMadeOf(t *testing.T) {
	good := newZstdLayer(t, types.OCILayerZStd)
	with := func(mt types.MediaType) v1.Image { return annotated(t, linuxAMD64, typedLayer{good, mt}, nil) }
	telling := func(diffIDs ...string) v1.Image {
		img := with(types.OCILayerZStd)
		cf, err := img.ConfigFile()
		must(t, err)
		cf = cf.DeepCopy()
		cf.RootFS.DiffIDs = nil
		for _, id := range diffIDs {
			cf.RootFS.DiffIDs = append(cf.RootFS.DiffIDs, v1.Hash{Algorithm: "sha256", Hex: strings.Repeat(id, 64)})
		}
		img, err = mutate.ConfigFile(img, cf)
		must(t, err)
		return img
	}
	s := newServer(t)
	for name, c := range map[string]struct {
		img  v1.Image
		says string
	}{
		"another type":     {with("application/x-tar"), `has a layer of the media type "application/x-tar" (sha256:`},
		"encrypted":        {with("application/vnd.oci.image.layer.v1.tar+zstd+encrypted"), "which container runtimes cannot read"},
		"too few diffIDs":  {telling(), "has 1 layers, and its configuration tells of 0"},
		"too many diffIDs": {telling("a", "b"), "has 1 layers, and its configuration tells of 2"},
	} {
		t.Run(name, func(t *testing.T) {
			sources := map[string]image.Spec{
				"layout":  {Source: image.Source{Kind: image.KindLayout, Path: layoutOf(t, c.img)}},
				"archive": {Source: image.Source{Kind: image.KindArchive, Path: archiveOf(t, layoutOf(t, c.img))}},
			}
			base := s.host + "/base:" + strings.ReplaceAll(name, " ", "-")
			push(t, base, c.img)
			sources["base"] = image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}, Base: base}
			cache := openCache(t, t.TempDir())
			for source, spec := range sources {
				for range 2 {
					_, err := image.Build(t.Context(), spec, image.Options{Cache: cache})
					if e, ok := errors.AsType[*image.UnusableError](err); !ok || !strings.Contains(e.Reason, c.says) || len(e.Next) == 0 {
						t.Errorf("%s: %v", source, err)
					}
				}
			}
		})
	}
}

// A layer whose bytes are others is told before anything is sent, where it cannot be read.
func TestADamagedLayerOfALayout(t *testing.T) {
	l := newZstdLayer(t, types.OCILayerZStd)
	dir := layoutOf(t, annotated(t, linuxAMD64, l, nil))
	digest, err := l.Digest()
	must(t, err)
	size, err := l.Size()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "blobs", "sha256", digest.Hex), []byte(strings.Repeat("x", int(size))), 0o600))
	_, err = image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}}, image.Options{})
	if e, ok := errors.AsType[*image.UnusableError](err); !ok || e.Reason != "is damaged: the content of layer "+digest.String()+" has another digest" {
		t.Errorf("got %v", err)
	}
}

// Where a layout holds several images, it is said how each is taken out of it.
func TestSeveralImagesAreNamed(t *testing.T) {
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	for i, tag := range []string{"one", "team/two:2"} {
		img := annotated(t, linuxAMD64, newZstdLayer(t, types.OCILayerZStd), map[string]string{"n": strings.Repeat("n", i)})
		must(t, p.AppendImage(img, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": tag})))
	}
	archive := archiveOf(t, dir)
	for from, source := range map[string]image.Source{"oci:" + dir: {Kind: image.KindLayout, Path: dir}, "oci-archive:" + archive: {Kind: image.KindArchive, Path: archive}} {
		_, err := image.Build(t.Context(), image.Spec{Source: source}, image.Options{})
		e, ok := errors.AsType[*image.UnusableError](err)
		if !ok {
			t.Fatal(err)
		}
		diff(t, "holds 2 images for linux/amd64 (one, team/two:2): which one is wanted is not known", e.Reason)
		diff(t, []string{
			"skopeo copy " + from + ":one oci-archive:one.tar   # then name one.tar as the source",
			"skopeo copy " + from + ":team/two:2 oci-archive:team-two-2.tar   # then name team-two-2.tar as the source",
		}, e.Next)
	}
}

// What the manifest of others says of a layer stays where the layer is compressed here.
func TestAnnotationsOfLayersStay(t *testing.T) {
	cf := linuxAMD64
	cf.RootFS = v1.RootFS{Type: "layers"}
	img, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &cf)
	must(t, err)
	said := map[string]string{"com.example": "of the layer"}
	img, err = mutate.Append(img, mutate.Addendum{Layer: uncompressed(), Annotations: said})
	must(t, err)
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: layoutOf(t, img)}})
	first := manifestOf(t, built).Layers[0]
	diff(t, types.OCILayerZStd, first.MediaType)
	diff(t, said, first.Annotations)
	validated(t, built)
}

func tarballLayer() (v1.Layer, error) {
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Repeat("\x00", emptyTar))), nil
	})
}

// The index of others says what it said: with the same images it is the same one, and else it has the same annotations.
func TestTheIndexOfOthers(t *testing.T) {
	both := []string{"X86_64", "ARM64"}
	packed := newZstdLayer(t, types.OCILayerZStd)
	indexOf := func(l v1.Layer, more ...v1.ConfigFile) v1.ImageIndex {
		idx := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
		for _, cf := range append([]v1.ConfigFile{linuxAMD64, linuxARM64}, more...) {
			d := v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: cf.Architecture}, Annotations: map[string]string{platformKey: cf.Architecture}}
			if cf.Architecture == "arm64" {
				cf.Variant, d.Platform.Variant = "v8", "v8"
			}
			idx = mutate.AppendManifests(idx, mutate.IndexAddendum{Add: annotated(t, cf, l, nil), Descriptor: d})
		}
		return mutate.Annotations(idx, map[string]string{baseName: "of the index"}).(v1.ImageIndex)
	}
	layoutOf := func(idx v1.ImageIndex) image.Source {
		dir := t.TempDir()
		_, err := layout.Write(dir, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: idx}))
		must(t, err)
		return image.Source{Kind: image.KindLayout, Path: dir}
	}
	same := indexOf(packed)
	s390x := linuxAMD64
	s390x.Architecture = "s390x"
	for name, c := range map[string]struct {
		source image.Source
		same   bool
	}{
		"the same images":      {layoutOf(same), true},
		"archive of the same":  {image.Source{Kind: image.KindArchive, Path: archiveOf(t, layoutOf(same).Path)}, true},
		"compressed":           {layoutOf(indexOf(uncompressed())), false},
		"one image more":       {layoutOf(indexOf(packed, s390x)), false},
		"layers of the D type": {layoutOf(indexOf(newZstdLayer(t, dockerZstd))), false},
	} {
		t.Run(name, func(t *testing.T) {
			built := mustBuild(t, image.Spec{Source: c.source, Platforms: both, Revision: "not ours"})
			must(t, validate.Index(built.Index, validate.Fast))
			m, err := built.Index.IndexManifest()
			must(t, err)
			diff(t, map[string]string{baseName: "of the index"}, m.Annotations)
			var platforms []string
			for _, d := range m.Manifests {
				platforms = append(platforms, d.Platform.String())
				diff(t, map[string]string{platformKey: d.Platform.Architecture}, d.Annotations)
				if !c.same && d.ArtifactType != "" {
					t.Errorf("a descriptor has the artifactType %s", d.ArtifactType)
				}
			}
			diff(t, []string{"linux/amd64", "linux/arm64/v8"}, platforms)
			if want, got := digestOf(t, same), digestOf(t, built.Index); c.same != (got == want) {
				t.Errorf("the index has %s, that of the source %s", got, want)
			}
		})
	}

	// Images that stand in the layout's own index have none that anybody pushed.
	dir := t.TempDir()
	_, err := layout.Write(dir, same)
	must(t, err)
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}, Platforms: both, Revision: "not ours"})
	m, err := built.Index.IndexManifest()
	must(t, err)
	if len(m.Annotations) > 0 || len(m.Manifests) != 2 {
		t.Errorf("the index is %+v", m)
	}
}

func digestOf(t *testing.T, a image.Artifact) string {
	t.Helper()
	h, err := a.Digest()
	must(t, err)
	return h.String()
}

// An index keeps its digest in a mirror that skopeo makes.
func TestSkopeoMirrorsAnIndex(t *testing.T) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: skopeo")
		}
		t.Skip("judge missing: skopeo")
	}
	s := newServer(t)
	built := mustBuild(t, image.Spec{
		Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}, Platforms: []string{"X86_64", "ARM64"}, Revision: "abc",
	})
	pushed, err := image.Push(t.Context(), built.Artifact(), s.host+"/app:1", image.PushOptions{})
	must(t, err)
	for to, options := range map[string][]string{"plain": {"--all"}, "preserving": {"--all", "--preserve-digests"}} {
		args := slices.Concat([]string{"copy", "--src-tls-verify=false", "--dest-tls-verify=false"}, options, []string{"docker://" + s.host + "/app:1", "docker://" + s.host + "/" + to + ":1"})
		if out, err := exec.CommandContext(t.Context(), skopeo, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", to, err, out)
			continue
		}
		out, err := exec.CommandContext(t.Context(), skopeo, "inspect", "--raw", "--tls-verify=false", "docker://"+s.host+"/"+to+":1").Output()
		must(t, err)
		h, _, err := v1.SHA256(strings.NewReader(string(out)))
		must(t, err)
		diff(t, pushed.Digest, h.String())
	}
	raw, err := built.Index.RawManifest()
	must(t, err)
	var m struct{ Manifests []map[string]any }
	must(t, json.Unmarshal(raw, &m))
	for _, d := range m.Manifests {
		diff(t, []string{"digest", "mediaType", "platform", "size"}, slices.Sorted(maps.Keys(d)))
	}
}
