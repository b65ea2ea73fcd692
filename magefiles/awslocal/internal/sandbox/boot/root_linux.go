//go:build amd64 || arm64

package boot

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// build makes the root of a container, in a mount namespace of its own, and leaves this process in it, and the init that started it: its
// layers, an own upper one, what every container has beside them, its mounts and files.
//
// Whatever comes from the machine is a mount without a place before the root is another, and gets its place when nothing of the machine has a name any
// more, so that no link of an image leads out. (With the old root still stacked upon the new one, `..` in a link does.)
func build(c *Container) *Failure {
	r := root{Container: c, outside: map[string]int{}}
	for _, step := range []func() *Failure{
		r.collect, r.stack, r.pivot, r.proc, r.sysfs, r.dev, r.mounts, r.files, r.workingFolder, r.cover, r.seal,
	} {
		if f := step(); f != nil {
			return f
		}
	}
	return nil
}

type root struct {
	*Container
	outside map[string]int // mounts of the machine by their names there, and that of /proc
	sources []int          // of the container's mounts, in their order; 0: none
}

// collect what comes from the machine.
func (r *root) collect() (f *Failure) {
	if r.outside["/proc"], f = newProc(); f != nil {
		return f
	}
	names := slices.Clone(devices)
	if r.Sys {
		names = append(names, "/sys")
	}
	for _, name := range names {
		if r.outside[name], f = cloned(name); f != nil {
			return f
		}
	}
	r.sources = make([]int, len(r.Mounts))
	// The outer before the inner.
	slices.SortStableFunc(r.Mounts, func(a, b Mount) int { return len(a.Target) - len(b.Target) })
	for i, m := range r.Mounts {
		if m.Source == "" {
			continue
		}
		if r.sources[i], f = cloned(m.Source); f != nil {
			return f
		}
	}
	return nil
}

// stack mounts the layers. Devices of an image are none here: a container may make them, and no control group keeps it from using them.
func (r *root) stack() *Failure {
	const oPath = 0x200000
	var lower []string
	for _, layer := range slices.Backward(r.Layers) {
		fd, err := syscall.Open(layer, oPath|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return failure("open", layer, err)
		}
		defer syscall.Close(fd)
		lower = append(lower, "/proc/self/fd/"+strconv.Itoa(fd)) // short, for the options have one page, and without the characters that they have no escape for
	}
	if len(lower) == 0 {
		lower = []string{"empty"}
	}
	err := r.upon(lower)
	if err == syscall.EINVAL { // what the folder is on cannot be written through overlayfs: another overlayfs, NFS
		if err = syscall.Mount("tmpfs", r.Folder, "tmpfs", syscall.MS_NODEV, "mode=0700"); err == nil {
			err = r.upon(lower)
		}
	}
	if err != nil {
		return failure("stack "+strconv.Itoa(len(lower))+" layers by overlayfs at", r.Folder, err)
	}
	return nil
}

// upon the layers comes what the container writes, in its folder.
func (r *root) upon(lower []string) error {
	if err := syscall.Chdir(r.Folder); err != nil {
		return err
	}
	for _, name := range []string{"upper", "work", "root", "empty"} {
		if err := syscall.Mkdir(name, 0o700); err != nil && err != syscall.EEXIST {
			return err
		}
	}
	if err := syscall.Chmod("upper", uint32(r.mode(0o755))); err != nil { // it is the container's /
		return err
	}
	options := "userxattr,lowerdir=" + strings.Join(lower, ":") + ",upperdir=upper,workdir=work"
	return syscall.Mount("overlay", "root", "overlay", syscall.MS_NODEV, options)
}

// pivot changes the root, and takes its name from everything of the old one. https://man7.org/linux/man-pages/man2/pivot_root.2.html#NOTES
func (r *root) pivot() *Failure {
	old, err := syscall.Open("/", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return failure("open", "/", err)
	}
	defer syscall.Close(old)
	const detach = 2
	for _, step := range []func() error{
		func() error { return syscall.Chdir("root") },
		func() error { return syscall.PivotRoot(".", ".") },
		func() error { return syscall.Fchdir(old) },
		func() error { return syscall.Unmount(".", detach) },
		func() error { return syscall.Chdir("/") },
	} {
		if err := step(); err != nil {
			return failure("change the root", "", err)
		}
	}
	return nil
}

// seal makes the root read-only where that is asked for.
func (r *root) seal() *Failure {
	if !r.ReadOnly {
		return nil
	}
	return readOnly("/")
}

// folder makes a folder and what is above it. As Docker's, it is root's with mode 0755; where the program's user owns every file,
// it has the bits that others have.
func (r *root) folder(name string) *Failure {
	if err := os.MkdirAll(name, r.mode(0o755)); err != nil {
		return failure("make the folder", name, err)
	}
	return nil
}

func (r *root) mode(m os.FileMode) os.FileMode {
	if r.Process.Apart && r.Process.UID != 0 {
		return m&^0o700 | m&0o007<<6
	}
	return m
}

// files are written anew: those of images are often links to what is not there.
func (r *root) files() *Failure {
	for name, content := range r.Files {
		if f := r.folder(name[:strings.LastIndexByte(name, '/')+1]); f != nil {
			return f
		}
		os.Remove(name)
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return failure("write", name, err)
		}
		_, err = file.Write(content)
		if err == nil {
			err = file.Chmod(r.mode(0o644))
		}
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return failure("write", name, err)
		}
	}
	return nil
}

// workingFolder is made where the image has none, as runc does.
func (r *root) workingFolder() *Failure {
	return r.folder(r.Process.Dir)
}
