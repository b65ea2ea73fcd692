//go:build amd64 || arm64

package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// socket of the task's network. It stays in it, whoever has it.
func (t *Task) socket(ctx context.Context, kind int, a netip.AddrPort) (*os.File, error) {
	domain := syscall.AF_INET
	if !a.Addr().Is4() {
		domain = syscall.AF_INET6
	}
	r, err := t.holder.ask(ctx, boot.Request{Ask: boot.Socket, Domain: domain, Type: kind})
	if err != nil {
		return nil, err
	}
	if len(r.files) != 1 {
		closeAll(r.files)
		return nil, fmt.Errorf("make a socket: the holder passed %d", len(r.files))
	}
	return r.files[0], nil
}

// Dial an address of the task, as something in the task would. Network is tcp or udp, the address a number and a port.
func (t *Task) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := t.dial(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: named(network, address), Err: err}
	}
	return c, nil
}

func (t *Task) dial(ctx context.Context, network, address string) (net.Conn, error) {
	kind, a, err := parse(network, address)
	if err != nil {
		return nil, err
	}
	f, err := t.socket(ctx, kind, a)
	if err != nil {
		return nil, err
	}
	defer f.Close() // what net makes of it has its own descriptor
	if err := connect(ctx, f, a); err != nil {
		return nil, err
	}
	return net.FileConn(f)
}

// connect a socket, until ctx ends.
func connect(ctx context.Context, f *os.File, a netip.AddrPort) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	begun := error(nil)
	if err := raw.Control(func(fd uintptr) { begun = syscall.Connect(int(fd), sockaddr(a)) }); err != nil {
		return err
	}
	if begun != syscall.EINPROGRESS {
		return os.NewSyscallError("connect", begun)
	}
	stop := context.AfterFunc(ctx, func() { f.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	result := 0
	err = raw.Write(func(fd uintptr) bool {
		if result, begun = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR); begun != nil || result != 0 {
			return true
		}
		_, begun = syscall.Getpeername(int(fd))
		return begun != syscall.ENOTCONN // else it is not decided yet
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if result != 0 {
		begun = syscall.Errno(result)
	}
	return cmp.Or(err, os.NewSyscallError("connect", begun))
}

// Listen on an address of the task: programs in it reach whoever accepts.
func (t *Task) Listen(network, address string) (net.Listener, error) {
	f, err := t.bind(network, address, func(fd int) error { return syscall.Listen(fd, syscall.SOMAXCONN) })
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: named(network, address), Err: err}
	}
	defer f.Close()
	return net.FileListener(f)
}

// ListenPacket is Listen for UDP.
func (t *Task) ListenPacket(address string) (net.PacketConn, error) {
	f, err := t.bind("udp", address, func(int) error { return nil })
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "udp", Addr: named("udp", address), Err: err}
	}
	defer f.Close()
	return net.FilePacketConn(f)
}

func (t *Task) bind(network, address string, then func(fd int) error) (*os.File, error) {
	kind, a, err := parse(network, address)
	if err != nil {
		return nil, err
	}
	f, err := t.socket(context.Background(), kind, a)
	if err != nil {
		return nil, err
	}
	raw, err := f.SyscallConn()
	if err == nil {
		bound := error(nil)
		err = raw.Control(func(fd uintptr) {
			if kind == syscall.SOCK_STREAM {
				bound = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
			}
			if bound == nil {
				bound = os.NewSyscallError("bind", syscall.Bind(int(fd), sockaddr(a)))
			}
			if bound == nil {
				bound = os.NewSyscallError("listen", then(int(fd)))
			}
		})
		if err == nil {
			err = bound
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func parse(network, address string) (kind int, a netip.AddrPort, err error) {
	switch strings.TrimRight(network, "46") {
	case "tcp":
		kind = syscall.SOCK_STREAM
	case "udp":
		kind = syscall.SOCK_DGRAM
	default:
		return 0, a, net.UnknownNetworkError(network)
	}
	a, err = netip.ParseAddrPort(address)
	return kind, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), err
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// named is an address for an error.
func named(network, address string) net.Addr { return name{network, address} }

type name struct{ network, address string }

func (n name) Network() string { return n.network }
func (n name) String() string  { return n.address }
