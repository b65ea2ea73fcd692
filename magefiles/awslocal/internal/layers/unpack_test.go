//go:build linux

package layers_test

import (
	"archive/tar"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
)

// What a layer says is in its folder, in the form of overlayfs.
func TestUnpack(t *testing.T) {
	long := strings.Repeat("long/", 60) + "name"
	for name, c := range map[string]struct {
		files []file
		want  string
	}{
		"files, folders and links": {
			[]file{folder("app", 0o750), regular("app/server.js", "x", 0o640), symlink("app/link", "/etc/passwd"), folder("empty", 0o1777)},
			"drwxr-xr-x ./\ndrwxr-x--- app/\nlink app/link -> /etc/passwd\n-rw-r----- app/server.js \"x\"\ndtrwxrwxrwx empty/\n",
		},
		"folders that are not named": {
			[]file{regular("a/b/c", "x", 0o600)},
			"drwxr-xr-x ./\ndrwxr-xr-x a/\ndrwxr-xr-x a/b/\n-rw------- a/b/c \"x\"\n",
		},
		"files in folders that nobody may write": {
			[]file{folder("a", 0o555), folder("a/b", 0), regular("a/c", "x", 0)},
			"drwxr-xr-x ./\ndr-xr-xr-x a/\nd--------- a/b/\n---------- a/c \"x\"\n",
		},
		"a hard link before its target, and a link to a link": {
			[]file{hardLink("b", "c"), hardLink("a", "b"), regular("c", "x", 0o644)},
			"drwxr-xr-x ./\n-rw-r--r-- a \"x\" in 3 places\n-rw-r--r-- b \"x\" in 3 places\n-rw-r--r-- c \"x\" in 3 places\n",
		},
		"a hard link keeps what its target was": {
			[]file{regular("a", "1", 0o644), hardLink("b", "a"), regular("a", "2", 0o600)},
			"drwxr-xr-x ./\n-rw------- a \"2\"\n-rw-r--r-- b \"1\"\n",
		},
		"the last of a name wins": {
			[]file{regular("a", "1", 0o644), regular("a", "2", 0o600), hardLink("b", "nowhere"), regular("b", "3", 0o644)},
			"drwxr-xr-x ./\n-rw------- a \"2\"\n-rw-r--r-- b \"3\"\n",
		},
		"a file in place of a folder, and the other way": {
			[]file{regular("a/x/y", "1", 0o644), regular("a", "2", 0o644), regular("b", "3", 0o644), folder("b", 0o700), regular("b/c", "4", 0o644)},
			"drwxr-xr-x ./\n-rw-r--r-- a \"2\"\ndrwx------ b/\n-rw-r--r-- b/c \"4\"\n",
		},
		"a folder that comes once more": {
			[]file{folder("a", 0o700), regular("a/x", "1", 0o644), folder("a", 0o711)},
			"drwxr-xr-x ./\ndrwx--x--x a/\n-rw-r--r-- a/x \"1\"\n",
		},
		"a folder in place of a link": {
			[]file{folder("real", 0o755), symlink("a", "real"), folder("a", 0o755), regular("a/x", "1", 0o644)},
			"drwxr-xr-x ./\ndrwxr-xr-x a/\n-rw-r--r-- a/x \"1\"\ndrwxr-xr-x real/\n",
		},
		"through links, as a program in the container would go": {
			[]file{symlink("lib", "/usr/lib"), regular("lib/x", "1", 0o644), symlink("up", "../../../usr"), regular("up/y", "2", 0o644)},
			"drwxr-xr-x ./\nlink lib -> /usr/lib\nlink up -> ../../../usr\ndrwxr-xr-x usr/\ndrwxr-xr-x usr/lib/\n-rw-r--r-- usr/lib/x \"1\"\n-rw-r--r-- usr/y \"2\"\n",
		},
		"whiteouts": {
			[]file{whiteout("a/.wh.gone"), whiteout(".wh.old"), whiteout("b/.wh..wh..opq"), regular("b/new", "1", 0o644)},
			"drwxr-xr-x ./\ndrwxr-xr-x a/\nwhiteout a/gone\ndrwxr-xr-x b/ opaque\n-rw-r--r-- b/new \"1\"\nwhiteout old\n",
		},
		"what a layer hides and has": { // hidden is what lower layers have
			[]file{regular("a", "1", 0o644), whiteout(".wh.a"), whiteout(".wh.b"), regular("b/x", "2", 0o644)},
			"drwxr-xr-x ./\n-rw-r--r-- a \"1\"\ndrwxr-xr-x b/ opaque\n-rw-r--r-- b/x \"2\"\n",
		},
		"whiteouts where all is hidden": { // they would be seen as devices
			[]file{whiteout("a/.wh.x"), whiteout("a/b/.wh.y"), whiteout("a/.wh..wh..opq")},
			"drwxr-xr-x ./\ndrwxr-xr-x a/ opaque\ndrwxr-xr-x a/b/\n",
		},
		"names of AUFS": {
			[]file{whiteout(".wh..wh.plnk/1.2"), whiteout(".wh..wh.aufs"), regular("x", "1", 0o644)},
			"drwxr-xr-x ./\n-rw-r--r-- x \"1\"\n",
		},
		"the root, and names that begin with a dot or a slash": {
			[]file{folder(".", 0o700), regular("./a", "1", 0o644), regular("/b", "2", 0o644)},
			"drwxr-xr-x ./\n-rw-r--r-- a \"1\"\n-rw-r--r-- b \"2\"\n",
		},
		"long names": {
			[]file{regular(long, "1", 0o644)},
			"drwxr-xr-x ./\n" + folders(long) + "-rw-r--r-- " + long + " \"1\"\n",
		},
		"pipes, and no devices": {
			[]file{{Header: tar.Header{Typeflag: tar.TypeFifo, Name: "p", Mode: 0o600}}, {Header: tar.Header{Typeflag: tar.TypeChar, Name: "null", Devmajor: 1, Devminor: 3}}},
			"drwxr-xr-x ./\nprw------- p\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := archive(t, c.files...)
			dir, fresh, err := openCache(t, tempDir(t)).Unpack(t.Context(), b.diffID(), asIs, b.open)
			must(t, err)
			if !fresh {
				t.Error("it was there already")
			}
			if got := list(t, dir); got != c.want {
				t.Errorf("got:\n%swant:\n%s", got, c.want)
			}
		})
	}
}

// folders are the lines of all folders above a name.
func folders(name string) string {
	var out strings.Builder
	for i, c := range name {
		if c == '/' {
			out.WriteString("drwxr-xr-x " + name[:i+1] + "\n")
		}
	}
	return out.String()
}

// What was unpacked is not unpacked again, and not even asked for.
func TestThereAlready(t *testing.T) {
	c, b := openCache(t, tempDir(t)), archive(t, regular("x", "1", 0o644))
	first, _, err := c.Unpack(t.Context(), b.diffID(), asIs, b.open)
	must(t, err)
	second, fresh, err := c.Unpack(t.Context(), b.diffID(), layers.Owner{GID: 7}, nil) // root by any name looks alike
	must(t, err)
	if fresh || first != second {
		t.Errorf("unpacked again in %s, and was in %s", second, first)
	}
}
