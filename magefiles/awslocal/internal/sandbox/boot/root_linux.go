//go:build amd64 || arm64

package boot

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// build makes the root of a container, in a mount namespace of its own, and leaves this process in it, and the init that started it: its
// layers, an own upper one, what every container has beside them, its mounts and files.
//
// After pivot_root the old root is the working directory: what is mounted comes from relative names and goes to absolute ones, so
// that no link of an image leads out of it.
func build(c *Container) *Failure {
	r := root{Container: c, sources: map[string]int{}}
	for _, step := range []func() *Failure{
		r.openSources, r.stack, r.pivot, r.proc, r.sysfs, r.dev, r.mounts, r.files, r.workingFolder, r.leave, r.cover, r.seal,
	} {
		if f := step(); f != nil {
			return f
		}
	}
	return nil
}

type root struct {
	*Container
	sources map[string]int // descriptors of the folders that are mounted
}

// byDescriptor is a name without characters that the options of a mount have no escape for, and short: they have one page.
func byDescriptor(fd int) string { return "proc/self/fd/" + strconv.Itoa(fd) }

func openFolder(folder string) (int, *Failure) {
	const oPath = 0x200000
	fd, err := syscall.Open(folder, oPath|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, failure("open", folder, err)
	}
	return fd, nil
}

func (r *root) openSources() *Failure {
	for _, m := range r.Mounts {
		if m.Source == "" {
			continue
		}
		fd, f := openFolder(m.Source)
		if f != nil {
			return f
		}
		r.sources[m.Source] = fd
	}
	return nil
}

// stack mounts the layers. Devices of an image are none here: a container may make them, and no control group keeps it from using them.
func (r *root) stack() *Failure {
	var lower []string
	for _, layer := range slices.Backward(r.Layers) {
		fd, f := openFolder(layer)
		if f != nil {
			return f
		}
		defer syscall.Close(fd)
		lower = append(lower, "/"+byDescriptor(fd))
	}
	if err := syscall.Chdir(r.Folder); err != nil {
		return failure("enter", r.Folder, err)
	}
	if len(lower) == 0 {
		lower = []string{"empty"}
	}
	options := "userxattr,lowerdir=" + strings.Join(lower, ":") + ",upperdir=upper,workdir=work"
	if err := syscall.Mount("overlay", "root", "overlay", syscall.MS_NODEV, options); err != nil {
		return failure("stack "+strconv.Itoa(len(lower))+" layers by overlayfs at", r.Folder, err)
	}
	return nil
}

func (r *root) pivot() *Failure {
	old, err := syscall.Open("/", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return failure("open", "/", err)
	}
	defer syscall.Close(old)
	if err := syscall.Chdir("root"); err != nil {
		return failure("enter the container's root", "", err)
	}
	if err := syscall.PivotRoot(".", "."); err != nil {
		return failure("change the root", "", err)
	}
	if err := syscall.Fchdir(old); err != nil {
		return failure("enter the old root", "", err)
	}
	return nil
}

// leave the old root: nothing of the machine has a name any more.
func (r *root) leave() *Failure {
	const detach = 2
	if err := syscall.Unmount(".", detach); err != nil {
		return failure("unmount the old root", "", err)
	}
	if err := syscall.Chdir("/"); err != nil {
		return failure("enter the root", "", err)
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
		if f := r.folder(path.Dir(name)); f != nil {
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
