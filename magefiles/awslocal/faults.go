package awslocal

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// faults of a server.
type faults struct {
	pause  func(context.Context, time.Duration) error // of AWS time
	record bool                                       // keep calls
	lag    *lag

	mu    sync.Mutex
	armed []*armed
	count int
	calls []string
}

// armed is a fault that is waiting for its call.
type armed struct {
	Fault
	seen  int       // calls of its operation
	began time.Time // of a lag
}

// lags tells of a lag whether it has begun, and not ended: one of every call never ends.
func (a *armed) lags(l *lag) bool {
	if a.Call == 0 || a.seen < a.Call {
		return a.Call == 0
	}
	if a.began.IsZero() {
		a.began = l.now()
	}
	return a.Kind != Stale || l.now().Before(a.began.Add(l.scaled(a.Delay)))
}

// inject adds faults. Where one makes no sense, none is added.
func (f *faults) inject(list []Fault) error {
	for _, one := range list {
		if err := one.check(); err != nil {
			return fmt.Errorf("inject fault %s: %w", one, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range list {
		f.armed = append(f.armed, &armed{Fault: one})
	}
	return nil
}

// next counts a call and tells its number, which faults hit it, and which lags there are.
func (f *faults) next(operation string) (call int, hits []Fault, lags []lagging) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	if f.record {
		f.calls = append(f.calls, operation)
	}
	for _, a := range f.armed {
		if !a.matches(operation) || a.Kind == AccessDenied && operation == whoami {
			continue
		}
		a.seen++
		hit := a.Call == 0 || a.Call == a.seen
		if a.Kind.lags() {
			lags = append(lags, lagging{a.Fault, a.lags(f.lag)})
			if hit && a.Do != nil {
				hits = append(hits, Fault{Do: a.Do})
			}
		} else if hit {
			hits = append(hits, a.Fault)
		}
	}
	return f.count, hits, lags
}

// victim is a call that can be refused.
type victim interface {
	operation() string
	refuse(w http.ResponseWriter, kind FaultKind)
}

// around answers a call with what goes wrong, or lets it be served.
func (f *faults) around(w http.ResponseWriter, req *http.Request, v victim, serve func(http.ResponseWriter)) {
	call, hits, lags := f.next(v.operation())
	if one, is := v.(apiCall); is && len(lags) > 0 {
		inner := serve
		serve = func(w http.ResponseWriter) { f.lag.serve(w, one, lags, inner) }
	}
	if len(hits) == 0 {
		serve(w)
		return
	}
	hit := func(one Fault) (answered bool) {
		if one.Delay > 0 && f.pause(req.Context(), one.Delay) != nil {
			return true // the client has gone
		}
		if one.Do != nil {
			one.Do(call, v.operation())
		}
		return strike(w, v, one.Kind)
	}
	after := slices.IndexFunc(hits, func(one Fault) bool { return one.After })
	for _, one := range hits {
		if !one.After && hit(one) {
			return
		}
	}
	if after < 0 {
		serve(w)
		return
	}
	serve(&late{ResponseWriter: w, answered: func() bool {
		for _, one := range hits {
			if one.After && hit(one) {
				return true
			}
		}
		return false
	}})
}

// strike does what a kind says and tells whether the call has its answer with it.
func strike(w http.ResponseWriter, v victim, kind FaultKind) (answered bool) {
	switch kind {
	case "", Latency:
		return false
	case Interrupt, Terminate:
		if kind.send() == nil {
			return false
		}
		v.refuse(w, InternalError) // rather than a signal that silently was none
	case Crash:
		crash()
	case ConnectionReset:
		reset(w)
	default:
		v.refuse(w, kind)
	}
	return true
}

// reset cuts the connection, so that the client sees neither an answer nor an orderly end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the server's way to cut it
	}
	if wrapped, ok := conn.(unstuckConn); ok {
		conn = wrapped.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the client sees an orderly end, which is an error as well
	}
	_ = conn.Close() // there is nobody to tell
}

// crash ends the process.
func crash() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill() // the next line does not return either way
	}
	select {}
}

// late is a writer whose first byte waits for what happens after the operation. What happens may answer in its
// place: then the operation's answer is lost.
type late struct {
	http.ResponseWriter
	answered func() bool
	asked    bool
	lost     bool
	header   http.Header
}

// Header is the operation's; it counts where its answer is not lost.
func (l *late) Header() http.Header {
	if l.header == nil {
		l.header = l.ResponseWriter.Header().Clone()
	}
	return l.header
}

func (l *late) ask() (lost bool) {
	if !l.asked {
		l.asked = true
		l.lost = l.answered()
		if !l.lost {
			for k, v := range l.Header() {
				l.ResponseWriter.Header()[k] = v
			}
		}
	}
	return l.lost
}

// WriteHeader begins the answer.
func (l *late) WriteHeader(status int) {
	if !l.ask() {
		l.ResponseWriter.WriteHeader(status)
	}
}

// Write goes on with it.
func (l *late) Write(p []byte) (int, error) {
	if l.ask() {
		return len(p), nil
	}
	return l.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (l *late) Unwrap() http.ResponseWriter { return l.ResponseWriter }
