package image_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/bellyfed/splitecs/magefiles/image"
)

func TestDetect(t *testing.T) {
	dir := write(t, files{
		"go.mod": "module example.com/shop\n\ngo 1.24\n", "lib.go": "package shop\n", ".git/HEAD": "",
		"cmd/web/main.go":             "package main\n\nfunc main() {}\n",
		"cmd/web/windows.go":          "//go:build windows\n\npackage other\n",
		"dist/index.html":             "<html>",
		"next/next.config.ts":         "",
		"next/.next/standalone/a":     "",
		"unbuilt/next.config.mjs":     "",
		"nostandalone/.next/BUILD_ID": "1",
		"empty/":                      "",
		"text.tar":                    strings.Repeat("no archive", 200),
		"short":                       "x",
		"nothing":                     "",
	})
	outside := write(t, files{"main.go": "package main\n\nfunc main() {}\n"})
	_, err := layout.Write(filepath.Join(dir, "oci"), empty.Index)
	must(t, err)
	writeArchive(t, filepath.Join(dir, "image.tar"), false, files{"manifest.json": "[]"})
	writeArchive(t, filepath.Join(dir, "image.tgz"), true, files{"manifest.json": "[]"})

	for _, c := range []struct {
		path   string
		kind   image.Kind
		reason string // of the error, when there is no kind
	}{
		{path: "cmd/web", kind: image.KindGo},
		{path: "./cmd/web", kind: image.KindGo},
		{path: "example.com/shop/cmd/web", kind: image.KindGo},
		{path: "dist", kind: image.KindFolder},
		{path: filepath.Join(dir, "dist"), kind: image.KindFolder},
		{path: "next", kind: image.KindNextJS},
		{path: "oci", kind: image.KindLayout},
		{path: "image.tar", kind: image.KindArchive},
		{path: "image.tgz", kind: image.KindArchive},
		{path: "unbuilt", reason: `output: "standalone"`},
		{path: "nostandalone", reason: `output: "standalone"`},
		{path: "empty", reason: "is an empty folder"},
		{path: "text.tar", reason: "is neither a tar archive nor one that is compressed with gzip or zstd"},
		{path: "short", reason: "is neither a tar archive nor one that is compressed with gzip or zstd"},
		{path: "nothing", reason: "is neither a tar archive nor one that is compressed with gzip or zstd"},
		{path: ".", reason: "is the root of a source repository"},
		{path: outside, reason: "outside a module"},
		{path: "example.com/shop", reason: `is the Go package "shop", not a program`},
		{path: "example.com/other", reason: "not the import path of a Go package here"},
		{path: "./missing", reason: "does not exist"},
		{path: "-version", reason: "does not exist"},
		{path: "example.com/...", reason: "does not exist"},
	} {
		t.Run(c.path, func(t *testing.T) {
			got, err := image.Detect(t.Context(), dir, c.path)
			var nothing *image.SourceError
			switch {
			case c.kind != "":
				must(t, err)
				if got.Kind != c.kind {
					t.Errorf("got %q, want %q", got.Kind, c.kind)
				}
			case !errors.As(err, &nothing) || !strings.Contains(nothing.Reason, c.reason):
				t.Errorf("got %v, want %s", err, c.reason)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "go.sum")); err == nil {
		t.Error("looking changed the module")
	}
	if _, err := image.Detect(cancelled(), dir, "example.com/shop/cmd/web"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A Go program whose files all have build constraints is one with the tags that bring them in, and is told without them; what is
// given to `go run` or to Mage makes no folder a program.
func TestAGoProgramOfBuildTags(t *testing.T) {
	const main = "package main\n\nfunc main() {}\n"
	dir := write(t, files{
		"go.mod":              "module example.com/shop\n\ngo 1.24\n",
		"web/main.go":         "// A licence.\n\n//go:build prod && !dev\n\n// Command web.\n" + main,
		"site/generate.go":    "//go:build ignore\n\n" + main,
		"site/magefile.go":    "//go:build mage\n\n" + main,
		"site/index.html":     "<html>",
		"service/magefile.go": "//go:build mage\n\n" + main, "service/package.json": `{"main": "server.js"}`, "service/server.js": "",
	})
	for _, c := range []struct {
		path, flags string
		tags        []string
		kind        image.Kind
		reason      string
	}{
		{path: "web", tags: []string{"prod"}, kind: image.KindGo},
		{path: "web", flags: "-v -tags=other,prod", kind: image.KindGo},
		{path: "web", flags: "-tags=other", tags: []string{"prod"}, kind: image.KindGo},
		{path: "example.com/shop/web", tags: []string{"prod"}, kind: image.KindGo},
		{path: "example.com/shop/web", flags: "-tags=prod", kind: image.KindGo},
		{path: "example.com/shop/web", flags: "-tags=prod", tags: []string{"other"}, kind: image.KindGo},
		{path: "example.com/shop/web", reason: "not the import path of a Go package here"},
		{path: "web", reason: "build constraints leave out every file (main.go has //go:build prod && !dev)"},
		{path: "web", tags: []string{"prod", "dev"}, reason: "build constraints leave out every file"},
		{path: "site", kind: image.KindFolder},
		{path: "service", kind: image.KindNode},
	} {
		t.Run(fmt.Sprint(c.path, c.tags, c.flags), func(t *testing.T) {
			t.Setenv("GOFLAGS", c.flags)
			got, err := image.Detect(t.Context(), dir, c.path, c.tags...)
			unusable, refused := errors.AsType[*image.SourceError](err)
			switch {
			case c.kind != "":
				must(t, err)
				if got.Kind != c.kind {
					t.Errorf("got %q, want %q", got.Kind, c.kind)
				}
			case !refused || !strings.Contains(unusable.Reason, c.reason):
				t.Errorf("got %v, want %s", err, c.reason)
			}
		})
	}
}

// A build of Next.js that is files alone has no server, whatever next.config is told.
func TestANextProjectThatExports(t *testing.T) {
	project := files{"package.json": "{}", "next.config.js": "", ".next/BUILD_ID": "x", "out/index.html": ""}
	for detail, says := range map[string]string{
		`{"version": 1, "outDirectory": "/home/ci/shop/out", "success": true}`:  `with output: "export": its build is files, in out, and there is no server in it`,
		`{"version": 1, "outDirectory": "/home/ci/shop/out", "success": false}`: "without a standalone build",
		`{`: "without a standalone build",
	} {
		_, err := image.Detect(t.Context(), write(t, project.with(files{".next/export-detail.json": detail})), ".")
		if e, ok := errors.AsType[*image.SourceError](err); !ok || !strings.Contains(e.Reason, says) {
			t.Errorf("%s: %v", detail, err)
		}
	}
}

// A main package that no tag brings in is no folder of files: its sources would be the image.
func TestMainPackagesThatCannotBeCompiled(t *testing.T) {
	dir := write(t, files{
		"go.mod":              "module example.com/shop\n\ngo 1.24\n",
		"c/main.go":           "package main\n\n// #include <stdlib.h>\nimport \"C\"\n\nfunc main() { C.free(nil) }\n",
		"c2/main.go":          "//go:build cgo\n\npackage main\n\nimport \"C\"\n\nfunc main() {}\n",
		"win/main_windows.go": "package main\n\nfunc main() {}\n",
		"site/index.html":     "", "site/_gen.go": "package main\n", "site/gen_windows.go": "package site\n",
	})
	for path, reason := range map[string]string{
		"c": `is a Go main package that needs cgo (main.go imports "C"), and programs are compiled without it`, "c2": "needs cgo",
		"win": "is a Go main package for other systems than linux alone (main_windows.go)", "site": "",
	} {
		got, err := image.Detect(t.Context(), dir, path)
		unusable, refused := errors.AsType[*image.SourceError](err)
		switch {
		case reason == "" && (err != nil || got.Kind != image.KindFolder):
			t.Errorf("%s: %v, %v", path, got, err)
		case reason != "" && (!refused || !strings.Contains(unusable.Reason, reason) || len(unusable.Next) == 0):
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNextJS(t *testing.T) {
	s := newServer(t)
	push(t, s.host+"/node:1", baseImage(t, linuxAMD64))
	for name, c := range map[string]struct {
		tree, want files
		layers     [][]string
		home       string
	}{
		"application": {
			tree: files{
				".next/standalone/server.js":                  "server",
				".next/standalone/package.json":               "{}",
				".next/standalone/.next/server/page.js":       "page",
				".next/standalone/.next/static/old.js":        "a copy",
				".next/standalone/public/old.ico":             "a copy",
				".next/standalone/node_modules/next/index.js": "next",
				".next/standalone/node_modules/react":         "→next",
				".next/static/chunk.js":                       "chunk",
				"public/favicon.ico":                          "icon",
				"src/page.tsx":                                "source",
				"next.config.ts":                              "",
			},
			layers: [][]string{
				{"app/", "app/node_modules/", "app/node_modules/next/", "app/node_modules/next/index.js", "app/node_modules/react"},
				{"app/", "app/.next/", "app/.next/server/", "app/.next/server/page.js", "app/package.json", "app/server.js"},
				{"app/", "app/.next/", "app/.next/static/", "app/.next/static/chunk.js"},
				{"app/", "app/public/", "app/public/favicon.ico"},
				{"tmp/", "app/", "app/.next/", "app/.next/cache/", "app/.next/server/", "app/.next/server/route-cache/"},
			},
			home: "/app",
		},
		"monorepo without public files": {
			tree: files{
				".next/standalone/node_modules/next/server.js":    "next",
				".next/standalone/apps/web/server.js":             "server",
				".next/standalone/apps/web/.next/BUILD_ID":        "1",
				".next/standalone/apps/web/node_modules/own/a.js": "own",
				".next/static/chunk.js":                           "chunk",
			},
			layers: [][]string{
				{"app/", "app/apps/", "app/apps/web/", "app/apps/web/node_modules/", "app/apps/web/node_modules/own/",
					"app/apps/web/node_modules/own/a.js", "app/node_modules/", "app/node_modules/next/", "app/node_modules/next/server.js"},
				{"app/", "app/apps/", "app/apps/web/", "app/apps/web/.next/", "app/apps/web/.next/BUILD_ID", "app/apps/web/server.js"},
				{"app/", "app/apps/", "app/apps/web/", "app/apps/web/.next/", "app/apps/web/.next/static/", "app/apps/web/.next/static/chunk.js"},
				{"tmp/", "app/", "app/apps/", "app/apps/web/", "app/apps/web/.next/", "app/apps/web/.next/cache/", "app/apps/web/.next/server/",
					"app/apps/web/.next/server/route-cache/"},
			},
			home: "/app/apps/web",
		},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := image.Detect(t.Context(), write(t, c.tree), ".")
			must(t, err)
			built := mustBuild(t, image.Spec{Source: source, Base: s.host + "/node:1", Ports: []int{3000}})
			names, _ := contents(t, built)
			diff(t, c.layers, names[1:])
			got := config(t, built).Config
			diff(t, []string{"node", "--import", `data:text/javascript,process.env.HOSTNAME="0.0.0.0"`, "server.js"}, got.Cmd)
			diff(t, []string(nil), got.Entrypoint)
			diff(t, []string{"HOSTNAME=0.0.0.0", "NODE_ENV=production", "PORT=3000"}, got.Env)
			diff(t, c.home, got.WorkingDir)
		})
	}
}

func TestIncompleteNextJS(t *testing.T) {
	s := newServer(t)
	push(t, s.host+"/node:1", baseImage(t, linuxAMD64))
	for reason, tree := range map[string]files{
		"holds no server.js": {".next/standalone/package.json": "{}"},
		"holds several servers: apps/a, apps/b": {
			".next/standalone/apps/a/server.js": "", ".next/standalone/apps/a/.next/x": "",
			".next/standalone/apps/b/server.js": "", ".next/standalone/apps/b/.next/x": "",
		},
	} {
		source := image.Source{Kind: image.KindNextJS, Path: write(t, tree)}
		_, err := image.Build(t.Context(), image.Spec{Source: source, Base: s.host + "/node:1"}, image.Options{})
		var wrong *image.SourceError
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, reason) {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
}
