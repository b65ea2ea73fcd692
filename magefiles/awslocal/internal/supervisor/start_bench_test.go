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
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// startImage is an OCI layout with the image of a server that listens at PORT, as `skopeo copy docker://… oci:DIR` writes it.
var startImage = flag.String("start.image", "", "measure the start of the image of this OCI layout")

// BenchmarkStartOfAnImage takes the time from a task that is not there to the first 200 of /health of an image's program, and that of the
// same program when it is started by hand, from the same files; in turn, as machines are not always equally fast.
func BenchmarkStartOfAnImage(b *testing.B) {
	if *startImage == "" {
		b.Skip("-start.image names no image")
	}
	image := imageOf(b)
	config, err := image.ConfigFile()
	must(b, err)
	asTask, byHand := taskOf(b, image, config.Config), processOf(b, image, config.Config)
	var tasks, processes []time.Duration
	for b.Loop() {
		tasks, processes = append(tasks, asTask()), append(processes, byHand())
	}
	b.ReportMetric(float64(median(tasks).Milliseconds()), "ms/task")
	b.ReportMetric(float64(median(processes).Milliseconds()), "ms/process")
	b.ReportMetric(float64(median(tasks))/float64(median(processes)), "ratio")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// taskOf runs an image as a task, again and again.
func taskOf(b *testing.B, image v1.Image, config v1.Config) (start func() time.Duration) {
	b.Helper()
	dir := b.TempDir()
	box, err := sandbox.Try(dir)
	must(b, err)
	cache, err := layers.Open(filepath.Join(dir, "layers"))
	must(b, err)
	b.Cleanup(func() { must(b, layers.RemoveAll(filepath.Join(dir, "layers"))) })
	content, err := image.Layers()
	must(b, err)
	var sources []layers.Layer
	for _, l := range content {
		id, err := l.DiffID()
		must(b, err)
		sources = append(sources, layers.Layer{DiffID: id.String(), Open: l.Uncompressed})
	}
	found, err := cache.Image(b.Context(), sources, config.User, box.Rung == sandbox.Root)
	must(b, err)
	address := netip.MustParseAddr("10.0.1.5")
	return func() time.Duration {
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		must(b, err)
		began := time.Now()
		task, err := box.Task(b.Context(), sandbox.TaskSpec{ID: "bench", Address: address, Dir: filepath.Join(dir, "task")})
		must(b, err)
		_, err = task.Start(b.Context(), sandbox.ContainerSpec{
			Name: "app", Layers: found.Layers, Argv: vectorOf(config), Env: listening(config.Env, "0.0.0.0", "3000"), Dir: config.WorkingDir,
			UID: found.Owner.UID, GID: found.Owner.GID, ReadOnly: true, Mounts: []sandbox.Mount{{Target: "/tmp"}}, Stdout: null, Stderr: null,
		})
		must(b, err)
		untilHealthy(b, address.String()+":3000", task.Dial)
		took := time.Since(began)
		must(b, task.Close())
		return took
	}
}

// processOf runs it as a process of this machine.
func processOf(b *testing.B, image v1.Image, config v1.Config) (start func() time.Duration) {
	b.Helper()
	root := b.TempDir()
	must(b, extract(image, root))
	vector := vectorOf(config)
	var dialer net.Dialer
	return func() time.Duration {
		program := exec.CommandContext(b.Context(), inside(root, vector[0]), vector[1:]...)
		program.Dir, program.Env = filepath.Join(root, config.WorkingDir), listening(config.Env, "127.0.0.1", "3917")
		began := time.Now()
		must(b, program.Start())
		untilHealthy(b, "127.0.0.1:3917", dialer.DialContext)
		took := time.Since(began)
		must(b, program.Process.Kill())
		_ = program.Wait() // it was killed
		return took
	}
}

func vectorOf(config v1.Config) []string { return slices.Concat(config.Entrypoint, config.Cmd) }

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

// listening is the environment of a program that is told where to listen.
func listening(env []string, host, port string) []string {
	all := []string{"HOSTNAME=" + host, "PORT=" + port}
	for _, pair := range env {
		if name, _, _ := strings.Cut(pair, "="); name != "HOSTNAME" && name != "PORT" {
			all = append(all, pair)
		}
	}
	return all
}

func untilHealthy(b *testing.B, address string, dial func(context.Context, string, string) (net.Conn, error)) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	for began := time.Now(); ; {
		if time.Since(began) > time.Minute {
			b.Fatalf("%s/health is not answered with 200", address)
		}
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

// inside is the file of a program of extracted files: one without a path is among the executable ones of the image's default PATH.
func inside(root, name string) string {
	if strings.Contains(name, "/") {
		return filepath.Join(root, name)
	}
	for _, dir := range filepath.SplitList(defaultPath) {
		if _, err := os.Stat(filepath.Join(root, dir, name)); err == nil {
			return filepath.Join(root, dir, name)
		}
	}
	return name
}
