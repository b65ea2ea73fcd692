package ecr_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	ggcr "github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/klauspost/compress/zstd"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

// skopeo runs the judge with credentials for both ends.
type skopeo struct {
	*place
	path, creds string
}

func newSkopeo(p *place) skopeo {
	user, password := p.login()
	return skopeo{p, awstest.Judge(p.T, "skopeo"), user + ":" + password}
}

func (s skopeo) at(ref string) string { return "docker://" + s.host() + "/" + ref }

func (s skopeo) copy(from, to string, more ...string) {
	s.Helper()
	args := []string{"copy", "--all", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false", "--src-creds", s.creds, "--dest-creds", s.creds}
	if out, err := exec.Command(s.path, append(append(args, more...), from, to)...).CombinedOutput(); err != nil {
		s.Fatalf("skopeo copy %s %s: %v\n%s", from, to, err, out)
	}
}

// children of an index. skopeo writes the index itself anew.
func children(t *testing.T, index v1.ImageIndex) (digests []string) {
	t.Helper()
	m, err := index.IndexManifest()
	must(t, err)
	for _, d := range m.Manifests {
		digests = append(digests, d.Platform.Architecture+" "+d.Digest.String())
	}
	return digests
}

// manyPlatforms is an OCI index of an image with a gzip layer and one with a zstd layer.
func manyPlatforms(t *testing.T) v1.ImageIndex {
	t.Helper()
	squeezed, err := zstd.NewWriter(nil)
	must(t, err)
	index := mutate.IndexMediaType(empty.Index, ggcr.OCIImageIndex)
	for i, arch := range []string{"amd64", "arm64"} {
		image := mutate.MediaType(mutate.ConfigMediaType(empty.Image, ggcr.OCIConfigJSON), ggcr.OCIManifestSchema1)
		layer, err := random.Layer(3000, ggcr.OCILayer)
		must(t, err)
		add := mutate.Addendum{Layer: layer}
		if i == 1 {
			add.Layer = static.NewLayer(squeezed.EncodeAll([]byte("a layer for "+arch), nil), ggcr.OCILayerZStd)
		}
		image, err = mutate.Append(image, add)
		must(t, err)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	return index
}

func TestSkopeoCopiesInAndOut(t *testing.T) {
	p := serve(t, t.TempDir())
	for _, name := range []string{"app", "copy", "docker"} {
		p.create(name)
	}
	s := newSkopeo(p)
	index := manyPlatforms(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	place, err := layout.Write(in, empty.Index)
	must(t, err)
	must(t, place.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "v1"})))
	s.copy("oci:"+in+":v1", s.at("app:v1"))
	s.copy(s.at("app:v1"), s.at("copy:v1"))
	s.copy(s.at("copy:v1"), "oci:"+out+":v1")
	s.copy("oci:"+out+":v1", s.at("copy:v2"))
	back, err := remote.Index(p.ref("copy:v2"), p.auth())
	must(t, err)
	if got, want := children(t, back), children(t, index); !slices.Equal(got, want) {
		t.Errorf("images %v came back, not %v", got, want)
	}

	docker, err := random.Image(4000, 2) // in Docker's media types
	must(t, err)
	must(t, remote.Write(p.ref("docker:v1"), docker, p.auth()))
	archive := filepath.Join(dir, "archive.tar")
	s.copy(s.at("docker:v1"), "dir:"+filepath.Join(dir, "folder"))
	s.copy("dir:"+filepath.Join(dir, "folder"), s.at("docker:v2"))
	if out, err := exec.Command(s.path, "copy", "--insecure-policy", "--src-tls-verify=false", "--src-creds", s.creds, s.at("docker:v1"), "docker-archive:"+archive+":docker:v3").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(s.path, "copy", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds", s.creds, "--dest-compress-format", "zstd", "--format", "oci", "docker-archive:"+archive, s.at("docker:v3")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tag := range []string{"v2", "v3"} {
		image, err := remote.Image(p.ref("docker:"+tag), p.auth())
		must(t, err)
		must(t, validate.Image(image, validate.Fast)) // v3 is zstd, which the validator cannot unpack
	}
}

func TestSkopeoLists(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	s := newSkopeo(p)
	must(t, remote.Write(p.ref("app:v1"), randomImage(t), p.auth()))
	must(t, remote.Write(p.ref("app:v2"), randomImage(t), p.auth()))
	text, err := exec.Command(s.path, "list-tags", "--tls-verify=false", "--creds", s.creds, s.at("app")).Output()
	must(t, err)
	var list struct{ Tags []string }
	must(t, json.Unmarshal(text, &list))
	if !slices.Equal(list.Tags, []string{"v1", "v2"}) {
		t.Errorf("tags %v", list.Tags)
	}
	if exec.Command(s.path, "list-tags", "--tls-verify=false", s.at("app")).Run() == nil {
		t.Error("no credentials are needed")
	}
	if out, err := exec.Command(s.path, "delete", "--tls-verify=false", "--creds", s.creds, s.at("app:v1")).CombinedOutput(); err != nil {
		t.Errorf("delete: %v\n%s", err, out)
	}
}
