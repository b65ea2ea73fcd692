//go:build linux

package supervisor

import (
	"archive/tar"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// startImage is an OCI layout with the image of a server that listens at PORT, as `skopeo copy docker://… oci:DIR` writes it.
var startImage = flag.String("start.image", "", "measure the start of the image of this OCI layout")

// BenchmarkStartOfAnImage takes the time from a task that is not there to the first 200 of /health of an image's program, and that of the
// same program when it is started by hand, from the same files.
func BenchmarkStartOfAnImage(b *testing.B) {
	if *startImage == "" {
		b.Skip("-start.image names no image")
	}
	image := imageOf(b)
	config, err := image.ConfigFile()
	must(b, err)
	vector := append(config.Config.Entrypoint, config.Config.Cmd...)
	b.Run("task", func(b *testing.B) {
		dir := b.TempDir()
		box, err := sandbox.Try(dir)
		must(b, err)
		cache, err := layers.Open(filepath.Join(dir, "layers"))
		must(b, err)
		defer layers.RemoveAll(filepath.Join(dir, "layers"))
		content, err := image.Layers()
		must(b, err)
		var sources []layers.Layer
		for _, l := range content {
			id, err := l.DiffID()
			must(b, err)
			sources = append(sources, layers.Layer{DiffID: id.String(), Open: l.Uncompressed})
		}
		found, err := cache.Image(b.Context(), sources, config.Config.User, box.Rung == sandbox.Root)
		must(b, err)
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		must(b, err)
		defer null.Close()
		address := netip.MustParseAddr("10.0.1.5")
		for b.Loop() {
			task, err := box.Task(b.Context(), sandbox.TaskSpec{ID: "bench", Address: address, Dir: filepath.Join(dir, "task")})
			must(b, err)
			_, err = task.Start(b.Context(), sandbox.ContainerSpec{
				Name: "app", Layers: found.Layers, Argv: vector, Env: append(config.Config.Env, "PORT=3000", "HOSTNAME=0.0.0.0"), Dir: config.Config.WorkingDir,
				UID: found.Owner.UID, GID: found.Owner.GID, ReadOnly: true, Mounts: []sandbox.Mount{{Target: "/tmp"}}, Stdout: null, Stderr: null,
			})
			must(b, err)
			untilHealthy(b, address.String()+":3000", task.Dial)
			b.StopTimer()
			must(b, task.Close())
			b.StartTimer()
		}
	})
	b.Run("by hand", func(b *testing.B) {
		root := b.TempDir()
		must(b, extract(image, root))
		var dialer net.Dialer
		for b.Loop() {
			program := exec.CommandContext(b.Context(), filepath.Join(root, vector[0]), vector[1:]...)
			program.Dir, program.Env = filepath.Join(root, config.Config.WorkingDir), append(config.Config.Env, "PORT=3917", "HOSTNAME=127.0.0.1")
			must(b, program.Start())
			untilHealthy(b, "127.0.0.1:3917", dialer.DialContext)
			b.StopTimer()
			must(b, program.Process.Kill())
			_ = program.Wait() // it was killed
			b.StartTimer()
		}
	})
}

func imageOf(b *testing.B) v1.Image {
	b.Helper()
	index, err := layout.ImageIndexFromPath(*startImage)
	must(b, err)
	manifest, err := index.IndexManifest()
	must(b, err)
	image, err := index.Image(manifest.Manifests[0].Digest)
	must(b, err)
	return image
}

func untilHealthy(b *testing.B, address string, dial func(context.Context, string, string) (net.Conn, error)) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	for {
		r, err := client.Get("http://" + address + "/health")
		if err != nil {
			must(b, b.Context().Err())
			continue
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
	}
}

// extract writes an image's files below a folder, as its own user finds them.
func extract(image v1.Image, root string) error {
	content := mutate.Extract(image)
	defer content.Close()
	for files := tar.NewReader(content); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at := filepath.Join(root, h.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(at, 0o755)
		case tar.TypeSymlink:
			err = os.Symlink(h.Linkname, at)
		case tar.TypeReg:
			err = write(at, files, os.FileMode(h.Mode).Perm())
		}
		if err != nil {
			return err
		}
	}
}

func write(at string, content io.Reader, mode os.FileMode) error {
	f, err := os.OpenFile(at, os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
