package balancer_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// pipes is a network in memory, so that time passes at once in a bubble of testing/synctest.
type pipes struct {
	mu    sync.Mutex
	at    map[netip.AddrPort]chan net.Conn
	dials map[netip.AddrPort]int
}

func (p *pipes) listen(at string) *pipeListener {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at, p.dials = map[netip.AddrPort]chan net.Conn{}, map[netip.AddrPort]int{}
	}
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.at[netip.MustParseAddrPort(at)] = l.conns
	return l
}

func (p *pipes) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	p.mu.Lock()
	conns, there := p.at[to]
	if there {
		p.dials[to]++
	}
	p.mu.Unlock()
	if !there {
		return nil, syscall.ECONNREFUSED
	}
	near, far := net.Pipe()
	select {
	case conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 80} }

var taskAddress = netip.MustParseAddrPort("10.0.0.2:3000")

// memory is a balancer on such a network.
type memory struct {
	*balancer.Balancer
	*pipes
}

// inMemory serves a listener whose only target is a program at the task's address, and gives a client's connection. All ends with the test.
func inMemory(t *testing.T, attributes balancer.Attributes, h http.HandlerFunc) (memory, net.Conn, *bufio.Reader) {
	t.Helper()
	network := &pipes{}
	b := balancer.New(balancer.Options{Dial: network.dial})
	if err := b.Set(web(balancer.Listener{Attributes: attributes, Default: to("g")}, group("g", taskAddress))); err != nil {
		t.Fatal(err)
	}
	target, s := &http.Server{Handler: h}, b.Server("web")
	behind, before := network.listen(taskAddress.String()), network.listen("10.0.0.1:80")
	go func() { _ = target.Serve(behind) }()
	go func() { _ = s.Serve(before) }()
	c, err := network.dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:80"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _, _ = c.Close(), s.Close(), target.Close()
		_ = b.Set(balancer.Table{})
	})
	return memory{b, network}, c, bufio.NewReader(c)
}

// say sends without waiting until it is read.
func say(c net.Conn, text string) { go func() { _, _ = io.WriteString(c, text) }() }

// dialTo is a client's way to an address, whatever it wants.
func dialTo(p *pipes, at netip.AddrPort) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, at) }
}
