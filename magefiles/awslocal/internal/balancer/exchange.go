package balancer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"time"
)

// exchange is a request with its answer.
type exchange struct {
	request  *http.Request
	began    time.Time
	listener *listener // nil where there is none
	rule     *rule     // nil where the request was refused

	// Of a forward:
	forward  *forward
	group    *group   // nil where no group has a weight
	backend  *backend // nil where the group has no target
	wasStuck bool     // to the backend, by a cookie
	ctx      context.Context
	cancel   context.CancelCauseFunc
	timer    *time.Timer // ends the exchange when nothing has been sent for the idle timeout
	upload   *upload     // nil where the request has no body
	trace    string

	// For the log:
	counted      *counter // nil where there is none
	status       int
	targetStatus int
	answered     time.Time // when the target's header was there
	upgraded     *upgraded
	redirected   string
}

// enter finds what to do and, where that is a forward, opens the exchange with a target.
func (x *exchange) enter() {
	x.rule = x.listener.rule(x.request)
	if x.forward = x.rule.forward; x.forward == nil {
		return
	}
	if x.group = x.forward.stuck(x.request, x.began); x.group == nil {
		x.group = x.forward.choose()
	}
	if x.group == nil {
		return
	}
	if x.backend = x.group.stuck(x.request, x.began); x.backend != nil {
		x.wasStuck = true
	} else if x.backend = x.group.choose(); x.backend == nil {
		return
	}
	x.ctx, x.cancel = context.WithCancelCause(x.request.Context())
	x.backend.enter(x)
}

// own sends an answer of the load balancer itself.
func (x *exchange) own(w http.ResponseWriter, status int) {
	x.status = status
	if status == 463 { // has no title, and its page is not known
		x.listener.own(w, status, "", "")
		return
	}
	x.listener.own(w, status, "text/html", page(status))
}

// proxy lets the target answer.
func (x *exchange) proxy(w http.ResponseWriter) {
	defer x.cancel(nil)
	defer x.backend.leave(x)
	x.timer = time.AfterFunc(x.listener.Attributes.Idle, func() { x.cancel(errIdle) })
	defer x.timer.Stop()
	x.trace = trace(x.request.Header.Get("X-Amzn-Trace-Id"), x.began)
	in := x.request.WithContext(x.ctx)
	if in.ContentLength != 0 {
		x.upload = &upload{ReadCloser: in.Body, x: x}
		in.Body = x.upload
	}
	(&httputil.ReverseProxy{
		Transport: x.backend.transport, BufferPool: buffers{}, ErrorLog: silent,
		FlushInterval: 5 * time.Millisecond, // where the length is known; what has none is flushed at once
		Rewrite:       x.rewrite,
		ModifyResponse: func(r *http.Response) error {
			x.modify(w, r)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { x.fail(w, err) },
	}).ServeHTTP(w, in)
}

// rewrite makes the request that the target gets: the same address, byte by byte, and Host.
func (x *exchange) rewrite(p *httputil.ProxyRequest) {
	u := *p.Out.URL
	p.Out.URL = &u
	u.Scheme, u.Host, u.RawQuery = "http", x.backend.address.String(), x.request.URL.RawQuery
	if x.group.HTTPS {
		u.Scheme = "https"
	}
	if path := rawPath(x.request); len(path) > 1 && path[0] == '/' && path[1] != '/' {
		u.Opaque = path // net/url would encode some characters anew
	}
	x.listener.tell(p.Out, x.request, x.trace)
}

// modify sees the header of the target's answer.
func (x *exchange) modify(w http.ResponseWriter, r *http.Response) {
	x.touch()
	x.status, x.targetStatus, x.answered = r.StatusCode, r.StatusCode, time.Now()
	if conn, ok := r.Body.(io.ReadWriteCloser); ok && r.StatusCode == http.StatusSwitchingProtocols {
		x.upgraded = &upgraded{ReadWriteCloser: conn, x: x}
		r.Body = x.upgraded
		return
	}
	if r.Body != http.NoBody {
		r.Body = &download{r.Body, x}
	}
	if _, ok := r.Header["Content-Type"]; !ok {
		w.Header()["Content-Type"] = nil // net/http would guess one
	}
	x.stick(r.Header, x.began)
	x.listener.dress(r.Header)
}

// fail answers where the target did not.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#load-balancer-http-error-codes
func (x *exchange) fail(w http.ResponseWriter, err error) {
	var network net.Error
	switch cause := context.Cause(x.ctx); {
	case cause == errIdle && x.upload.pending():
		w.Header().Set("Connection", "close")
		x.own(w, http.StatusRequestTimeout)
	case cause == errIdle:
		x.own(w, http.StatusGatewayTimeout)
	case cause == errCut:
		x.own(w, http.StatusBadGateway)
	case x.upload.broken(): // a client that goes away in the middle of its body is told apart from one that waits
		w.Header().Set("Connection", "close")
		x.own(w, http.StatusBadRequest)
	case x.request.Context().Err() != nil:
		x.status = 460 // nobody is there to be told
		panic(http.ErrAbortHandler)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		x.own(w, http.StatusGatewayTimeout)
	default:
		x.own(w, http.StatusBadGateway)
	}
}

// touch begins the idle timeout anew: something was sent.
func (x *exchange) touch() { x.timer.Reset(x.listener.Attributes.Idle) }

// upload is a request's body on its way.
type upload struct {
	io.ReadCloser
	x     *exchange
	bytes atomic.Int64
	ended atomic.Bool
	lost  atomic.Bool // it is cut short, or malformed
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if n > 0 {
		u.x.touch()
		u.bytes.Add(int64(n))
	}
	switch {
	case err == io.EOF:
		u.ended.Store(true)
	case err != nil && u.x.ctx.Err() == nil:
		u.lost.Store(true)
	}
	return n, err
}

func (u *upload) pending() bool { return u != nil && !u.ended.Load() }
func (u *upload) broken() bool  { return u != nil && u.lost.Load() }

// download is an answer's body on its way.
type download struct {
	io.ReadCloser
	x *exchange
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if n > 0 {
		d.x.touch()
	}
	return n, err
}

// upgraded is a connection that is no longer HTTP.
type upgraded struct {
	io.ReadWriteCloser
	x              *exchange
	received, sent atomic.Int64 // as clients see it
}

func (u *upgraded) Read(p []byte) (int, error) {
	n, err := u.ReadWriteCloser.Read(p)
	u.x.touch()
	u.sent.Add(int64(n))
	return n, err
}

func (u *upgraded) Write(p []byte) (int, error) {
	n, err := u.ReadWriteCloser.Write(p)
	u.x.touch()
	u.received.Add(int64(n))
	return n, err
}

// buffers are what bodies are copied by.
type buffers struct{}

var pool = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (buffers) Get() []byte  { return pool.Get().(*[32 << 10]byte)[:] }
func (buffers) Put(b []byte) { pool.Put((*[32 << 10]byte)(b)) }
