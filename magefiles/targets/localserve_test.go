package targets_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// serve serves until it has said where.
func serve(t targets.Set, ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.Out = io.MultiWriter(t.Out, writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }))
	return t.LocalServe(ctx)
}

// taken has a port of another program; the one that is wanted may be so already.
func taken(t *testing.T, address string) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		_, port, _ = strings.Cut(address, ":")
		return port
	}
	t.Cleanup(func() { l.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

// Where its port is in use local:serve takes another one, and the same one the next time.
func TestServeTakesAnotherPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	taken(t, awslocal.DefaultAddress)
	w.run(serve)
	w.want(0, "port 4566 of 127.0.0.1 is in use by ", ": taking another one")
	first := w.out.String()
	if !strings.HasPrefix(first, "AWS_ENDPOINT_URL=http://127.0.0.1:") || strings.Contains(first, ":4566\n") {
		t.Fatalf("stdout: %q", first)
	}
	w.run(serve)
	w.want(0)
	w.prints(first)

	port := taken(t, "127.0.0.1:0")
	w.run(serve, "SPLITECS_LOCAL_PORT="+port)
	holder := "another program"
	if runtime.GOOS == "linux" {
		holder = fmt.Sprintf("targets.test (process %d)", os.Getpid())
	}
	w.want(2, "port "+port+" of 127.0.0.1 is in use by "+holder, "next: set SPLITECS_LOCAL_PORT to another port")
	w.run(localReset)
	w.want(0, "removed")
}
