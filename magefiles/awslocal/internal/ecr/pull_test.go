package ecr_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

func built(t *testing.T, architecture string) v1.Image {
	t.Helper()
	image, err := mutate.ConfigFile(randomImage(t), &v1.ConfigFile{
		OS: "linux", Architecture: architecture, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{
			Env: []string{"PORT=3000"}, User: "1001", Labels: map[string]string{"scenario": "crash"}, WorkingDir: "/app",
			Entrypoint: []string{"/app/server"}, ExposedPorts: map[string]struct{}{"3000/tcp": {}, "9000/tcp": {}},
		},
	})
	must(t, err)
	return image
}

func TestPull(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	auth := p.auth()
	amd, arm := built(t, "amd64"), built(t, "arm64")
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: amd, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: arm}, // says nothing: its config does
	)
	must(t, remote.Write(p.ref("app:arm"), arm, auth))
	must(t, remote.WriteIndex(p.ref("app:both"), index, auth))
	host := acct.RegistryHost()
	pull := func(ref, architecture string) (image *ecr.Image, err error) {
		p.do(func() error { image, err = p.service.Image(ref, "linux", architecture); return nil })
		return image, err
	}

	got, err := pull(host+"/app:both", "arm64")
	must(t, err)
	want := &ecr.Image{
		Repository: "app", Digest: digestOf(t, index), Manifest: digestOf(t, arm), Size: got.Size, OS: "linux", Architecture: "arm64",
		Env: []string{"PORT=3000"}, User: "1001", Labels: map[string]string{"scenario": "crash"}, WorkingDir: "/app",
		Entrypoint: []string{"/app/server"}, ExposedPorts: []string{"3000/tcp", "9000/tcp"},
	}
	if diff := cmp.Diff(want, got); diff != "" || got.Size == 0 {
		t.Error(diff)
	}
	for _, ref := range []string{host + "/app:arm", host + "/app@" + digestOf(t, arm), host + "/app:gone@" + digestOf(t, arm), p.host() + "/app:arm"} {
		got, err := pull(ref, "amd64") // taken as it is: it fails when it runs
		if err != nil || got.Architecture != "arm64" || got.Digest != digestOf(t, arm) {
			t.Errorf("%s: %+v %v", ref, got, err)
		}
	}

	const prefix = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
	for ref, want := range map[string]ecr.PullError{
		host + "/app:v9": {Code: ecr.PullNoImage, Text: prefix + "failed to resolve ref " + host + "/app:v9: " + host + "/app:v9: not found", Registry: "Requested image not found"},
		host + "/app":    {Code: ecr.PullNoImage, Text: prefix + "failed to resolve ref " + host + "/app: " + host + "/app: not found", Registry: "Requested image not found"},
		host + "/nowhere@" + string(oci.DigestOf(nil)): {Code: ecr.PullNoRepository, Text: prefix + "failed to resolve ref " + host + "/nowhere@" + string(oci.DigestOf(nil)) + ": " + host + "/nowhere@" + string(oci.DigestOf(nil)) + ": not found", Registry: "The repository with name 'nowhere' does not exist in the registry with id '000000000000'"},
		host + "/app:both": {Code: ecr.PullNoPlatform, Text: prefix + "image Manifest does not contain descriptor matching platform 'linux/riscv64'"},
		"docker.io/nginx":  {Code: ecr.PullOtherRegistry, Text: prefix + "failed to resolve ref docker.io/nginx: failed to do request: the embedded AWS has no registry docker.io"},
		"nginx":            {Code: ecr.PullOtherRegistry, Text: prefix + "failed to resolve ref nginx: failed to do request: the embedded AWS has no registry nginx"},
	} {
		_, err := pull(ref, "riscv64")
		var got *ecr.PullError
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s: %s", ref, diff)
		}
	}
}
