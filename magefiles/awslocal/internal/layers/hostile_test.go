//go:build linux

package layers_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

func entry(typeflag byte, name, target string) file {
	return file{Header: tar.Header{Typeflag: typeflag, Name: name, Linkname: target, Mode: 0o777, ModTime: someTime}}
}

// hostile layers: each tries to reach out of its folder, to be more than it is, or to hang who unpacks it. An outside is a
// folder beside that of the cache which they know.
func hostile(t testing.TB, outside string) map[string]struct {
	b       blob
	refused string // part of the error; empty: it is unpacked, and harmless
} {
	pax := func(f file, records map[string]string) file { f.PAXRecords = records; return f }
	up := strings.Repeat("../", 20)
	out := outside + "/new"
	type c = struct {
		b       blob
		refused string
	}
	return map[string]c{
		"up":                               {archive(t, regular(up+out, "x", 0o644), regular("a/../../../../b", "x", 0o644)), ""},
		"absolute":                         {archive(t, regular(out, "x", 0o644)), ""},
		"beneath a link to the outside":    {archive(t, symlink("a", outside), regular("a/new", "x", 0o644)), ""},
		"beneath a link up":                {archive(t, symlink("a", up+outside), regular("a/new", "x", 0o644)), ""},
		"beneath a link of links":          {archive(t, symlink("a", "b"), symlink("b", outside), folder("a/new", 0o777), regular("a/new/x", "x", 0o644)), ""},
		"over a link to the outside":       {archive(t, symlink("a", outside+"/file"), regular("a", "x", 0o644)), ""},
		"a hard link to the outside":       {archive(t, hardLink("a", outside+"/file"), regular("a", "x", 0o644)), ""},
		"a hard link that stays":           {archive(t, hardLink("a", outside+"/file")), "not in this layer"},
		"a hard link up":                   {archive(t, hardLink("a", up+outside+"/file")), "not in this layer"},
		"a hard link through a link":       {archive(t, symlink("d", outside), hardLink("a", "d/file")), "not in this layer"},
		"a hard link to a link":            {archive(t, symlink("l", outside+"/file"), hardLink("a", "l"), regular("a", "x", 0o600)), ""},
		"a hard link to a folder":          {archive(t, folder("d", 0o755), hardLink("d/a", "d")), "folder"},
		"a hard link to the root":          {archive(t, hardLink("a", "..")), "folder"},
		"a hard link to itself":            {archive(t, hardLink("a", "a")), "not in this layer"},
		"hard links in a ring":             {archive(t, hardLink("a", "b"), hardLink("b", "a")), "not in this layer"},
		"links in a ring":                  {archive(t, symlink("a", "b"), symlink("b", "a"), regular("a/x", "x", 0o644)), "too many levels"},
		"a whiteout of the folder above":   {archive(t, whiteout("a/.wh...")), `a whiteout of ".."`},
		"a whiteout of the folder":         {archive(t, whiteout("a/.wh..")), `a whiteout of "."`},
		"a whiteout of nothing":            {archive(t, whiteout("a/.wh.")), `a whiteout of ""`},
		"a whiteout beneath a link":        {archive(t, symlink("a", outside), whiteout("a/.wh.file"), whiteout("a/.wh..wh..opq")), ""},
		"a whiteout up":                    {archive(t, whiteout(up+outside+"/.wh.file")), ""},
		"a file in a file":                 {archive(t, regular("a", "x", 0o644), regular("a/b", "x", 0o644)), "not a directory"},
		"the root as a file":               {archive(t, regular(".", "x", 0o644), symlink("..", outside), regular("new", "x", 0o644)), ""},
		"a device":                         {archive(t, file{Header: tar.Header{Typeflag: tar.TypeBlock, Name: "sda", Devmajor: 8, Mode: 0o666}}), ""},
		"a whiteout as a device":           {archive(t, file{Header: tar.Header{Typeflag: tar.TypeChar, Name: "etc", Mode: 0o666}}), ""},
		"a pipe that would be written":     {archive(t, entry(tar.TypeFifo, "a", ""), regular("a", "x", 0o644), entry(tar.TypeFifo, "b", "")), ""},
		"a pipe as list of users":          {archive(t, entry(tar.TypeFifo, "etc/passwd", "")), ""},
		"attributes of overlayfs":          {archive(t, pax(folder("a", 0o755), xattr("user.overlay.redirect", "/../..", "trusted.overlay.opaque", "y"))), ""},
		"capabilities":                     {archive(t, pax(regular("a", "x", 0o755), xattr("security.capability", "\x01\x00\x00\x02\x00\x04\x00\x00"))), ""},
		"an attribute too large":           {archive(t, pax(regular("a", "x", 0o755), xattr("user.x", strings.Repeat("x", 70_000)))), ""},
		"a name that no program can open":  {archive(t, regular(strings.Repeat("a/", 3000)+"x", "x", 0o644)), "a name of"},
		"a name too long by its links":     {archive(t, symlink("a", strings.Repeat("b/", 300)), symlink(strings.Repeat("b/", 300)+"c", strings.Repeat("d/", 300)), regular("a/c/x", "x", 0o644)), "name too long"},
		"a name too long for a folder":     {archive(t, regular(strings.Repeat("a", 300), "x", 0o644)), "name too long"},
		"an owner that is none":            {archive(t, regular("a", "x", 0o644, 1<<32-1, 0)), "owner"},
		"an unknown type":                  {archive(t, entry('Z', "a", "")), "type"},
		"a sparse file of a terabyte":      {sparse(1 << 40), "sparse"},
		"cut":                              {archive(t, regular("a", strings.Repeat("x", 5000), 0o644))[:2000], "unexpected EOF"},
		"times of other ages":              {archive(t, aged(-1<<40), aged(1<<40)), ""},
		"a thousand folders in each other": {archive(t, regular(strings.Repeat("a/", 1000)+"x", "x", 0o644)), "name too long"},
		"a thousand that are named":        {archive(t, nested(1000)...), "name too long"},
		"many folders in each other":       {archive(t, regular(strings.Repeat("a/", 400)+"x", "x", 0o644), regular("a", "x", 0o644)), ""},
	}
}

// nested are folders in each other, each with an entry.
func nested(n int) (all []file) {
	for i := range n {
		all = append(all, folder("a"+strings.Repeat("/a", i), 0o755))
	}
	return all
}

func xattr(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all["SCHILY.xattr."+pairs[i]] = pairs[i+1]
	}
	return all
}

func aged(seconds int64) file {
	f := regular(fmt.Sprint("age", seconds), "x", 0o644)
	f.ModTime = time.Unix(seconds, 0)
	f.Format = tar.FormatGNU
	return f
}

// sparse is a file in an archive of two kilobytes that would have many more (PAX sparse format 1.0): one piece of three bytes
// is at its start.
func sparse(size int64) blob {
	var out bytes.Buffer
	header := func(typeflag byte, name string, content []byte) {
		block := make([]byte, 512)
		copy(block, name)
		copy(block[100:], "0000644\x000000000\x000000000\x00")
		copy(block[124:], fmt.Sprintf("%011o\x00", len(content)))
		copy(block[136:], "00000000000\x00        ")
		block[156] = typeflag
		copy(block[257:], "ustar\x0000")
		sum := 0
		for _, b := range block {
			sum += int(b)
		}
		copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
		out.Write(block)
		out.Write(content)
		out.Write(make([]byte, (512-len(content)%512)%512))
	}
	var pax bytes.Buffer
	for _, record := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=holes", fmt.Sprintf("GNU.sparse.realsize=%d", size)} {
		fmt.Fprintf(&pax, "%d %s\n", len(record)+4, record)
	}
	header('x', "pax", pax.Bytes())
	header('0', "sparse", append(append([]byte("1\n0\n3\n"), make([]byte, 506)...), "abc"...))
	out.Write(make([]byte, 1024))
	return out.Bytes()
}

// around is a folder with a cache in it, and with what lies beside the cache, outside of the layer's folder.
type around struct{ dir, cache, outside string }

func newAround(t testing.TB) around {
	t.Helper()
	dir := tempDir(t)
	a := around{dir, filepath.Join(dir, "cache"), filepath.Join(dir, "outside")}
	must(t, os.MkdirAll(filepath.Join(a.outside, "folder"), 0o755))
	must(t, os.WriteFile(filepath.Join(a.outside, "file"), []byte("OUTSIDE"), 0o640))
	must(t, os.Symlink("file", filepath.Join(a.outside, "link")))
	return a
}

// state is all that can be seen of what lies outside of the folder of a layer: with times and numbers of links.
func (a around) state(t testing.TB, but string) string {
	t.Helper()
	var out strings.Builder
	must(t, filepath.WalkDir(a.dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == but:
			return fs.SkipDir
		case strings.HasPrefix(name, a.cache): // of this only the names count
			fmt.Fprintln(&out, name)
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		fmt.Fprintln(&out, name, info.Mode(), info.Size(), info.ModTime(), st.Nlink, st.Uid, st.Gid)
		return nil
	}))
	content, err := os.ReadFile(filepath.Join(a.outside, "file"))
	must(t, err)
	out.Write(content)
	return out.String()
}

// unpackAround unpacks a layer and judges that nothing outside of its folder has changed: what is in the cache is the entry's
// own, and nothing is left of one that is refused.
func unpackAround(t testing.TB, a around, b blob, o layers.Owner) (string, error) {
	t.Helper()
	c := openCache(t, a.cache)
	before := a.state(t, filepath.Join(a.cache, "entries"))
	dir, _, err := c.Unpack(t.Context(), b.diffID(), o, b.open)
	after := a.state(t, filepath.Join(a.cache, "entries"))
	if lock := filepath.Join(a.cache, "locks", b.diffID()[7:9]) + "\n"; strings.Replace(after, lock, "", 1) != strings.Replace(before, lock, "", 1) {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
	left, globErr := filepath.Glob(filepath.Join(a.cache, "entries", "*", "*"))
	must(t, globErr)
	switch {
	case err != nil && len(left) != 0:
		t.Errorf("refused (%v), and %v is there", err, left)
	case err == nil && (len(left) != 1 || filepath.Join(left[0], "fs") != dir):
		t.Errorf("unpacked in %s, and %v is there", dir, left)
	}
	return dir, err
}

func TestHostileLayers(t *testing.T) {
	all := hostile(t, "/outside")
	for name := range spread.Table(t, 8, all) {
		for who, o := range owners() {
			t.Run(name+" "+who, func(t *testing.T) {
				a := newAround(t)
				c := hostile(t, a.outside)[name]
				dir, err := unpackAround(t, a, c.b, o)
				switch {
				case c.refused == "" && err != nil:
					t.Error(err)
				case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
					t.Errorf("error %v, want one with %q", err, c.refused)
				}
				if err == nil {
					holdsNothingStrange(t, dir)
					_, _, err := layers.User([]string{dir}, "app")
					if err == nil {
						t.Error("there is a user app")
					}
				}
			})
		}
	}
}

// owners for whom layers are unpacked in tests.
func owners() map[string]layers.Owner {
	if os.Getuid() == 0 {
		return map[string]layers.Owner{"for a user": {UID: 1000, GID: 1000}, "for root": {Root: true}}
	}
	return map[string]layers.Owner{"for a user": {UID: 1000, GID: 1000}, "as it is": asIs}
}

// holdsNothingStrange sees that there is no device, and no attribute but those of [layers].
func holdsNothingStrange(t testing.TB, dir string) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	must(t, fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // not for who runs the tests to see
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if st := info.Sys().(*syscall.Stat_t); info.Mode()&fs.ModeDevice != 0 && st.Rdev != 0 {
			t.Errorf("%s is a device", name)
		}
		if d.Type() == fs.ModeSymlink || len(name) > 3000 {
			return nil
		}
		names := make([]byte, 1000)
		n, err := syscall.Listxattr(filepath.Join(dir, name), names)
		if err != nil {
			return nil
		}
		for key := range strings.SplitSeq(strings.TrimRight(string(names[:n]), "\x00"), "\x00") {
			if key != "" && key != "user.overlay.opaque" {
				t.Errorf("%s has attribute %s", name, key)
			}
		}
		return nil
	}))
}

// A sparse file that is not too large has its holes, and takes no room for them.
func TestSparse(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 1 << 26
	}
	b := sparse(size)
	dir, _, err := openCache(t, tempDir(t)).Unpack(t.Context(), b.diffID(), asIs, b.open)
	must(t, err)
	info, err := os.Stat(filepath.Join(dir, "holes"))
	must(t, err)
	f, err := os.Open(filepath.Join(dir, "holes"))
	must(t, err)
	defer f.Close()
	start := make([]byte, 8)
	_, err = f.Read(start)
	must(t, err)
	if blocks := info.Sys().(*syscall.Stat_t).Blocks; info.Size() != size || blocks*512 > 1<<20 || string(start) != "abc\x00\x00\x00\x00\x00" {
		t.Errorf("%d bytes in %d blocks, and %q at the start", info.Size(), blocks, start)
	}
}

// Nothing outside of the folder of a layer changes, whatever the layer is.
func FuzzUnpack(f *testing.F) {
	for _, c := range hostile(f, "/outside") {
		if len(c.b) < 100<<10 {
			f.Add([]byte(c.b), uint16(1000))
		}
	}
	for _, b := range []blob{
		archive(f, folder("etc", 0o755), regular("etc/passwd", "app:x:1000:1000::/app:/bin/sh\n", 0o644), hardLink("a", "etc/passwd")),
		archive(f, symlink("a", "/etc"), regular("a/b", "x", 0o4755, 5, 5), whiteout("a/.wh.c"), whiteout(".wh..wh..opq")),
		archive(f, regular("a/b/c", "x", 0), regular("a", "x", 0), folder("a", 0), regular("a/b", "x", 0o600)),
	} {
		f.Add([]byte(b), uint16(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, uid uint16) {
		if len(b) > 1<<20 {
			return
		}
		a := newAround(t)
		dir, err := unpackAround(t, a, b, layers.Owner{UID: int(uid), GID: 1000})
		if err == nil {
			holdsNothingStrange(t, dir)
			_, _, _ = layers.User([]string{dir, dir}, "app") // it ends
		}
	})
}
