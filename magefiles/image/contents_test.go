package image_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// module is a native module of Node.js for an ELF machine; 62 is amd64, 183 arm64.
func module(machine uint16) string {
	head := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 11)...)
	return string(binary.LittleEndian.AppendUint16(head, machine)) + "rest"
}

func next(extra files) files {
	tree := files{
		".next/BUILD_ID": "b", ".next/standalone/server.js": "s", ".next/standalone/.next/BUILD_ID": "b",
		".next/static/b/app.js": "js", "public/logo.svg": "<svg/>", ".next/standalone/node_modules/react/index.js": "r",
	}
	for name, content := range extra {
		tree[name] = content
	}
	return tree
}

func nextSpec(t *testing.T, tree files) image.Spec {
	t.Helper()
	s := newServer(t)
	push(t, s.host+"/base:1", baseImage(t, v1.ConfigFile{OS: "linux", Architecture: "amd64"}))
	return image.Spec{Source: image.Source{Kind: image.KindNextJS, Path: write(t, tree)}, Base: s.host + "/base:1"}
}

func TestNativeModulesOfAnotherPlatformAreRefused(t *testing.T) {
	const modules = ".next/standalone/node_modules/"
	for name, c := range map[string]struct {
		tree  files
		found string // empty: it is taken
	}{
		"the right one":       {files{modules + "sharp/build/a.node": module(62)}, ""},
		"arm64":               {files{modules + "sharp/build/a.node": module(183)}, "linux/arm64"},
		"another machine":     {files{modules + "sharp/build/a.node": module(243)}, "linux on ELF machine 243"},
		"from a Mac":          {files{modules + "@img/sharp-darwin-arm64/lib/a.node": "\xcf\xfa\xed\xfe" + strings.Repeat("x", 30)}, "macOS"},
		"from Windows":        {files{modules + "x/a.node": "MZ" + strings.Repeat("x", 30)}, "Windows"},
		"no native code":      {files{modules + "x/a.node": "text"}, "no platform that is known"},
		"many in one package": {files{modules + "x/prebuilds/darwin-x64/a.node": "\xcf\xfa\xed\xfe....", modules + "x/prebuilds/linux-x64/a.node": module(62)}, ""},
		"packages side by side": {files{
			modules + "@img/sharp-darwin-arm64/lib/a.node": "\xcf\xfa\xed\xfe....", modules + "@img/sharp-linux-x64/lib/a.node": module(62),
		}, ""},
		"one package right, another wrong": {files{modules + "x/a.node": module(62), modules + "y/a.node": module(183)}, "linux/arm64"},
	} {
		t.Run(name, func(t *testing.T) {
			built, err := image.Build(t.Context(), nextSpec(t, next(c.tree)), image.Options{})
			if err == nil {
				must(t, built.Close())
			}
			native, refused := errors.AsType[*image.NativeFileError](err)
			switch {
			case c.found == "" && err != nil:
				t.Error(err)
			case c.found != "" && (!refused || native.Found != c.found || native.Wanted != "linux/amd64" || !strings.HasPrefix(native.File, "/app/node_modules/")):
				t.Errorf("got %v", err)
			}
		})
	}
}

// Of a file with variables their names are told, and one whose variables every browser gets anyway is no secret.
func TestVariablesOfDotenvFiles(t *testing.T) {
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{
		".env":            "# API_KEY=\nNEXT_PUBLIC_URL=https://example.com\n  export DATABASE_URL = 'postgres://x'\nKEY: v\nno assignment\n",
		".env.production": "NEXT_PUBLIC_A=1\nNEXT_PUBLIC_B=2\n",
		"web/.env":        "",
	})}}, image.Options{})
	diff(t, []image.Secret{
		{Name: "/app/.env", Variables: []string{"NEXT_PUBLIC_URL", "DATABASE_URL", "KEY"}},
		{Name: "/app/web/.env"},
	}, built.Secrets)
}

func TestSecretsAreNamed(t *testing.T) {
	built := mustBuild(t, nextSpec(t, next(files{
		".next/standalone/.env": "A=1", ".next/standalone/.env.production": "A=1", ".next/standalone/.env.example": "A=",
		".next/standalone/certs/server.key": "k", ".next/standalone/node_modules/test/fixture.pem": "p", "public/.npmrc": "_auth=dDp0",
		".next/standalone/.aws/credentials": "c", ".next/standalone/credentials": "c", ".next/standalone/environment.ts": "e",
	})))
	var names []string
	for _, s := range built.Secrets {
		names = append(names, s.Name)
	}
	diff(t, []string{"/app/.aws/credentials", "/app/.env", "/app/.env.production", "/app/certs/server.key", "/app/public/.npmrc"}, names)
}

// The settings of a package manager are no secret: each project of a newer Yarn has such a file.
func TestSettingsOfPackageManagers(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		secret  bool
	}{
		".yarnrc.yml":   {"nodeLinker: pnp\nyarnPath: .yarn/releases/yarn-4.5.0.cjs\n", false},
		"a/.yarnrc.yml": {"npmScopes:\n  shop:\n    npmRegistryServer: https://npm.example.com\n    npmAuthToken: \"${NPM_TOKEN-}\"\n", false},
		"b/.yarnrc.yml": {"npmScopes:\n  shop:\n    npmAuthToken: \"npm_abc\"\n", true},
		"c/.yarnrc.yml": {"npmAuthIdent: user:password\n", true},
		".npmrc":        {"save-exact=true\nregistry=https://npm.example.com/\n# _authToken=x\nengine-strict=true\n", false},
		"a/.npmrc":      {"//npm.example.com/:_authToken=${NPM_TOKEN}\nalways-auth=true\n", false},
		"b/.npmrc":      {"//npm.example.com/:_authToken=npm_abc\n", true},
		"c/.npmrc":      {"registry=https://user:password@npm.example.com/\n", true},
		"d/.npmrc":      {"//npm.example.com/:_password = cGFzcw==\n", true},
		".yarnrc":       {"registry \"https://npm.example.com\"\n", false},
		"a/.yarnrc":     {"\"//npm.example.com/:_authToken\" \"npm_abc\"\n", true},
	} {
		built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{name: c.content})}, Entrypoint: []string{"x"}})
		if (len(built.Secrets) > 0) != c.secret {
			t.Errorf("%s %q: secrets %v", name, c.content, built.Secrets)
		}
	}
}

func TestDockerignore(t *testing.T) {
	folder := write(t, files{
		".dockerignore": "# comment\n*.log\n.env\nbuild/*\n!build/keep.txt\n**/tmp\n", "a.log": "", "b.txt": "", ".env": "S=1", "build/drop.txt": "",
		"build/keep.txt": "", "deep/tmp/x": "", "deep/y": "",
	})
	names, _ := contents(t, mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: folder}, Entrypoint: []string{"x"}}))
	diff(t, [][]string{{"app/", "app/.dockerignore", "app/b.txt", "app/build/", "app/build/keep.txt", "app/deep/", "app/deep/y"}}, names)

	// The output of a Next.js build is not what .dockerignore is about; public/ is.
	_, entries := contents(t, mustBuild(t, nextSpec(t, next(files{".dockerignore": ".next\nnode_modules\npublic/*.psd\n", "public/logo.psd": "x"}))))
	for name, wanted := range map[string]bool{
		"app/server.js": true, "app/.next/static/b/app.js": true, "app/node_modules/react/index.js": true, "app/public/logo.svg": true, "app/public/logo.psd": false,
	} {
		if _, there := entries[name]; there != wanted {
			t.Errorf("%s is there: %v", name, there)
		}
	}

	bad := write(t, files{".dockerignore": "a[", "x": ""})
	if _, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindFolder, Path: bad}}, image.Options{}); err == nil || !strings.Contains(err.Error(), ".dockerignore") {
		t.Errorf("a bad pattern: %v", err)
	}
}

func TestSeveralPlatforms(t *testing.T) {
	s := newServer(t)
	built := mustBuild(t, image.Spec{
		Source:       image.Source{Kind: image.KindGo, Path: write(t, files{"go.mod": "module x\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n"})},
		Architecture: "ARM64", Platforms: []string{"X86_64", "ARM64"}, Revision: "abc",
	})
	must(t, validate.Index(built.Index, validate.Fast))
	m, err := built.Index.IndexManifest()
	must(t, err)
	var platforms []string
	for _, d := range m.Manifests {
		platforms = append(platforms, d.Platform.String())
		img, err := built.Index.Image(d.Digest)
		must(t, err)
		if cf := config(t, img); cf.Architecture != d.Platform.Architecture {
			t.Errorf("the image for %s is for %s", d.Platform, cf.Architecture)
		}
	}
	diff(t, []string{"linux/amd64", "linux/arm64"}, platforms)
	diff(t, "abc", m.Annotations["org.opencontainers.image.revision"])
	diff(t, "arm64", config(t, built.Image).Architecture)

	pushed, err := image.Push(t.Context(), built.Artifact(), s.host+"/app:1", image.PushOptions{})
	must(t, err)
	h, err := built.Index.Digest()
	must(t, err)
	diff(t, h.String(), pushed.Digest)
	for _, d := range m.Manifests {
		img, err := built.Index.Image(d.Digest)
		must(t, err)
		complete(t, s.host+"/app@"+d.Digest.String(), img)
	}

	for want, spec := range map[string]image.Spec{
		`Platforms[0]: "mips" is neither`:                             {Platforms: []string{"mips"}},
		"Platforms: amd64, which the task runs on, is not among them": {Platforms: []string{"ARM64"}},
	} {
		spec.Source = image.Source{Kind: image.KindFolder, Path: "x"}
		if _, err := image.Build(t.Context(), spec, image.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAnnotationsSayWhereTheImageComesFrom(t *testing.T) {
	built := mustBuild(t, image.Spec{
		Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"a": "1"})}, Entrypoint: []string{"x"},
		Revision: "abc", Created: time.Unix(1_790_000_000, 5),
	})
	m, err := built.Manifest()
	must(t, err)
	want := map[string]string{
		"org.opencontainers.image.revision": "abc",
		"org.opencontainers.image.created":  "2026-09-21T14:13:20Z",
	}
	diff(t, want, m.Annotations)
	diff(t, want, config(t, built).Config.Labels)
}

func TestGzipWhereItIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	bulk(t, filepath.Join(dir, "bulk"), 7) // several members
	spec := folderSpec(dir)
	spec.Compression = image.Gzip
	built := mustBuild(t, spec, image.Options{Cache: openCache(t, t.TempDir())})
	validated(t, built)
	m, err := built.Manifest()
	must(t, err)
	diff(t, "application/vnd.oci.image.layer.v1.tar+gzip", string(m.Layers[0].MediaType))
	must(t, validate.Image(built)) // unpacks with another program's gzip
}

// A hard link is a file of its own in the image: whether two names share an inode depends on how the tree came here.
func TestHardLinksAreFiles(t *testing.T) {
	dir := write(t, files{"a": "content"})
	must(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")))
	linked := mustBuild(t, folderSpec(dir))
	_, entries := contents(t, linked)
	diff(t, "content", entries["app/b"].content)
	diff(t, digest(t, linked), digest(t, mustBuild(t, folderSpec(write(t, files{"a": "content", "b": "content"})))))
}

// What is behind a link that leads out of the tree is not read, not even when it takes the place of a folder.
func TestNothingOutsideTheTreeIsRead(t *testing.T) {
	outside := write(t, files{"secret": "secret"})
	dir := write(t, files{"a": "1", "to-folder": "→" + outside, "to-file": "→" + filepath.Join(outside, "secret"), "sub/x": "→../../../../../etc/passwd"})
	_, entries := contents(t, mustBuild(t, folderSpec(dir)))
	for name, e := range entries {
		if strings.Contains(e.content, "secret") || strings.Contains(e.content, "root:") {
			t.Errorf("%s holds what is outside", name)
		}
	}
	if len(entries) != 6 {
		t.Errorf("%d entries", len(entries))
	}
}

// Twenty times the same application: written in another order, with other times and permissions that mean nothing.
func TestTwentyBuildsOneDigest(t *testing.T) {
	tree := next(nil)
	for i := range 300 {
		tree[filepath.Join(".next/standalone/node_modules", string(rune('a'+i%26)), strings.Repeat("n", i%90)+".js")] = strings.Repeat("content ", i*7)
	}
	cache := openCache(t, t.TempDir())
	base := newServer(t)
	push(t, base.host+"/base:1", baseImage(t, v1.ConfigFile{OS: "linux", Architecture: "amd64"}))
	var digests []string
	for i := range 20 {
		dir := write(t, tree)
		if i%2 == 0 {
			must(t, os.Chmod(filepath.Join(dir, "public/logo.svg"), 0o400+os.FileMode(rand.IntN(0o100))&0o066))
		}
		opts := image.Options{}
		if i%4 == 3 {
			opts.Cache = cache
		}
		digests = append(digests, digest(t, mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNextJS, Path: dir}, Base: base.host + "/base:1"}, opts)))
	}
	if len(slices.Compact(digests)) != 1 {
		t.Errorf("digests differ: %v", digests)
	}
}
