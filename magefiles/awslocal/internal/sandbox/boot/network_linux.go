//go:build amd64 || arm64

package boot

import (
	"encoding/binary"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// interfaceRequest is struct ifreq: https://man7.org/linux/man-pages/man7/netdevice.7.html.
type interfaceRequest struct {
	name  [syscall.IFNAMSIZ]byte
	value [24]byte
}

// network brings the loopback up and gives it addresses. All of a task's addresses are of its loopback: no packet leaves it.
func network(addresses [][4]byte) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	set := func(name string, what uintptr, value []byte) error {
		var r interfaceRequest
		copy(r.name[:syscall.IFNAMSIZ-1], name)
		copy(r.value[:], value)
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), what, uintptr(unsafe.Pointer(&r))); e != 0 {
			return e
		}
		return nil
	}
	if err := set("lo", syscall.SIOCSIFFLAGS, binary.NativeEndian.AppendUint16(nil, syscall.IFF_UP|syscall.IFF_RUNNING)); err != nil {
		return err
	}
	for i, a := range addresses {
		name := "lo:" + strconv.Itoa(i+1)
		if err := set(name, syscall.SIOCSIFADDR, socketAddress(a)); err != nil {
			return err
		}
		// Else the kernel takes the mask of the address's old class, and a whole net answers.
		if err := set(name, syscall.SIOCSIFNETMASK, socketAddress([4]byte{255, 255, 255, 255})); err != nil {
			return err
		}
	}
	return nil
}

// lowPorts lets programs of the task listen on ports below 1024. On Fargate root alone may (https://github.com/aws/containers-roadmap/issues/1721); a root
// in a user namespace of its own is none to the network of the task.
func lowPorts() error {
	return os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0)
}

// socketAddress is struct sockaddr_in.
func socketAddress(a [4]byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, syscall.AF_INET)
	return append(append(b, 0, 0), a[:]...)
}
