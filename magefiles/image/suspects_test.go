package image_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// A private key that opens nothing.
const privateKey = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----\n"

// suspects are the names of the files that look like secrets.
func suspects(built *image.Built) (names []string) {
	for _, s := range built.Secrets {
		names = append(names, s.Name)
	}
	return names
}

// hiding is a folder with a secret by its name, and private keys under names that say nothing.
func hiding(t *testing.T) string {
	t.Helper()
	return write(t, files{
		"server": "x", "prod.env": "A=1", "data/blob.bin": "junk\n" + privateKey, "data/account.json": `{"private_key":"` + strings.ReplaceAll(privateKey, "\n", `\n`) + `"}`,
		"bundle.js": `const begin = "-----BEGIN PRIVATE KEY-----\n"`, "node_modules/x/test.js": privateKey, "large": strings.Repeat("x", 300<<10) + privateKey,
		"medium": privateKey + strings.Repeat("x", 300<<10), "certs/ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n", "certs/both.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n" + privateKey,
	})
}

var hidden = []string{"/app/certs/both.pem", "/app/data/account.json", "/app/data/blob.bin", "/app/medium", "/app/prod.env"}

// They are named by every way to the same layer: made, found as it was, found after a new checkout, without a cache.
func TestPrivateKeysAreNamed(t *testing.T) {
	dir, cache := hiding(t), openCache(t, t.TempDir())
	diff(t, hidden, suspects(mustBuild(t, folderSpec(dir))))
	for range 2 {
		diff(t, hidden, suspects(mustBuild(t, folderSpec(dir), (image.Options{Cache: cache}).Later())))
	}
	checkout := hiding(t)
	diff(t, hidden, suspects(mustBuild(t, folderSpec(checkout), (image.Options{Cache: cache}).Later())))

	// A key that takes the place of something as large is seen.
	blob := filepath.Join(dir, "server")
	must(t, os.WriteFile(blob, []byte(privateKey), 0o755))
	diff(t, slices.Sorted(slices.Values(append([]string{"/app/server"}, hidden...))), suspects(mustBuild(t, folderSpec(dir), (image.Options{Cache: cache}).Later())))
}

// An image that was made before is looked at in the same way, with a cache and without, whatever was deleted above.
func TestFinishedImagesAreLookedAt(t *testing.T) {
	built := mustBuild(t, folderSpec(hiding(t)))
	above := static.NewLayer(tarOf(
		tar.Header{Typeflag: tar.TypeReg, Name: "app/.wh.prod.env"},
		tar.Header{Typeflag: tar.TypeReg, Name: "app/sub/.npmrc", PAXRecords: map[string]string{"content": "//registry.npmjs.org/:_authToken=x"}},
	), types.OCIUncompressedLayer)
	img, err := mutate.AppendLayers(built, above)
	must(t, err)
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	must(t, p.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"})))
	tag, err := name.NewTag("example.com/app:1")
	must(t, err)
	docker := filepath.Join(t.TempDir(), "docker.tar")
	must(t, tarball.WriteToFile(docker, tag, img))
	want := slices.Sorted(slices.Values(append([]string{"/app/sub/.npmrc"}, hidden...)))
	cache := openCache(t, t.TempDir())
	for _, source := range []image.Source{{Kind: image.KindLayout, Path: dir}, {Kind: image.KindArchive, Path: archiveOf(t, dir)}, {Kind: image.KindArchive, Path: docker}} {
		for _, opts := range []image.Options{{}, {Cache: cache}, {Cache: cache}} {
			again := mustBuild(t, image.Spec{Source: source}, opts)
			diff(t, want, suspects(again))
		}
	}

	_, err = image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}, RefuseSecrets: true}, image.Options{})
	if refused, ok := errors.AsType[*image.SecretsError](err); !ok || len(refused.Secrets) != len(want) {
		t.Errorf("got %v", err)
	}
}

// A layer that is no tar is told, and refused where none that holds secrets is wanted: nobody knows.
func TestALayerThatCannotBeLookedAt(t *testing.T) {
	img, err := mutate.AppendLayers(empty.Image, static.NewLayer(bytes.Repeat([]byte("no tar "), 200), types.OCILayer))
	must(t, err)
	img, err = mutate.ConfigFile(img, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}}}})
	must(t, err)
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	must(t, p.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"})))
	spec := image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}}
	built := mustBuild(t, spec)
	if len(built.Warnings) != 1 || !strings.Contains(built.Warnings[0], "cannot be looked at") {
		t.Errorf("warnings %q", built.Warnings)
	}
	spec.RefuseSecrets = true
	if _, err := image.Build(t.Context(), spec, image.Options{}); err == nil || !strings.Contains(err.Error(), "whether there are secrets in it is not known") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreRefused(t *testing.T) {
	dir := hiding(t)
	for what, c := range map[string]struct {
		allowed []string
		left    []string
	}{
		"nothing is allowed":   {nil, hidden},
		"files":                {[]string{"/app/prod.env", "/app/data/blob.bin"}, []string{"/app/certs/both.pem", "/app/data/account.json", "/app/medium"}},
		"a pattern":            {[]string{"/app/data/*.json"}, []string{"/app/certs/both.pem", "/app/data/blob.bin", "/app/medium", "/app/prod.env"}},
		"a folder":             {[]string{"/app/data"}, []string{"/app/certs/both.pem", "/app/medium", "/app/prod.env"}},
		"folders by a pattern": {[]string{"/*/data", "/app/[cmp]*"}, nil},
		"everything":           {[]string{"/app"}, nil},
		"something else":       {[]string{"/app/dat", "/srv"}, hidden},
	} {
		spec := folderSpec(dir)
		spec.RefuseSecrets, spec.AllowedSecrets = true, c.allowed
		built, err := image.Build(t.Context(), spec, image.Options{})
		var left []string
		if refused, ok := errors.AsType[*image.SecretsError](err); ok {
			for _, s := range refused.Secrets {
				left = append(left, s.Name)
			}
		} else {
			must(t, err)
			must(t, built.Close())
		}
		if !slices.Equal(left, c.left) {
			t.Errorf("%s: %q are refused, want %q", what, left, c.left)
		}
		spec.RefuseSecrets = false
		diff(t, c.left, suspects(mustBuild(t, spec)))
	}
	spec := folderSpec(dir)
	spec.AllowedSecrets = []string{"app", "/app/["}
	if _, err := image.Build(t.Context(), spec, image.Options{}); err == nil || !strings.Contains(err.Error(), "AllowedSecrets[0]") || !strings.Contains(err.Error(), "AllowedSecrets[1]") {
		t.Errorf("got %v", err)
	}
}

// The error names some of many, and no name does anything on a terminal.
func TestTheRefusalIsBounded(t *testing.T) {
	e := &image.SecretsError{Secrets: []image.Secret{{Name: "/app/\x1b[2J.env"}}}
	for i := range 100 {
		e.Secrets = append(e.Secrets, image.Secret{Name: fmt.Sprintf("/app/%d.key", i)})
	}
	if text := e.Error(); strings.Contains(text, "\x1b") || !strings.Contains(text, `"/app/\x1b[2J.env"`) || !strings.HasSuffix(text, "/app/18.key, and 81 more") {
		t.Error(text)
	}
}

// What git keeps is no part of an image, wherever it lies: a clone below, a submodule's file, one in a package.
func TestGitIsLeftOut(t *testing.T) {
	dir := write(t, files{
		"server": "x", "sub/.git/config": "[http]\n\textraheader = AUTHORIZATION: basic CANARY\n", "sub/.git/objects/a": "x", "sub/.gitignore": "x", "sub/a.git.txt": "x",
		"module/.git": "gitdir: ../.git/modules/module", "node_modules/x/.git/config": "CANARY", "upper/.GIT/config": "CANARY", "mirror.git/config": "x",
	})
	must(t, os.Symlink("/elsewhere", filepath.Join(dir, "module", "link")))
	must(t, os.Mkdir(filepath.Join(dir, "linked"), 0o755))
	must(t, os.Symlink("../sub/.git", filepath.Join(dir, "linked", ".git")))
	built := mustBuild(t, image.Spec{Folders: []image.Folder{{From: dir, To: "/srv"}}, Entrypoint: []string{"x"}})
	names, _ := contents(t, built)
	diff(t, [][]string{{
		"srv/", "srv/linked/", "srv/mirror.git/", "srv/mirror.git/config", "srv/module/", "srv/module/link", "srv/node_modules/", "srv/node_modules/x/",
		"srv/server", "srv/sub/", "srv/sub/.gitignore", "srv/sub/a.git.txt", "srv/upper/",
	}}, names)
	diff(t, []string{"/srv/mirror.git/config"}, suspects(built))
}
