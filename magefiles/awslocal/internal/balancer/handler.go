package balancer

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Handler answers the requests of a listener, as the table has it at each; 503 where it does not have it.
func (b *Balancer) Handler(key string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.options.Refuse != nil {
			if why := b.options.Refuse(r); why != "" {
				http.Error(w, why, http.StatusForbidden)
				return
			}
		}
		x := &exchange{request: r, began: time.Now()}
		if b.options.Log != nil {
			x.counted = &counter{ResponseWriter: w}
			w = x.counted
			defer func() { b.options.Log(x.record(time.Now())) }()
		}
		b.answer(w, x, key)
	})
}

// Server serves a listener on what its Serve is given. Its timeouts are those of the table at this moment.
func (b *Balancer) Server(key string) *http.Server {
	idle := defaultIdle
	b.mu.RLock()
	if l := b.listeners[key]; l != nil {
		idle = l.Attributes.Idle
	}
	b.mu.RUnlock()
	return &http.Server{
		Handler: b.Handler(key), ErrorLog: silent,
		// Those that are too large are answered by the handler.
		ReadHeaderTimeout: idle, IdleTimeout: idle, MaxHeaderBytes: 2 * (requestLine + entireHeader),
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, acceptedAt{}, time.Now())
		},
	}
}

// acceptedAt is when a connection was accepted.
type acceptedAt struct{}

var silent = log.New(io.Discard, "", 0)

// answer finds what to do with a request, and does it.
func (b *Balancer) answer(w http.ResponseWriter, x *exchange, key string) {
	status := refusal(x.request)
	b.mu.RLock()
	x.listener = b.listeners[key]
	if x.listener == nil && status == 0 {
		status = http.StatusServiceUnavailable
	}
	if status == 0 {
		x.enter()
	}
	b.mu.RUnlock()
	if x.listener != nil {
		accepted, known := x.request.Context().Value(acceptedAt{}).(time.Time)
		if known && x.began.Sub(accepted) > x.listener.Attributes.KeepAlive {
			w.Header().Set("Connection", "close")
		}
	}
	switch {
	case status != 0:
		x.own(w, status)
	case x.rule.action.Fixed != nil:
		x.status = x.rule.action.Fixed.Status
		x.listener.fixed(w, x.rule.action.Fixed)
	case x.rule.action.Redirect != nil:
		x.status = x.rule.action.Redirect.Status
		x.redirected = x.listener.redirect(w, x.request, x.rule.action.Redirect)
	case x.backend == nil:
		x.own(w, http.StatusServiceUnavailable)
	default:
		x.proxy(w)
	}
}
