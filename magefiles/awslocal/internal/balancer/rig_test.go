package balancer_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// dial connects over the network.
func dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address.String())
}

// program is an HTTP server on loopback.
func program(t testing.TB, h http.HandlerFunc) netip.AddrPort {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return addressOf(s.Listener)
}

func addressOf(l net.Listener) netip.AddrPort { return netip.MustParseAddrPort(l.Addr().String()) }

// says is a program that answers with its name.
func says(t testing.TB, name string) netip.AddrPort {
	return program(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

// to is an action that forwards to one group.
func to(group string) balancer.Action {
	return balancer.Action{Forward: &balancer.Forward{Groups: []balancer.Weighted{{Group: group}}}}
}

// group has healthy targets.
func group(arn string, targets ...netip.AddrPort) balancer.Group {
	g := balancer.Group{ARN: arn}
	for _, a := range targets {
		g.Targets = append(g.Targets, balancer.Target{Address: a, State: balancer.Healthy})
	}
	return g
}

// front is a listener's address, served by a balancer with a table. Each listener is at the key "web" and port 80.
type front struct {
	*balancer.Balancer
	URL string
}

func serve(t testing.TB, o balancer.Options, table balancer.Table) front {
	t.Helper()
	if o.Dial == nil {
		o.Dial = dial
	}
	b := balancer.New(o)
	if err := b.Set(table); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(nil)
	s.Config = b.Server("web")
	s.Start()
	t.Cleanup(func() {
		s.Close()
		_ = b.Set(balancer.Table{}) // lets go of connections that are idle
	})
	return front{b, s.URL}
}

// web is a table of one listener.
func web(l balancer.Listener, groups ...balancer.Group) balancer.Table {
	l.Key = "web"
	if l.Port == 0 {
		l.Port = 80
	}
	return balancer.Table{Listeners: []balancer.Listener{l}, Groups: groups}
}

// plain forwards everything to targets.
func plain(targets ...netip.AddrPort) balancer.Table {
	return web(balancer.Listener{Default: to("g")}, group("g", targets...))
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// alone is a client that follows no redirects, keeps no cookies and lets nothing be compressed.
var alone = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request. Lines of a header are "Name: value"; Host among them is the host.
func (f front) ask(t testing.TB, method, path string, lines ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, f.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	return send(t, r)
}

func send(t testing.TB, r *http.Request) answer {
	t.Helper()
	got, err := alone.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(body)}
}
