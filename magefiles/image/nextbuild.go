package image

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// nextBuild is a standalone build of a Next.js application, as its own files tell of it.
type nextBuild struct {
	dir        string // the application, with its folder public; empty where the build does not lie where it was made
	out        string // where it was built, on disk
	dist       string // the same, relative to the application and slash-separated: .next, or distDir of next.config
	standalone string // the tree that holds the server
	app        string // the server's folder below standalone, slash-separated; "." but in monorepos
	next       string // the package next in it, on disk
	version    string // of that; empty where the build does not tell
	basePath   string // that every address begins with
	slash      bool   // addresses end with a slash: trailingSlash
	anySlash   bool   // nobody cares for slashes: skipTrailingSlashRedirect
	inMemory   bool   // pages that are rendered anew are not written: experimental.isrFlushToDisk is false
}

// requiredFiles is what `next build` writes for whoever lays out its result: the whole configuration, and where the
// application stands in a monorepo.
// https://nextjs.org/docs/app/api-reference/config/next-config-js/output
type requiredFiles struct {
	Config struct {
		DistDir       string `json:"distDir"`
		BasePath      string `json:"basePath"`
		TrailingSlash bool   `json:"trailingSlash"`
		AnySlash      bool   `json:"skipTrailingSlashRedirect"`
		Experimental  struct {
			ISRFlushToDisk *bool `json:"isrFlushToDisk"`
		} `json:"experimental"`
	} `json:"config"`
	RelativeAppDir string `json:"relativeAppDir"`
}

const (
	requiredFilesName = "required-server-files.json"
	standaloneFolder  = "standalone"
	// nextDist is where Next.js builds unless next.config says distDir.
	nextDist = ".next"
)

// distDir is where the build was made, relative to the application; empty where nothing tells. In a monorepo it may be
// outside of that: ../../dist/apps/web.
func (r requiredFiles) distDir() string {
	if r.Config.DistDir == "" {
		return ""
	}
	return path.Clean(filepath.ToSlash(r.Config.DistDir))
}

// app is the application's folder in the standalone tree, "." but in monorepos.
func (r requiredFiles) app() string { return path.Clean(filepath.ToSlash(r.RelativeAppDir)) }

// application is the folder of the application whose build is in out; empty where that lies elsewhere than where it was
// made.
func (r requiredFiles) application(out string) string {
	for _, place := range []struct{ below, app string }{{r.distDir(), ""}, {path.Join(r.app(), r.distDir()), r.app()}} {
		if root, there := strings.CutSuffix(filepath.ToSlash(out), "/"+place.below); there {
			return filepath.Join(filepath.FromSlash(root), filepath.FromSlash(place.app))
		}
	}
	return ""
}

// built is when the build was made, as far as its files tell.
func (b *nextBuild) built() time.Time {
	info, err := os.Stat(filepath.Join(b.out, "BUILD_ID"))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// readRequired reads what the build in out says of itself; older builds say nothing. Where a part of it is here, the
// standalone tree may have the file.
func readRequired(out string) (told requiredFiles) {
	data, err := os.ReadFile(filepath.Join(out, requiredFilesName))
	if err != nil {
		for _, inside := range buildsBelow(filepath.Join(out, standaloneFolder)).told {
			data, err = os.ReadFile(filepath.Join(out, standaloneFolder, filepath.FromSlash(inside), requiredFilesName))
		}
	}
	if err != nil || json.Unmarshal(data, &told) != nil {
		return requiredFiles{}
	}
	return told
}

// locate makes sure of the server's folder, and looks for it where the build does not tell.
func (b *nextBuild) locate() error {
	if !isFolder(b.standalone) {
		return &SourceError{Path: b.dir, Reason: "has no standalone build any more"}
	}
	if !b.serves(b.app) {
		app, err := b.search()
		if err != nil {
			return err
		}
		b.app = app
	}
	if !isFolder(b.out, "static") {
		return &SourceError{Path: b.out, Reason: "has no folder static, which browsers load the application from: the build is incomplete"}
	}
	b.findPackage()
	return nil
}

// serves tells whether a folder below standalone has a server with its build beside it.
func (b *nextBuild) serves(app string) bool {
	at := filepath.Join(b.standalone, filepath.FromSlash(app))
	return filepath.IsLocal(filepath.FromSlash(app)) && isFile(at, "server.js") && isFolder(at, filepath.FromSlash(b.dist))
}

func (b *nextBuild) search() (string, error) {
	var found []string
	err := fs.WalkDir(os.DirFS(b.standalone), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == nextDist):
			return fs.SkipDir
		case d.Name() == "server.js" && b.serves(path.Dir(name)):
			found = append(found, path.Dir(name))
		}
		return nil
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("find the Next.js server: %w", err)
	case len(found) == 0:
		return "", &SourceError{Path: b.standalone, Reason: "holds no server.js with " + b.dist + " beside it: the build is incomplete"}
	case len(found) > 1:
		return "", &SourceError{Path: b.standalone, Reason: "holds several servers: " + strings.Join(found, ", ")}
	}
	return found[0], nil
}

// findPackage finds the Next.js that the server will run, as Node.js does: from the server's folder upwards.
func (b *nextBuild) findPackage() {
	for at := b.app; ; at = path.Dir(at) {
		var manifest struct {
			Version string `json:"version"`
		}
		next := filepath.Join(b.standalone, filepath.FromSlash(at), "node_modules", "next")
		data, err := os.ReadFile(filepath.Join(next, "package.json"))
		if err == nil && json.Unmarshal(data, &manifest) == nil {
			b.next, b.version = next, manifest.Version
			return
		}
		if at == "." {
			return
		}
	}
}

// server is a path below the build's own copy beside the server, on disk.
func (b *nextBuild) server(elem ...string) string {
	return filepath.Join(append([]string{b.standalone, filepath.FromSlash(b.app), filepath.FromSlash(b.dist)}, elem...)...)
}

// read reads a manifest of the build into v; false where it is not there, or not what it was.
func (b *nextBuild) read(v any, elem ...string) bool {
	data, err := os.ReadFile(b.server(elem...))
	return err == nil && json.Unmarshal(data, v) == nil
}

// rendersAgain tells whether pages that the build rendered are rendered anew while the server runs (`revalidate`), or
// others are added to them when they are asked for first.
func (b *nextBuild) rendersAgain() bool {
	var manifest struct {
		Routes map[string]struct {
			Revalidate any `json:"initialRevalidateSeconds"` // false, or a number
		} `json:"routes"`
		Dynamic map[string]struct {
			Fallback any `json:"fallback"` // false: what the build did not render is not found
		} `json:"dynamicRoutes"`
	}
	if !b.read(&manifest, "prerender-manifest.json") {
		return false
	}
	for _, r := range manifest.Routes {
		if seconds, is := r.Revalidate.(float64); is && seconds > 0 {
			return true
		}
	}
	for _, r := range manifest.Dynamic {
		if r.Fallback != false {
			return true
		}
	}
	return false
}
