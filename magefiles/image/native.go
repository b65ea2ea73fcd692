package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// NativeFileError says that a native module of Node.js in the tree was built for another platform, as when
// node_modules were installed on a Mac. The program would end with "invalid ELF header" when it first needs it.
type NativeFileError struct {
	File   string // in the image
	Found  string // "linux/arm64", or what else it is
	Wanted string // "linux/amd64"
}

// npmCPU are the words of npm for the processors of platforms.
var npmCPU = map[string]string{"linux/amd64": "x64", "linux/arm64": "arm64"}

func (e *NativeFileError) Error() string {
	cpu := npmCPU[e.Wanted]
	return fmt.Sprintf("native module %s is built for %s, the task runs on %s: install the dependencies for it "+
		"(npm ci --os=linux --cpu=%s), then build again", e.File, e.Found, e.Wanted, cpu)
}

// checkNative refuses native modules for other platforms than linux and arch. A package that brings them for many
// platforms, in itself or as packages beside it, is right if one of them fits. It returns those that do.
func (p layerPlan) checkNative(items []item, arch string) (nativeModules, error) {
	wanted := "linux/" + arch
	fits, foreign := nativeModules{}, map[string]*NativeFileError{}
	var families []string
	for _, it := range items {
		if it.kind != regular || it.size == 0 {
			continue
		}
		if l := libcOfName(it.name); l != "" {
			fits.add(packageFamily(it.name), "/"+it.name, l)
			continue
		}
		python := isStableABI(it.name)
		if !python && path.Ext(it.name) != ".node" {
			continue
		}
		found, linkedFor, err := p.platformOf(it, wanted)
		if err != nil {
			return nil, fmt.Errorf("look at native module %s: %w", it.name, err)
		}
		family := packageFamily(it.name)
		if found == wanted {
			fits.add(family, "/"+it.name, linkedFor)
		} else if !python && foreign[family] == nil {
			foreign[family] = &NativeFileError{File: "/" + it.name, Found: found, Wanted: wanted}
			families = append(families, family)
		}
	}
	for _, family := range families {
		if fits[family] == nil {
			return nil, foreign[family]
		}
	}
	return fits, nil
}

// platformWords are what npm packages end with that hold the native part of another package for one platform.
var platformWords = lazyregexp.New(`-(?:linux(?:musl)?|darwin|win32|freebsd|android|openbsd|wasm32)(?:-.*)?$`)

// pnpmStore is where pnpm has each package in a folder of its own, which has the platform in its name, too.
const pnpmStore = "/.pnpm/"

// packageFamily is the package of node_modules that a file belongs to, without the platform in its name.
func packageFamily(name string) string {
	if wheelPlatform.MatchString(name) || isStableABI(name) {
		return path.Dir(name) + " of Python" // a module for each C library may lie there
	}
	at := strings.LastIndex(name, "node_modules/")
	if at < 0 {
		return path.Dir(name)
	}
	head, rest := name[:at], name[at+len("node_modules/"):]
	parts := strings.SplitN(rest, "/", 3)
	pkg := parts[0]
	if strings.HasPrefix(pkg, "@") && len(parts) > 1 {
		pkg += "/" + parts[1]
	}
	if store := strings.Index(head, pnpmStore); store >= 0 {
		head = head[:store+1]
	}
	return head + platformWords.ReplaceAllString(pkg, "")
}

// openFile opens a regular file of the layer.
func (p layerPlan) openFile(it item) (*os.File, error) {
	root, err := os.OpenRoot(p.trees[it.tree].from)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(path.Join(it.dir, it.base))
}

// platformOf reads the head of a native module, and of one for the wanted platform which C library it was linked for.
func (p layerPlan) platformOf(it item, wanted string) (string, libc, error) {
	f, err := p.openFile(it)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	head := make([]byte, 20)
	if n, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", "", err
	} else {
		head = head[:n]
	}
	found := platformOfHead(head)
	if found != wanted {
		return found, "", nil
	}
	l, err := readLinked(f)
	if err != nil {
		return found, "", nil // damaged, or made for a test: what it needs is not known
	}
	return found, l.libc(), nil
}

// platformOfHead knows the formats of native code by their first bytes: ELF (its machine is at 18), Mach-O, PE.
func platformOfHead(head []byte) string {
	is := func(magic string) bool { return strings.HasPrefix(string(head), magic) }
	switch {
	case is("\x7fELF") && len(head) == 20:
		var order binary.ByteOrder = binary.LittleEndian
		if head[5] == 2 {
			order = binary.BigEndian
		}
		switch machine := order.Uint16(head[18:]); machine {
		case 62:
			return "linux/amd64"
		case 183:
			return "linux/arm64"
		default:
			return fmt.Sprintf("linux on ELF machine %d", machine)
		}
	case is("\xcf\xfa\xed\xfe"), is("\xca\xfe\xba\xbe"), is("\xce\xfa\xed\xfe"):
		return "macOS"
	case is("MZ"):
		return "Windows"
	}
	return "no platform that is known"
}
