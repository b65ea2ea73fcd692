package image

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"strings"
)

// libc is a C library of Linux. A program that was linked for one of them does not start on a system that has another.
type libc string

const (
	glibc libc = "glibc" // of Debian, Ubuntu, Fedora, Amazon Linux
	musl  libc = "musl"  // of Alpine
)

// linked is what a file in ELF asks of the system at run time.
type linked struct {
	interpreter string   // /lib64/ld-linux-x86-64.so.2; empty for libraries and for what is linked statically
	needed      []string // names of libraries
}

// errNotELF says that a file is no ELF, or a damaged one.
var errNotELF = errors.New("is no file in ELF that can be read")

// readLinked reads the program headers, which the system's own loader reads: a file may have no sections.
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
func readLinked(r io.ReaderAt) (linked, error) {
	f, err := elf.NewFile(withoutSections{r})
	if err != nil {
		return linked{}, errNotELF
	}
	var l linked
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_INTERP:
			l.interpreter = readText(p, 0)
		case elf.PT_DYNAMIC:
			l.needed = neededBy(f, p)
		}
	}
	return l, nil
}

// withoutSections is a file in ELF that says of itself that it has no sections: they stand at its end, and are not needed.
type withoutSections struct{ io.ReaderAt }

func (r withoutSections) ReadAt(p []byte, at int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, at)
	var class [5]byte
	if at >= 64 {
		return n, err
	}
	if _, cerr := r.ReaderAt.ReadAt(class[:], 0); cerr != nil {
		return n, cerr
	}
	fields := [][2]int64{{0x28, 0x30}, {0x3c, 0x40}} // e_shoff; e_shnum and e_shstrndx
	if elf.Class(class[elf.EI_CLASS]) == elf.ELFCLASS32 {
		fields = [][2]int64{{0x20, 0x24}, {0x30, 0x34}}
	}
	for _, f := range fields {
		for i := max(f[0], at); i < min(f[1], at+int64(n)); i++ {
			p[i-at] = 0
		}
	}
	return n, err
}

// maxDynamic bounds the table of what is linked, whose size the file itself says.
const maxDynamic = 64 << 10

func neededBy(f *elf.File, dynamic *elf.Prog) (names []string) {
	table, err := io.ReadAll(io.NewSectionReader(dynamic, 0, int64(min(dynamic.Filesz, maxDynamic))))
	if err != nil {
		return nil
	}
	var offsets []uint64
	var texts uint64
	word := func(b []byte) uint64 { return f.ByteOrder.Uint64(b) }
	size := 8
	if f.Class == elf.ELFCLASS32 {
		word, size = func(b []byte) uint64 { return uint64(f.ByteOrder.Uint32(b)) }, 4
	}
	for ; len(table) >= 2*size; table = table[2*size:] {
		switch value := word(table[size:]); elf.DynTag(word(table)) {
		case elf.DT_NEEDED:
			offsets = append(offsets, value)
		case elf.DT_STRTAB:
			texts = value
		}
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || texts < p.Vaddr || texts-p.Vaddr >= p.Filesz {
			continue
		}
		for _, offset := range offsets {
			if at := texts - p.Vaddr + offset; at < p.Filesz {
				names = append(names, readText(p, int64(at)))
			}
		}
		break
	}
	return names
}

// readText reads a text that ends with 0, of at most a path's length.
func readText(r io.ReaderAt, at int64) string {
	buffer := make([]byte, 4096)
	n, _ := r.ReadAt(buffer, at) // what lies behind the text may be the file's end
	text, _, ended := bytes.Cut(buffer[:n], []byte{0})
	if !ended {
		return ""
	}
	return string(text)
}

// libc is the C library that a file was linked for; empty where it needs none, or one that is not known.
func (l linked) libc() libc {
	found := loaderLibc(l.interpreter)
	android := false
	for _, name := range l.needed {
		switch {
		case name == "liblog.so", name == "libandroid.so":
			android = true
		case strings.HasPrefix(name, "libc.musl-"), strings.HasPrefix(name, "ld-musl-"), name == "libc.so":
			found = musl
		case name == "libc.so.6", strings.HasPrefix(name, "ld-linux"):
			found = glibc
		}
	}
	if android { // its library is libc.so, too
		return ""
	}
	return found
}

// loaderLibc is the C library whose loader a path names; empty where it names none that is known.
func loaderLibc(path string) libc {
	switch base := path[strings.LastIndex(path, "/")+1:]; {
	case strings.HasPrefix(base, "ld-musl-"):
		return musl
	case strings.HasPrefix(base, "ld-linux"):
		return glibc
	}
	return ""
}
