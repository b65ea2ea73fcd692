package image

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// smallestGo is what no executable of the go command is smaller than: a program that does nothing has a megabyte.
const smallestGo = 256 << 10

// goPrograms looks for the Go programs and libraries among the items, by what a file holds, whatever its name and mode. Their modules
// are those that `go version -m` lists: the program's own, those that it needs, and the standard library. Callers are the names of
// those that speak TLS as a client and bring no certificates of authorities along.
func (p layerPlan) goPrograms(items []item) (modules []Package, callers []string, err error) {
	for _, it := range items {
		if it.kind != regular || it.size < smallestGo {
			continue
		}
		found, calls, err := p.goProgram(it)
		if err != nil {
			return nil, nil, fmt.Errorf("list packages: read %s: %w", it.name, err)
		}
		modules = append(modules, found...)
		if calls {
			callers = append(callers, "/"+it.name)
		}
	}
	return modules, callers, nil
}

func (p layerPlan) goProgram(it item) (modules []Package, calls bool, err error) {
	f, err := p.openFile(it)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	var head [4]byte
	if _, err := f.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if string(head[:]) != elf.ELFMAG {
		return nil, false, nil
	}
	info, err := buildinfo.Read(f)
	if err != nil {
		return nil, false, nil // none of Go, or one from which it was taken
	}
	calls, err = callsTLS(f, info)
	return modulePackages(info), calls, err
}

// tlsClient is a function that is in a program exactly if it may open a TLS connection. The names of functions stay in a program
// that was stripped: the runtime prints them.
const tlsClient = "crypto/tls.(*Conn).clientHandshake"

// callsTLS tells whether a program may ask a TLS server, and looks for the authorities in the system.
func callsTLS(f io.ReadSeeker, info *buildinfo.BuildInfo) (bool, error) {
	for _, m := range info.Deps {
		if m.Path == certificatesModule || m.Path == "github.com/breml/rootcerts" {
			return false, nil
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	return contains(f, []byte(tlsClient))
}

// contains tells whether r has text in it, without holding all of it.
func contains(r io.Reader, text []byte) (bool, error) {
	buffer, kept := make([]byte, copyBuffer), 0
	for {
		n, err := r.Read(buffer[kept:])
		have := buffer[:kept+n]
		if bytes.Contains(have, text) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buffer, have[max(0, len(have)-len(text)+1):])
	}
}

// modulePackages are the modules of a program. One that stands in for another is the one that was compiled; where that is a
// folder of the machine that compiled it, its name and version are those of the one that it stands in for.
func modulePackages(info *buildinfo.BuildInfo) []Package {
	found := []Package{goPackage("stdlib", strings.TrimPrefix(info.GoVersion, "go"))}
	if info.Main.Path != "" {
		found = append(found, goPackage(info.Main.Path, info.Main.Version))
	}
	for _, m := range info.Deps {
		if m.Replace != nil && m.Replace.Version != "" && m.Replace.Version != "(devel)" {
			m = m.Replace
		}
		found = append(found, goPackage(m.Path, m.Version))
	}
	return found
}

// goPackage is a module. What was compiled from a working tree has no version: "(devel)" is none.
func goPackage(path, version string) Package {
	if version == "(devel)" {
		version = ""
	}
	p := Package{Name: path, Version: version, URL: "pkg:golang/" + path}
	if version != "" {
		p.URL += "@" + url.PathEscape(version)
	}
	return p
}
