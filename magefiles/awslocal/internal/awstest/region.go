package awstest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/loopback"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Account that tests play.
var Account = account.Account{ID: "000000000000", Region: "ap-southeast-1"}

// Noon is when a test's clock starts.
var Noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// World is an empty world for one test, and its clock.
func World(t testing.TB) (*sim.World, *sim.Manual) {
	t.Helper()
	return WorldIn(t, t.TempDir())
}

// WorldIn is the world in a folder, as one more process sees it, with a clock of its own.
func WorldIn(t testing.TB, dir string) (*sim.World, *sim.Manual) {
	t.Helper()
	clock := sim.NewManual(Noon)
	w, err := sim.Open(dir, sim.Options{Clock: clock, Seed: t.Name(), Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, clock
}

// Serve serves the services on loopback until the test ends, and returns their address.
func Serve(t testing.TB, w *sim.World, services ...*wire.Service) (url string) {
	t.Helper()
	return Listen(t, Router(w, services...))
}

// Router is the handler of services.
func Router(w *sim.World, services ...*wire.Service) http.Handler {
	var n atomic.Int64
	requestID := func() string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n.Add(1)) }
	return wire.NewRouter(w.Do, requestID, services...)
}

// Listen serves a handler on loopback until the test ends, and returns its address.
func Listen(t testing.TB, h http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// Config reaches an address with the SDK, one attempt for each call.
func Config(url string) aws.Config {
	return aws.Config{
		Region: Account.Region, BaseEndpoint: aws.String(url), HTTPClient: loopback.HTTPClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// Do runs f in a transaction of the world.
func Do(t testing.TB, w *sim.World, f func()) {
	t.Helper()
	if err := w.Do(context.Background(), func() error { f(); return nil }); err != nil {
		t.Fatal(err)
	}
}

// Pass lets d go by, a second at a time, as a client that looks every second would see it.
func Pass(t testing.TB, w *sim.World, clock *sim.Manual, d time.Duration) {
	t.Helper()
	for range int(d / time.Second) {
		clock.Advance(time.Second)
		Do(t, w, func() {})
	}
}
