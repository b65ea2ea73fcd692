package targets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// LocalServe serves the embedded AWS on a port of 127.0.0.1 until it is interrupted: on SPLITECS_LOCAL_PORT; else on the
// port that it had the last time, on 4566, or on any free one.
func (t Set) LocalServe(ctx context.Context) error {
	return t.run(ctx, "local:serve", cfn.Local, func(ctx context.Context, s *session) error {
		if err := s.openOnPort(); err != nil {
			return err
		}
		server := s.server
		s.console.Result("AWS_ENDPOINT_URL=%s", server.URL())
		s.console.Note("embedded AWS on %s, state in %s; Ctrl-C ends it. In another terminal:", server.URL(), s.localDir())
		s.console.Note("  export AWS_ENDPOINT_URL=%[1]s AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s AWS_DISABLE_HOST_PREFIX_INJECTION=true", server.URL(), s.place.Environment.Region)
		s.console.Note("  aws ecs describe-services --cluster %s --services %s", s.place.Names.Cluster, s.place.Names.Service)
		err := s.startMachine(ctx)
		if err == nil {
			err = s.tellMachine(ctx)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// openOnPort opens the embedded AWS on the first of its ports that is free, and remembers one that nobody chose: who has
// exported the address finds the same AWS there again.
func (s *session) openOnPort() error {
	if port := s.settings.localPort; port != 0 {
		err := s.openLocal(loopback(port))
		if isTaken(err) {
			return &console.Failure{
				Code: console.Usage, What: s.title, Why: fmt.Sprintf("port %d of 127.0.0.1 is in use by %s", port, holderOf(port)), Err: err,
				Next: []string{"set SPLITECS_LOCAL_PORT to another port, or unset it, which takes a free one; then run the same command again"},
			}
		}
		return err
	}
	_, usual, err := net.SplitHostPort(awslocal.DefaultAddress)
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(usual)
	if err != nil {
		return err
	}
	ports := []int{first, 0} // 0 is any
	if last := s.lastPort(); last != 0 && last != first {
		ports = append([]int{last}, ports...)
	}
	for _, port := range ports {
		err = s.openLocal(loopback(port))
		if !isTaken(err) {
			break
		}
		s.console.Note("port %d of 127.0.0.1 is in use by %s: taking another one", port, holderOf(port))
	}
	if err != nil {
		return err
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(s.server.URL(), "http://"), ":")
	if err := private.Write(s.portFile(), []byte(port+"\n")); err != nil {
		return fmt.Errorf("remember port of embedded AWS: %w", err)
	}
	return nil
}

// someProgram has a port where nobody tells which one it is.
const someProgram = "another program"

// isTaken tells whether the error of a listener is that its port is in use; Windows has a number of its own for that.
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
func isTaken(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.Errno(10048))
}

// isUnanswered tells whether nobody listens at an address.
func isUnanswered(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.Errno(10061))
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// portFile is where the state folder remembers the port.
func (s *session) portFile() string { return filepath.Join(s.localDir(), "port") }

// lastPort is the port that local:serve had the last time; 0 where there is none.
func (s *session) lastPort() int {
	text, err := os.ReadFile(s.portFile())
	if err != nil {
		return 0
	}
	port, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 16)
	if err != nil {
		return 0
	}
	return int(port)
}
