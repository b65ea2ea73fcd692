package sandbox

import (
	"io/fs"
	"os"
	"path/filepath"
)

// removeAll removes a folder that programs have written in: overlayfs leaves one with mode 000, and images have read-only ones.
func removeAll(folder string) error {
	if err := os.RemoveAll(folder); err == nil {
		return nil
	}
	// The walk reads a folder after it was passed on.
	filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(name, 0o700)
		}
		return nil
	})
	return os.RemoveAll(folder)
}
