package image

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// settled is how long after the server's program the rest of a standalone build may have been written.
const settled = time.Minute

// tried warns of files that a server wrote which ran in the standalone folder: pages as it rendered them there, with what
// it had for data. They are known by their times, where these are of the build, and by what the build has: a page that is
// in none of its manifests, or another one than the build has in its own folder. Files that came here with new times all
// look alike, and none is taken for such.
func (b *nextBuild) tried() (string, error) {
	program, err := os.Stat(filepath.Join(b.standalone, filepath.FromSlash(b.app), "server.js"))
	if err != nil {
		return "", fmt.Errorf("look at the Next.js server: %w", err)
	}
	var late []string
	root := b.server("server")
	known := b.rendered()
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name == routeCache:
			return fs.SkipDir // it is left out
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err == nil && (info.ModTime().Sub(program.ModTime()) > settled || known.foreign(name) || b.overwritten(name, info)) {
			late = append(late, path.Join("/", b.dist, "server", name))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		return "", fmt.Errorf("look at the Next.js build: %w", err)
	}
	if len(late) == 0 {
		return "", nil
	}
	files := late[0]
	if len(late) > 1 {
		files += fmt.Sprintf(" and %d more", len(late)-1)
	}
	return files + ` came after the build: a server has run in the standalone folder, and its pages come along; run "next build" again`, nil
}

// isRendered tells whether a file is of a page that was rendered.
func isRendered(name string) bool {
	switch path.Ext(name) {
	case ".html", ".rsc", ".meta", ".body":
		return true
	}
	return false
}

// overwritten tells whether the file of a rendered page is another one than the build has in its own folder, of which it
// was a copy, and the later one of both: `next start` may have written to that one.
func (b *nextBuild) overwritten(name string, info fs.FileInfo) bool {
	if !isRendered(name) {
		return false
	}
	of, err := os.Stat(filepath.Join(b.out, "server", filepath.FromSlash(name)))
	return err == nil && of.Size() != info.Size() && info.ModTime().After(of.ModTime())
}

// renderedPages are the pages that a build rendered; nil where it does not tell.
type renderedPages map[string]bool

// rendered reads them out of the build's manifests.
func (b *nextBuild) rendered() renderedPages {
	var prerendered struct {
		Routes  map[string]any `json:"routes"`
		Dynamic map[string]any `json:"dynamicRoutes"`
	}
	if !b.read(&prerendered, "prerender-manifest.json") || len(prerendered.Routes) == 0 {
		return nil
	}
	pages := renderedPages{}
	for _, routes := range []map[string]any{prerendered.Routes, prerendered.Dynamic} {
		for route := range routes {
			pages[route] = true
		}
	}
	var files map[string]string
	if b.read(&files, "server", "pages-manifest.json") {
		for route, file := range files {
			pages[route] = true
			pages["/"+strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(file, "pages/"), "app/"), path.Ext(file))] = true
		}
	}
	return pages
}

// foreign tells whether a file is a rendered page of the app router that the build did not render. Names of dynamic routes
// and of Next.js's own pages are the build's.
func (p renderedPages) foreign(name string) bool {
	page, is := strings.CutPrefix(name, "app/")
	if p == nil || !is || path.Ext(name) != ".html" || strings.ContainsAny(page, "[(@") || strings.HasPrefix(path.Base(page), "_") {
		return false
	}
	route := "/" + strings.TrimSuffix(page, ".html")
	if route == "/index" {
		route = "/"
	}
	return !p[route]
}
