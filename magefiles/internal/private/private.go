// Package private keeps folders and files to the user who runs this process. What others could read or change in them
// would be secrets, or what is taken for true: the state of the embedded AWS, the layers of images.
//
// It looks at a folder itself and not at those above it: who may rename the folder can put another one in its place, but
// none that belongs to this user. On Windows nothing is looked at, since folders of a user's profile are that user's.
//
// It knows owners and modes of files on each system. It does not know what is in them. Imported by awslocal, blobs, image,
// sim and targets.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FolderError says why a folder is not taken.
type FolderError struct {
	Dir    string
	Reason string // in words, for a person: "belongs to …"
	Mend   string // a command that makes it fit; empty where another folder has to be named, as in place of one with other things
}

func (e *FolderError) Error() string { return fmt.Sprintf("folder %s %s", e.Dir, e.Reason) }

// Folder makes dir, with those above it, for this user alone (0700), or sees that it is so. One that others may only read
// is narrowed where it is empty or has an entry of one of the names ours, and that is told. Every other one is refused: a
// folder of another user, one that others may write, one that others may read and that holds something else. Where dir is a
// link of this user, all that is about the folder that it leads to, which is made where it is not there.
//
// Error: [*FolderError].
func Folder(dir string, ours ...string) (narrowed bool, err error) {
	dir = filepath.Clean(dir) // what ends with a slash is no link any more
	if err := ownLink(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := os.MkdirAll(followed(dir), 0o700); err != nil {
		return false, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	open, err := openTo(dir, info)
	refusal, refused := errors.AsType[*FolderError](err)
	if !open && (!refused || refusal.Mend == "") {
		return false, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	known := func(e fs.DirEntry) bool { return slices.Contains(ours, e.Name()) }
	others := len(entries) > 0 && !slices.ContainsFunc(entries, known)
	if others && !refused {
		refusal, refused = &FolderError{Dir: dir, Reason: fmt.Sprintf("may be read by others (mode %04o), and holds other things than this", info.Mode().Perm())}, true
	}
	if refused {
		if others {
			refusal.Mend = "" // it is for something else, such as /tmp: nobody should narrow that
		}
		return false, refusal
	}
	if err := chmod(dir, 0o700); err != nil {
		return false, err
	}
	// Some file systems keep no modes, and say nothing.
	if info, err = os.Stat(dir); err != nil {
		return false, err
	}
	if open, err = openTo(dir, info); err == nil && open {
		err = &FolderError{Dir: dir, Reason: fmt.Sprintf("may be read by others (mode %04o), and its file system does not change that", info.Mode().Perm())}
	}
	return err == nil, err
}

// followed is what a link leads to, whether that is there or not; what is no link is itself.
func followed(dir string) string {
	to, err := os.Readlink(dir)
	switch {
	case err != nil:
		return dir
	case filepath.IsAbs(to):
		return to
	}
	return filepath.Join(filepath.Dir(dir), to)
}

// chmod is os.Chmod but for tests.
var chmod = os.Chmod

// narrow is the command that keeps others out of a folder.
func narrow(dir string) string { return "chmod 700 '" + strings.ReplaceAll(dir, "'", `'\''`) + "'" }

// Create makes a new file that its owner alone may read (0600), for writing, in place of whatever has the name: a link is
// replaced and not followed. It is for one process at a time.
func Create(name string) (*os.File, error) {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}

// Write puts a file that its owner alone may read in place of whatever has the name, in one step.
func Write(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*") // 0600, and no file that is there
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error counts
	}
	return err
}
