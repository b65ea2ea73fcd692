//go:build unix

package private

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// A file system that keeps no modes takes every one without an error. Nobody is told that such a folder is theirs alone.
func TestAFileSystemWithoutModes(t *testing.T) {
	chmod = func(string, fs.FileMode) error { return nil }
	t.Cleanup(func() { chmod = os.Chmod })
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	narrowed, err := Folder(dir)
	if refusal, ok := errors.AsType[*FolderError](err); !ok || narrowed || refusal.Mend != "" {
		t.Errorf("narrowed: %v, %v", narrowed, err)
	}
}
