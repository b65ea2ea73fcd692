package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// nativeKind is who loads a file with native code.
type nativeKind int

const (
	notNative nativeKind = iota
	addon                // Node.js: x.node
	extension            // Python: x.cpython-312-x86_64-linux-gnu.so, x.abi3.so
	library              // the system's loader: libx.so.1
)

var (
	// pythonNames are how Python names its modules on the platforms that it knows.
	// https://peps.python.org/pep-3149/
	pythonNames = lazyregexp.New(`\.(?:(?:cpython|pypy)[^/.]*|abi3)\.so$`)
	// pythonPlatform is the end of such a name.
	pythonPlatform = lazyregexp.New(`-(x86_64|aarch64)-linux-(musl|gnu)\.so$`)
	libraryNames   = lazyregexp.New(`\.so(?:\.[0-9]+)*$`)
)

// nativeKindOf is what a name tells.
func nativeKindOf(name string) nativeKind {
	base := path.Base(name)
	switch {
	case path.Ext(base) == ".node":
		return addon
	case pythonNames.MatchString(base):
		return extension
	case !libraryNames.MatchString(base), isPythonPackage(name) && namesPlatform(base):
		return notNative // debugpy has attach_linux_amd64.so on every platform
	default:
		return library
	}
}

// isPythonPackage tells whether a file was installed by pip or by a distribution.
func isPythonPackage(name string) bool {
	return strings.Contains("/"+name, "/site-packages/") || strings.Contains("/"+name, "/dist-packages/")
}

// namesPlatform tells whether a platform is among the words of a name.
func namesPlatform(name string) bool {
	return slices.ContainsFunc(pathWords.FindAllString(oneWord.Replace(strings.ToLower(name)), -1), platformWord.MatchString)
}

// platformOfName is what the name of a module of Python tells; empty where it tells nothing.
func platformOfName(name string) (platform string, l libc) {
	base := path.Base(name)
	m := pythonPlatform.FindStringSubmatch(base)
	switch {
	case m == nil && strings.HasSuffix(base, "-darwin.so"):
		return "macOS", ""
	case m == nil || !pythonNames.MatchString(base):
		return "", ""
	}
	for arch, cpu := range wheelCPU {
		if cpu == m[1] {
			platform = "linux/" + arch
		}
	}
	if m[2] == "musl" {
		return platform, musl
	}
	return platform, glibc
}

// platformWords are what npm packages end with that hold the native part of another package for one platform.
var platformWords = lazyregexp.New(`-(?:linux(?:musl)?|darwin|win32|freebsd|android|openbsd|wasm32)(?:-.*)?$`)

// pnpmStore is where pnpm has each package in a folder of its own, which has the platform in its name, too.
const pnpmStore = "/.pnpm/"

// family is what a file is the same as for another platform: one of a family is enough.
func (n nativeFile) family() string {
	pkg, inPackage := npmPackageOf(n.Name)
	dir, base := path.Dir(n.Name), path.Base(n.Name)
	switch n.Kind {
	case addon:
		if inPackage {
			return pkg
		}
		return anyPlatform(dir)
	case extension:
		stem, _, _ := strings.Cut(base, ".")
		return anyPlatform(dir) + "/" + stem + " of Python"
	}
	if inPackage {
		return pkg + " libraries"
	}
	return anyPlatform(dir+"/"+wheelHash.ReplaceAllString(libraryNames.ReplaceAllString(base, ""), "")) + " library"
}

// wheelHash is what auditwheel puts into the names of libraries, one for each platform.
var wheelHash = lazyregexp.New(`-[0-9a-f]{8}\b`)

// npmPackageOf is the package of node_modules that a file belongs to, without the platform in its name.
func npmPackageOf(name string) (pkg string, is bool) {
	at := strings.LastIndex("/"+name, "/node_modules/")
	if at < 0 {
		return "", false
	}
	head, rest := name[:at], name[at+len("node_modules/"):]
	parts := strings.SplitN(rest, "/", 3)
	pkg = parts[0]
	if strings.HasPrefix(pkg, "@") && len(parts) > 1 {
		pkg += "/" + parts[1]
	}
	if store := strings.Index(head, pnpmStore); store >= 0 {
		head = head[:store+1]
	}
	return head + platformWords.ReplaceAllString(pkg, ""), true
}

// Words by which projects name folders and files for a platform, as far as they stand alone in a name.
var (
	pathWords    = lazyregexp.New(`[a-z0-9]+`)
	platformWord = lazyregexp.New(`^(?:(?:many|musl)?linux(?:musl|gnu|glibc|32|64|[0-9]{1,4})?|musl|gnu|glibc|unknown|pc|apple|darwin|macos|macosx|osx|win|win32|win64|windows|freebsd|android` +
		`|x64|x86|amd64|x8664|ia32|i386|i486|i586|i686|arm|arm64|armv[678][a-z]*|aarch64|riscv64|ppc64|ppc64le|powerpc64le|s390x|loong64|universal|universal2)$`)
	signs   = lazyregexp.New(`[^a-z0-9/]+`)
	slashes = lazyregexp.New(`/+`)
)

// oneWord are platforms of two words.
var oneWord = strings.NewReplacer("x86_64", "x8664", "x86-64", "x8664", "arm64-v8a", "arm64", "armeabi-v7a", "arm")

// anyPlatform is a path without the words for platforms.
func anyPlatform(name string) string {
	name = pathWords.ReplaceAllStringFunc(oneWord.Replace(strings.ToLower(name)), func(word string) string {
		if platformWord.MatchString(word) {
			return ""
		}
		return word
	})
	return slashes.ReplaceAllString(signs.ReplaceAllString(name, ""), "/")
}
