package image_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/zstd"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// zstandard compresses a file. more are further options.
func zstandard(t *testing.T, file string, more ...zstd.EOption) string {
	t.Helper()
	content, err := os.ReadFile(file)
	must(t, err)
	out := filepath.Join(t.TempDir(), "image.tar.zst")
	f, err := os.Create(out)
	must(t, err)
	z, err := zstd.NewWriter(f, more...)
	must(t, err)
	_, err = z.Write(content)
	must(t, err)
	must(t, z.Close())
	must(t, f.Close())
	return out
}

// Archives of both formats are the same image when they are compressed with zstd; of several frames, too.
func TestZstdArchives(t *testing.T) {
	amd := baseImage(t, linuxAMD64)
	tag, err := name.NewTag("example.com/app:1")
	must(t, err)
	docker := filepath.Join(t.TempDir(), "docker.tar")
	must(t, tarball.WriteToFile(docker, tag, amd))
	dir := t.TempDir()
	_, err = layout.Write(dir, ociIndex(t, amd, baseImage(t, linuxARM64)))
	must(t, err)
	for _, plain := range []string{docker, archiveOf(t, dir)} {
		var digests []string
		for _, file := range []string{plain, zstandard(t, plain), zstandard(t, plain, zstd.WithWindowSize(1<<20))} {
			source, err := image.Detect(t.Context(), ".", file)
			must(t, err)
			digests = append(digests, digest(t, mustBuild(t, image.Spec{Source: source})))
		}
		if digests[0] != digests[1] || digests[0] != digests[2] {
			t.Errorf("digests differ: %v", digests)
		}
	}
}

// An archive that ends too early, or that asks for more memory than the zstd command gives, is refused.
func TestBadZstdArchives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	writeArchive(t, file, false, files{"oci-layout": "{}", "blob": string(incompressible(2 << 20))})
	whole, err := os.ReadFile(zstandard(t, file))
	must(t, err)
	short := filepath.Join(t.TempDir(), "short.tar.zst")
	must(t, os.WriteFile(short, whole[:len(whole)/2], 0o600))
	if _, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindArchive, Path: short}}, image.Options{}); err == nil || !strings.Contains(err.Error(), "is incomplete, it ends too soon") {
		t.Errorf("an archive that ends too early: %v", err)
	}
	// The header of a frame whose window has 1 GiB: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2
	large := filepath.Join(t.TempDir(), "large.tar.zst")
	must(t, os.WriteFile(large, append([]byte("\x28\xb5\x2f\xfd\x00\xa0"), make([]byte, 100)...), 0o600))
	if _, err := image.Detect(t.Context(), ".", large); err == nil {
		t.Error("a window of 1 GiB is taken")
	}
}

// incompressible are bytes that cannot be compressed.
func incompressible(n int) []byte {
	out, state := make([]byte, n), uint64(1)
	for i := range out {
		state = state*6364136223846793005 + 1442695040888963407
		out[i] = byte(state >> 56)
	}
	return out
}

// What is no archive here can be made one: it is told how, with commands that work as they stand.
func TestFilesThatBecomeASource(t *testing.T) {
	for name, c := range map[string]struct{ content, reason, next string }{
		"app.tar.xz": {"\xfd7zXZ\x00rest", "is compressed with xz", "xz --decompress --keep %/app.tar.xz\nname %/app.tar as the source"},
		"app.txz":    {"\xfd7zXZ\x00rest", "is compressed with xz", "xz --decompress --stdout <%/app.txz >%/app.txz.tar\nname %/app.txz.tar"},
		"a b.bz2":    {"BZh91AY", "is compressed with bzip2", "bzip2 --decompress --keep '%/a b.bz2'\nname %/a b as"},
		"app":        {"\x04\x22\x4d\x18....", "is compressed with lz4", "lz4 --decompress --stdout <%/app >%/app.tar"},
		"app.tar.lz": {"LZIP\x01...", "is compressed with lzip", "lzip --decompress --keep %/app.tar.lz"},

		"Dockerfile":     {"FROM node:22\nCOPY . .\n", "is a Dockerfile", "buildah build --tag app --file %/Dockerfile % && buildah push app oci-archive:%/Dockerfile.tar\ndocker buildx build --output type=oci,dest=%/Dockerfile.tar"},
		"prod.Docker":    {"# syntax=docker/dockerfile:1\n\n  ARG NODE=22\nFROM node:$NODE\n", "is a Dockerfile", "--file %/prod.Docker"},
		"Containerfile":  {"\ufefffrom --platform=linux/amd64 scratch as x\r\n", "is a Dockerfile", "--file %/Containerfile"},
		"notes.txt":      {"From here on\n", "is neither a tar archive nor one", ""},
		"README.md":      {"# Fromage\n\nFROMAGE is cheese\n", "is neither a tar archive nor one", ""},
		"only comments":  {"# FROM node\n", "is neither a tar archive nor one", ""},
		"program":        {"\x7fELF\x02\x01\x01", "is neither a tar archive nor one", ""},
		"gzip.of.a.text": {"\x1f\x8b\x08\x00", "is neither a tar archive nor one", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, name), []byte(c.content), 0o600))
			_, err := image.Detect(t.Context(), dir, name)
			e, ok := errors.AsType[*image.SourceError](err)
			if !ok || !strings.Contains(e.Reason, c.reason) {
				t.Fatalf("got %v, want %s", err, c.reason)
			}
			next := strings.ReplaceAll(strings.Join(e.Next, "\n"), dir, "%")
			if c.next == "" && next != "" {
				t.Errorf("next: %s", next)
			}
			for want := range strings.Lines(c.next) {
				if !strings.Contains(next, strings.TrimSuffix(want, "\n")) {
					t.Errorf("next is\n%s\nwant %s", next, want)
				}
			}
		})
	}
}

// A tar that begins like a text stays an archive.
func TestATarOfADockerfileIsAnArchive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	writeArchive(t, file, false, files{"FROM node": "x", "oci-layout": "{}"})
	content, err := os.ReadFile(file)
	must(t, err)
	if !strings.HasPrefix(string(content), "FROM node") {
		t.Fatal("the tar does not begin with the name of its first file")
	}
	source, err := image.Detect(t.Context(), ".", file)
	must(t, err)
	if source.Kind != image.KindArchive {
		t.Errorf("it is a %s", source.Kind)
	}
}
