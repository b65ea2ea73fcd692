package image

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// findNextBuild looks for a standalone build in dir: the application's folder, the folder that it was built in, the
// folder standalone itself, or a tree that was put together of them as the guide of Next.js does it for images
// (https://nextjs.org/docs/app/guides/self-hosting). nil is none.
func findNextBuild(dir string) *nextBuild {
	if b := builtAt(dir); b != nil {
		return b
	}
	below := buildsBelow(dir)
	if b := assembled(dir, below.told); b != nil {
		return b
	}
	var newest *nextBuild
	for _, out := range below.outs {
		b := builtAt(filepath.Join(dir, filepath.FromSlash(out)))
		// One in .next is meant also where its application is elsewhere.
		if b == nil || out != nextDist && (b.dir == "" || !sameFolder(b.dir, dir)) {
			continue
		}
		// Where distDir was changed, the build before may still lie there.
		if newest == nil || b.built().After(newest.built()) {
			newest = b
		}
	}
	return newest
}

// builtAt is the build that out is the folder of, or the folder standalone of; nil where it is neither. A link to it is
// followed.
func builtAt(out string) *nextBuild {
	named, err := filepath.Abs(out)
	if err != nil {
		return nil
	}
	places := []string{named}
	if real, err := filepath.EvalSymlinks(named); err == nil && real != named {
		places = append(places, real)
	}
	var found *nextBuild
	for _, place := range places {
		if filepath.Base(place) == standaloneFolder && !isFolder(place, standaloneFolder) {
			place = filepath.Dir(place)
		}
		if !isFolder(place, standaloneFolder) {
			continue
		}
		told := readRequired(place)
		b := &nextBuild{
			dir: told.application(place), out: place, dist: told.distDir(), standalone: filepath.Join(place, standaloneFolder), app: told.app(),
		}
		if b.dist == "" { // nothing tells
			if filepath.Base(place) != nextDist {
				continue
			}
			b.dir, b.dist = filepath.Dir(place), nextDist
		}
		b.configured(told)
		if b.dir != "" {
			return b
		}
		found = b
	}
	return found
}

// configured takes over what the application's configuration says.
func (b *nextBuild) configured(told requiredFiles) {
	b.basePath, b.slash, b.anySlash = told.Config.BasePath, told.Config.TrailingSlash, told.Config.AnySlash
	if flush := told.Config.Experimental.ISRFlushToDisk; flush != nil {
		b.inMemory = !*flush
	}
}

// assembled is the build whose standalone tree dir itself is, with static and public in it; nil where it is none, or more
// than one. told are the folders below it in which a build tells of itself.
func assembled(dir string, told []string) *nextBuild {
	var found []*nextBuild
	for _, at := range told {
		out := filepath.Join(dir, filepath.FromSlash(at))
		told := readRequired(out)
		home := filepath.Join(dir, filepath.FromSlash(told.app()))
		if told.distDir() == "" || at != path.Join(told.app(), told.distDir()) || !isStandaloneServer(home) {
			continue
		}
		b := &nextBuild{dir: home, out: out, dist: told.distDir(), standalone: dir, app: told.app()}
		b.configured(told)
		found = append(found, b)
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// isStandaloneServer tells whether server.js in a folder is what `next build` writes for a standalone build, and no
// server of somebody's own (the text is in what 14.2.35, 15.5.29 and 16.4.6 write).
func isStandaloneServer(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "server.js"))
	return err == nil && strings.Contains(string(data), "__NEXT_PRIVATE_STANDALONE_CONFIG")
}

// deepestDist is how many folders deep a build is looked for.
const deepestDist = 4

// buildFolders are folders in which `next build` left something, relative and slash-separated.
type buildFolders struct {
	outs []string // with a folder standalone
	told []string // with the file in which the build tells of itself, and no folder standalone
}

func buildsBelow(dir string) (found buildFolders) {
	// What cannot be read is no build.
	_ = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch at := path.Dir(name); {
		case err != nil || name == ".":
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			if isFolder(dir, filepath.FromSlash(name), standaloneFolder) {
				found.outs = append(found.outs, name)
			}
		case !d.IsDir():
			if d.Name() == requiredFilesName && !isFolder(dir, filepath.FromSlash(at), standaloneFolder) {
				found.told = append(found.told, at)
			}
		case d.Name() == standaloneFolder:
			found.outs = append(found.outs, at)
			return fs.SkipDir
		case d.Name() == "node_modules" || d.Name() == ".git" || strings.Count(name, "/") >= deepestDist:
			return fs.SkipDir
		case d.Name() == "static" && at != "." || d.Name() == "public":
			return fs.SkipDir // what browsers ask for, thousands of files often
		}
		return nil
	})
	return found
}

// elsewhere are folders below dir that hold a standalone build: what somebody meant who named the root of a monorepo.
func elsewhere(dir string) []string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	var found []string
	for _, out := range buildsBelow(dir).outs {
		b := builtAt(filepath.Join(dir, filepath.FromSlash(out)))
		if b == nil || b.dir == "" {
			continue
		}
		name := path.Dir(out)
		if app, err := filepath.Rel(dir, b.dir); err == nil && filepath.IsLocal(app) && strings.HasPrefix(out, filepath.ToSlash(app)+"/") {
			name = filepath.ToSlash(app)
		} else if !strings.HasSuffix(out, "/"+nextDist) {
			name = out
		}
		found = append(found, name)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// sameFolder tells whether two names are of one folder.
func sameFolder(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
