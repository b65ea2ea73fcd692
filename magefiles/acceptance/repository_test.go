package acceptance_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the folder of this repository. Files are named from there, with slashes.
var root = func() string {
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		panic(err) // the folder of this package is gone
	}
	return dir
}()

// inRepository is the path of a file or folder of this repository.
func inRepository(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(inRepository(name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// rewrite is what -update does.
func rewrite(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(inRepository(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// matching are the files of a pattern; there is one at least.
func matching(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(root), pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no file is named %s: %v", pattern, err)
	}
	return names
}
