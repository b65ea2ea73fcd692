package image

import (
	"bytes"
	"context"
	"fmt"
	"go/version"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// planGo compiles the programs into a folder of work and places the binaries, named as `go install` would name them, in the
// working directory. They depend on the sources, their modules, the version of Go, GOFLAGS and Spec.Go, and on nothing else of
// the machine. Without cgo they need no libraries: the default base has the files that they look for.
func (b *builder) planGo(ctx context.Context, spec Spec) (plan, error) {
	source := spec.Source
	out, err := os.MkdirTemp(b.dir, "go-")
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", source, err)
	}
	goes, err := askGo(ctx, source)
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", source, err)
	}
	flags, err := goFlags(goes["GOFLAGS"], spec)
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", source, err)
	}
	var names []string // of the programs, the one that is started first
	for _, of := range append([]Source{source}, spec.Go.Programs...) {
		name, err := b.compile(ctx, of, spec.Architecture, flags, out)
		if err != nil {
			return plan{}, err
		}
		if slices.Contains(names, name) {
			return plan{}, &PartError{Field: "Go.Programs", Name: of.Path, Reason: fmt.Sprintf("is a second program of the name %s", name)}
		}
		names = append(names, name)
	}
	p := plan{command: []string{path.Join(spec.root(), names[0])}}
	if p.warnings, err = olderGo(goes); err != nil {
		return plan{}, fmt.Errorf("build %s: %w", source, err)
	}
	unset, err := spec.unsetValues(out, names)
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", source, err)
	}
	p.warnings = append(p.warnings, unset...)
	if spec.standsOnDefault() {
		ground, packages, err := planGround(spec, goes, b.opts.certificates)
		if err != nil {
			return plan{}, err
		}
		p.layers, p.packages = append(p.layers, ground), packages
		p.warnings = append(p.warnings, groundWarnings(spec, b.opts.certificates, b.opts.now())...)
	}
	p.layers = append(p.layers, layerPlan{name: "program", trees: []tree{{from: out, to: spec.root(), executable: true}}})
	return p, nil
}

// goFolder is where the go command runs for a source, and what it calls it there.
func (s Source) goFolder() (dir, pkg string) {
	if s.Module != "" {
		return s.Module, s.Path
	}
	return s.Path, "."
}

// compile compiles one program into the folder out, and is its name there.
func (b *builder) compile(ctx context.Context, source Source, arch string, flags []string, out string) (string, error) {
	alone, err := os.MkdirTemp(b.dir, "go-")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", source, err)
	}
	dir, pkg := source.goFolder()
	// The lowest instruction set of each architecture is fixed: it is part of the bytes.
	environ := func(inherited []string) []string {
		return append(inherited, "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0")
	}
	heard := &compiling{tell: func(text string) { b.report(Progress{Step: "program", Doing: text}) }, what: source.shortly() + " for linux/" + arch}
	// With -v the go command names what it compiles, and nothing where all of it is in its cache.
	args := append(append([]string{"build", "-v"}, flags...), "-o", alone+string(filepath.Separator), "--", pkg)
	_, err = command{dir: dir, environ: environ, heard: heard}.run(ctx, "go", args...)
	if err != nil {
		return "", fmt.Errorf("build %s for linux/%s: %w", source, arch, heard.without(err))
	}
	binaries, err := os.ReadDir(alone)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", source, err)
	}
	if len(binaries) != 1 {
		return "", &SourceError{Path: source.Path, Reason: fmt.Sprintf("is %d programs, not one", len(binaries))}
	}
	name := binaries[0].Name()
	if err := os.Rename(filepath.Join(alone, name), filepath.Join(out, name)); err != nil {
		return "", fmt.Errorf("build %s: %w", source, err)
	}
	return name, nil
}

// shortly is the source in a line of progress.
func (s Source) shortly() string {
	if s.Module != "" || !filepath.IsAbs(s.Path) {
		return s.Path
	}
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, s.Path); err == nil && filepath.IsLocal(rel) {
			return "./" + filepath.ToSlash(rel)
		}
	}
	return s.Path
}

// askGo is what the go command says of itself where the source is: its version, module, flags and folder.
func askGo(ctx context.Context, source Source) (map[string]string, error) {
	names := []string{"GOVERSION", "GOMOD", "GOFLAGS", "GOROOT"}
	dir, _ := source.goFolder()
	// The go command heeds them here as well, and with some of them it answers in another form or not at all.
	inherited := os.Getenv("GOFLAGS")
	var without []string
	if inherited != "" {
		without = []string{"GOFLAGS="}
	}
	out, err := run(ctx, dir, without, "go", append([]string{"env"}, names...)...)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != len(names) {
		return nil, fmt.Errorf("go env answered %q", out)
	}
	said := map[string]string{}
	for i, name := range names {
		said[name] = lines[i]
	}
	if inherited != "" {
		said["GOFLAGS"] = inherited
	}
	return said, nil
}

// unsetValues warns of values that are in no program: the linker says nothing where a variable is not there, is no string, or
// is given a value that it is made to compute.
func (s Spec) unsetValues(out string, programs []string) (warnings []string, err error) {
	missing := map[string]string{}
	for name := range s.Go.Values {
		if value, _ := s.filledIn(s.Go.Values[name]); value != "" { // a value that cannot be filled in was refused before
			missing[name] = value
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	for _, program := range programs {
		binary, err := os.ReadFile(filepath.Join(out, program))
		if err != nil {
			return nil, err
		}
		maps.DeleteFunc(missing, func(_, value string) bool { return bytes.Contains(binary, []byte(value)) })
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		warnings = append(warnings, fmt.Sprintf("the value of %s is not in the program: the linker leaves out what is not a string variable that the program uses, "+
			"declared without a value or with a constant one; look at App.Image.Go.Values", name))
	}
	return warnings, nil
}

// olderGo warns where a program was compiled by an older Go than the toolchain line of its module names, and so with faults
// of the standard library that its owner knows of: GOTOOLCHAIN=local has that line ignored, as the images of golang set it.
// https://go.dev/doc/toolchain#select
func olderGo(goes map[string]string) (warnings []string, err error) {
	used, gomod := goes["GOVERSION"], goes["GOMOD"]
	if gomod == "" || gomod == os.DevNull {
		return nil, nil // a workspace, or no module
	}
	text, err := os.ReadFile(gomod)
	if err != nil {
		return nil, err
	}
	module, err := modfile.Parse(gomod, text, nil)
	if err != nil {
		return nil, err
	}
	if module.Toolchain == nil || version.Compare(used, module.Toolchain.Name) >= 0 {
		return nil, nil
	}
	return []string{fmt.Sprintf("the program is compiled by %s, and go.mod names %s: unset GOTOOLCHAIN, or install that", used, module.Toolchain.Name)}, nil
}
