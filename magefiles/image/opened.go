package image

import (
	"io"
	"io/fs"
	"os"
)

// openFolder is a folder that is open. Entries are looked up in it by one name at a time, and links are not followed out
// of it: a folder that is replaced by a link meanwhile leads nowhere else. Where the system lets a program do that
// directly, it costs a third of what [os.Root] takes, which would be most of a build in which nothing changed.
type openFolder interface {
	// names of the entries, in no order.
	names() ([]string, error)
	// look tells what an entry is; of a link, the link itself.
	look(name string) (seen, error)
	// enter opens a folder in it.
	enter(name string) (openFolder, error)
	// open opens a regular file in it.
	open(name string) (io.ReadSeekCloser, error)
	// link is where a link points to.
	link(name string) (string, error)
	Close() error
}

// seen is what the file system says of an entry.
type seen struct {
	mode    fs.FileMode
	size    int64
	stamp   stamp
	stamped bool
}

// rootFolder is an open folder on any system.
type rootFolder struct{ *os.Root }

func openRootFolder(path string) (openFolder, error) {
	root, err := os.OpenRoot(path)
	return rootFolder{root}, err
}

func (f rootFolder) names() ([]string, error) {
	d, err := f.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

func (f rootFolder) look(name string) (seen, error) {
	info, err := f.Lstat(name)
	if err != nil {
		return seen{}, err
	}
	s := seen{mode: info.Mode(), size: info.Size()}
	s.stamp, s.stamped = stampOf(info)
	return s, nil
}

func (f rootFolder) enter(name string) (openFolder, error) {
	root, err := f.OpenRoot(name)
	return rootFolder{root}, err
}

func (f rootFolder) open(name string) (io.ReadSeekCloser, error) { return f.Open(name) }

func (f rootFolder) link(name string) (string, error) { return f.Readlink(name) }
