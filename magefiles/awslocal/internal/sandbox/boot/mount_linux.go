//go:build amd64 || arm64

package boot

import (
	"cmp"
	"os"
	"strconv"
	"syscall"
)

// mount at an absolute name of the container, which is made where it is missing.
func (r *root) mount(source, target, kind string, flags uintptr, options string) *Failure {
	if f := r.folder(target); f != nil {
		return f
	}
	if err := syscall.Mount(source, target, kind, flags, options); err != nil {
		return failure("mount "+kind+" at", target, err)
	}
	return nil
}

// place what was collected from outside, at a folder that is made where it is missing.
func (r *root) place(outside int, target string) *Failure {
	if f := r.folder(target); f != nil {
		return f
	}
	return attach(outside, target)
}

func (r *root) proc() *Failure { return r.place(r.outside["/proc"], "/proc") }

// sysfs is the holder's, which owns the network that it shows.
func (r *root) sysfs() *Failure {
	if !r.Sys {
		return r.folder("/sys")
	}
	if f := r.place(r.outside["/sys"], "/sys"); f != nil {
		return f
	}
	return readOnly("/sys")
}

// devices are the machine's: to make one takes privileges.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}

// dev holds what runc's default has: https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-devices.
func (r *root) dev() *Failure {
	if f := r.mount("tmpfs", "/dev", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_STRICTATIME, "mode=755,size=65536k"); f != nil {
		return f
	}
	for _, name := range devices {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_RDONLY, 0o666)
		if err != nil {
			return failure("make", name, err)
		}
		file.Close()
		if f := attach(r.outside[name], name); f != nil {
			return f
		}
	}
	for name, to := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(to, "/dev/"+name); err != nil {
			return failure("link", "/dev/"+name, err)
		}
	}
	if f := r.mount("devpts", "/dev/pts", "devpts", syscall.MS_NOSUID|syscall.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"); f != nil {
		return f
	}
	return r.mount("shm", "/dev/shm", "tmpfs", noPrivileges, "mode=1777,size="+strconv.Itoa(cmp.Or(r.ShmMB, 64))+"m")
}

// mounts of the container.
func (r *root) mounts() *Failure {
	for i, m := range r.Mounts {
		if f := r.own(m, r.sources[i]); f != nil {
			return f
		}
	}
	return nil
}

func (r *root) own(m Mount, source int) *Failure {
	if m.Source == "" {
		options := "mode=" + strconv.FormatUint(uint64(cmp.Or(m.Mode, 0o1777)), 8)
		if m.SizeMB > 0 {
			options += ",size=" + strconv.Itoa(m.SizeMB) + "m"
		}
		if f := r.mount("tmpfs", m.Target, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, options); f != nil {
			return f
		}
	} else if f := r.place(source, m.Target); f != nil {
		return f
	}
	if m.ReadOnly {
		return readOnly(m.Target)
	}
	return nil
}

// readOnly makes a mount read-only. In a user namespace the flags that it has from outside are locked: they have to be repeated.
func readOnly(target string) *Failure {
	var st syscall.Statfs_t
	if err := syscall.Statfs(target, &st); err != nil {
		return failure("look at the mount", target, err)
	}
	// The flags of statfs(2) are those of mount(2), but for this one: https://man7.org/linux/man-pages/man2/statfs.2.html.
	const stRelatime = 0x1000
	flags := uintptr(st.Flags) & (syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_NOATIME | syscall.MS_NODIRATIME)
	if st.Flags&stRelatime != 0 {
		flags |= syscall.MS_RELATIME
	}
	if err := syscall.Mount("", target, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY|flags, ""); err != nil {
		return failure("make read-only", target, err)
	}
	return nil
}

// What of /proc and /sys is the machine's: it can be read at most, or not even that, as with runc under Docker. A user namespace refuses most of it by
// itself; for root it would be the machine's. https://github.com/moby/moby/blob/master/daemon/pkg/oci/defaults.go
var (
	readable = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
	hidden   = []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
		"/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
	}
)

// cover what is the machine's, where the kernel has it.
func (r *root) cover() *Failure {
	for _, name := range readable {
		err := syscall.Mount(name, name, "", syscall.MS_BIND|syscall.MS_REC, "")
		if err == syscall.ENOENT {
			continue
		}
		if err != nil {
			return failure("cover", name, err)
		}
		if f := readOnly(name); f != nil {
			return f
		}
	}
	for _, name := range hidden {
		err := syscall.Mount(os.DevNull, name, "", syscall.MS_BIND, "")
		if err == syscall.ENOTDIR {
			err = syscall.Mount("tmpfs", name, "tmpfs", noPrivileges|syscall.MS_RDONLY, "")
		}
		if err != nil && err != syscall.ENOENT {
			return failure("cover", name, err)
		}
	}
	return nil
}
