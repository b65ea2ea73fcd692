package awslocal

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
)

// neighbour is the key, in the context of a connection, of the user at its other end, where that is another user of this
// machine: an int.
type neighbour struct{}

// withNeighbour tells in a connection's context whether it is another user's. Root may read everything anyway. What cannot
// be found out is not told: connections from other machines, and on other systems than Linux.
func withNeighbour(ctx context.Context, c net.Conn) context.Context {
	local, ok := c.LocalAddr().(*net.TCPAddr)
	remote, ok2 := c.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 || !remote.IP.IsLoopback() {
		return ctx
	}
	uid, known := socketOwner(plain(remote.AddrPort()), plain(local.AddrPort()))
	if !known || uid == 0 || uid == os.Geteuid() {
		return ctx
	}
	return context.WithValue(ctx, neighbour{}, uid)
}

// stranger says that a request is another user's; empty where it is not.
func stranger(ctx context.Context) string {
	uid, ok := ctx.Value(neighbour{}).(int)
	if !ok {
		return ""
	}
	return fmt.Sprintf("the embedded AWS answers the user who serves it (uid %d) and root alone, and this request is one of uid %d", os.Geteuid(), uid)
}

func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
