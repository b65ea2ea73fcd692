package image

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// planGo compiles the program into a folder of work and places the binary, named as `go install` would
// name it, in the working directory. The file depends on the sources, their modules, the version of Go
// and GOFLAGS, and on nothing else of the machine. Without cgo it needs no libraries, so scratch is
// base enough for a program that calls no TLS server; certificates and time zones come with a base.
func planGo(ctx context.Context, spec Spec, work string) (plan, error) {
	out, err := os.MkdirTemp(work, "go-")
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", spec.Source, err)
	}
	dir, pkg := spec.Source.Path, "."
	if spec.Source.Module != "" {
		dir, pkg = spec.Source.Module, spec.Source.Path
	}
	// The lowest instruction set of each architecture is fixed: it is part of the bytes.
	env := []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + spec.Architecture, "GOAMD64=v1", "GOARM64=v8.0"}
	if _, err := run(ctx, dir, env, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", out+string(filepath.Separator), "--", pkg); err != nil {
		return plan{}, fmt.Errorf("build %s for linux/%s: %w", spec.Source, spec.Architecture, err)
	}
	binaries, err := os.ReadDir(out)
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", spec.Source, err)
	}
	if len(binaries) != 1 {
		return plan{}, &SourceError{Path: spec.Source.Path, Reason: fmt.Sprintf("is %d programs, not one", len(binaries))}
	}
	warnings, err := olderGo(ctx, dir)
	if err != nil {
		return plan{}, fmt.Errorf("build %s: %w", spec.Source, err)
	}
	name := path.Join(spec.root(), binaries[0].Name())
	return plan{
		warnings: warnings,
		layers: []layerPlan{{
			name: "program", trees: []tree{{from: out, to: spec.root(), executable: true}}, program: filepath.Join(out, binaries[0].Name()),
		}},
		command: []string{name},
	}, nil
}

// olderGo warns where a program was compiled by an older Go than the toolchain line of its module names, and so with faults
// of the standard library that its owner knows of: GOTOOLCHAIN=local has that line ignored, as the images of golang set it.
// https://go.dev/doc/toolchain#select
func olderGo(ctx context.Context, dir string) (warnings []string, err error) {
	out, err := run(ctx, dir, nil, "go", "env", "GOVERSION", "GOMOD")
	if err != nil {
		return nil, err
	}
	used, gomod, _ := strings.Cut(strings.TrimSpace(out), "\n")
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
