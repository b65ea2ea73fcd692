package image

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// nativeModules are the files with native code that a layer has, by their families.
type nativeModules map[string]*nativeFamily

// nativeFamily is a file with those that are the same for other platforms.
type nativeFamily struct {
	kind    nativeKind
	any     bool // one fits the platform of the task, and needs no C library that is known
	linked  libcs
	file    string // the first one that fits and needs any, in the image
	foreign *NativeFileError
}

func (m nativeModules) add(n nativeFile, wanted string) {
	key := n.family()
	f := m[key]
	if f == nil {
		f = &nativeFamily{kind: n.Kind}
		m[key] = f
	}
	switch file := "/" + n.Name; {
	case n.Platform != wanted:
		f.foreign = cmp.Or(f.foreign, &NativeFileError{File: file, Found: n.Platform, Wanted: wanted})
	case n.Libc == "":
		f.any = true
	default:
		f.file = cmp.Or(f.file, file)
		f.linked.add(n.Libc)
	}
}

// merge adds those of another layer.
func (m nativeModules) merge(other nativeModules) {
	for family, f := range other {
		known := m[family]
		if known == nil {
			m[family] = f
			continue
		}
		known.any, known.file, known.foreign = known.any || f.any, cmp.Or(known.file, f.file), cmp.Or(known.foreign, f.foreign)
		known.linked = libcs{known.linked.glibc || f.linked.glibc, known.linked.musl || f.linked.musl}
	}
}

// fits tells whether one is for the platform of the task.
func (f *nativeFamily) fits() bool { return f.any || f.linked.known() }

// misfits are what there is for other platforms alone.
func (m nativeModules) misfits() (all []*NativeFileError) {
	for _, f := range m {
		if !f.fits() && f.foreign != nil {
			all = append(all, f.foreign)
		}
	}
	slices.SortFunc(all, func(a, b *NativeFileError) int { return strings.Compare(a.File, b.File) })
	return all
}

// refused is a module of Node.js for other platforms alone. What else there is may be left alone by the program: Python's
// packages go on without modules that do not load, where they can, and libraries may belong to a tool.
func (m nativeModules) refused(wanted string) error {
	for _, e := range m.misfits() {
		if nativeKindOf(e.File) == addon {
			return e
		}
	}
	return nil
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

// foreign warns of what is for other processors or systems, and does not load whatever the image has.
func (m nativeModules) foreign(has libcs, arch string) (warnings []string) {
	told := grouped{}
	for _, e := range m.misfits() {
		wants := glibc
		if has.musl && !has.glibc {
			wants = musl
		}
		told.add(e.File, fmt.Sprintf("built for %s, the task runs on %s: it will not load. %s, then build again", e.Found, e.Wanted, installFor(e.File, wants, arch)))
	}
	return told.warnings()
}

// unlinked warns of what does not load with the C libraries that the image has, or is not made for them.
// https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c (load_library)
func (m nativeModules) unlinked(has libcs, arch string) (warnings []string) {
	if !has.known() {
		return nil
	}
	told := grouped{}
	for _, f := range m.picky() {
		wants, other := glibc, musl
		if f.linked.musl {
			wants, other = musl, glibc
		}
		if has.has(wants) {
			continue
		}
		loads := "it will not load"
		if wants == glibc { // musl takes libc.so.6 for itself: what needs little of it works
			loads = "it may not load"
		}
		told.add(f.file, fmt.Sprintf("linked for %s, and the image has %s: %s. %s, then build again; or set App.Image.Base to an image with %s",
			wants, other, loads, installFor(f.file, other, arch), wants))
	}
	return told.warnings()
}

// grouped are files of which the same is said.
type grouped struct {
	words []string
	files map[string][]string
}

func (g *grouped) add(file, words string) {
	if g.files == nil {
		g.files = map[string][]string{}
	}
	if g.files[words] == nil {
		g.words = append(g.words, words)
	}
	g.files[words] = append(g.files[words], file)
}

// warnings name the first file of each.
func (g *grouped) warnings() (all []string) {
	for _, words := range g.words {
		files := g.files[words]
		name := "native module "
		if nativeKindOf(files[0]) == library {
			name = "native library "
		}
		name += files[0]
		if more := len(files) - 1; more > 0 {
			name += fmt.Sprintf(" (as %d more)", more)
		}
		all = append(all, name+" is "+words)
	}
	return all
}

// wheelTag begins the platforms of Python's wheels for a C library.
// https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
var wheelTag = map[libc]string{glibc: "manylinux2014", musl: "musllinux_1_2"}

// wheelCPU are the words of wheels for processors.
var wheelCPU = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// installFor is how what a file belongs to is made for a C library and a processor.
func installFor(file string, l libc, arch string) string {
	_, inPackage := npmPackageOf(strings.TrimPrefix(file, "/"))
	kind := nativeKindOf(file)
	switch {
	case kind == addon || inPackage:
		return fmt.Sprintf("Install the dependencies for it (npm ci --os=linux --cpu=%s --libc=%s; what an install script compiles, in a container of that system)", npmCPU["linux/"+arch], l)
	case kind == extension || isPythonPackage(file) || strings.HasSuffix(path.Dir(file), ".libs"):
		return fmt.Sprintf("Install the dependencies for it (pip install --only-binary=:all: --platform=%s_%s --target=…; what is compiled there, in a container of that system)", wheelTag[l], wheelCPU[arch])
	case strings.Contains(file, "/gems/") || strings.Contains(file, "/extensions/"):
		return "Install the dependencies for it (bundle install, in a container of that system)"
	}
	return fmt.Sprintf("Put the one for linux/%s and %s in its place (what is compiled, in a container of that system)", arch, l)
}
