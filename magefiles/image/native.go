package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
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

// nativeFile is what is known of a file with native code.
type nativeFile struct {
	Name     string // in the image, without a slash in front
	Kind     nativeKind
	Platform string // "linux/amd64", or what else it is
	Libc     libc   // that it was linked for; empty where it needs none, or where that is not known
}

// nativeFiles reads the native code among the items.
func (p layerPlan) nativeFiles(items []item) (all []nativeFile, err error) {
	for _, it := range items {
		if it.kind != regular || it.size == 0 {
			continue
		}
		kind := nativeKindOf(it.name)
		if kind == notNative {
			continue
		}
		found, err := p.nativeFile(it, kind)
		if err != nil {
			return nil, fmt.Errorf("look at native code in %s: %w", it.name, err)
		}
		if found.Platform != "" {
			all = append(all, found)
		}
	}
	return all, nil
}

// nativeFile believes what a file holds before its name: CPython on musl once named its modules as on glibc.
// https://github.com/python/cpython/issues/87278
func (p layerPlan) nativeFile(it item, kind nativeKind) (nativeFile, error) {
	n := nativeFile{Name: it.name, Kind: kind}
	f, err := p.openFile(it)
	if err != nil {
		return n, err
	}
	defer f.Close()
	head := make([]byte, 20)
	read, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, err
	}
	n.Platform = platformOfHead(head[:read])
	if l, err := readLinked(f); err == nil {
		n.Libc = l.libc()
		return n, nil
	}
	named, libcNamed := platformOfName(it.name)
	switch {
	case n.Platform == noPlatform && kind != addon:
		n.Platform, n.Libc = named, libcNamed // no native code, but for what its name tells
	case n.Platform == named:
		n.Libc = libcNamed // a damaged file
	}
	return n, nil
}

// nativeFormat grows with every change of what is remembered of native code.
const nativeFormat = "1"

// lookAtNative looks at the native code of a layer, and refuses modules for other platforms. That of files that are as they were is
// remembered under still.
func (b *builder) lookAtNative(p layerPlan, items []item, still string) error {
	var files []nativeFile
	key := ""
	if still != "" {
		key = newFingerprint("native", nativeFormat, still).sum()
	}
	if key == "" || !b.opts.Cache.get(key, &files) {
		var err error
		if files, err = p.nativeFiles(items); err != nil {
			return err
		}
		if key != "" {
			b.opts.Cache.put(key, files)
		}
	}
	for _, arch := range b.spec.architectures {
		native := nativeModules{}
		for _, f := range files {
			native.add(f, "linux/"+arch)
		}
		if err := native.refused("linux/" + arch); err != nil {
			return err
		}
		if arch == b.making {
			b.mu.Lock()
			b.native.merge(native)
			b.mu.Unlock()
		}
	}
	return nil
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

// noPlatform is that of a file without native code.
const noPlatform = "no platform that is known"

// platformOfHead knows the formats of native code by their first bytes: ELF (its machine is at 18), Mach-O, PE.
func platformOfHead(head []byte) string {
	is := func(magic string) bool { return strings.HasPrefix(string(head), magic) }
	switch {
	case is("\x7fELF") && len(head) == 20:
		var order binary.ByteOrder = binary.LittleEndian
		if head[5] == 2 {
			order = binary.BigEndian
		}
		if head[7] == 9 { // EI_OSABI; Linux's own is 0 or 3
			return "FreeBSD"
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
	return noPlatform
}
