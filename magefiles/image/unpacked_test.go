package image_test

import (
	"archive/tar"
	"os"
	"path/filepath"
	"testing"
)

// unpack writes the files of an image into a folder, with their modes.
func unpack(t *testing.T, root string, entries map[string]entry) {
	t.Helper()
	must(t, os.Chmod(root, 0o755))
	for name, e := range entries {
		at := filepath.Join(root, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		switch e.header.Typeflag {
		case tar.TypeDir:
			must(t, os.MkdirAll(at, 0o755))
			must(t, os.Chmod(at, e.header.FileInfo().Mode()))
		case tar.TypeReg:
			must(t, os.WriteFile(at, []byte(e.content), e.header.FileInfo().Mode().Perm()))
		}
	}
}

func appendTo(t *testing.T, name string, text []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.Write(text)
	must(t, err)
	must(t, f.Close())
}
