package balancer_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// What a program has sent is there before it sends more: events, and a body whose length is known.
func TestAnswersAreStreamed(t *testing.T) {
	for name, length := range map[string]string{"events": "", "known length": "9"} {
		t.Run(name, func(t *testing.T) {
			more := make(chan struct{})
			target := program(t, func(w http.ResponseWriter, _ *http.Request) {
				if length != "" {
					w.Header().Set("Content-Length", length)
				} else {
					w.Header().Set("Content-Type", "text/event-stream")
				}
				for _, part := range []string{"", "abc", "def", "ghi"} {
					_, _ = io.WriteString(w, part)
					_ = http.NewResponseController(w).Flush()
					<-more
				}
			})
			f := serve(t, balancer.Options{}, plain(target))
			r, err := alone.Get(f.URL) // the header is there before the body
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Body.Close() }()
			for _, part := range []string{"abc", "def", "ghi"} {
				more <- struct{}{}
				got := make([]byte, 3)
				if _, err := io.ReadFull(r.Body, got); err != nil || string(got) != part {
					t.Fatalf("%q, %v", got, err)
				}
			}
			close(more)
			if _, err := r.Body.Read(make([]byte, 1)); err != io.EOF {
				t.Error(err)
			}
		})
	}
}

func TestEarlyHintsAndTrailersPass(t *testing.T) {
	target := program(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "hello")
		w.Header().Set("X-Sum", "5")
	})
	f := serve(t, balancer.Options{}, plain(target))
	c := connect(t, f)
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n")) || !bytes.HasSuffix(got, []byte("5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n")) {
		t.Errorf("got %q", got)
	}
}

// connect is a client's connection.
func connect(t testing.TB, f front) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(f.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second)) // a test that hangs says where
	return c
}

func TestLargeUploads(t *testing.T) {
	target := program(t, func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		n, _ := io.Copy(sum, r.Body)
		_, _ = fmt.Fprintf(w, "%d %d %v %x %s", n, r.ContentLength, r.TransferEncoding, sum.Sum(nil), r.Trailer.Get("X-Sum"))
	})
	f := serve(t, balancer.Options{}, plain(target))
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MB
	for _, length := range []int64{int64(len(body)), -1} {
		r, _ := http.NewRequest("PUT", f.URL, bytes.NewReader(body))
		r.ContentLength = length
		encoding := "[]"
		if length < 0 {
			encoding, r.Trailer = "[chunked]", http.Header{"X-Sum": {"a"}}
		}
		want := strings.TrimSpace(fmt.Sprintf("%d %d %s %x %s", len(body), length, encoding, sha256.Sum256(body), r.Trailer.Get("X-Sum")))
		if got := send(t, r); strings.TrimSpace(got.body) != want {
			t.Errorf("the program got %s, want %s", got.body, want)
		}
	}
}

// The load balancer says 100 Continue itself, and the program does not hear of it.
func TestExpectContinue(t *testing.T) {
	target := program(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %q", body, r.Header["Expect"])
	})
	c := connect(t, serve(t, balancer.Options{}, plain(target)))
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatal(line, err)
	}
	_, _ = in.ReadString('\n')
	_, _ = io.WriteString(c, "body")
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(r.Body); string(got) != "body []" {
		t.Errorf("the program got %s", got)
	}
}

// An answer that comes before the request's body is at its end is passed on, while the client sends or waits.
func TestAnswersBeforeTheBody(t *testing.T) {
	target := program(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})
	f := serve(t, balancer.Options{}, plain(target))
	c := connect(t, f)
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nbegin")
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r.Body); r.StatusCode != 413 || string(got) != "too large\n" || err != nil {
		t.Errorf("%d %s %v", r.StatusCode, got, err)
	}
}

// A program that answers first and reads then gets the rest, and both connections are used again.
func TestAnswersBeforeTheBodyOfOneThatReadsOn(t *testing.T) {
	bodies := make(chan string, 10)
	target := raw(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
			body, _ := io.ReadAll(r.Body)
			bodies <- string(body)
		}
	})
	c := connect(t, serve(t, balancer.Options{}, plain(target)))
	in := bufio.NewReader(c)
	for range 20 {
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbegin")
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r.Body); r.StatusCode != 401 || string(got) != "no" || err != nil {
			t.Fatal(r.StatusCode, got, err)
		}
		_, _ = io.WriteString(c, " end")
		if got := <-bodies; got != "begin end" {
			t.Fatalf("the program got %q", got)
		}
	}
}

func TestBodiesThatAreMalformed(t *testing.T) {
	target := program(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	c := connect(t, serve(t, balancer.Options{}, plain(target)))
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n")
	if r, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || r.StatusCode != 400 {
		t.Errorf("%+v %v", r, err)
	}
}

// echo is a program that switches to a protocol of lines, and answers each; it says goodbye when the other end does.
func echo(t testing.TB) netip.AddrPort {
	return program(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Connection") != "Upgrade" || r.Header.Get("Sec-WebSocket-Key") != "k" {
			http.Error(w, "not asked", http.StatusBadRequest)
			return
		}
		c, rw, _ := http.NewResponseController(w).Hijack()
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: b\r\n\r\nwelcome\n")
		for {
			line, err := rw.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "you said "+line)
			if line == "bye\n" {
				return
			}
		}
	})
}

// A WebSocket goes on while its target drains, and is counted until it ends.
func TestUpgradedConnectionsAreHeldThroughADrain(t *testing.T) {
	target := echo(t)
	logged := make(chan balancer.Record, 1)
	f := serve(t, balancer.Options{Log: func(r balancer.Record) { logged <- r }}, plain(target))
	c := connect(t, f)
	// What follows the request at once belongs to the new protocol.
	_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\nearly\n")
	in := bufio.NewReader(c)
	r, err := http.ReadResponse(in, nil)
	if err != nil || r.StatusCode != 101 || r.Header.Get("X-A") != "b" {
		t.Fatal(r, err)
	}
	says := func(want string) {
		t.Helper()
		if line, err := in.ReadString('\n'); line != want+"\n" {
			t.Fatalf("%q %v, want %q", line, err, want)
		}
	}
	says("welcome")
	says("you said early")
	set(t, f, web(balancer.Listener{Default: to("g")}, states([]netip.AddrPort{target}, balancer.Draining)))
	for _, word := range []string{"one", "two"} {
		_, _ = io.WriteString(c, word+"\n")
		says("you said " + word)
	}
	if got := f.ask(t, "GET", "/"); got.status != 503 {
		t.Errorf("a new request: %+v", got)
	}
	<-logged
	set(t, f, web(balancer.Listener{Default: to("g")}, group("g"))) // it has left, and goes on
	if n := f.Open(target); n != 1 {
		t.Errorf("%d are open", n)
	}
	_, _ = io.WriteString(c, "bye\n")
	says("you said bye")
	if _, err := in.ReadByte(); err != io.EOF {
		t.Error(err)
	}
	if got := <-logged; got.Type != "ws" || got.Status != 101 || got.Received != int64(len("early\none\ntwo\nbye\n")) || got.Sent < 40 {
		t.Errorf("logged %s", got)
	}
	if n := f.Open(target); n != 0 {
		t.Errorf("%d are open", n)
	}
}

func TestUpgradesThatAreRefused(t *testing.T) {
	f := serve(t, balancer.Options{}, plain(echo(t)))
	if got := f.ask(t, "GET", "/ws", "Connection: upgrade", "Upgrade: websocket"); got.status != 400 || got.body != "not asked\n" {
		t.Errorf("answered %+v", got)
	}
}

func TestTargetsWithTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	t.Cleanup(s.Close)
	g := group("g", addressOf(s.Listener))
	g.HTTPS = true
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, g))
	for range 3 {
		if got := f.ask(t, "GET", "/"); got.body != "HTTP/1.1" {
			t.Errorf("answered %+v", got)
		}
	}
}
