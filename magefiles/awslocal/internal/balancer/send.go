package balancer

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// hop are the headers of one connection.
// https://datatracker.ietf.org/doc/html/rfc9110#section-7.6.1
var hop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// isHop tells whether a header is of one connection: by its name, or because it is named so.
func isHop(name string, connection []string) bool {
	return slices.Contains(hop, name) || len(connection) > 0 && hasToken(connection, name)
}

// hasToken tells whether a list of words has one.
func hasToken(lines []string, word string) bool {
	for _, line := range lines {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), word) {
				return true
			}
		}
	}
	return false
}

// upgrade is the protocol that a message's sender wants to switch to; empty: none.
func upgrade(h http.Header) string {
	if !hasToken(h["Connection"], "Upgrade") {
		return ""
	}
	return h.Get("Upgrade")
}

// send writes the request to the target; its body is then on its way.
func (x *exchange) send(c *conn, w http.ResponseWriter) error {
	r := x.request
	uri := r.RequestURI
	if !strings.HasPrefix(uri, "/") {
		uri = r.URL.RequestURI() // of an absolute address, or *
	}
	line(c.writer, r.Method, " ", uri, " HTTP/1.1\r\n")
	x.writeHeader(c.writer)
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		if r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
			line(c.writer, "Content-Length: 0\r\n")
		}
		line(c.writer, "\r\n")
		return c.writer.Flush()
	}
	switch {
	case r.ContentLength > 0:
		line(c.writer, "Content-Length: ", strconv.FormatInt(r.ContentLength, 10), "\r\n\r\n")
	default:
		line(c.writer, "Transfer-Encoding: chunked\r\n")
		for name := range r.Trailer {
			line(c.writer, "Trailer: ", name, "\r\n")
		}
		line(c.writer, "\r\n")
	}
	// Targets may answer before they have everything, and clients send on.
	_ = http.NewResponseController(w).EnableFullDuplex()
	x.upload = &upload{x: x, done: make(chan struct{})}
	go x.upload.run(c)
	return nil
}

// writeHeader writes what the client sent, and what the load balancer tells. net/http has refused names and values that would
// break out of their lines.
func (x *exchange) writeHeader(w *bufio.Writer) {
	r := x.request
	line(w, "Host: ", x.listener.host(r), "\r\n")
	for _, field := range x.listener.told {
		line(w, field)
	}
	line(w, "X-Amzn-Trace-Id: ", x.trace, "\r\n")
	x.listener.writeForwardedFor(w, r)
	connection := r.Header["Connection"]
	for name, values := range r.Header {
		if replaced(name) || isHop(name, connection) || x.listener.Attributes.DropInvalidHeaders && !validName(name) {
			continue
		}
		for _, v := range values {
			line(w, name, ": ", v, "\r\n")
		}
	}
	if hasToken(r.Header["Te"], "trailers") {
		line(w, "Te: trailers\r\n")
	}
	if to := upgrade(r.Header); to != "" {
		line(w, "Connection: Upgrade\r\nUpgrade: ", to, "\r\n")
	}
}

// line writes the parts of a line; an error is told by Flush.
func line(w *bufio.Writer, parts ...string) {
	for _, p := range parts {
		_, _ = w.WriteString(p)
	}
}

// upload is a request's body on its way.
type upload struct {
	x     *exchange
	done  chan struct{} // closed when it has come to an end, good or bad
	bytes atomic.Int64
	read  atomic.Bool // to its end
	sent  atomic.Bool // to its end
}

func (u *upload) run(c *conn) {
	defer close(u.done)
	r := u.x.request
	var to io.Writer = c.writer
	if r.ContentLength < 0 {
		to = httputil.NewChunkedWriter(c.writer)
	}
	if err := u.copy(c, to); err != nil {
		return
	}
	if r.ContentLength < 0 {
		_ = to.(io.Closer).Close()
		for name, values := range r.Trailer {
			for _, v := range values {
				line(c.writer, name, ": ", v, "\r\n")
			}
		}
		line(c.writer, "\r\n")
	}
	u.sent.Store(c.writer.Flush() == nil)
}

// copy sends what has come before it waits for more. An error in sending is for whoever reads the answer: there may be one.
func (u *upload) copy(c *conn, to io.Writer) error {
	buf := pool.Get().(*[32 << 10]byte)
	defer pool.Put(buf)
	for {
		n, err := u.x.request.Body.Read(buf[:])
		if err == io.EOF {
			u.read.Store(true) // before the target can know
		}
		if n > 0 {
			c.timer.Reset(u.x.idle())
			u.bytes.Add(int64(n))
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			u.x.end(errUpload)
			return err
		}
		if err := c.writer.Flush(); err != nil {
			return err
		}
	}
}

// stop waits until nothing reads the body any more. Where the client's connection is over, its body comes to no end.
func (u *upload) stop(c *conn, w http.ResponseWriter, over bool) {
	select {
	case <-u.done:
		return
	default:
	}
	if over {
		_ = c.Close()
		_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
	}
	<-u.done
}

func (u *upload) pending() bool { return u != nil && !u.sent.Load() }
func (u *upload) waiting() bool { return u != nil && !u.read.Load() }
