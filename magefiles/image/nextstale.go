package image

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// notSources are folders of an application that next build does not read: what is made, tests, and the tools around it.
var notSources = set("node_modules public dist build out coverage test tests __tests__ __mocks__ e2e cypress playwright spec docs doc scripts script " +
	"storybook-static magefiles infra terraform cdk.out migrations prisma tmp temp logs data uploads standalone")

// sourceExtensions are those of files that next build compiles.
var sourceExtensions = set(".js .jsx .ts .tsx .mjs .cjs .mts .cts .css .scss .sass .less .mdx .graphql .gql")

// rootSources are the files beside package.json that next build reads.
var rootSources = lazyregexp.New(`^(?:next|tailwind|postcss)\.config\.[a-z]+$|^(?:middleware|proxy|instrumentation(?:-client)?)\.[jt]sx?$`)

// notCompiled are tests, stories, and declarations, which next build itself writes.
var notCompiled = lazyregexp.New(`\.(?:test|spec|stories|cy|e2e)\.[a-z]+$|\.d\.[cm]?ts$`)

// unsteady is how much later than the build a file has to be: the clocks of file systems are not all fine.
const unsteady = 2 * time.Second

// stale warns of sources that were changed after the build: the image would have the commit's name and the build of before.
// In a new checkout all files are new, and tell nothing of that.
func (b *nextBuild) stale() string {
	built := b.built()
	if server, err := os.Stat(filepath.Join(b.standalone, filepath.FromSlash(b.app), "server.js")); err == nil && server.ModTime().After(built) {
		built = server.ModTime()
	}
	if built.IsZero() || b.dir == "" || insideOf(b.dir, b.standalone) {
		return "" // a tree that was put together has no sources
	}
	var newest string
	var when time.Time
	later, all := 0, 0
	// What cannot be read tells nothing.
	_ = fs.WalkDir(os.DirFS(b.dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case d.IsDir():
			if name != "." && (strings.HasPrefix(d.Name(), ".") || notSources[d.Name()] || sameFolder(filepath.Join(b.dir, name), b.out)) {
				return fs.SkipDir
			}
			return nil
		case !isSource(name) || !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		all++
		if info.ModTime().After(built.Add(unsteady)) {
			later++
			if info.ModTime().After(when) {
				newest, when = name, info.ModTime()
			}
		}
		return nil
	})
	if later == 0 || later == all && all > 1 {
		return ""
	}
	more := ""
	if later > 1 {
		more = fmt.Sprintf(" and %d more are", later-1)
	} else {
		more = " is"
	}
	return fmt.Sprintf("%s%s newer than the build, which is of %s: the image has what was built then; run \"next build\" again",
		newest, more, built.UTC().Format("2006-01-02 15:04 MST"))
}

// isSource tells whether next build compiles a file of the application, by its name.
func isSource(name string) bool {
	if path.Dir(name) == "." {
		return rootSources.MatchString(name)
	}
	return sourceExtensions[path.Ext(name)] && !notCompiled.MatchString(name)
}

// insideOf tells whether a folder is another, or in it.
func insideOf(dir, folder string) bool {
	rel, err := filepath.Rel(folder, dir)
	return err == nil && filepath.IsLocal(rel)
}
