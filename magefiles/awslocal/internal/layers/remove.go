package layers

import (
	"errors"
	"io/fs"
	"os"
	"path"
)

// RemoveAll removes a folder with all that is in it, as os.RemoveAll does, also what lies in folders that their owner may not
// read or write, as images have them and overlayfs makes them. An absent folder is no error.
func RemoveAll(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	if info, statErr := os.Lstat(dir); statErr != nil || !info.IsDir() {
		return err
	}
	if chmodErr := os.Chmod(dir, 0o700); chmodErr != nil {
		return errors.Join(err, chmodErr)
	}
	root, openErr := os.OpenRoot(dir)
	if openErr != nil {
		return errors.Join(err, openErr)
	}
	opened := openUp(root, ".")
	if closed := root.Close(); opened == nil {
		opened = closed
	}
	if opened != nil {
		return errors.Join(err, opened)
	}
	return os.RemoveAll(dir)
}

// openUp makes all folders in a folder such that they can be emptied.
func openUp(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	entries, err := f.ReadDir(-1)
	if closed := f.Close(); err == nil {
		err = closed
	}
	for _, e := range entries {
		if err == nil && e.IsDir() {
			at := path.Join(name, e.Name())
			if err = root.Chmod(at, 0o700); err == nil {
				err = openUp(root, at)
			}
		}
	}
	return err
}
