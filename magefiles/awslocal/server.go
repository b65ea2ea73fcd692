package awslocal

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

const (
	// DefaultSpeed makes what takes AWS minutes take seconds.
	DefaultSpeed = 100
	// MaxSpeed is where AWS's seconds are microseconds.
	MaxSpeed = 1_000_000
	// DefaultAddress is where a server for other programs listens.
	DefaultAddress = "127.0.0.1:4566"
	// AccountID of the embedded AWS.
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
	// Dir is the state folder; it is made where it is absent. Required.
	Dir string
	// Region that it plays. Default DefaultRegion.
	Region string
	// Speed is how many times faster than in AWS things happen, 1 to MaxSpeed. Default DefaultSpeed.
	Speed float64
	// Address to listen on, on loopback. Default: a free port of 127.0.0.1.
	Address string

	clock sim.Clock
}

// Server is an embedded AWS that listens.
type Server struct {
	url    string
	region string
	world  *sim.World
	http   *http.Server
	served chan error
	busy   sync.RWMutex // held for reading by each request
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
	listener, err := listen(o.Address)
	if err != nil {
		return nil, fmt.Errorf("open embedded AWS: %w", err)
	}
	s := &Server{url: "http://" + listener.Addr().String(), region: o.Region, served: make(chan error, 1)}
	if s.world, err = sim.Open(o.Dir, sim.Options{Clock: o.clock, Speed: o.Speed}); err != nil {
		return nil, errors.Join(fmt.Errorf("open embedded AWS: %w", err), listener.Close())
	}
	if err := ignore(o.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open embedded AWS: %w", err), listener.Close(), s.world.Close())
	}
	inner := handler(s.world, account.Account{ID: AccountID, Region: o.Region}, s.url)
	s.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.busy.RLock()
			defer s.busy.RUnlock()
			inner.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// listen accepts loopback addresses only: the embedded AWS checks no credentials.
func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen on %s: only loopback addresses such as 127.0.0.1 are served", address)
	}
	return net.Listen("tcp", address)
}

// ignore keeps the state folder out of version control, whatever project it lies in.
func ignore(dir string) error {
	name := filepath.Join(dir, marker)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	return os.WriteFile(name, []byte("*\n"), 0o644) // not a secret
}

// URL of the endpoint, for AWS_ENDPOINT_URL.
func (s *Server) URL() string { return s.url }

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

// Reset removes the state folder dir. A folder that holds no state of an embedded AWS is refused. It must not
// be in use.
func Reset(dir string) error {
	if data, err := os.ReadFile(filepath.Join(dir, marker)); err != nil || strings.TrimSpace(string(data)) != "*" {
		return fmt.Errorf("reset embedded AWS: %s is not a state folder", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("reset embedded AWS: %w", err)
	}
	return nil
}

// CheckScenario tells whether text is a behaviour that a program can be given on the embedded AWS, by the
// container's variable SPLITECS_LOCAL_SCENARIO or the image's label splitecs.local.scenario: exit[:code],
// exit-after:30s[:code], oom, unhealthy[:status], deaf, slow:90s.
func CheckScenario(text string) error {
	_, err := ecs.ParseScenario(text)
	return err
}
