package awslocal

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// standstill is how long a request's body, or whoever reads an answer, may stand still. A large layer takes as long as
	// it takes.
	standstill = time.Minute
	// maxHeader bounds line and headers of a request. A template of the largest size fits into an address.
	maxHeader = 256 << 10
)

// limited is a server whose clients hold nothing by doing nothing for that long.
func limited(h http.Handler, patience time.Duration) *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Body != nil && req.Body != http.NoBody {
				req.Body = &moving{ReadCloser: req.Body, conn: http.NewResponseController(w), patience: patience}
			}
			h.ServeHTTP(w, req)
		}),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       withNeighbour,
		// Else net/http answers OPTIONS * itself, whoever asks.
		DisableGeneralOptionsHandler: true,
	}
}

// moving is a body that has to go on arriving.
type moving struct {
	io.ReadCloser
	conn     *http.ResponseController
	patience time.Duration
}

func (m *moving) Read(p []byte) (int, error) {
	_ = m.conn.SetReadDeadline(time.Now().Add(m.patience)) // a writer of a test has none
	n, err := m.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = m.conn.SetReadDeadline(time.Time{}) // the answer may take longer
	}
	return n, err
}

// unstuck is a listener whose connections end when nobody reads what is written for that long.
type unstuck struct {
	net.Listener
	patience time.Duration
}

func (l unstuck) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return unstuckConn{c, l.patience}, nil
}

type unstuckConn struct {
	net.Conn
	patience time.Duration
}

func (c unstuckConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// NetConn is the connection itself.
func (c unstuckConn) NetConn() net.Conn { return c.Conn }

// CloseWrite is what net/http ends a connection with so that the client still reads a refusal.
func (c unstuckConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}
