package balancer

import (
	"bufio"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// receive reads the header of the target's answer, and passes on what comes before it.
func (x *exchange) receive(c *conn, w http.ResponseWriter) (*http.Response, error) {
	for {
		c.budget = headerLimit
		r, err := http.ReadResponse(c.reader, x.request)
		if err != nil {
			return nil, err
		}
		if r.StatusCode >= 200 || r.StatusCode == http.StatusSwitchingProtocols {
			c.budget = math.MaxInt64
			return r, nil
		}
		if r.StatusCode == http.StatusContinue {
			continue // it was not asked for
		}
		h := w.Header()
		for name, values := range r.Header {
			h[name] = values
		}
		w.WriteHeader(r.StatusCode)
		clear(h)
	}
}

// pass passes the answer on, and tells whether the connection can be used again.
func (x *exchange) pass(c *conn, w http.ResponseWriter, r *http.Response) bool {
	x.begins(w, r)
	h := w.Header()
	connection := r.Header["Connection"]
	for name, values := range r.Header {
		if !isHop(name, connection) {
			h[name] = values
		}
	}
	if _, ok := r.Header["Content-Type"]; !ok {
		h["Content-Type"] = nil // net/http would guess one
	}
	for name := range r.Trailer {
		h.Add("Trailer", name)
	}
	x.stick(h, x.began)
	x.listener.dress(h)
	if r.Close && x.upload.waiting() {
		h["Connection"] = []string{"close"} // nobody will read the rest
	}
	w.WriteHeader(r.StatusCode)
	if r.Body != http.NoBody {
		x.copy(c, w, r.Body)
	}
	for name, values := range r.Trailer {
		h[name] = values
	}
	if x.upload.pending() {
		_ = http.NewResponseController(w).Flush() // the target has answered; the rest of the body goes on
		x.upload.stop(c, w, r.Close)
	}
	return !r.Close && c.reader.Buffered() == 0 && !x.upload.pending()
}

// begins notes that the answer is there. From now on a client that does not go on can be let go of.
func (x *exchange) begins(w http.ResponseWriter, r *http.Response) {
	x.status, x.targetStatus, x.answered = r.StatusCode, r.StatusCode, time.Now()
	x.mu.Lock()
	x.client = func() {
		rc := http.NewResponseController(w)
		_, _ = rc.SetReadDeadline(time.Unix(1, 0)), rc.SetWriteDeadline(time.Unix(1, 0))
	}
	x.mu.Unlock()
}

// copy passes a body on: what is there is sent before more is waited for. Where it comes to no end, neither does the client's.
func (x *exchange) copy(c *conn, w http.ResponseWriter, body io.Reader) {
	buf := pool.Get().(*[32 << 10]byte)
	defer pool.Put(buf)
	flush := http.NewResponseController(w).Flush
	for {
		if c.reader.Buffered() == 0 && flush() != nil {
			panic(http.ErrAbortHandler)
		}
		n, err := body.Read(buf[:])
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		switch {
		case err == io.EOF:
			return
		case err != nil:
			panic(http.ErrAbortHandler)
		}
		c.timer.Reset(x.idle())
	}
}

// switched joins the client's connection and the target's, which are no longer HTTP, until one of them ends.
func (x *exchange) switched(c *conn, w http.ResponseWriter, r *http.Response) {
	if to := upgrade(x.request.Header); to == "" || !strings.EqualFold(to, upgrade(r.Header)) {
		x.own(w, http.StatusBadGateway) // nobody asked
		return
	}
	x.begins(w, r)
	x.listener.dress(r.Header)
	x.stick(r.Header, x.began)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		x.own(w, http.StatusBadGateway)
		return
	}
	defer func() { _ = client.Close() }()
	x.mu.Lock()
	x.client = func() { _ = client.Close() }
	x.mu.Unlock()
	line(buffered.Writer, "HTTP/1.1 101 Switching Protocols\r\n")
	_ = r.Header.Write(buffered.Writer)
	line(buffered.Writer, "\r\n")
	if buffered.Writer.Flush() != nil {
		return
	}
	x.upgraded = &upgraded{}
	ended := make(chan struct{}, 2)
	join := func(to io.Writer, from *bufio.Reader, n *atomic.Int64) {
		x.stream(c, to, from, n)
		ended <- struct{}{}
	}
	go join(c.Conn, buffered.Reader, &x.upgraded.received)
	go join(client, c.reader, &x.upgraded.sent)
	<-ended
	_, _ = client.Close(), c.Close()
	<-ended
}

// stream copies what comes as it comes.
func (x *exchange) stream(c *conn, to io.Writer, from *bufio.Reader, sum *atomic.Int64) {
	buf := pool.Get().(*[32 << 10]byte)
	defer pool.Put(buf)
	for {
		n, err := from.Read(buf[:])
		if n > 0 {
			c.timer.Reset(x.idle())
			sum.Add(int64(n))
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// upgraded counts what goes over a connection that is no longer HTTP.
type upgraded struct{ received, sent atomic.Int64 } // as the client sees it

// pool has what bodies are copied by.
var pool = sync.Pool{New: func() any { return new([32 << 10]byte) }}
