package image_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bellyfed/splitecs/magefiles/image"
)

func TestInspect(t *testing.T) {
	var asked atomic.Int64
	inner := registry.New(registry.Logger(discardLog()))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	of := func(arch string) v1.Image {
		return baseImage(t, v1.ConfigFile{OS: "linux", Architecture: arch, Created: v1.Time{Time: at}, Config: v1.Config{
			ExposedPorts: map[string]struct{}{"8080/TCP": {}, "3000": {}, "53/udp": {}, "9000-9002/tcp": {}, "9010-9011/udp": {}, "x": {}}, User: "1000", Volumes: map[string]struct{}{"/tmp": {}},
			Entrypoint: []string{"/server"}, Cmd: []string{"-v"}, Labels: map[string]string{"org.opencontainers.image.revision": "abc"},
		}})
	}
	want := func(arch string) image.Inspection {
		return image.Inspection{
			OS: "linux", Architecture: arch, Ports: []int{3000, 8080, 9000, 9001, 9002}, User: "1000", Volumes: []string{"/tmp"}, Entrypoint: []string{"/server"},
			Command: []string{"-v"}, Created: at, Revision: "abc",
		}
	}
	transport := image.NewTransport(nil)
	t.Cleanup(transport.CloseIdleConnections)
	access := image.Access{Transport: transport}
	push(t, host+"/app:arm", of("arm64"))
	asked.Store(0)
	got, err := image.Inspect(t.Context(), host+"/app:arm", "X86_64", access)
	must(t, err)
	diff(t, want("arm64"), got)
	if n := asked.Load(); n != 3 { // is it a registry, the manifest, the configuration
		t.Errorf("%d requests", n)
	}

	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: of("arm64"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}},
		mutate.IndexAddendum{Add: of("none"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}},
	)
	ref, err := name.ParseReference(host + "/app:both")
	must(t, err)
	must(t, remote.WriteIndex(ref, index))
	got, err = image.Inspect(t.Context(), host+"/app:both", "ARM64", access)
	must(t, err)
	diff(t, want("arm64"), got)
	_, err = image.Inspect(t.Context(), host+"/app:both", "X86_64", access)
	if wrong, ok := errors.AsType[*image.ArchitectureError](err); !ok || wrong.Wanted != "linux/amd64" || len(wrong.Found) != 1 {
		t.Errorf("no image for the platform: %v", err)
	}
	_, err = image.Inspect(t.Context(), host+"/none:v1", "X86_64", access)
	if _, ok := errors.AsType[*image.RepositoryNotFoundError](err); !ok {
		t.Errorf("no repository: %v", err)
	}
}

// An image that another tool pushed tells of layers that not every runtime counts.
func TestLayersThatNotEveryRuntimeCounts(t *testing.T) {
	packed := newZstdLayer(t, types.OCILayerZStd)
	for mt, want := range map[types.MediaType]string{
		types.OCILayerZStd: "", types.DockerLayer: "", types.DockerForeignLayer: "", dockerZstd: string(dockerZstd), "application/x-tar": "application/x-tar",
	} {
		found, err := image.InspectImage(annotated(t, linuxAMD64, typedLayer{packed, mt}, nil))
		must(t, err)
		diff(t, want, found.UnknownLayer)
	}
}
