package image

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// firstAnswer is how long a registry may take to answer at all before it is given up: names, connection, TLS and the
// repetitions of these together, so that it is told within 10 s. After its first answer it may take its time: a cache that
// fetches what it is asked for does.
const firstAnswer = 8 * time.Second

// baseBackoff repeats what may pass, with pauses of 1.5 s together, within what is left of those 10 s.
var baseBackoff = remote.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Steps: 3}

// silentError says that a host gave no answer in time. It is not temporary: the time was that of all attempts.
type silentError struct {
	host  string
	after time.Duration
	last  error // of the attempts before; nil where there was one alone
}

func (e *silentError) Error() string {
	text := fmt.Sprintf("%s does not answer within %s", e.host, e.after)
	if e.last != nil {
		text += ": " + e.last.Error()
	}
	return text
}

func (e *silentError) Unwrap() error { return e.last }

// awaiting is a transport that gives up hosts of which nothing is heard.
type awaiting struct {
	inner  http.RoundTripper
	within time.Duration

	mu    sync.Mutex
	hosts map[string]firstHeard
}

// firstHeard is until when a host may be asked, and what came of it.
type firstHeard struct {
	until    time.Time
	answered bool
	last     error
}

func (t *awaiting) RoundTrip(req *http.Request) (*http.Response, error) {
	h, left := t.host(req.URL.Host)
	if left == 0 {
		return t.inner.RoundTrip(req)
	}
	silent := &silentError{req.URL.Host, t.within, h.last}
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(left, func() { cancel(silent) })
	resp, err := t.inner.RoundTrip(req.WithContext(ctx))
	if !timer.Stop() && err == nil { // too late: the body would end with the context
		resp.Body.Close()
		err = silent
	}
	said := err
	if err != nil && context.Cause(ctx) == silent {
		said, err = h.last, silent
	}
	t.mu.Lock()
	t.hosts[req.URL.Host] = firstHeard{h.until, t.hosts[req.URL.Host].answered || err == nil, said}
	t.mu.Unlock()
	if err != nil {
		cancel(nil)
		return nil, err
	}
	// The context ends with the body, not before: a blob may take as long as it likes.
	resp.Body = &bodyOf{resp.Body, func() { cancel(nil) }}
	return resp, nil
}

// host is what is known of a host, and the time that it has left for its first answer; 0 where it gave that.
func (t *awaiting) host(name string) (firstHeard, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h, known := t.hosts[name]
	switch {
	case h.answered:
		return h, 0
	case !known:
		h.until = time.Now().Add(t.within)
		t.hosts[name] = h
	}
	return h, max(time.Until(h.until), 1)
}

// bodyOf is a body with something to do at its end.
type bodyOf struct {
	io.ReadCloser
	end func()
}

func (b *bodyOf) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
