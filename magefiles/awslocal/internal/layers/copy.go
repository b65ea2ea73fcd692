package layers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Copy makes the folder to, which is not there, with what a stack of layers, lowest first, has at a path: as a runtime fills a
// volume that is new. A path that the layers do not have becomes an empty folder of user 0, mode 0755, and so one that is no folder
// there. Only files, folders and links are copied.
func Copy(layers []string, name, to string, o Owner) error {
	var s stack
	for _, dir := range layers {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return fmt.Errorf("fill volume: %w", err)
		}
		defer root.Close() // read only
		s = append(s, onDisk{root})
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return fmt.Errorf("fill volume: %w", err)
	}
	out, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("fill volume: %w", err)
	}
	defer out.Close() // closed with its files
	name = strings.Trim(path.Clean("/"+name), "/")
	of, err := s.folder(name)
	if err == nil && len(of) == 0 {
		return o.empty(to)
	}
	if err == nil {
		err = s.copyFolder(of, name, out, ".", o)
	}
	if err != nil {
		return fmt.Errorf("fill volume with /%s: %w", name, err)
	}
	return nil
}

// empty gives a new folder the mode of one that belongs to user 0.
func (o Owner) empty(to string) error {
	return os.Chmod(to, o.mode(meta{mode: 0o755}, "-"))
}

func (s stack) copyFolder(of []int, name string, out *os.Root, at string, o Owner) error {
	seen := map[string]bool{}
	for _, i := range of {
		list, err := fs.ReadDir(s[i].(onDisk).FS(), name)
		if err != nil {
			return err
		}
		for _, e := range list {
			if seen[e.Name()] {
				continue
			}
			seen[e.Name()] = true
			if err := s.copyEntry(of, path.Join(name, e.Name()), out, path.Join(at, e.Name()), o); err != nil {
				return err
			}
		}
	}
	return likeFrom(s[of[0]].(onDisk).Root, name, out, at, o)
}

func (s stack) copyEntry(of []int, name string, out *os.Root, at string, o Owner) error {
	within, top, err := s.step(of, name)
	if err != nil || len(within) == 0 {
		return err
	}
	from := s[within[0]].(onDisk).Root
	switch top.kind {
	case folder:
		if err := out.Mkdir(at, 0o700); err != nil {
			return err
		}
		return s.copyFolder(within, name, out, at, o)
	case symlink:
		return out.Symlink(top.target, at)
	case regular:
		if err := copyFile(from, name, out, at); err != nil {
			return err
		}
		return likeFrom(from, name, out, at, o)
	}
	return nil
}

func copyFile(from *os.Root, name string, out *os.Root, at string) error {
	in, err := from.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer in.Close() // read only
	f, err := out.Create(at)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, in)
	return errors.Join(err, f.Close())
}

// likeFrom gives a copy the mode of what it was copied from, and the owner where that is somebody else.
func likeFrom(from *os.Root, name string, out *os.Root, at string, o Owner) error {
	info, err := from.Lstat(name)
	if err != nil {
		return err
	}
	if o.Root {
		if uid, gid, ok := ownerOf(info); ok {
			if err := out.Lchown(at, uid, gid); err != nil {
				return err
			}
		}
	}
	return out.Chmod(at, info.Mode()&(fs.ModePerm|special))
}
