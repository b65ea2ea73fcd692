package awslocal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/supervisor"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

const (
	// DefaultSpeed makes what takes AWS minutes take seconds.
	DefaultSpeed = 100
	// MaxSpeed is where AWS's seconds are microseconds.
	MaxSpeed = 1_000_000
	// DefaultAddress is where a server for other programs listens.
	DefaultAddress = "127.0.0.1:4566"
	// AccountID of the embedded AWS, where no other one was asked for.
	AccountID = "000000000000"
	// DefaultRegion of the embedded AWS.
	DefaultRegion = "ap-southeast-1"
	// SampleApplication is the import path of a small real application to deploy: an HTTP server on port 3000
	// with /health.
	SampleApplication = "github.com/bellyfed/splitecs/magefiles/awslocal/hello"
)

// marker tells a state folder from any other: Reset removes no folder without it.
const marker = ".gitignore"

// Options of a server.
type Options struct {
	// Dir is the state folder; it is made where it is absent. It belongs to this user alone: one that others may read is
	// narrowed where it holds a state or nothing, any other one is refused with the reason. Required.
	Dir string
	// Account of a new state: 12 digits. A state keeps the one that it has. Default AccountID.
	Account string
	// Region that it plays. Default DefaultRegion.
	Region string
	// Speed is how many times faster than in AWS things happen, 1 to MaxSpeed. Default DefaultSpeed.
	Speed float64
	// Address to listen on, on loopback. Default: a free port of 127.0.0.1.
	Address string
	// AnyAddress allows an Address that is not on loopback. BEWARE: the embedded AWS checks no credentials.
	// Whoever reaches the address can read and change everything in it, and fill the disk. The [Server.URL], which
	// registry clients are sent to as well, is a loopback one where the Address is 0.0.0.0 or [::].
	AnyAddress bool
	// Hosts are names by which clients call the server, besides those of loopback, the Address and the address that their
	// connections reach, e.g. "aws" in a network of containers. Requests by other names are refused: a web page's own
	// name may lead here.
	Hosts []string
	// Faults to begin with.
	Faults []Fault
	// Clock, for tests, takes the place of the machine's.
	Clock *Clock

	clock     sim.Clock
	pause     func(context.Context, time.Duration) error
	record    bool
	box       *sandbox.Sandbox // the server executes the programs of tasks in it; nil: a machine does, or nobody
	hostPorts []int
	accessLog bool
	hasty     bool // of the supervisor
}

// Server is an embedded AWS that listens.
type Server struct {
	url      string
	region   string
	world    *sim.World
	services *services
	faults   *faults
	http     *http.Server
	served   chan error
	busy     sync.RWMutex // held for reading by each request

	box        *sandbox.Sandbox
	supervisor *supervisor.Supervisor // nil: it executes nothing
	off        atomic.Bool            // what it executes is being stopped for good

	rehearsed atomic.Pointer[string]
}

// Open serves the embedded AWS whose state lies in o.Dir. Several servers, also of several processes, may serve
// one folder. Close it to free the port.
func Open(o Options) (*Server, error) {
	if o.Region == "" {
		o.Region = DefaultRegion
	}
	if o.Speed == 0 {
		o.Speed = DefaultSpeed
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if o.Dir == "" {
		return nil, errors.New("open embedded AWS: no state folder is named")
	}
	listener, err := listen(o.Address, o.AnyAddress)
	if err != nil {
		return nil, fmt.Errorf("open embedded AWS: %w", err)
	}
	s := &Server{url: "http://" + reachable(listener.Addr().(*net.TCPAddr)), region: o.Region, served: make(chan error, 1)}
	if err := s.open(o); err != nil {
		return nil, errors.Join(fmt.Errorf("open embedded AWS: %w", err), listener.Close())
	}
	go func() { s.served <- s.http.Serve(unstuck{listener, standstill}) }()
	return s, nil
}

// open makes everything but the listener.
func (s *Server) open(o Options) (err error) {
	if o.Clock != nil {
		o.clock, o.pause = o.Clock.time, func(ctx context.Context, d time.Duration) error {
			o.Clock.time.Advance(s.world.Scaled(d))
			return ctx.Err()
		}
	}
	if s.world, err = sim.Open(o.Dir, sim.Options{Clock: o.clock, Speed: o.Speed}); err != nil {
		return err
	}
	if o.pause == nil {
		o.pause = func(ctx context.Context, d time.Duration) error { return pause(ctx, s.world.Scaled(d)) }
	}
	s.faults = &faults{pause: o.pause, record: o.record, lag: newLag(func() time.Time {
		now, _ := s.Time(context.Background()) // only a context can end it
		return now
	}, s.world.Scaled)}
	s.box = o.box
	id, err := settleAccount(o.Dir, o.Account)
	if err != nil {
		return errors.Join(err, s.world.Close())
	}
	s.services = newServices(s.world, account.Account{ID: id, Region: o.Region}, s.url, s.scenario)
	inner := s.services.handler(newGuard(o), s.faults)
	s.http = limited(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.busy.RLock()
		defer s.busy.RUnlock()
		inner.ServeHTTP(w, r)
	}), standstill)
	// A state that cannot be read is told now, not with the first call.
	err = errors.Join(s.faults.inject(o.Faults), ignore(o.Dir), s.world.Do(context.Background(), func() error { return nil }))
	if err == nil && o.box != nil {
		err = s.execute(o, inner)
	}
	if err != nil {
		err = errors.Join(err, s.world.Close())
	}
	return err
}

// pause waits for d on the machine's clock.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// listen accepts loopback addresses only, unless told: the embedded AWS checks no credentials.
func listen(address string, anywhere bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); !anywhere && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %s: only loopback addresses such as 127.0.0.1 are served, because no credentials are checked (AnyAddress allows others)", address)
	}
	return net.Listen("tcp", address)
}

// reachable is the address at which this machine reaches a listener, which may listen on all of its addresses.
func reachable(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Port))
	}
	return a.String()
}

// ignore keeps the state folder out of version control, whatever project it lies in.
func ignore(dir string) error {
	name := filepath.Join(dir, marker)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	return private.Write(name, []byte("*\n"))
}

// URL of the endpoint, for AWS_ENDPOINT_URL on this machine.
func (s *Server) URL() string { return s.url }

// Narrowed tells whether other users of this machine could read the state folder until it was opened. What secrets it
// held may be known to them.
func (s *Server) Narrowed() bool { return s.world.Narrowed() }

// Time is what the clocks of the simulated world show.
func (s *Server) Time(ctx context.Context) (now time.Time, err error) {
	err = s.world.Do(ctx, func() error {
		now = s.world.Now()
		return nil
	})
	return now, err
}

// Config reaches the server with the real SDK: its endpoint, its region, any credentials, and one attempt for
// each call, so that a failure is not hidden by a second one.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region:           s.region,
		BaseEndpoint:     aws.String(s.url),
		Credentials:      credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:       HTTPClient(),
		RetryMaxAttempts: 1,
	}
}

// Close ends the server: connections are cut, requests that are being answered are finished first. What is under
// way in the simulated world goes on when the folder is opened again.
func (s *Server) Close() error {
	err := s.http.Close()
	if s.supervisor != nil {
		err = errors.Join(err, s.supervisor.Close())
	}
	s.busy.Lock()
	defer s.busy.Unlock()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err = errors.Join(err, s.world.Close()); err != nil {
		return fmt.Errorf("close embedded AWS: %w", err)
	}
	return nil
}

// Reset removes the state folder dir, and ends the [Machine] that it has. Where dir is a link, the folder that it leads to is removed,
// and the link stays for the next state. A folder that holds no state of an embedded AWS is refused. Nothing else may use it.
func Reset(dir string) error {
	if data, err := os.ReadFile(filepath.Join(dir, marker)); err != nil || strings.TrimSpace(string(data)) != "*" {
		return fmt.Errorf("reset embedded AWS: %s is not a state folder", dir)
	}
	if err := newMachine(dir).end(context.Background()); err != nil {
		return fmt.Errorf("reset embedded AWS: %w", err)
	}
	foreign := removeByEngine(context.Background(), dir)
	dir, err := filepath.EvalSymlinks(dir) // a link would be removed, and not what the state holds
	if err == nil {
		err = layers.RemoveAll(filepath.Join(dir, runFolder)) // images have folders that cannot be written
	}
	if err == nil { // else the marker stays, for another try
		err = layers.RemoveAll(dir)
	}
	if err != nil {
		return fmt.Errorf("reset embedded AWS: %w", errors.Join(err, foreign))
	}
	return nil
}
