package targets_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// twoEnvironments is a world whose environments dev and prod are in one account of an embedded AWS on a port, with
// these faults.
func twoEnvironments(t *testing.T, faults ...awslocal.Fault) *world {
	t.Helper()
	w := newWorld(t)
	w.app.Environments["prod"] = cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2}
	w.env["SPLITECS_ENV"], w.env["SPLITECS_TAG"] = "dev", "v1.0.0-20261103-1a2b3c4"
	w.remote("infra stacks of dev and prod", func(w *world) {
		for _, env := range []string{"dev", "prod"} {
			w.run(in(env, targets.Set.InfraDeploy))
			w.want(0)
		}
	}, faults...)
	return w
}

// remote lets the world meet an AWS over the network, with a state that make brings about. It returns the world in which
// that was done first.
func (w *world) remote(what string, make func(*world), faults ...awslocal.Fault) (origin *world) {
	w.t.Helper()
	there := *w
	there.env = maps.Clone(w.env)
	there.env["SPLITECS_LOCAL_DIR"] = filepath.Join(w.t.TempDir(), "remote")
	origin = there.begins([]any{what, w.app}, func(origin *world) {
		own := maps.Clone(origin.env)
		server := origin.meets(own["SPLITECS_LOCAL_DIR"])
		origin.env["SPLITECS_LOCAL_DIR"] = w.env["SPLITECS_LOCAL_DIR"]
		make(origin)
		must(w.t, server.Close())
		origin.env = own
	})
	server := w.meets(there.env["SPLITECS_LOCAL_DIR"], faults...)
	w.t.Cleanup(func() { must(w.t, server.Close()) })
	return origin
}

// meets lets the world meet an AWS over the network that has its state in a folder.
func (w *world) meets(dir string, faults ...awslocal.Fault) *awslocal.Server {
	w.t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: dir, Region: w.app.Region, Speed: 2000, Faults: faults})
	must(w.t, err)
	awsEnvironment(w.t, "AWS_ENDPOINT_URL="+server.URL(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
	w.env["AWS_ENDPOINT_URL"] = server.URL()
	return server
}

func promote(from, to string) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return t.ImagePromote(ctx, from, to) }
}

// digestOf is what follows the @ in the only line of a result.
func digestOf(t *testing.T, result string) string {
	t.Helper()
	repository, digest, ok := strings.Cut(strings.TrimSpace(result), "@")
	if !ok || strings.Contains(result[:len(result)-1], "\n") || repository == "" {
		t.Fatalf("stdout is %q", result)
	}
	return digest
}

func TestPromoteKeepsTheDigest(t *testing.T) {
	w := twoEnvironments(t)
	w.run(imagePush)
	w.want(0)
	pushed := digestOf(t, w.out.String())

	w.run(promote("dev", "prod"), "SPLITECS_IMAGE=v1.0.0-20261103-1a2b3c4", "SPLITECS_TAG=")
	w.want(0, "pushing", "shop-prod:v1.0.0-20261103-1a2b3c4", "0.0 MB sent")
	if promoted := digestOf(t, w.out.String()); promoted != pushed || !strings.Contains(w.out.String(), "/shop-prod@") {
		t.Errorf("promoted %s, pushed %s", &w.out, pushed)
	}
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE="+pushed, "SPLITECS_TAG=")
	w.want(0, "nothing sent")

	w.run(in("prod", targets.Set.ServiceDeploy), "SPLITECS_IMAGE="+pushed)
	w.want(0)
	w.run(in("dev", targets.Set.ImageList))
	w.want(0)
	w.prints("TAG", "v1.0.0-20261103-1a2b3c4", pushed, "prod")
	if lines := strings.Count(w.out.String(), "\n"); lines != 2 {
		t.Errorf("%d lines, want a heading and one image, without its bill of materials:\n%s", lines, &w.out)
	}
}

func TestPromotionsThatAreRefused(t *testing.T) {
	w := twoEnvironments(t)
	w.run(promote("dev", "dev"))
	w.want(2, "both environments are the same")
	w.run(promote("Dev", "prod"))
	w.want(2, `"Dev" is not the name`)
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE=absent")
	w.want(4, "image absent is not in repository shop-dev")

	w.run(imagePush)
	w.want(0)
	w.write("app/server.txt", "version 2")
	w.run(imagePush, "SPLITECS_ENV=prod")
	w.want(0)
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE=v1.0.0-20261103-1a2b3c4")
	w.want(5, "tags are immutable")

	prod := w.app.Environments["prod"]
	prod.Architecture = cfn.ARM64
	w.app.Environments["prod"] = prod
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE=v1.0.0-20261103-1a2b3c4", "SPLITECS_TAG=other")
	w.want(5, "image is built for linux/amd64, the task runs on linux/arm64")
}

func TestListOfAnEmptyRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	w.run(in("local", targets.Set.ImageList))
	w.want(0, "repository shop-local is empty")
	if w.out.Len() > 0 {
		t.Errorf("stdout: %q", &w.out)
	}
}

func TestSecretsInTheImageAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("app/.env", "TOKEN=hush")
	w.run(targets.Set.ImageBuild)
	w.want(0, "warning: /app/.env is in the image and looks like a secret")
	if strings.Contains(w.err.String(), "hush") {
		t.Error("the secret itself is told")
	}
}

func TestImageForSeveralPlatforms(t *testing.T) {
	w := twoEnvironments(t)
	w.app.Image.Platforms = []cfn.Architecture{cfn.X8664, cfn.ARM64}
	w.run(imagePush)
	w.want(0)
	pushed := digestOf(t, w.out.String())
	w.run(in("dev", targets.Set.ServiceDeploy), "SPLITECS_IMAGE="+pushed)
	w.want(0)
	prod := w.app.Environments["prod"]
	prod.Architecture = cfn.ARM64
	w.app.Environments["prod"] = prod
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE="+pushed)
	w.want(0)
	if promoted := digestOf(t, w.out.String()); promoted != pushed {
		t.Errorf("promoted %s, pushed %s", promoted, pushed)
	}
}

func TestCacheFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(targets.Set.ImageBuild)
	w.want(0)
	with := w.out.String()
	if blobs, err := os.ReadDir(filepath.Join(w.env["SPLITECS_CACHE"], "blobs")); err != nil || len(blobs) == 0 {
		t.Errorf("%d layers are kept, %v", len(blobs), err)
	}
	w.run(targets.Set.ImageBuild, "SPLITECS_CACHE=off")
	w.want(0)
	if w.out.String() != with {
		t.Errorf("without a cache %s, with one %s", &w.out, with)
	}
	w.write("file", "")
	w.run(targets.Set.ImageBuild, "SPLITECS_CACHE="+filepath.Join(w.dir, "file", "below"))
	w.want(0, "no image cache")
}

// What cannot be taken out of an archive is told with what helps.
func TestAnArchiveOfSeveralImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("several.tar", string(savedByDocker(t, "shop:1", "shop:2")))
	w.run(imageBuild, "SPLITECS_SOURCE=several.tar")
	w.want(5, "holds 2 images (shop:1, shop:2): which one is wanted is not known", "next: skopeo copy docker-archive:", "several.tar:shop:2 oci-archive:shop-2.tar   # then name shop-2.tar as the source")
}

// savedByDocker is the list of an archive of `docker save`, which is all that is read of one with several images.
func savedByDocker(t *testing.T, tags ...string) []byte {
	t.Helper()
	type saved struct {
		Config   string
		RepoTags []string
	}
	var list []saved
	for _, tag := range tags {
		list = append(list, saved{"config.json", []string{tag}})
	}
	text, err := json.Marshal(list)
	must(t, err)
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	must(t, tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Mode: 0o644, Size: int64(len(text))}))
	_, err = tw.Write(text)
	must(t, err)
	must(t, tw.Close())
	return b.Bytes()
}
