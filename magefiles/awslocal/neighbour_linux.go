package awslocal

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"time"
)

// What the kernel is asked: https://man7.org/linux/man-pages/man7/sock_diag.7.html. The names are those of its headers.
const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	sockIDSize       = 48
	diagRequestSize  = syscall.NLMSG_HDRLEN + 8 + sockIDSize
	diagUIDAt        = syscall.NLMSG_HDRLEN + 4 + sockIDSize + 12
)

// socketOwner is the user of the socket from one address of this machine to another; known is false where the kernel does
// not say. One socket is asked for: the whole table in /proc takes a busy machine tens of milliseconds.
func socketOwner(from, to netip.AddrPort) (uid int, known bool) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return 0, false
	}
	defer syscall.Close(fd)
	patience := syscall.NsecToTimeval(int64(time.Second)) // the kernel answers at once
	if syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &patience) != nil ||
		syscall.Sendto(fd, diagRequest(from, to), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}) != nil {
		return 0, false
	}
	answer := make([]byte, 4096)
	n, _, err := syscall.Recvfrom(fd, answer, 0)
	if err != nil || n < diagUIDAt+4 || binary.NativeEndian.Uint16(answer[4:]) != sockDiagByFamily {
		return 0, false
	}
	id := answer[syscall.NLMSG_HDRLEN+4:]
	if binary.BigEndian.Uint16(id) != from.Port() || binary.BigEndian.Uint16(id[2:]) != to.Port() {
		return 0, false
	}
	return int(binary.NativeEndian.Uint32(answer[diagUIDAt:])), true
}

// diagRequest asks for the socket of TCP from one address to another, in any state.
func diagRequest(from, to netip.AddrPort) []byte {
	b := make([]byte, diagRequestSize)
	native := binary.NativeEndian
	native.PutUint32(b, diagRequestSize)
	native.PutUint16(b[4:], sockDiagByFamily)
	native.PutUint16(b[6:], syscall.NLM_F_REQUEST)
	ask := b[syscall.NLMSG_HDRLEN:]
	ask[0], ask[1] = syscall.AF_INET6, syscall.IPPROTO_TCP
	if from.Addr().Is4() {
		ask[0] = syscall.AF_INET
	}
	native.PutUint32(ask[4:], ^uint32(0))
	id := ask[8:]
	binary.BigEndian.PutUint16(id, from.Port())
	binary.BigEndian.PutUint16(id[2:], to.Port())
	copy(id[4:20], from.Addr().AsSlice())
	copy(id[20:36], to.Addr().AsSlice())
	native.PutUint64(id[40:], ^uint64(0)) // no cookie
	return b
}
