package balancer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// connectTimeout is an Application Load Balancer's own, for a connection to a target and for its TLS.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-504-issues
const connectTimeout = 10 * time.Second

// headerLimit is how long the header of a target's answer may be.
const headerLimit = 1 << 20

var errHeaderTooLong = errors.New("the header of the answer is too long")

// conn is a connection to a target. A request and its answer are written and read by the goroutine that serves the client: net/http's
// Transport hands each over to two others, which costs as much again, and sends some requests twice, which an
// Application Load Balancer does not.
type conn struct {
	net.Conn
	raw    net.Conn // below TLS
	tls    bool
	reader *bufio.Reader
	writer *bufio.Writer
	budget int64 // bytes that may yet be read, while a header is

	x     atomic.Pointer[exchange] // that has it; nil while it is idle
	timer *time.Timer              // ends what has it, or itself, when nothing was sent for the idle timeout
}

// connect makes a connection for an exchange.
func (b *backend) connect(x *exchange, https bool) (*conn, error) {
	ctx, cancel := context.WithTimeout(x.request.Context(), connectTimeout)
	defer cancel()
	raw, err := b.dial(ctx, b.address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, raw: raw, tls: https}
	if https {
		secure := tls.Client(raw, &tls.Config{InsecureSkipVerify: true}) // an ALB takes every certificate of a target
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, err
		}
		c.Conn = secure
	}
	c.reader, c.writer = bufio.NewReader(c), bufio.NewWriter(c.Conn)
	c.timer = time.AfterFunc(x.idle(), func() {
		if x := c.x.Load(); x != nil {
			x.end(errIdle)
			return
		}
		b.drop(c)
	})
	return c, nil
}

// Read keeps a header from having no end.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.budget -= int64(n); c.budget < 0 {
		return n, errHeaderTooLong
	}
	return n, err
}

// Close takes no leave of TLS, which could wait.
func (c *conn) Close() error { return c.raw.Close() }

func (c *conn) discard() {
	c.timer.Stop()
	_ = c.Close()
}
