package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// KnownForms are the folders that are known to be programs, for messages.
const KnownForms = "a Next.js build, Nitro's .output, a SvelteKit build, a project whose package.json says what to start, a Go main package"

// Detect finds out what path, relative to dir, is. A path that does not exist is tried as a Go import
// path in the module of dir. What no image can be made of is a [*SourceError]: nothing there, an empty
// folder, a project of Next.js, Nuxt or SvelteKit that is not built, a Go main package outside a module, a source
// repository's root, a Dockerfile, an archive in a compression that is not read here. Of a Go main package, tags are its build tags
// beside those of GOFLAGS ([GoBuild].Tags): with others it may have no file.
func Detect(ctx context.Context, dir, path string, tags ...string) (Source, error) {
	full := path
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, path)
	}
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return detectImportPath(ctx, dir, path, tags)
	case err != nil:
		return Source{}, fmt.Errorf("look at image source: %w", err)
	case info.IsDir():
		return detectFolder(ctx, full, tags)
	case info.Mode().IsRegular():
		if err := checkArchive(full); err != nil {
			return Source{}, err
		}
		return Source{Kind: KindArchive, Path: full}, nil
	}
	return Source{}, &SourceError{Path: path, Reason: "is neither a folder nor a regular file"}
}

func detectFolder(ctx context.Context, dir string, tags []string) (Source, error) {
	if isFile(dir, "oci-layout") {
		return Source{Kind: KindLayout, Path: dir}, nil
	}
	if form := foreignForm(dir); form != "" {
		return Source{}, &SourceError{Path: dir, Reason: form}
	}
	switch b := findNextBuild(dir); {
	case b != nil && b.dir == "":
		return Source{}, &SourceError{Path: dir, Reason: "is a Next.js build that does not lie where it was made, which was " + b.dist +
			" of the application: put it there, where the folder public is found as well"}
	case b != nil:
		return Source{Kind: KindNextJS, Path: dir}, nil
	case isNextProject(dir) && exportedTo(dir) != "":
		return Source{}, &SourceError{Path: dir, Reason: `is a Next.js project with output: "export": its build is files, in ` + exportedTo(dir) + ", and there is no server in it",
			Next: []string{
				"name that folder as App.Image.Source, with App.Image.Base and App.Image.Command of a web server, then run the same command again",
				`or set output: "standalone" in next.config and run "next build", which makes a server`,
			}}
	case isNextProject(dir):
		return Source{}, &SourceError{Path: dir, Reason: `is a Next.js project without a standalone build: ` +
			`set output: "standalone" in next.config and run "next build", or name the folder of distDir where that is outside`}
	}
	switch program, err := detectGo(ctx, dir, tags); {
	case err != nil:
		return Source{}, err
	case program && !inModule(dir):
		return Source{}, &SourceError{Path: dir, Reason: "is a Go main package outside a module: no go.mod here or above"}
	case program:
		return Source{Kind: KindGo, Path: dir}, nil
	case isFile(dir, "package.json") && len(elsewhere(dir)) > 0:
		return Source{}, &SourceError{Path: dir, Reason: "is no Next.js build itself and has such below: name " + strings.Join(elsewhere(dir), " or ")}
	}
	switch service, err := findNode(dir); {
	case err != nil:
		return Source{}, err
	case service != nil:
		return Source{Kind: KindNode, Path: dir}, nil
	case exists(dir, ".git"):
		return Source{}, &SourceError{Path: dir, Reason: "is the root of a source repository, and none of the forms that are known (" + KnownForms + "): name the folder that the build wrote"}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Source{}, fmt.Errorf("look at image source: %w", err)
	}
	if len(entries) == 0 {
		return Source{}, &SourceError{Path: dir, Reason: "is an empty folder"}
	}
	return Source{Kind: KindFolder, Path: dir}, nil
}

func inModule(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	for {
		if isFile(dir, "go.mod") {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// detectImportPath asks the go command; a path with a leading dot or slash is none.
func detectImportPath(ctx context.Context, dir, path string, tags []string) (Source, error) {
	missing := &SourceError{Path: path, Reason: "does not exist"}
	if path == "" || strings.HasPrefix(path, ".") || filepath.IsAbs(path) || strings.Contains(path, "...") ||
		strings.HasPrefix(path, "-") || !inModule(dir) {
		return Source{}, missing
	}
	args := []string{"list", "-find", "-mod=readonly", "-f", "{{.Name}}"}
	if len(tags) > 0 {
		goes, err := askGo(ctx, Source{Path: path, Module: dir})
		if err != nil {
			return Source{}, fmt.Errorf("look at image source %s: %w", path, err)
		}
		// On the command line they take the place of those that GOFLAGS has.
		args = append(args, "-tags="+strings.Join(slices.Concat(goFlagTags(goes["GOFLAGS"]), tags), ","))
	}
	out, err := run(ctx, dir, nil, "go", append(args, "--", path)...)
	switch {
	case ctx.Err() != nil:
		return Source{}, fmt.Errorf("look at image source %s: %w", path, ctx.Err())
	case err != nil:
		missing.Reason = "does not exist, and is not the import path of a Go package here"
		return Source{}, missing
	case strings.TrimSpace(out) != "main":
		missing.Reason = fmt.Sprintf("is the Go package %q, not a program", strings.TrimSpace(out))
		return Source{}, missing
	}
	return Source{Kind: KindGo, Path: path, Module: dir}, nil
}

func exists(elem ...string) bool {
	_, err := os.Lstat(filepath.Join(elem...))
	return err == nil
}

func isFile(elem ...string) bool {
	info, err := os.Stat(filepath.Join(elem...))
	return err == nil && info.Mode().IsRegular()
}

func isFolder(elem ...string) bool {
	info, err := os.Stat(filepath.Join(elem...))
	return err == nil && info.IsDir()
}
