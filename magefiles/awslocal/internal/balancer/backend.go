package balancer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Dial connects to a target.
type Dial func(ctx context.Context, address netip.AddrPort) (net.Conn, error)

// connectTimeout is an Application Load Balancer's own, for a connection to a target.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-504-issues
const connectTimeout = 10 * time.Second

// Why an exchange with a target was ended from here.
var (
	errIdle = errors.New("nothing was sent before the idle timeout")
	errCut  = errors.New("the deregistration delay has elapsed")
)

// backend is a target's address, with its connections and what is open to it. It stays for as long as a table names it or
// something is open, so an address that several groups have is one.
type backend struct {
	address   netip.AddrPort
	transport *http.Transport

	mu      sync.Mutex
	open    map[*exchange]struct{}
	leaving bool // gets nothing new
}

func newBackend(address netip.AddrPort, dial Dial) *backend {
	return &backend{address: address, open: map[*exchange]struct{}{}, transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connectTimeout)
			defer cancel()
			return dial(ctx, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // an ALB takes every certificate of a target
		// As many as there are requests at once, or each burst would open connections anew.
		MaxIdleConnsPerHost: 4096,
		IdleConnTimeout:     defaultIdle,
		DisableCompression:  true, // the body is the target's
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{},
	}}
}

func (b *backend) enter(x *exchange) {
	b.mu.Lock()
	b.open[x] = struct{}{}
	b.mu.Unlock()
}

// leave also lets go of connections when the last exchange with a target that is leaving has ended: programs that stop wait
// for idle ones. It tells whether the backend is free.
func (b *backend) leave(x *exchange) {
	b.mu.Lock()
	delete(b.open, x)
	free := b.leaving && len(b.open) == 0
	b.mu.Unlock()
	if free {
		b.transport.CloseIdleConnections()
	}
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open)
}

// serve says whether the backend may get something new, and how much is open.
func (b *backend) serve(yes bool) int {
	b.mu.Lock()
	b.leaving = !yes
	n := len(b.open)
	b.mu.Unlock()
	if !yes && n == 0 {
		b.transport.CloseIdleConnections()
	}
	return n
}

// cut ends everything that is open.
func (b *backend) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for x := range b.open {
		x.cancel(errCut)
	}
}
