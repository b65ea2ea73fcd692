package balancer_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// raw is a program that does what it likes with each connection.
func raw(t testing.TB, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	return addressOf(l)
}

// closed is an address at which nothing listens.
func closed(t testing.TB) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return addressOf(l)
}

// states is a group with targets in states.
func states(addresses []netip.AddrPort, all ...balancer.State) balancer.Group {
	g := balancer.Group{ARN: "g"}
	for i, s := range all {
		g.Targets = append(g.Targets, balancer.Target{Address: addresses[i], State: s})
	}
	return g
}

func TestWhoGetsRequests(t *testing.T) {
	two := []netip.AddrPort{says(t, "a"), says(t, "b")}
	needs := func(g balancer.Group, count, percentage int) balancer.Group {
		g.HealthyCount, g.HealthyPercentage = count, percentage
		return g
	}
	for name, c := range map[string]struct {
		group balancer.Group
		want  map[string]int // of 10
	}{
		"the healthy":              {states(two, balancer.Healthy, balancer.Healthy), map[string]int{"a": 5, "b": 5}},
		"not the others":           {states(two, balancer.Healthy, balancer.Unhealthy), map[string]int{"a": 10}},
		"not those that begin":     {states(two, balancer.Initial, balancer.Healthy), map[string]int{"b": 10}},
		"all where none is":        {states(two, balancer.Initial, balancer.Unhealthy), map[string]int{"a": 5, "b": 5}},
		"all where too few are":    {needs(states(two, balancer.Healthy, balancer.Unhealthy), 2, 0), map[string]int{"a": 5, "b": 5}},
		"a share that suffices":    {needs(states(two, balancer.Healthy, balancer.Unhealthy), 0, 50), map[string]int{"a": 10}},
		"a share that does not":    {needs(states(two, balancer.Healthy, balancer.Unhealthy), 0, 51), map[string]int{"a": 5, "b": 5}},
		"never those that drain":   {states(two, balancer.Draining, balancer.Unhealthy), map[string]int{"b": 10}},
		"nobody where all drain":   {states(two, balancer.Draining, balancer.Draining), map[string]int{"": 10}},
		"nobody where there is no": {states(two), map[string]int{"": 10}},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, c.group))
			got := map[string]int{}
			for range 10 {
				a := f.ask(t, "GET", "/")
				if a.status != 200 {
					if a.status != 503 || a.header.Get("Server") != "awselb/2.0" || a.header.Get("Content-Length") != "162" {
						t.Errorf("answered %+v", a)
					}
					a.body = ""
				}
				got[a.body]++
			}
			for name, n := range c.want {
				if got[name] != n {
					t.Errorf("of 10 requests %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestTheLeastBusyTargetIsAsked(t *testing.T) {
	hold, busy := make(chan struct{}), make(chan struct{})
	slow := program(t, func(http.ResponseWriter, *http.Request) { busy <- struct{}{}; <-hold })
	g := group("g", slow, says(t, "free"))
	g.Algorithm = "least_outstanding_requests"
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, g))
	var group sync.WaitGroup
	group.Go(func() { f.ask(t, "GET", "/") }) // of two that are free, the first has the first turn
	<-busy
	for range 5 {
		if got := f.ask(t, "GET", "/"); got.body != "free" {
			t.Errorf("answered %+v", got)
		}
	}
	close(hold)
	group.Wait()
}

func TestTargetsThatDoNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		target netip.AddrPort
		status int
		length string
	}{
		"nothing listens": {closed(t), 502, "122"},
		"it closes":       {raw(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }), 502, "122"},
		"it is no HTTP":   {raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-x\r\n") }), 502, "122"},
		"endless header": {raw(t, func(c net.Conn) {
			_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for err == nil {
				_, err = io.WriteString(c, "X-A: "+strings.Repeat("a", 60<<10)+"\r\n")
			}
		}), 502, "122"},
		"it switches, and nobody asked": {raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
		}), 502, "122"},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, balancer.Options{}, plain(c.target))
			got := f.ask(t, "POST", "/")
			if got.status != c.status || got.header.Get("Content-Length") != c.length || got.header.Get("Server") != "awselb/2.0" || f.Open(c.target) != 0 {
				t.Errorf("answered %+v", got)
			}
		})
	}
}

func TestConnectionsThatAreNotMade(t *testing.T) {
	timeout := func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, context.DeadlineExceeded }
	f := serve(t, balancer.Options{Dial: timeout}, plain(closed(t)))
	if got := f.ask(t, "GET", "/"); got.status != 504 || got.header.Get("Content-Length") != "132" {
		t.Errorf("answered %+v", got)
	}
}

// A body that comes to no end does not look like one that does.
func TestAnswersThatAreCutShort(t *testing.T) {
	for name, head := range map[string]string{"length": "Content-Length: 100\r\n\r\nabc", "chunked": "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"} {
		target := raw(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1024))
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+head)
		})
		f := serve(t, balancer.Options{}, plain(target))
		r, err := alone.Get(f.URL)
		if err == nil {
			_, err = io.ReadAll(r.Body)
			_ = r.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: read to its end", name)
		}
	}
}

// A program that closes a connection as the next request arrives, as those do whose keep-alive is shorter than the load balancer's
// idle timeout: nothing is sent twice, and the client sees 502.
func TestNoRequestIsSentTwice(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		var requests atomic.Int64
		target := raw(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			for first := true; ; first = false {
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				requests.Add(1)
				if !first {
					return
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		})
		f := serve(t, balancer.Options{}, plain(target))
		for _, want := range []int{200, 502, 200} {
			r, _ := http.NewRequest(method, f.URL, nil)
			if method == "POST" {
				r.Body = io.NopCloser(strings.NewReader("body"))
			}
			if got := send(t, r); got.status != want {
				t.Errorf("%s: %d, want %d", method, got.status, want)
			}
		}
		if n := requests.Load(); n != 3 {
			t.Errorf("%s: 3 requests arrived as %d", method, n)
		}
	}
}

// A connection that the program closed while nothing was asked is not used, as far as the system tells.
func TestConnectionsThatWereClosedAreNotUsed(t *testing.T) {
	shut := make(chan struct{})
	target := raw(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		_ = c.Close()
		shut <- struct{}{}
	})
	f := serve(t, balancer.Options{}, plain(target))
	for range 5 {
		r, _ := http.NewRequest("POST", f.URL, strings.NewReader("body"))
		got := send(t, r)
		<-shut
		if got.status != 200 {
			t.Errorf("answered %+v", got)
		}
	}
}

// What a client does not wait for is told by the log alone, and frees the target.
func TestClientsThatGoAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	target := program(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done(); close(gone) })
	logged := make(chan balancer.Record, 1)
	f := serve(t, balancer.Options{Log: func(r balancer.Record) { logged <- r }}, plain(target))
	r, _ := http.NewRequestWithContext(ctx, "GET", f.URL, nil)
	if _, err := alone.Do(r); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := <-logged; got.Status != 460 || got.TargetStatus != 0 {
		t.Errorf("logged %s", got)
	}
	<-gone
}

func TestCutEndsWhatIsOpen(t *testing.T) {
	arrived := make(chan struct{})
	target := program(t, func(_ http.ResponseWriter, r *http.Request) { close(arrived); <-r.Context().Done() })
	f := serve(t, balancer.Options{}, plain(target))
	go func() {
		<-arrived
		set(t, f, web(balancer.Listener{Default: to("g")}, states([]netip.AddrPort{target}, balancer.Draining)))
		if n := f.Open(target); n != 1 {
			t.Errorf("%d are open", n)
		}
		f.Cut(target)
	}()
	if got := f.ask(t, "GET", "/"); got.status != 502 {
		t.Errorf("answered %+v", got)
	}
	if n := f.Open(target); n != 0 {
		t.Errorf("%d are open", n)
	}
}
