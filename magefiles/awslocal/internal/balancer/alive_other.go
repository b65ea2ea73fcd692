//go:build !linux && !darwin

package balancer

import "net"

// alive is not known here before a request is sent.
func alive(net.Conn) bool { return true }
