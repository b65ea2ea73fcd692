package image_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bellyfed/splitecs/magefiles/image"
)

func TestConfiguration(t *testing.T) {
	s := newServer(t)
	ref := s.host + "/base:1"
	push(t, ref, baseImage(t, v1.ConfigFile{
		OS: "linux", Architecture: "arm64", Variant: "v8",
		Config: v1.Config{
			Env: []string{"PATH=/bin", "KEEP=1", "NODE_ENV=test"}, Entrypoint: []string{"/old"}, Cmd: []string{"arg"},
			User: "node", WorkingDir: "/", Labels: map[string]string{"base": "yes", "org.opencontainers.image.source": "theirs"},
		},
	}))

	built := mustBuild(t, image.Spec{
		Base:         ref,
		Architecture: "ARM64",
		Source:       image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})},
		Entrypoint:   []string{"/app/run"},
		User:         "1000:1000",
		Env:          map[string]string{"NODE_ENV": "production", "B": "2", "A": "1"},
		Ports:        []int{3000},
		Labels:       map[string]string{"mine": "too"},
		Revision:     "0123abc", Created: time.Date(2026, 11, 3, 1, 2, 3, 99, time.FixedZone("", 3600)),
	})
	validated(t, built)
	got := config(t, built)
	want := v1.Config{
		Env:        []string{"PATH=/bin", "KEEP=1", "NODE_ENV=production", "A=1", "B=2"},
		Entrypoint: []string{"/app/run"}, // the base's arguments are gone
		User:       "1000:1000", WorkingDir: "/app",
		ExposedPorts: map[string]struct{}{"3000/tcp": {}},
		Labels: map[string]string{
			"base": "yes", "mine": "too",
			"org.opencontainers.image.revision": "0123abc",
			"org.opencontainers.image.source":   "theirs", // the remote of this clone is no part of the image
			"org.opencontainers.image.created":  "2026-11-03T00:02:03Z",
		},
	}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if got.OS != "linux" || got.Architecture != "arm64" || got.Variant != "v8" || !got.Created.Equal(time.Date(2026, 11, 3, 0, 2, 3, 0, time.UTC)) {
		t.Errorf("platform %s/%s/%s, created %s", got.OS, got.Architecture, got.Variant, got.Created)
	}
	last := got.History[len(got.History)-1]
	if last.CreatedBy != "COPY files /app" {
		t.Errorf("history ends with %q", last.CreatedBy)
	}
	manifest, err := built.Manifest()
	must(t, err)
	if manifest.MediaType != types.OCIManifestSchema1 || manifest.Config.MediaType != types.OCIConfigJSON {
		t.Errorf("media types %s, %s", manifest.MediaType, manifest.Config.MediaType)
	}
	for i, l := range manifest.Layers[:len(manifest.Layers)-1] {
		if l.MediaType != types.OCILayer {
			t.Errorf("base layer %d has media type %s", i, l.MediaType)
		}
	}
	if l := manifest.Layers[len(manifest.Layers)-1]; l.MediaType != types.OCILayerZStd {
		t.Errorf("own layer has media type %s", l.MediaType)
	}
}

func TestBaseOfAnotherArchitecture(t *testing.T) {
	s := newServer(t)
	push(t, s.host+"/base:1", baseImage(t, v1.ConfigFile{OS: "linux", Architecture: "arm64"}))
	spec := image.Spec{Base: s.host + "/base:1", Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"a": ""})}}
	_, err := image.Build(t.Context(), spec, image.Options{})
	var mismatch *image.ArchitectureError
	if !errors.As(err, &mismatch) || mismatch.Wanted != "linux/amd64" {
		t.Errorf("got %v", err)
	}
}
