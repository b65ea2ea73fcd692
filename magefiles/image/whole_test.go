package image_test

import (
	"archive/tar"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// elfOf is an ELF for amd64 that needs these libraries, and a loader where it is a program; it has no sections.
func elfOf(loader string, needed ...string) string {
	const header, program = 64, 56
	order := binary.LittleEndian
	texts := "\x00"
	var dynamic []uint64
	for _, n := range needed {
		dynamic = append(dynamic, 1, uint64(len(texts))) // DT_NEEDED
		texts += n + "\x00"
	}
	interp := loader + "\x00"
	from := uint64(header + 3*program)
	strtab := from + uint64(8*(len(dynamic)+4))
	dynamic = append(dynamic, 5, strtab, 0, 0) // DT_STRTAB, DT_NULL
	end := strtab + uint64(len(texts)+len(interp))
	out := []byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9))
	out = order.AppendUint16(out, 3)  // a shared object
	out = order.AppendUint16(out, 62) // amd64
	out = order.AppendUint32(out, 1)
	for _, n := range []uint64{0, header, 0} {
		out = order.AppendUint64(out, n)
	}
	out = order.AppendUint32(out, 0)
	for _, n := range []uint16{header, program, 3, 0, 0, 0} {
		out = order.AppendUint16(out, n)
	}
	segment := func(kind uint32, at, size uint64) {
		out = order.AppendUint32(out, kind)
		out = order.AppendUint32(out, 5)
		for _, n := range []uint64{at, at, at, size, size, 8} {
			out = order.AppendUint64(out, n)
		}
	}
	segment(1, 0, end) // PT_LOAD
	segment(2, from, uint64(8*len(dynamic)))
	if loader != "" {
		segment(3, strtab+uint64(len(texts)), uint64(len(interp)))
	} else {
		segment(0, 0, 0)
	}
	for _, n := range dynamic {
		out = order.AppendUint64(out, n)
	}
	return string(out) + texts + interp
}

// base pushes an image with these files, all of them executable, and what its configuration says.
func base(t *testing.T, names []string, cf v1.ConfigFile) string {
	t.Helper()
	var headers []tar.Header
	for _, name := range names {
		h := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, PAXRecords: map[string]string{"content": "x"}}
		if link, target, is := strings.Cut(name, "→"); is {
			h = tar.Header{Typeflag: tar.TypeSymlink, Name: link, Linkname: target}
		}
		headers = append(headers, h)
	}
	img, err := mutate.AppendLayers(empty.Image, static.NewLayer(tarOf(headers...), types.OCIUncompressedLayer))
	must(t, err)
	cf.OS, cf.Architecture = "linux", "amd64"
	current, err := img.ConfigFile()
	must(t, err)
	cf.RootFS = current.RootFS
	img, err = mutate.ConfigFile(img, &cf)
	must(t, err)
	s := newServer(t)
	push(t, s.host+"/base:1", img)
	return s.host + "/base:1"
}

func steps(text string) v1.ConfigFile {
	return v1.ConfigFile{History: []v1.History{{CreatedBy: text}}}
}

// folderOf is a folder as source, with its files executable.
func folderOf(t *testing.T, tree files, spec image.Spec) image.Spec {
	t.Helper()
	dir := write(t, tree)
	for name, content := range tree {
		if !strings.HasPrefix(content, "→") {
			must(t, os.Chmod(filepath.Join(dir, name), 0o755))
		}
	}
	spec.Source = image.Source{Kind: image.KindFolder, Path: dir}
	return spec
}

// What is executed is looked for in the layers, and in the base where they do not have it.
func TestWhatCannotStartIsTold(t *testing.T) {
	alpine := []string{"bin/busybox", "bin/sh→/bin/busybox", "lib/ld-musl-x86_64.so.1", "usr/bin/env→../../bin/busybox"}
	for name, c := range map[string]struct {
		tree    files
		spec    image.Spec
		base    []string // nil: scratch
		config  v1.ConfigFile
		missing string // the file; empty: it can start
		said    string
	}{
		"a program of the source":            {tree: files{"run": "x"}, spec: image.Spec{Entrypoint: []string{"/app/run"}}},
		"relative to the working directory":  {tree: files{"bin/run": "x"}, spec: image.Spec{Command: []string{"bin/run"}}},
		"a link":                             {tree: files{"run": "→lib/real", "lib/real": "x"}, spec: image.Spec{Command: []string{"./run"}}},
		"along PATH":                         {tree: files{"bin/run": "x"}, spec: image.Spec{Command: []string{"run"}, Env: map[string]string{"PATH": "/usr/bin:/app/bin"}}},
		"nothing at all":                     {tree: files{"run": "x"}},
		"elsewhere":                          {tree: files{"run": "x"}, spec: image.Spec{Command: []string{"/run"}}, missing: "/run", said: "it has /app/run"},
		"node on scratch":                    {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "server.js"}}, missing: "node", said: "node:22-slim"},
		"python on scratch":                  {tree: files{"m.py": "x"}, spec: image.Spec{Command: []string{"python3", "m.py"}}, missing: "python3", said: "python:3-slim"},
		"not along PATH":                     {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "server.js"}}, base: []string{"nodejs/bin/node"}, missing: "node", said: `App.Image.Command = []string{"/nodejs/bin/node", …}`},
		"node of the base":                   {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "server.js"}}, base: []string{"usr/local/bin/node"}},
		"node by its variable":               {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "server.js"}}, base: []string{"x"}, config: v1.ConfigFile{Config: v1.Config{Env: []string{"NODE_VERSION=22.1.0"}}}},
		"a script that is elsewhere":         {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "--enable-source-maps", "dist/server.js"}}, base: []string{"usr/local/bin/node"}, missing: "/app/dist/server.js", said: "it has /app/server.js"},
		"an option's value":                  {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "--of-tomorrow", "not/here.js", "server.js"}}, base: []string{"usr/local/bin/node"}},
		"an option of two words":             {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "--max-http-header-size", "65536", "-r", "./server.js", "dist/server.js"}}, base: []string{"usr/local/bin/node"}, missing: "/app/dist/server.js"},
		"the program's own argument":         {tree: files{"server.js": "x"}, spec: image.Spec{Command: []string{"node", "server.js", "of.js"}}, base: []string{"usr/local/bin/node"}},
		"preloaded, and there":               {tree: files{"a.js": "x", "trace.js": "", "node_modules/dd/init.js": "", ".env": "A=1"}, spec: image.Spec{Command: []string{"node", "-r", "dd/init", "-r", "./trace", "--import=node:test", "--env-file=.env", "a.js"}}, base: []string{"usr/local/bin/node"}},
		"preloaded package that is absent":   {tree: files{"a.js": "x"}, spec: image.Spec{Command: []string{"node", "-r", "@acme/dd/init", "a.js"}}, base: []string{"usr/local/bin/node"}, missing: "/app/node_modules/@acme/dd", said: "npm install --save-prod @acme/dd "},
		"preloaded file that is absent":      {tree: files{"a.mjs": "x"}, spec: image.Spec{Command: []string{"node", "--import", "./trace.mjs", "a.mjs"}}, base: []string{"usr/local/bin/node"}, missing: "/app/trace.mjs"},
		"preloaded by a variable":            {tree: files{"a.js": "x"}, spec: image.Spec{Command: []string{"node", "a.js"}, Env: map[string]string{"NODE_OPTIONS": "--require ./trace.js"}}, base: []string{"usr/local/bin/node"}, config: v1.ConfigFile{Config: v1.Config{Env: []string{"NODE_VERSION=22.1.0"}}}, missing: "/app/trace.js"},
		"preloaded from another place":       {tree: files{"a.js": "x"}, spec: image.Spec{Command: []string{"node", "-r", "dd", "a.js"}, Env: map[string]string{"NODE_PATH": "/opt/modules"}}, base: []string{"usr/local/bin/node"}},
		"variables that are absent":          {tree: files{"a.js": "x"}, spec: image.Spec{Command: []string{"node", "--env-file", ".env", "a.js", "--x"}}, base: []string{"usr/local/bin/node"}, missing: "/app/.env", said: `App.Image.Command = []string{"node", "a.js", "--x"}`},
		"variables that may be absent":       {tree: files{"a.js": "x"}, spec: image.Spec{Command: []string{"node", "--env-file-if-exists=.env", "a.js"}}, base: []string{"usr/local/bin/node"}},
		"the base's interpreter alone":       {tree: files{"main.py": "x"}, base: []string{"usr/local/bin/python3"}, config: v1.ConfigFile{Config: v1.Config{Cmd: []string{"python3"}}}, missing: "python3", said: image.KnownForms},
		"the base's server":                  {tree: files{"index.html": "x"}, base: []string{"usr/sbin/nginx"}, config: v1.ConfigFile{Config: v1.Config{Cmd: []string{"nginx", "-g", "daemon off;"}}}},
		"a program of an interpreter's name": {tree: files{"node": "x"}, spec: image.Spec{Command: []string{"/app/node"}}},
		"a jar that is elsewhere":            {tree: files{"a.jar": "x"}, spec: image.Spec{Command: []string{"java", "-Xmx300m", "-jar", "target/a.jar"}}, base: []string{"usr/bin/java"}, missing: "/app/target/a.jar"},
		"a script of the base's shell":       {tree: files{"run": "#!/bin/sh\n"}, spec: image.Spec{Command: []string{"/app/run"}}, base: alpine},
		"a script without its shell":         {tree: files{"run": "#!/bin/bash\n"}, spec: image.Spec{Command: []string{"/app/run"}}, base: alpine, missing: "/bin/bash", said: "is a script for /bin/bash"},
		"a script on scratch":                {tree: files{"run": "#!/bin/sh\n"}, spec: image.Spec{Command: []string{"/app/run"}}, missing: "/bin/sh"},
		"a script by env":                    {tree: files{"run": "#!/usr/bin/env -S node --x\n"}, spec: image.Spec{Command: []string{"/app/run"}}, base: alpine, missing: "node"},
		"a script from Windows":              {tree: files{"run": "#!/bin/sh\r\n"}, spec: image.Spec{Command: []string{"/app/run"}}, base: alpine, missing: "/app/run", said: "carriage return"},
		"linked for glibc, on Alpine":        {tree: files{"run": elfOf("/lib64/ld-linux-x86-64.so.2", "libc.so.6")}, spec: image.Spec{Command: []string{"/app/run"}}, base: alpine, missing: "/lib64/ld-linux-x86-64.so.2", said: "no such file or directory"},
		"linked dynamically, on scratch":     {tree: files{"run": elfOf("/lib/ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1")}, spec: image.Spec{Command: []string{"/app/run"}}, missing: "/lib/ld-musl-x86_64.so.1"},
		"linked for musl, on Alpine":         {tree: files{"run": elfOf("/lib/ld-musl-x86_64.so.1")}, spec: image.Spec{Command: []string{"/app/run"}}, base: alpine},
		"the task's own command":             {tree: files{"run": "x"}, spec: image.Spec{Command: []string{"/app/run"}, ContainerCommand: []string{"/app/worker"}}, missing: "/app/worker"},
		"arguments of the entry point":       {tree: files{"run": "x"}, spec: image.Spec{Entrypoint: []string{"/app/run"}, ContainerCommand: []string{"worker"}}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := folderOf(t, c.tree, c.spec)
			if c.base != nil {
				spec.Base = base(t, c.base, c.config)
			}
			cache := openCache(t, t.TempDir())
			for range 2 { // what is remembered of the base says the same
				built := mustBuild(t, spec, image.Options{Cache: cache})
				found := built.NotStartable
				if c.missing == "" {
					if found != nil || len(built.Warnings) > 0 {
						t.Errorf("got %v %q", found, built.Warnings)
					}
					continue
				}
				if found == nil || found.File != c.missing || len(found.Next) == 0 || !strings.Contains(found.Reason+strings.Join(found.Next, " "), c.said) {
					t.Errorf("got %+v", found)
				}
			}
		})
	}
}

// A program without its mode does not start: archives of artifacts lose it. One of that name further along PATH is what a runtime
// takes, and what an interpreter is given needs no such mode.
func TestAProgramThatMayNotBeExecuted(t *testing.T) {
	for name, c := range map[string]struct {
		tree      files
		command   []string
		forbidden string
	}{
		"by its path":          {files{"app/run": "x"}, []string{"/app/run"}, "/app/run"},
		"from its folder":      {files{"run": "x"}, []string{"./run"}, "./run"},
		"along PATH":           {files{"usr/bin/run": "x"}, []string{"run"}, "run"},
		"a later one in PATH":  {files{"usr/bin/run": "x", "bin/run": "#!"}, []string{"run"}, ""},
		"through a link":       {files{"run": "→bin/run", "bin/run": "x"}, []string{"/run"}, "/run"},
		"given to another one": {files{"bin/sh": "#!", "run.sh": "x"}, []string{"/bin/sh", "/run.sh"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			spec := image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, c.tree)}, WorkingDir: "/", Command: c.command}
			found := mustBuild(t, spec).NotStartable
			if c.forbidden == "" {
				if found != nil {
					t.Errorf("got %v", found)
				}
				return
			}
			if found == nil || found.File != c.forbidden || !strings.Contains(found.Reason, "has no execute permission") || len(found.Next) != 2 {
				t.Errorf("got %+v", found)
			}
		})
	}
}

// A base whose layers cannot be read leaves the question open, and that is said.
func TestABaseThatCannotBeLookedAt(t *testing.T) {
	s := newServer(t)
	img, err := mutate.AppendLayers(empty.Image, static.NewLayer([]byte(strings.Repeat("no tar ", 200)), types.OCIUncompressedLayer))
	must(t, err)
	cf, err := img.ConfigFile()
	must(t, err)
	cf.OS, cf.Architecture = "linux", "amd64"
	img, err = mutate.ConfigFile(img, cf)
	must(t, err)
	push(t, s.host+"/base:1", img)
	built := mustBuild(t, folderOf(t, files{"a.js": "x"}, image.Spec{Base: s.host + "/base:1", Command: []string{"node", "a.js"}}))
	if built.NotStartable != nil || len(built.Warnings) != 1 || !strings.Contains(built.Warnings[0], "whether node is in the image is not known") {
		t.Errorf("got %v %q", built.NotStartable, built.Warnings)
	}
}

// A finished image is looked at as a whole, what its upper layers delete included.
func TestAFinishedImageThatCannotStart(t *testing.T) {
	for name, c := range map[string]struct {
		layers [][]tar.Header
		starts bool
	}{
		"there":         {[][]tar.Header{{{Typeflag: tar.TypeReg, Name: "./bin/run", Mode: 0o755}}}, true},
		"in a folder":   {[][]tar.Header{{{Typeflag: tar.TypeDir, Name: "usr/bin/"}, {Typeflag: tar.TypeReg, Name: "usr/bin/run", Mode: 0o755}, {Typeflag: tar.TypeSymlink, Name: "bin", Linkname: "usr/bin"}}}, true},
		"absent":        {[][]tar.Header{{{Typeflag: tar.TypeReg, Name: "bin/other", Mode: 0o755}}}, false},
		"deleted":       {[][]tar.Header{{{Typeflag: tar.TypeReg, Name: "bin/run", Mode: 0o755}}, {{Typeflag: tar.TypeReg, Name: "bin/.wh.run"}}}, false},
		"folder hidden": {[][]tar.Header{{{Typeflag: tar.TypeReg, Name: "bin/run", Mode: 0o755}}, {{Typeflag: tar.TypeReg, Name: "bin/.wh..wh..opq"}}}, false},
		"put back":      {[][]tar.Header{{{Typeflag: tar.TypeReg, Name: "bin/run", Mode: 0o755}}, {{Typeflag: tar.TypeReg, Name: ".wh.bin"}, {Typeflag: tar.TypeReg, Name: "bin/run", Mode: 0o755}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var img v1.Image = empty.Image
			var err error
			for _, headers := range c.layers {
				img, err = mutate.AppendLayers(img, static.NewLayer(tarOf(headers...), types.OCIUncompressedLayer))
				must(t, err)
			}
			cf, err := img.ConfigFile()
			must(t, err)
			cf.OS, cf.Architecture, cf.Config.Cmd = "linux", "amd64", []string{"/bin/run"}
			img, err = mutate.ConfigFile(img, cf)
			must(t, err)
			dir := t.TempDir()
			p, err := layout.Write(dir, empty.Index)
			must(t, err)
			must(t, p.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"})))
			cache := openCache(t, t.TempDir())
			for range 2 {
				built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}}, image.Options{Cache: cache})
				if (built.NotStartable == nil) != c.starts {
					t.Errorf("got %v", built.NotStartable)
				}
			}
			missing, err := image.Startable(context.Background(), img, []string{"/bin/run"}, nil)
			if err != nil || (missing == nil) != c.starts {
				t.Errorf("got %v %v", missing, err)
			}
		})
	}
}

// A native module loads with the C library that it was linked for.
func TestModulesForAnotherCLibrary(t *testing.T) {
	const modules = ".next/standalone/node_modules/"
	glibcModule, muslModule := elfOf("", "libstdc++.so.6", "libc.so.6"), elfOf("", "libc.musl-x86_64.so.1")
	onGlibc, onMusl := []string{"usr/local/bin/node", "lib64/ld-linux-x86-64.so.2"}, []string{"usr/local/bin/node", "lib/ld-musl-x86_64.so.1"}
	both := files{modules + "@img/sharp-linux-x64/lib/a.node": glibcModule, modules + "@img/sharp-linuxmusl-x64/lib/a.node": muslModule}
	const store = modules + ".pnpm/"
	for name, c := range map[string]struct {
		tree   files
		base   []string
		config v1.ConfigFile
		want   string // empty: nothing is said
	}{
		"musl on glibc":            {tree: files{modules + "@img/sharp-linuxmusl-x64/lib/a.node": muslModule}, base: onGlibc, want: "/app/node_modules/@img/sharp-linuxmusl-x64/lib/a.node is linked for musl, and the image has glibc"},
		"glibc on musl":            {tree: files{modules + "x/build/Release/a.node": glibcModule}, base: onMusl, want: "is linked for glibc, and the image has musl"},
		"musl by its loader":       {tree: files{modules + "x/a.node": elfOf("", "ld-musl-x86_64.so.1")}, base: onGlibc, want: "linked for musl"},
		"musl's own name":          {tree: files{modules + "x/a.node": elfOf("", "libc.so")}, base: onGlibc, want: "linked for musl"},
		"Android's":                {tree: files{modules + "x/a.node": elfOf("", "libc.so", "liblog.so")}, base: onGlibc},
		"by the steps, Debian":     {tree: files{modules + "x/a.node": muslModule}, base: []string{"usr/local/bin/node"}, config: steps("RUN /bin/sh -c apt-get update"), want: "linked for musl"},
		"by the steps, Alpine":     {tree: files{modules + "x/a.node": glibcModule}, base: []string{"usr/local/bin/node"}, config: steps("ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit"), want: "linked for glibc"},
		"Alpine with gcompat":      {tree: files{modules + "x/a.node": glibcModule}, base: []string{"usr/local/bin/node", "lib/ld-musl-x86_64.so.1", "lib64/ld-linux-x86-64.so.2"}, config: steps("RUN apk add --no-cache libc6-compat")},
		"both side by side":        {tree: both, base: onGlibc},
		"both, the other way":      {tree: both, base: onMusl},
		"both by pnpm":             {tree: files{store + "@img+sharp-linux-x64@0.34.3/node_modules/@img/sharp-linux-x64/a.node": glibcModule, store + "@img+sharp-linuxmusl-x64@0.34.3/node_modules/@img/sharp-linuxmusl-x64/a.node": muslModule}, base: onMusl},
		"musl alone by pnpm":       {tree: files{store + "@img+sharp-linuxmusl-x64@0.34.3/node_modules/@img/sharp-linuxmusl-x64/a.node": muslModule}, base: onGlibc, want: "linked for musl"},
		"both in a package":        {tree: files{modules + "x/prebuilds/linux-x64/a.glibc.node": glibcModule, modules + "x/prebuilds/linux-x64/a.musl.node": muslModule}, base: onGlibc},
		"glibc on glibc":           {tree: files{modules + "x/a.node": glibcModule}, base: onGlibc},
		"needs none":               {tree: files{modules + "x/a.node": elfOf("", "libm.so.6")}, base: onMusl},
		"a base without a loader":  {tree: files{modules + "x/a.node": muslModule}, base: []string{"usr/local/bin/node"}},
		"a module that is damaged": {tree: files{modules + "x/a.node": module(62)}, base: onMusl},
	} {
		t.Run(name, func(t *testing.T) {
			built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNextJS, Path: write(t, next(c.tree))}, Base: base(t, c.base, c.config)})
			if got := strings.Join(built.Warnings, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	// Python says it in the name, but for modules that are for several of its versions.
	const packages = "lib/python3.12/site-packages/a/"
	for name, c := range map[string]struct {
		file, content string
		base          []string
		want          string // empty: nothing is said
	}{
		"musl by its name, on glibc":    {"_b.cpython-312-x86_64-linux-musl.so", "x", onGlibc, "linked for musl, and the image has glibc"},
		"glibc by its name, on musl":    {"_b.cpython-312-x86_64-linux-gnu.so", "x", onMusl, "linked for glibc, and the image has musl"},
		"of a stable ABI, on glibc":     {"_rust.abi3.so", muslModule, onGlibc, "pip install --only-binary=:all: --platform=manylinux2014_x86_64"},
		"of a stable ABI, on musl":      {"_rust.abi3.so", glibcModule, onMusl, "pip install --only-binary=:all: --platform=musllinux_1_2_x86_64"},
		"of a stable ABI, as it should": {"_rust.abi3.so", glibcModule, onGlibc, ""},
		"of a stable ABI, of a Mac":     {"_rust.abi3.so", "\xcf\xfa\xed\xfe and more", onGlibc, "is built for macOS, the task runs on linux/amd64"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := folderOf(t, files{packages + c.file: c.content}, image.Spec{Base: base(t, append([]string{"usr/bin/python3"}, c.base...), v1.ConfigFile{}), Command: []string{"python3"}})
			got := mustBuild(t, spec).Warnings
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// Links that lead to nothing in the image are told, whatever they lead to on this machine.
func TestLinksThatLeadToNothing(t *testing.T) {
	for name, c := range map[string]struct {
		tree files
		spec image.Spec
		base []string
		want []string // nil: nothing is said
	}{
		"none":                          {tree: files{"run": "x"}},
		"a file beside it":              {tree: files{"run": "x", "a": "→run"}},
		"a folder, and through it":      {tree: files{"run": "x", "d/f": "x", "e": "→d", "g": "→e/f"}},
		"absolute, in the image":        {tree: files{"run": "x", "a": "→/app/run"}},
		"nothing":                       {tree: files{"run": "x", "a": "→absent"}, want: []string{"/app/a → absent (/app/absent)", "leave it out"}},
		"a chain to nothing":            {tree: files{"run": "x", "a": "→b", "b": "→c"}, want: []string{"/app/a → b (/app/c)", "/app/b → c", "leave them out"}},
		"in circles":                    {tree: files{"run": "x", "a": "→b", "b": "→a"}, want: []string{"in circles"}},
		"out of the tree":               {tree: files{"run": "x", "a/b": "→../../../shared/lib"}, want: []string{"/app/a/b → ../../../shared/lib (/shared/lib)", "name the folder that holds both"}},
		"absolute, of this machine":     {tree: files{"run": "x", "a": "→/home/me/project/lib"}, want: []string{"/app/a → /home/me/project/lib."}},
		"a package of a workspace":      {tree: files{"run": "x", "node_modules/ui": "→../../packages/ui"}, want: []string{"/app/node_modules/ui"}},
		"a command of a package":        {tree: files{"run": "x", "node_modules/.bin/x": "→../x/cli.js"}},
		"the kernel's, and the task's":  {tree: files{"run": "x", "log": "→/dev/stdout", "m": "→/proc/self/mounts", "s": "→/run/secrets/x", "t": "→/tmp/cache"}},
		"a writable folder":             {tree: files{"run": "x", "up": "→/data/uploads"}, spec: image.Spec{Volumes: []string{"/data"}}},
		"the base's":                    {tree: files{"run": "x", "ca": "→/etc/ssl/cert.pem"}, base: []string{"etc/ssl/cert.pem"}},
		"the base's, by a link of its":  {tree: files{"run": "x", "l": "→/lib/x.so"}, base: []string{"usr/lib/x.so", "lib→usr/lib"}},
		"not the base's":                {tree: files{"run": "x", "ca": "→/etc/ssl/cert.pem"}, base: []string{"etc/ssl/other.pem"}, want: []string{"/app/ca → /etc/ssl/cert.pem."}},
		"left out by .dockerignore":     {tree: files{"run": "x", ".dockerignore": "d\n", "d/f": "x", "a": "→d/f"}, want: []string{"/app/a → d/f"}},
		"another folder of the image's": {tree: files{"run": "x", "a": "→../conf/x"}, spec: image.Spec{Folders: []image.Folder{{From: write(t, files{"x": "x"}), To: "/conf"}}}},
		"more than are named":           {tree: files{"run": "x", "a": "→0", "b": "→0", "c": "→0", "d": "→0"}, want: []string{"1 more"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.spec.Command = []string{"/app/run"}
			spec := folderOf(t, files{}, c.spec)
			spec.Source.Path = write(t, c.tree)
			must(t, os.Chmod(filepath.Join(spec.Source.Path, "run"), 0o755))
			if c.base != nil {
				spec.Base = base(t, c.base, v1.ConfigFile{})
			}
			got := mustBuild(t, spec).Warnings
			if len(c.want) == 0 && len(got) > 0 || len(c.want) > 0 && len(got) != 1 {
				t.Fatalf("got %q", got)
			}
			for _, w := range c.want {
				if !strings.Contains(got[0], w) {
					t.Errorf("got %q, want %q", got[0], w)
				}
			}
		})
	}
	// Where the project is built below /tmp, not all that lies there is made by the program.
	dir, err := os.MkdirTemp("/tmp", "")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Symlink(filepath.Join(dir, "packages/ui"), filepath.Join(dir, "ui")))
	must(t, os.Symlink("/tmp/uploads", filepath.Join(dir, "uploads")))
	if got := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: dir}}).Warnings; len(got) != 1 || !strings.Contains(got[0], "/app/ui → "+dir+"/packages/ui.") || strings.Contains(got[0], "uploads") {
		t.Errorf("got %q", got)
	}
	// pnpm and a standalone build without outputFileTracingRoot.
	tree := next(files{".next/standalone/node_modules/next": "→../../../../../node_modules/.pnpm/next@15/node_modules/next"})
	spec := image.Spec{Source: image.Source{Kind: image.KindNextJS, Path: write(t, tree)}, Base: base(t, []string{"usr/local/bin/node"}, v1.ConfigFile{})}
	if got := mustBuild(t, spec).Warnings; len(got) != 1 || !strings.Contains(got[0], "/app/node_modules/next → ") || !strings.Contains(got[0], "outputFileTracingRoot") {
		t.Errorf("got %q", got)
	}
	// The remedy is for what leads out, though others come before it.
	for _, name := range []string{"a", "b", "c"} {
		tree[".next/standalone/"+name] = "→nothing"
	}
	spec.Source.Path = write(t, tree)
	if got := mustBuild(t, spec).Warnings; len(got) != 1 || !strings.Contains(got[0], "1 more") || !strings.Contains(got[0], "outputFileTracingRoot") {
		t.Errorf("got %q", got)
	}
	// pnpm as it should be.
	tree = next(files{".next/standalone/node_modules/next": "→.pnpm/next@15/node_modules/next", ".next/standalone/node_modules/.pnpm/next@15/node_modules/next/index.js": "x"})
	spec.Source.Path = write(t, tree)
	if got := mustBuild(t, spec).Warnings; len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// A name that deletes in an image is refused.
func TestNamesThatDelete(t *testing.T) {
	for _, name := range []string{".wh.config", "a/.wh..wh..opq", "a/.wh.folder/x"} {
		_, err := image.Build(t.Context(), image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "x", name: "x"})}}, image.Options{})
		if deletes, is := errors.AsType[*image.WhiteoutError](err); !is || !strings.Contains(deletes.File, "/.wh.") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	ignored := files{"run": "x", ".wh.config": "x", ".dockerignore": ".wh.*\n", "x.wh.y": "x"}
	mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, ignored)}})
}

// Folders that hold an image in a form of other tools are no folders of an application.
func TestFoldersOfOtherTools(t *testing.T) {
	for want, tree := range map[string]files{
		"skopeo copy dir:":        {"version": "Directory Transport Version: 1.1\n", "manifest.json": "{}", "aabb": "x"},
		"name the archive itself": {"manifest.json": "[]", "repositories": "{}", "aabb/layer.tar": "x"},
		"of `docker save`":        {"manifest.json": `[{"Config":"a.json","RepoTags":null,"Layers":["aabb/layer.tar"]}]`, "aabb/layer.tar": "x"},
		"name its folder rootfs":  {"config.json": `{"ociVersion":"1.0.2"}`, "rootfs/bin/sh": "x"},
		"":                        {"version": "1.2.3\n", "manifest.json": "{}", "index.html": "x"},
		" ":                       {"config.json": `{"api":"x"}`, "rootfs/x": "x"},
	} {
		_, err := image.Detect(t.Context(), write(t, tree), ".")
		if want = strings.TrimSpace(want); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}

// A build that is older than the sources is told; where all are new, as in a new checkout, nothing tells.
func TestABuildOlderThanItsSources(t *testing.T) {
	sources := files{"app/page.tsx": "x", "app/layout.tsx": "x", "lib/db.ts": "x", "next.config.js": "x", "package.json": "{}", "README.md": "x", "app/page.test.tsx": "x", "magefiles/x.go": "x", "public/a.js": "x"}
	for name, c := range map[string]struct {
		newer []string
		want  string
	}{
		"none":                 {nil, ""},
		"a page":               {[]string{"app/page.tsx"}, "app/page.tsx is newer than the build"},
		"the configuration":    {[]string{"next.config.js"}, "next.config.js is newer"},
		"two":                  {[]string{"app/page.tsx", "lib/db.ts"}, "and 1 more are newer"},
		"what is not compiled": {[]string{"README.md", "app/page.test.tsx", "magefiles/x.go", "public/a.js", "package.json"}, ""},
		"all, as in a checkout": {slices.Collect(func(yield func(string) bool) {
			for name := range sources {
				if !yield(name) {
					return
				}
			}
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, nextTree("", ".next", "").with(sources))
			sameTimes(t, dir)
			for _, file := range c.newer {
				now := time.Now()
				must(t, os.Chtimes(filepath.Join(dir, file), now, now))
			}
			built, err := buildNext(t, dir, ".", image.Spec{})
			must(t, err)
			if got := strings.Join(built.Warnings, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What the build had of public variables is in the image's own words, and so are the addresses that it answers.
func TestWhatANextJSImageTells(t *testing.T) {
	tree := nextTree("", ".next", "").with(files{
		".env": "NEXT_PUBLIC_A=one # said\nNEXT_PUBLIC_B='two'\nNEXT_PUBLIC_C=$HOST\nSECRET=x\n", ".env.production": "export NEXT_PUBLIC_B=\"three\"\n",
		".next/standalone/.next/routes-manifest.json": `{"staticRoutes":[{"page":"/"},{"page":"/up"}],"dynamicRoutes":[{"page":"/[x]/y","regex":"^/([^/]+?)/y(?:/)?$"}]}`,
	})
	built, err := buildNext(t, write(t, tree), ".", image.Spec{})
	must(t, err)
	diff(t, map[string]string{"NEXT_PUBLIC_A": "one", "NEXT_PUBLIC_B": "three"}, built.Program.Public)
	told, err := image.InspectImage(built)
	must(t, err)
	for path, want := range map[string]string{"/up": "", "/": "", "/a/y": "", "/health.txt": "", "/health": "no route of the build answers /health", "/up/": "with a redirect to /up"} {
		if got := told.Program.Unanswered(path); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q", path, got)
		}
	}
	built, err = buildNext(t, write(t, tree.with(files{"package.json": `{"dependencies":{"next-runtime-env":"3"}}`})), ".", image.Spec{})
	must(t, err)
	if !built.Program.PublicAtRunTime {
		t.Error("an application that hands its variables to browsers itself is not known")
	}
}
