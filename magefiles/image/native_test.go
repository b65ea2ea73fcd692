package image_test

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// forARM is the same ELF for another processor.
func forARM(elf string) string { return elf[:18] + "\xb7\x00" + elf[20:] }

// What does not load on the processor or with the C library of the image is told, wherever it lies and whatever loads it. Where
// one of several for as many platforms fits, nothing is said.
func TestNativeCodeOfEveryKind(t *testing.T) {
	const (
		packages = "venv/lib/python3.12/site-packages/"
		modules  = "node_modules/"
		pip      = "pip install --only-binary=:all: --platform=manylinux2014_x86_64"
		mac      = "\xcf\xfa\xed\xfe and more than twenty"
	)
	onGlibc, onMusl := elfOf("", "libc.so.6"), elfOf("", "libc.musl-x86_64.so.1")
	arm := forARM(onGlibc)
	debian, alpine := []string{"usr/bin/x", "lib64→usr/lib64", "usr/lib64/ld-linux-x86-64.so.2"}, []string{"bin/x", "lib/ld-musl-x86_64.so.1"}
	for name, c := range map[string]struct {
		tree   files
		base   []string
		config v1.ConfigFile
		want   []string // of one warning; nil: nothing is said
	}{
		// Python
		"another processor, by its name and its ELF":    {tree: files{packages + "a/_b.cpython-312-aarch64-linux-gnu.so": arm}, base: debian, want: []string{"native module /app/" + packages + "a/_b.cpython-312-aarch64-linux-gnu.so is built for linux/arm64, the task runs on linux/amd64", pip}},
		"another processor, by its name alone":          {tree: files{packages + "a/_b.cpython-312-aarch64-linux-gnu.so": "x"}, base: debian, want: []string{"is built for linux/arm64"}},
		"another processor, and a name that tells none": {tree: files{packages + "a/_rust.abi3.so": arm}, base: debian, want: []string{"_rust.abi3.so is built for linux/arm64", pip}},
		"a name that lies of the processor":             {tree: files{packages + "a/_b.cpython-312-x86_64-linux-gnu.so": arm}, base: debian, want: []string{"is built for linux/arm64"}},
		"a name that lies of musl":                      {tree: files{packages + "a/_b.cpython-38-x86_64-linux-gnu.so": onMusl}, base: alpine},
		"a name that lies of musl, on glibc":            {tree: files{packages + "a/_b.cpython-38-x86_64-linux-gnu.so": onMusl}, base: debian, want: []string{"is linked for musl, and the image has glibc", pip}},
		"for several processors":                        {tree: files{packages + "a/_b.cpython-312-aarch64-linux-gnu.so": arm, packages + "a/_b.cpython-312-x86_64-linux-gnu.so": onGlibc, packages + "a/_b.cpython-312-darwin.so": mac}, base: debian},
		"one of two modules":                            {tree: files{packages + "a/_b.cpython-312-aarch64-linux-gnu.so": arm, packages + "a/_c.cpython-312-x86_64-linux-gnu.so": onGlibc}, base: debian, want: []string{"/_b.cpython-312-aarch64-linux-gnu.so is built"}},
		"several are told as one":                       {tree: files{packages + "a/_b.abi3.so": arm, packages + "a/_c.abi3.so": arm, packages + "d/_e.abi3.so": arm}, base: debian, want: []string{"a/_b.abi3.so (as 2 more) is built for linux/arm64"}},
		"of a Mac":                                      {tree: files{packages + "a/_b.cpython-312-darwin.so": mac}, base: debian, want: []string{"is built for macOS", pip}},
		"Windows, beside Python's own":                  {tree: files{packages + "debugpy/_b.cp39-win_amd64.pyd": "MZ and more than twenty...", packages + "debugpy/attach_linux_amd64.so": onGlibc}, base: alpine},
		"libraries of a wheel":                          {tree: files{packages + "numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so": arm}, base: debian, want: []string{"native library /app/" + packages + "numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so is built for linux/arm64", pip}},
		"libraries of a wheel, for glibc":               {tree: files{packages + "x.libs/libgfortran-040039e1.so.5.0.0": onGlibc}, base: alpine, want: []string{"is linked for glibc, and the image has musl", "musllinux_1_2_x86_64"}},
		// Others
		"a plugin of Go":                 {tree: files{"plugins/a.so": arm}, base: debian, want: []string{"native library /app/plugins/a.so is built for linux/arm64", "Put the one for linux/amd64 and glibc in its place"}},
		"a library of ctypes, for musl":  {tree: files{"lib/libx.so.1": onMusl}, base: debian, want: []string{"is linked for musl"}},
		"of a gem":                       {tree: files{"vendor/bundle/ruby/3.3.0/gems/nokogiri-1.16/lib/nokogiri/nokogiri.so": arm}, base: debian, want: []string{"bundle install"}},
		"Java's, for this platform":      {tree: files{"native/linux-x86-64/libjni.so": onGlibc, "native/linux-aarch64/libjni.so": arm, "native/linux-musl-x86_64/libjni.so": onMusl}, base: debian},
		"Java's, for others":             {tree: files{"native/linux-aarch64/libjni.so": arm}, base: debian, want: []string{"/app/native/linux-aarch64/libjni.so is built for linux/arm64"}},
		"a platform in the file's name":  {tree: files{"attach_linux_amd64.so": onGlibc, "attach_linux_aarch64.so": arm}, base: debian},
		"no native code":                 {tree: files{"lib/libx.so": "INPUT(-lx)"}, base: debian},
		"a library that needs no C":      {tree: files{"lib/libx.so": elfOf("")}, base: alpine},
		"libvips for both":               {tree: files{modules + "@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8.17.3": onGlibc, modules + "@img/sharp-libvips-linuxmusl-x64/lib/libvips-cpp.so.8.17.3": onMusl}, base: alpine},
		"libvips for another processor":  {tree: files{modules + "@img/sharp-libvips-linux-arm64/lib/libvips-cpp.so.8.17.3": arm}, base: debian, want: []string{"is built for linux/arm64", "npm ci --os=linux --cpu=x64 --libc=glibc"}},
		"libvips for another libc, pnpm": {tree: files{modules + ".pnpm/@img+sharp-libvips-linux-x64@1.2.4/node_modules/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8.17.3": onGlibc}, base: alpine, want: []string{"is linked for glibc", "--libc=musl"}},
		// Node.js, in other places than node_modules of the source
		"musl in build/":                 {tree: files{"build/Release/a.node": onMusl}, base: debian, want: []string{"/app/build/Release/a.node is linked for musl"}},
		"glibc in .output":               {tree: files{".output/server/node_modules/x/a.node": onGlibc}, base: alpine, want: []string{"/.output/server/node_modules/x/a.node is linked for glibc"}},
		"prebuilds outside of a package": {tree: files{"dist/prebuilds/linux-x64/a.node": onGlibc, "dist/prebuilds/linux-arm64/a.node": arm, "dist/prebuilds/darwin-arm64/a.node": mac}, base: debian},
		// Bases
		"both in the steps, glibc in the files": {tree: files{"a.node": onMusl}, base: debian, config: steps("RUN apk add curl && apt-get install x"), want: []string{"is linked for musl, and the image has glibc"}},
		"both in the steps, musl in the files":  {tree: files{"a.node": onMusl}, base: alpine, config: steps("RUN apk add curl && apt-get install x")},
		"glibc of ours on a base with musl":     {tree: files{"a.node": onMusl, "../lib64/ld-linux-x86-64.so.2": "x"}, base: alpine, config: steps("ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit")},
	} {
		t.Run(name, func(t *testing.T) {
			spec := image.Spec{Base: base(t, c.base, c.config), Command: []string{"x"}}
			for file, content := range c.tree {
				if outside, is := strings.CutPrefix(file, "../"); is {
					delete(c.tree, file)
					top, rest, _ := strings.Cut(outside, "/")
					spec.Folders = []image.Folder{{From: write(t, files{rest: content}), To: "/" + top}}
				}
			}
			spec = folderOf(t, c.tree, spec)
			cache := openCache(t, t.TempDir())
			for range 2 { // what is remembered says the same
				got := mustBuild(t, spec, (image.Options{Cache: cache}).Later()).Warnings
				if len(c.want) == 0 && len(got) > 0 || len(c.want) > 0 && len(got) != 1 {
					t.Fatalf("got %q", got)
				}
				for _, w := range c.want {
					if !strings.Contains(got[0], w) {
						t.Errorf("got %q, want %q", got[0], w)
					}
				}
			}
		})
	}
}

// Modules of Node.js that are for other systems alone are refused, in folders as in packages.
func TestModulesOfOtherSystemsAlone(t *testing.T) {
	for name, c := range map[string]struct {
		file, content, found string
	}{
		"Windows":   {"node_modules/x/prebuilds/win32-x64/a.node", "MZ and more than twenty...", "Windows"},
		"macOS":     {"node_modules/x/prebuilds/darwin-x64/a.node", "\xca\xfe\xba\xbe and more than twenty", "macOS"},
		"FreeBSD":   {"node_modules/x/prebuilds/freebsd-x64/a.node", strings.Replace(elfOf("", "libc.so.7"), "\x01\x01\x00", "\x01\x01\x09", 1), "FreeBSD"},
		"processor": {"dist/prebuilds/linux-arm64/a.node", forARM(elfOf("", "libc.so.6")), "linux/arm64"},
	} {
		_, err := image.Build(t.Context(), folderOf(t, files{c.file: c.content}, image.Spec{}), image.Options{})
		refused, is := errors.AsType[*image.NativeFileError](err)
		if !is || refused.Found != c.found || !strings.Contains(err.Error(), "native module /app/"+c.file+" is built for "+c.found+", the task runs on linux/amd64") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
