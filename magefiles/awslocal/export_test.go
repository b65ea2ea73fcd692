package awslocal

import (
	"net"
	"net/http"
	"time"
)

// Operations that are served.
var Operations = operations

// SocketOwner is the user of a socket of this machine.
var SocketOwner = socketOwner

// Sendable tells whether a system has a kind of fault.
var Sendable = FaultKind.sendable

// Limited is a server with limits on a listener of its own, whose patience is short.
func Limited(h http.Handler, l net.Listener, patience time.Duration) (*http.Server, net.Listener) {
	return limited(h, patience), unstuck{l, patience}
}

type hasty struct{}

func (hasty) apply(o *Options) { o.hasty = true }

// Hasty lets real programs be ended before load balancers know.
var Hasty TestOption = hasty{}

// Tests have less patience with machines, and so have those that they start: variables are set before the init function that is a
// machine is called.
var _ = impatient()

func impatient() bool {
	answerPatience, endPatience, killPatience = 5*time.Second, 5*time.Second, 5*time.Second
	return true
}
