package image

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// Package is a piece of other people's software in an image.
type Package struct {
	Name    string
	Version string
	License string // as an SPDX expression, where the package says so
	URL     string // https://github.com/package-url/purl-spec
	// Declared is the lock file that names it, where it was not found as a package in the image: the build may have bundled it
	// into other files.
	Declared string
}

// maxPackageFile bounds what is read of a package.json.
const maxPackageFile = 1 << 20

// packaged is what was found in the files of a layer.
type packaged struct {
	Packages []Package
	Callers  []string `json:",omitempty"` // see goPrograms
}

// packages are those that the layer holds: what is in node_modules, and the modules of Go programs.
func (p layerPlan) packages(items []item) (packaged, error) {
	var found []Package
	var files []item
	for _, it := range items {
		if it.kind == regular && isPackageFile(it.name) {
			files = append(files, it)
		}
	}
	for _, it := range files {
		pkg, err := p.readPackage(it)
		if err != nil {
			return packaged{}, fmt.Errorf("list packages: read %s: %w", it.name, err)
		}
		if pkg.Name != "" {
			found = append(found, pkg)
		}
	}
	modules, callers, err := p.goPrograms(items)
	if err != nil {
		return packaged{}, err
	}
	return packaged{Packages: append(found, modules...), Callers: callers}, nil
}

// isPackageFile tells whether name is the package.json of a package in node_modules; those deeper in it say how its
// files are to be loaded.
func isPackageFile(name string) bool {
	dir, ok := strings.CutSuffix(name, "/package.json")
	at := strings.LastIndex(dir, "node_modules/")
	if !ok || at < 0 {
		return false
	}
	pkg := dir[at+len("node_modules/"):]
	slashes := strings.Count(pkg, "/")
	return slashes == 0 && !strings.HasPrefix(pkg, "@") || slashes == 1 && strings.HasPrefix(pkg, "@")
}

func (p layerPlan) readPackage(it item) (Package, error) {
	f, err := p.openFile(it)
	if err != nil {
		return Package{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPackageFile))
	if err != nil {
		return Package{}, err
	}
	return parsePackage(data), nil
}

// parsePackage reads a package.json; what is none has no name.
func parsePackage(data []byte) Package {
	var file struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		License any    `json:"license"` // in old packages an object
	}
	if json.Unmarshal(data, &file) != nil || file.Name == "" || file.Version == "" {
		return Package{}
	}
	license, _ := file.License.(string)
	return npmPackage(file.Name, file.Version, license)
}

func npmPackage(name, version, license string) Package {
	pkg := Package{Name: name, Version: version, License: license}
	if scope, rest, scoped := strings.Cut(name, "/"); scoped {
		pkg.URL = "pkg:npm/" + strings.Replace(scope, "@", "%40", 1) + "/" + url.PathEscape(rest) + "@" + url.PathEscape(version)
	} else {
		pkg.URL = "pkg:npm/" + url.PathEscape(name) + "@" + url.PathEscape(version)
	}
	return pkg
}
