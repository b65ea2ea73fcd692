package balancer_test

import (
	"bufio"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

func TestIdleTimeout(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for name, c := range map[string]struct {
		idle    time.Duration
		request string
		status  int
		after   time.Duration
	}{
		"the target says nothing":                     {0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 504, time.Minute},
		"the target says nothing to a body":           {0, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", 504, time.Minute},
		"as the load balancer's attribute says":       {7 * time.Second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 504, 7 * time.Second},
		"the client does not send the rest of a body": {0, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody", 408, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, conn, in := inMemory(t, balancer.Attributes{Idle: c.idle}, hang)
				began := time.Now()
				say(conn, c.request)
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); r.StatusCode != c.status || took != c.after {
					t.Errorf("%d after %s", r.StatusCode, took)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				synctest.Wait()
				if n := f.Open(taskAddress); n != 0 {
					t.Errorf("%d are open", n)
				}
			})
		})
	}
}

// An answer that goes on for long is not idle; one that pauses for too long is ended.
func TestIdleTimeoutOfStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, conn, in := inMemory(t, balancer.Attributes{}, func(w http.ResponseWriter, r *http.Request) {
			for i := range 10 {
				_, _ = io.WriteString(w, strconv.Itoa(i))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(59 * time.Second)
			}
			<-r.Context().Done()
		})
		began := time.Now()
		say(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if took := time.Since(began); string(body) != "0123456789" || err == nil || took != 9*59*time.Second+time.Minute {
			t.Errorf("%q, %v after %s", body, err, took)
		}
		synctest.Wait()
		if n := f.Open(taskAddress); n != 0 {
			t.Errorf("%d are open", n)
		}
	})
}

// A client that does not read what it asked for is idle, too.
func TestIdleTimeoutOfClientsThatDoNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, conn, in := inMemory(t, balancer.Attributes{}, func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		})
		say(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if _, err := in.ReadByte(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if n := f.Open(taskAddress); n != 1 {
			t.Errorf("%d are open before the timeout", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := f.Open(taskAddress); n != 0 {
			t.Errorf("%d are open after it", n)
		}
	})
}

// A connection that is used now and then lives on, over many idle timeouts, and one that is not is closed.
func TestIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, conn, in := inMemory(t, balancer.Attributes{}, func(http.ResponseWriter, *http.Request) {})
		for range 5 {
			say(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			r, err := http.ReadResponse(in, nil)
			if err != nil || r.StatusCode != 200 {
				t.Fatal(r, err)
			}
			time.Sleep(59 * time.Second)
		}
		if n := f.dials[taskAddress]; n != 1 {
			t.Errorf("%d connections to the target", n)
		}
		time.Sleep(2 * time.Second) // since the last answer, a minute and a second
		if _, err := in.ReadByte(); err != io.EOF {
			t.Errorf("the client's connection: %v", err)
		}
		again, err := f.dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:80"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = again.Close() }()
		say(again, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if _, err := bufio.NewReader(again).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if n := f.dials[taskAddress]; n != 2 {
			t.Errorf("%d connections to the target after a pause", n)
		}
	})
}

// A client's connection is used for so long, and then is closed with the next answer.
func TestClientKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, conn, in := inMemory(t, balancer.Attributes{KeepAlive: 100 * time.Second}, func(http.ResponseWriter, *http.Request) {})
		for i, closes := range []bool{false, false, false, true} {
			say(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			r, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Close != closes {
				t.Errorf("answer %d: closes: %v", i, r.Close)
			}
			time.Sleep(40 * time.Second)
		}
	})
}

// A target to which no connection comes about is waited for as long as an Application Load Balancer does.
func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{}
		network.listen(taskAddress.String()) // and accepts nothing
		b := balancer.New(balancer.Options{Dial: network.dial})
		if err := b.Set(plain(taskAddress)); err != nil {
			t.Fatal(err)
		}
		s := b.Server("web")
		front := netip.MustParseAddrPort("10.0.0.1:80")
		l := network.listen(front.String())
		go func() { _ = s.Serve(l) }()
		defer func() { _ = s.Close() }()
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialTo(network, front)}}
		began := time.Now()
		r, err := client.Get("http://a/")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		if took := time.Since(began); r.StatusCode != 504 || took != 10*time.Second {
			t.Errorf("%d after %s", r.StatusCode, took)
		}
	})
}
