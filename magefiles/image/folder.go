package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// epoch is the time of every file in a layer, so that a new checkout is no new layer.
var epoch = time.Unix(0, 0).UTC()

// tree is a folder on disk and its place in the image.
type tree struct {
	from string
	to   string // absolute
	// pick chooses among the entries by their names, relative to from and slash-separated.
	// nil takes all.
	pick func(name string) choice
	// executable marks every file so, where the disk has no such mode (Windows).
	executable bool
}

// choice is what happens to an entry of a tree.
type choice int

const (
	take  choice = iota // it is written
	enter               // it is not written itself; a folder's content is asked for
	skip                // it is left out with all below
)

// tarWriter writes the entries of one layer. A folder that was written already is left out, so that
// several trees can share parents.
type tarWriter struct {
	*tar.Writer
	folders map[string]bool
	buffer  []byte
}

// writeTar runs fill on a tar written to w, and ends it.
func writeTar(w io.Writer, fill func(*tarWriter) error) error {
	t := &tarWriter{Writer: tar.NewWriter(w), folders: map[string]bool{}, buffer: make([]byte, copyBuffer)}
	if err := fill(t); err != nil {
		return err
	}
	return t.Close()
}

// folder writes the folder name (without a slash in front) and those above it, each once.
func (t *tarWriter) folder(name string, mode fs.FileMode) error {
	if name == "" || name == "." || t.folders[name] {
		return nil
	}
	if err := t.folder(path.Dir(name), 0); err != nil {
		return err
	}
	t.folders[name] = true
	return t.WriteHeader(&tar.Header{
		Typeflag: tar.TypeDir, Name: name + "/", Mode: folderMode(mode), ModTime: epoch,
	})
}

// file writes a regular file of the given size.
func (t *tarWriter) file(name string, mode fs.FileMode, size int64, r io.Reader) error {
	if err := t.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Mode: fileMode(mode), Size: size, ModTime: epoch,
	}); err != nil {
		return err
	}
	// One byte more than announced is asked for: a file that grew is noticed, too.
	n, err := io.CopyBuffer(t, io.LimitReader(r, size+1), t.buffer)
	if errors.Is(err, tar.ErrWriteTooLong) || err == nil && n != size {
		return errors.New("changed while it was read")
	}
	return err
}

// link writes a symbolic link; what it points to means the image's own files.
func (t *tarWriter) link(name, target string) error {
	return t.WriteHeader(&tar.Header{
		Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777, ModTime: epoch,
	})
}

// fileMode keeps of a mode what means the same on every machine: readable by all (the program
// runs as another user than the owner, root), writable by root, executable or not.
func fileMode(m fs.FileMode) int64 {
	if m&0o111 != 0 {
		return 0o755
	}
	return 0o644
}

// folderMode is 0755, but for folders of temporary files that everybody may write to.
func folderMode(m fs.FileMode) int64 {
	if m&fs.ModeSticky != 0 && m.Perm() == 0o777 {
		return 0o1777
	}
	return 0o755
}

// tree writes a folder's content in lexical order. Symbolic links are kept as links, wherever they
// point; they are never followed, so nothing outside the folder is read. Devices, sockets and named
// pipes are refused.
func (t *tarWriter) tree(tr tree) error {
	root, err := os.OpenRoot(tr.from)
	if err != nil {
		return fmt.Errorf("read folder: %w", err)
	}
	defer root.Close()
	to := strings.Trim(path.Clean(tr.to), "/")
	if err := t.folder(to, 0); err != nil {
		return err
	}
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read folder: %w", err)
		}
		if name == "." {
			return nil
		}
		if tr.pick != nil {
			switch choice := tr.pick(name); {
			case choice == skip && d.IsDir():
				return fs.SkipDir
			case choice != take:
				return nil
			}
		}
		if err := t.entry(root, name, path.Join(to, name), tr.executable); err != nil {
			return fmt.Errorf("add %s: %w", name, err)
		}
		return nil
	})
}

// entry writes the file, folder or link name of root as the entry as.
func (t *tarWriter) entry(root *os.Root, name, as string, executable bool) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return t.folder(as, info.Mode())
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := root.Readlink(name)
		if err != nil {
			return err
		}
		return t.link(as, filepath.ToSlash(target))
	case info.Mode().IsRegular():
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		mode := info.Mode()
		if executable {
			mode |= 0o111
		}
		return t.file(as, mode, info.Size(), f)
	}
	return fmt.Errorf("is a %s, which an image cannot hold", specialKind(info.Mode()))
}

func specialKind(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
