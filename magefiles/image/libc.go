package image

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// libcs are the C libraries of an image. Alpine with gcompat has both.
type libcs struct{ glibc, musl bool }

func (c libcs) has(l libc) bool { return l == glibc && c.glibc || l == musl && c.musl }
func (c libcs) known() bool     { return c.glibc || c.musl }

func (c *libcs) add(l libc) {
	c.glibc = c.glibc || l == glibc
	c.musl = c.musl || l == musl
}

// loaderFolders are where loaders lie: /lib/ld-musl-x86_64.so.1, /lib64/ld-linux-x86-64.so.2, and with merged folders below
// /usr. Debian has its own below the triplet, too.
var loaderFolders = lazyregexp.New(`^(?:usr/)?(?:lib|lib64|lib/(?:x86_64|aarch64)-linux-gnu)/ld-(?:musl|linux)[^/]*$`)

// libcs are those whose loader is in the listing.
func (l *listing) libcs() (c libcs) {
	l.settle()
	for name := range l.names {
		if loaderFolders.MatchString(name) {
			c.add(loaderLibc(name))
		}
	}
	return c
}

// Steps by which images of distributions tell what they are. A finished image has the steps of its last stage alone.
var (
	stepsOfGlibc = lazyregexp.New(`\bapt(?:-get)? |\bdpkg\b|debian\.sh|debuerreotype|\b(?:micro)?dnf |\byum |\bamazonlinux\b`)
	stepsOfMusl  = lazyregexp.New(`\bapk (?:--[a-z-]+ )*add\b|alpine-minirootfs`)
	stepsOfBoth  = lazyregexp.New(`\bgcompat\b|\blibc6-compat\b|\bglibc\b`)
)

// libcsOf are the C libraries that the steps of an image tell of; none where they do not, or tell of more than one kind.
func libcsOf(cf *v1.ConfigFile) (c libcs) {
	for _, h := range cf.History {
		c.glibc = c.glibc || stepsOfGlibc.MatchString(h.CreatedBy)
		c.musl = c.musl || stepsOfMusl.MatchString(h.CreatedBy)
		if stepsOfBoth.MatchString(h.CreatedBy) {
			return libcs{}
		}
	}
	if c.glibc && c.musl {
		return libcs{}
	}
	return c
}

// nativeModules are the modules for the platform of the task that a layer has, by their packages.
type nativeModules map[string]*nativeFamily

// nativeFamily is a package with those beside it that are the same for other platforms.
type nativeFamily struct {
	any    bool // one needs no C library that is known
	linked libcs
	file   string // the first one that needs any, in the image
}

func (m nativeModules) add(family, file string, l libc) {
	f := m[family]
	if f == nil {
		f = &nativeFamily{}
		m[family] = f
	}
	if l == "" {
		f.any = true
		return
	}
	if f.file == "" {
		f.file = file
	}
	f.linked.add(l)
}

// merge adds those of another layer.
func (m nativeModules) merge(other nativeModules) {
	for family, f := range other {
		known := m[family]
		if known == nil {
			m[family] = f
			continue
		}
		known.any, known.file = known.any || f.any, cmp.Or(known.file, f.file)
		known.linked = libcs{known.linked.glibc || f.linked.glibc, known.linked.musl || f.linked.musl}
	}
}

// picky are the families that need one C library and have no module for another.
func (m nativeModules) picky() (all []*nativeFamily) {
	for _, f := range m {
		if !f.any && f.linked.glibc != f.linked.musl {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b *nativeFamily) int { return strings.Compare(a.file, b.file) })
	return all
}

// foreign warns of modules that do not load with the C libraries that the image has.
func (m nativeModules) foreign(has libcs, arch string) (warnings []string) {
	if !has.known() {
		return nil
	}
	for _, f := range m.picky() {
		wants, other := glibc, musl
		if f.linked.musl {
			wants, other = musl, glibc
		}
		if has.has(wants) {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("native module %s is linked for %s, and the image has %s: it will not load. Install the dependencies for it "+
			"(%s, in a container of that system), then build again; or set App.Image.Base to an image with %s", f.file, wants, other, installFor(f.file, other, arch), wants))
	}
	return warnings
}

// wheelTag begins the platforms of Python's wheels for a C library.
// https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
var wheelTag = map[libc]string{glibc: "manylinux2014", musl: "musllinux_1_2"}

// wheelCPU are the words of wheels for processors.
var wheelCPU = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// installFor is how the packages of a module are installed for a C library.
func installFor(module string, l libc, arch string) string {
	if path.Ext(module) == ".so" {
		return fmt.Sprintf("pip install --only-binary=:all: --platform=%s_%s --target=…; what is compiled there", wheelTag[l], wheelCPU[arch])
	}
	return fmt.Sprintf("npm ci --os=linux --cpu=%s --libc=%s; what an install script compiles", npmCPU["linux/"+arch], l)
}

// wheelPlatform is how Python names a native module: array.cpython-312-x86_64-linux-musl.so
// https://peps.python.org/pep-3149/
var wheelPlatform = lazyregexp.New(`\.(?:cpython|pypy)[^/]*-linux-(musl|gnu)\.so$`)

// isStableABI tells of a native module of Python for several of its versions, whose name tells no C library: _rust.abi3.so
func isStableABI(name string) bool { return strings.HasSuffix(name, ".abi3.so") }

// libcOfName is what the name of a native module of Python tells.
func libcOfName(name string) libc {
	if path.Ext(name) != ".so" {
		return ""
	}
	switch m := wheelPlatform.FindStringSubmatch(name); {
	case m == nil:
		return ""
	case m[1] == "musl":
		return musl
	}
	return glibc
}
