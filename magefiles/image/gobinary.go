package image

import (
	"debug/buildinfo"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// smallestGo is what no executable of the go command is smaller than: a program that does nothing has a megabyte.
const smallestGo = 256 << 10

// goModules are the modules of the Go programs and libraries among the items, as `go version -m` lists them: the program's
// own, those that it needs, and the standard library. They are found by what a file holds, whatever its name and mode.
func (p layerPlan) goModules(items []item) (found []Package, err error) {
	for _, it := range items {
		if it.kind != regular || it.size < smallestGo {
			continue
		}
		modules, err := p.modulesOf(it)
		if err != nil {
			return nil, fmt.Errorf("list packages: read %s: %w", it.name, err)
		}
		found = append(found, modules...)
	}
	return found, nil
}

func (p layerPlan) modulesOf(it item) ([]Package, error) {
	f, err := p.openFile(it)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var head [4]byte
	if _, err := f.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if binary.BigEndian.Uint32(head[:]) != 0x7f454c46 { // "\x7fELF"
		return nil, nil
	}
	info, err := buildinfo.Read(f)
	if err != nil {
		return nil, nil // none of Go, or one from which it was taken
	}
	return modulePackages(info), nil
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
