package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// What a task finds in its network beside itself.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
var (
	metadataAddress = netip.MustParseAddr("169.254.170.2")
	dnsAddress      = netip.MustParseAddr("169.254.169.253")
	hostAddress     = netip.MustParseAddr("169.254.170.3") // not AWS's: this machine
	platform        = []netip.Addr{metadataAddress, dnsAddress, hostAddress}
)

const (
	metadataHost = "169.254.170.2"
	endpointPort = ":4566" // of the embedded AWS
	hostName     = "host.splitecs.internal"
)

// serve answers in the network of a task what its platform answers.
func (s *Supervisor) serve(t *task, box *sandbox.Task) error {
	if err := s.serveHTTP(t, box, metadataAddress.String()+":80", s.metadata(t)); err != nil {
		return err
	}
	if s.API != nil {
		if err := s.serveHTTP(t, box, hostAddress.String()+endpointPort, s.API); err != nil {
			return err
		}
	}
	if err := s.serveNames(t, box); err != nil {
		return err
	}
	for _, port := range s.HostPorts {
		if err := s.passOn(t, box, port); err != nil {
			return err
		}
	}
	return nil
}

func (s *Supervisor) serveHTTP(t *task, box *sandbox.Task, address string, h http.Handler) error {
	l, err := box.Listen("tcp4", address)
	if err != nil {
		return fmt.Errorf("listen on %s in the task: %w", address, err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	t.do(func() { _ = server.Serve(l) }) // until it is closed
	context.AfterFunc(t.ctx, func() { _ = server.Close() })
	return nil
}

// passOn connects a port of the host's name in a task with the same one of this machine's loopback.
func (s *Supervisor) passOn(t *task, box *sandbox.Task, port int) error {
	l, err := box.Listen("tcp4", net.JoinHostPort(hostAddress.String(), strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("listen on port %d of the host's name in the task: %w", port, err)
	}
	context.AfterFunc(t.ctx, func() { _ = l.Close() })
	t.do(func() {
		for {
			inside, err := l.Accept()
			if err != nil {
				return
			}
			t.do(func() { join(t.ctx, inside, net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) })
		}
	})
	return nil
}

// join copies both ways until both ends have said all.
func join(ctx context.Context, inside net.Conn, address string) {
	defer inside.Close() // its errors are the program's matter
	var d net.Dialer
	outside, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer outside.Close()
	stop := context.AfterFunc(ctx, func() { err = errors.Join(inside.Close(), outside.Close()) })
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		pass(outside, inside)
	}()
	pass(inside, outside)
	<-done
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
