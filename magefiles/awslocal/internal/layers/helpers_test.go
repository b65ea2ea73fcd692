//go:build linux

package layers_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
)

// blob is the archive of a layer.
type blob []byte

func (b blob) diffID() string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (b blob) open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }

func (b blob) layer() layers.Layer { return layers.Layer{DiffID: b.diffID(), Open: b.open} }

// file of an archive, with its content.
type file struct {
	tar.Header
	content string
}

var someTime = time.Unix(1_700_000_000, 0)

func regular(name, content string, mode int64, ids ...int) file {
	return owned(file{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content)), ModTime: someTime}, content}, ids)
}

func folder(name string, mode int64, ids ...int) file {
	return owned(file{Header: tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: someTime}}, ids)
}

func owned(f file, ids []int) file {
	if len(ids) == 2 {
		f.Uid, f.Gid = ids[0], ids[1]
	}
	return f
}

func symlink(name, target string) file {
	return file{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777, ModTime: someTime}}
}

func hardLink(name, target string) file {
	return file{Header: tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: 0o644, ModTime: someTime}}
}

func whiteout(name string) file { return regular(name, "", 0) }

func archive(t testing.TB, files ...file) blob {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		must(t, w.WriteHeader(&f.Header))
		_, err := io.WriteString(w, f.content)
		must(t, err)
	}
	must(t, w.Close())
	return out.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tempDir is a folder that can be removed whatever modes are in it.
func tempDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { must(t, layers.RemoveAll(dir)) })
	return dir
}

func openCache(t testing.TB, dir string) *layers.Cache {
	t.Helper()
	c, err := layers.Open(dir)
	must(t, err)
	return c
}

// asIs leaves modes as they are, and owners with who runs the tests.
var asIs = layers.Owner{}

// list says what is in a folder, a line a file, as ls would: whiteouts and opaque folders too.
func list(t testing.TB, dir string) string {
	t.Helper()
	var out strings.Builder
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) { // its line is there already
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		short, _ := filepath.Rel(dir, name)
		switch st := info.Sys().(*syscall.Stat_t); {
		case d.IsDir():
			fmt.Fprintf(&out, "%s %s/", info.Mode(), short)
			if n, err := syscall.Getxattr(name, "user.overlay.opaque", make([]byte, 9)); err == nil && n > 0 {
				out.WriteString(" opaque")
			}
		case st.Mode&syscall.S_IFMT == syscall.S_IFCHR && st.Rdev == 0:
			fmt.Fprintf(&out, "whiteout %s", short)
		case d.Type() == fs.ModeSymlink:
			target, _ := os.Readlink(name)
			fmt.Fprintf(&out, "link %s -> %s", short, target)
		case d.Type().IsRegular():
			must(t, os.Chmod(name, 0o600)) // for who is not root
			content, err := os.ReadFile(name)
			must(t, errors.Join(err, os.Chmod(name, info.Mode())))
			fmt.Fprintf(&out, "%s %s %q", info.Mode(), short, content)
			if st.Nlink > 1 {
				fmt.Fprintf(&out, " in %d places", st.Nlink)
			}
		default:
			fmt.Fprintf(&out, "%s %s", info.Mode(), short)
		}
		out.WriteString("\n")
		return nil
	}))
	return out.String()
}
