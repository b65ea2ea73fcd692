package balancer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
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
	upload   *upload  // nil where the request has no body
	trace    string

	mu     sync.Mutex
	conn   *conn  // nil before it is there, and after it was given back
	client func() // lets go of a client that does not go on; nil before an answer begins
	cause  error  // why it was ended from here; nil: it was not

	// For the log:
	counted        *counter // nil where there is none
	status         int
	targetStatus   int
	sent, answered time.Time // when a target had been found, when its header was there
	upgraded       *upgraded
	redirected     string
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

func (x *exchange) idle() time.Duration { return x.listener.Attributes.Idle }

// end ends an exchange from another goroutine, for a reason.
func (x *exchange) end(why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.cause != nil {
		return
	}
	x.cause = why
	if x.conn != nil {
		_ = x.conn.Close()
	}
	if x.client != nil && (why == errIdle || why == errCut) {
		x.client()
	}
}

func (x *exchange) ended() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.cause
}

// hold makes a connection the exchange's own.
func (x *exchange) hold(c *conn) {
	c.x.Store(x)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.conn = c
	if x.cause != nil {
		_ = c.Close()
	}
}

// release gives a connection back, or closes it.
func (x *exchange) release(c *conn, keep bool) {
	x.mu.Lock()
	x.conn, x.client = nil, nil // the client's connection goes on to its next request
	keep = keep && x.cause == nil
	x.mu.Unlock()
	if keep && c.timer.Stop() { // or it is ending the exchange now
		x.backend.give(c, x.idle())
		return
	}
	c.discard()
}

// proxy lets the target answer.
func (x *exchange) proxy(w http.ResponseWriter) {
	defer x.backend.leave(x)
	defer context.AfterFunc(x.request.Context(), func() { x.end(errGone) })()
	x.trace = trace(x.request.Header.Get("X-Amzn-Trace-Id"), x.began)
	c := x.backend.take(x, x.group.HTTPS)
	if c == nil {
		var err error
		if c, err = x.backend.connect(x, x.group.HTTPS); err != nil {
			x.fail(w, err)
			return
		}
	}
	x.hold(c)
	keep := false
	defer func() { x.release(c, keep) }()
	x.sent = time.Now()
	if err := x.send(c, w); err != nil {
		x.fail(w, err)
		return
	}
	if x.upload != nil {
		defer x.upload.stop(c, w, true)
	}
	r, err := x.receive(c, w)
	if err != nil {
		x.fail(w, err)
		return
	}
	if r.StatusCode == http.StatusSwitchingProtocols {
		x.switched(c, w, r)
		return
	}
	keep = x.pass(c, w, r)
}

// fail answers where the target did not.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#load-balancer-http-error-codes
func (x *exchange) fail(w http.ResponseWriter, err error) {
	if x.upload.pending() {
		w.Header().Set("Connection", "close")
	}
	cause := x.ended()
	if cause == nil && x.request.Context().Err() != nil {
		cause = errGone
	}
	var network net.Error
	switch {
	case cause == errIdle && x.upload.waiting():
		x.own(w, http.StatusRequestTimeout)
	case cause == errIdle:
		x.own(w, http.StatusGatewayTimeout)
	case cause == errCut:
		x.own(w, http.StatusBadGateway)
	case cause == errUpload:
		x.own(w, http.StatusBadRequest)
	case cause == errGone:
		x.status = 460 // nobody is there to be told
		panic(http.ErrAbortHandler)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		x.own(w, http.StatusGatewayTimeout)
	default:
		x.own(w, http.StatusBadGateway)
	}
}
