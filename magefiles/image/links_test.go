package image_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// Each cause of a link to nothing has its own remedy, and what works is left alone.
func TestTheRemedyForALink(t *testing.T) {
	outside := write(t, files{"lib/x.js": "x", "pkg/package.json": "{}", "cache/made.by.a.trial": "x"}) // somewhere on this machine
	below, err := os.MkdirTemp("/tmp", "")                                                              // as another program's
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(below)) })
	must(t, os.CopyFS(below, os.DirFS(outside)))
	source := func(t *testing.T, tree files) string {
		dir := write(t, tree)
		must(t, os.Symlink(filepath.Join(dir, "dist/a.js"), filepath.Join(dir, "a.js")))
		return dir
	}
	started := v1.ConfigFile{Config: v1.Config{WorkingDir: "/app"}}
	for name, c := range map[string]struct {
		tree   files
		dir    func(*testing.T, files) string
		spec   image.Spec
		base   []string
		config v1.ConfigFile
		want   []string // nil: nothing is said
	}{
		"to its own folder as it lies here": {tree: files{"dist/a.js": "x"}, dir: source, want: []string{"/app/a.js → ", "make those relative that name the source's own folder on this machine (ln -sr)"}},
		"to a file below /tmp":              {tree: files{"a.js": "→" + below + "/lib/x.js"}, want: []string{"/app/a.js → " + below + "/lib/x.js", "name the folder that holds both, or copy"}},
		"to a package below /tmp":           {tree: files{"node_modules/p": "→" + below + "/pkg"}, want: []string{"/app/node_modules/p → ", "npm install --install-links"}},
		"to a folder that a trial made":     {tree: files{"cache": "→" + below + "/cache", "none": "→/tmp/is-not-there-at-all"}},
		"to what .dockerignore leaves out":  {tree: files{".dockerignore": "d\n", "d/f": "x", "a": "→d/f"}, want: []string{"take what they lead to out of .dockerignore"}},
		"to nothing in a source with one":   {tree: files{".dockerignore": "d\n", "a": "→absent"}, want: []string{"leave it out, or put what it leads to into the source"}},
		"in circles through a folder":       {tree: files{"d/up": "→../e", "e": "→d/up/f"}, want: []string{"/app/d/up → ../e (in circles)"}},
		"to its own folder, and on":         {tree: files{"d/self": "→.", "d/f": "x", "g": "→d/self/self/f"}},
		"through a file":                    {tree: files{"f": "x", "a": "→f/g"}, want: []string{"/app/a → f/g"}},
		"logs of a web server":              {tree: files{"log/access.log": "→/dev/stdout", "log/error.log": "→/proc/self/fd/2"}},
		"to the base's files beside it":     {tree: files{"a": "→deps/x.js"}, base: []string{"app/deps/x.js"}, config: started},
		"to no files of such a base":        {tree: files{"a": "→deps/y.js"}, base: []string{"app/deps/x.js"}, config: started, want: []string{"/app/a → deps/y.js"}},
		"from the root to the base's":       {tree: files{"a": "→etc/ssl/cert.pem"}, spec: image.Spec{WorkingDir: "/"}, base: []string{"etc/ssl/cert.pem"}},
		"from the root to nothing":          {tree: files{"a": "→etc/ssl/other.pem"}, spec: image.Spec{WorkingDir: "/"}, base: []string{"etc/ssl/cert.pem"}, want: []string{"/a → etc/ssl/other.pem"}},
		"that a later layer replaces":       {tree: files{"conf": "→absent"}, spec: image.Spec{Folders: []image.Folder{{From: write(t, files{"x": "x"}), To: "/app/conf"}}}},
		"to what a file of ours hides":      {tree: files{"data": "x", "a": "→data/f"}, base: []string{"app/data/f"}, config: started, want: []string{"/app/a → data/f"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.dir == nil {
				c.dir = func(t *testing.T, tree files) string { return write(t, tree) }
			}
			c.spec.Source = image.Source{Kind: image.KindFolder, Path: c.dir(t, c.tree.with(files{"run": "x"}))}
			must(t, os.Chmod(filepath.Join(c.spec.Source.Path, "run"), 0o755))
			c.spec.Command = []string{"./run"}
			if c.base != nil {
				c.spec.Base = base(t, c.base, c.config)
			}
			got := mustBuild(t, c.spec).Warnings
			if len(c.want) == 0 && len(got) > 0 || len(c.want) > 0 && len(got) != 1 {
				t.Fatalf("got %q", got)
			}
			for _, w := range c.want {
				if !strings.Contains(got[0], w) {
					t.Errorf("got %q, want %q", got[0], w)
				}
			}
		})
	}
	// In the parts of a Next.js build, and what is a file of two names is one of its own.
	dir := write(t, next(files{"public/logo.png": "→../../assets/logo.png", ".next/static/b/x.js": "→./y.js", "public/one.txt": "x"}))
	must(t, os.Link(filepath.Join(dir, "public/one.txt"), filepath.Join(dir, "public/two.txt")))
	got := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindNextJS, Path: dir}, Base: base(t, []string{"usr/local/bin/node"}, v1.ConfigFile{})}).Warnings
	if len(got) != 1 || !strings.Contains(got[0], "/app/public/logo.png → ") || !strings.Contains(got[0], "/app/.next/static/b/x.js → ./y.js") || strings.Contains(got[0], "two.txt") || strings.Contains(got[0], "outputFileTracingRoot") || !strings.Contains(got[0], "cp -RL") {
		t.Errorf("got %q", got)
	}
}
