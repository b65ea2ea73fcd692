package image

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// meter is the transport of a push. It counts the bytes of request bodies, sends nothing while the registry asks for
// quiet, and gives up a request that stands still.
type meter struct {
	inner http.RoundTripper
	stall time.Duration
	sent  atomic.Int64

	mu    sync.Mutex
	quiet time.Time // until then nothing is sent
}

// errStalled is a request whose connection is there and carries nothing.
var errStalled = errors.New("the registry took nothing and said nothing for too long")

// maxQuiet bounds what a registry can ask for.
const maxQuiet = time.Minute

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := m.wait(req.Context()); err != nil {
		closeBody(req.Body)
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	watch := time.AfterFunc(m.stall, func() { cancel(errStalled) })
	out := req.Clone(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = &meteredBody{ReadCloser: req.Body, meter: m, watch: watch}
		// The transport would send a body again on a connection that it found closed; here whole uploads are.
		out.GetBody = nil
	}
	resp, err := m.inner.RoundTrip(out)
	watch.Stop()
	if err != nil {
		if cause := context.Cause(ctx); cause == errStalled {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	m.listen(resp)
	resp.Request = req
	resp.Body = &answer{ReadCloser: resp.Body, done: func() { cancel(nil) }}
	return resp, nil
}

// wait lasts as long as the registry asked for.
func (m *meter) wait(ctx context.Context) error {
	m.mu.Lock()
	quiet := m.quiet
	m.mu.Unlock()
	if d := time.Until(quiet); d > 0 {
		return wait(ctx, d)
	}
	return nil
}

// listen heeds Retry-After (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). What it asks for counts for
// the whole push: limits are those of the caller, not of a request.
func (m *meter) listen(resp *http.Response) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return
	}
	after := resp.Header.Get("Retry-After")
	d := time.Duration(0)
	if seconds, err := strconv.Atoi(after); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		d = time.Until(at)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if until := time.Now().Add(min(d, maxQuiet)); until.After(m.quiet) {
		m.quiet = until
	}
}

// meteredBody is a request's body. Each read is a sign of life.
type meteredBody struct {
	io.ReadCloser
	meter *meter
	watch *time.Timer
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.meter.sent.Add(int64(n))
	b.watch.Reset(b.meter.stall)
	return n, err
}

// answer ends its request when it is closed.
type answer struct {
	io.ReadCloser
	done func()
}

func (a *answer) Close() error {
	err := a.ReadCloser.Close()
	a.done()
	return err
}
