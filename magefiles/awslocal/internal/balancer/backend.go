package balancer

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Dial connects to a target.
type Dial func(ctx context.Context, address netip.AddrPort) (net.Conn, error)

// Why an exchange with a target was ended from here.
var (
	errIdle   = errors.New("nothing was sent before the idle timeout")
	errCut    = errors.New("the deregistration delay has elapsed")
	errGone   = errors.New("the client has gone")
	errUpload = errors.New("the request's body is cut short, or malformed")
)

// backend is a target's address, with its connections and what is open to it. It stays for as long as a table names it or
// something is open, so an address that several groups have is one.
type backend struct {
	address netip.AddrPort
	dial    Dial

	mu      sync.Mutex
	open    map[*exchange]struct{}
	idle    []*conn // the one used last at the end
	leaving bool    // gets nothing new
}

func newBackend(address netip.AddrPort, dial Dial) *backend {
	return &backend{address: address, dial: dial, open: map[*exchange]struct{}{}}
}

func (b *backend) enter(x *exchange) {
	b.mu.Lock()
	b.open[x] = struct{}{}
	b.mu.Unlock()
}

func (b *backend) leave(x *exchange) {
	b.mu.Lock()
	delete(b.open, x)
	b.mu.Unlock()
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open)
}

// serve says whether the backend may get something new. Where not, idle connections are closed: a program that stops waits
// for them.
func (b *backend) serve(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.leaving = !yes; b.leaving {
		for _, c := range b.idle {
			c.discard()
		}
		b.idle = nil
	}
}

// cut ends everything that is open.
func (b *backend) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for x := range b.open {
		x.end(errCut)
	}
}

// take gives an idle connection to an exchange; nil where there is none that lives.
func (b *backend) take(x *exchange, tls bool) *conn {
	for {
		c := b.pop(tls)
		if c == nil {
			return nil
		}
		if c.timer.Stop() && alive(c.raw) {
			c.timer.Reset(x.idle())
			return c
		}
		c.discard()
	}
}

func (b *backend) pop(tls bool) *conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.idle) - 1; i >= 0; i-- {
		if c := b.idle[i]; c.tls == tls {
			b.idle = slices.Delete(b.idle, i, i+1)
			return c
		}
	}
	return nil
}

// give takes a connection back, for as long as its timer has it.
func (b *backend) give(c *conn, idle time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.x.Store(nil)
	if b.leaving {
		c.discard()
		return
	}
	c.timer.Reset(idle)
	b.idle = append(b.idle, c)
}

// drop forgets an idle connection whose time has come.
func (b *backend) drop(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.idle, c); i >= 0 {
		b.idle = slices.Delete(b.idle, i, i+1)
	}
	c.discard()
}
