package balancer_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
	"github.com/bellyfed/splitecs/magefiles/internal/crowd"
)

// task is a program of a rolling update. Each answer takes it 20 ms.
type task struct {
	address netip.AddrPort
	server  *http.Server
	late    atomic.Int64 // requests that came after the balancer had been told that it drains
	drains  atomic.Bool
}

func start(t testing.TB) *task {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &task{address: addressOf(l)}
	k.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if k.drains.Load() {
			k.late.Add(1)
		}
		time.Sleep(20 * time.Millisecond) // what the program does
		_, _ = io.WriteString(w, "hello")
	})}
	go func() { _ = k.server.Serve(l) }()
	t.Cleanup(func() { _ = k.server.Close() })
	return k
}

// stop ends a program as SIGTERM does: gracefully, or with everything that it has open.
func (k *task) stop(graceful bool) {
	if graceful {
		_ = k.server.Shutdown(context.Background())
		return
	}
	_ = k.server.Close()
}

// tasks is a table of tasks that are healthy, and others that drain.
func tasks(healthy, draining []*task) balancer.Table {
	g := balancer.Group{ARN: "g"}
	for _, k := range healthy {
		g.Targets = append(g.Targets, balancer.Target{Address: k.address, State: balancer.Healthy})
	}
	for _, k := range draining {
		g.Targets = append(g.Targets, balancer.Target{Address: k.address, State: balancer.Draining})
	}
	return web(balancer.Listener{Default: to("g")}, g)
}

// roll replaces two tasks, one after another. In the right order: take out, wait until nothing is open, stop.
func roll(t testing.TB, f front, old []*task, graceful, rightOrder bool) (fresh []*task) {
	t.Helper()
	for i, k := range old {
		fresh = append(fresh, start(t))
		left := slices.Concat(old[i+1:], fresh)
		set(t, f, tasks(append([]*task{k}, left...), nil))
		if !rightOrder {
			k.stop(graceful)
			set(t, f, tasks(left, nil))
			continue
		}
		set(t, f, tasks(left, []*task{k}))
		for f.Open(k.address) > 0 {
			time.Sleep(time.Millisecond) // as a supervisor looks
		}
		k.drains.Store(true)
		k.stop(graceful)
		set(t, f, tasks(left, nil))
		if n := k.late.Load(); n > 0 {
			t.Errorf("%d requests after nothing was open", n)
		}
	}
	return fresh
}

// Ten rolling updates from two tasks to two, under 50 connections: no request fails, of at least 16,000.
func TestRollingUpdatesLoseNothing(t *testing.T) {
	wanted := int64(16000)
	if testing.Short() {
		wanted = 1000
	}
	for name, graceful := range map[string]bool{"graceful": true, "abrupt": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := []*task{start(t), start(t)}
			f := serve(t, balancer.Options{}, tasks(now, nil))
			c := crowd.Gather(t, crowd.Options{URL: f.URL, Wanted: func(body string) bool { return body == "hello" }})
			for i := int64(1); i <= 10 || c.Asked() < wanted; i++ {
				c.Await(min(i*wanted/10, wanted)) // spread over the requests
				now = roll(t, f, now, graceful, true)
			}
			asked, failed, why := c.End()
			t.Logf("%d of %d requests failed", failed, asked)
			if failed > 0 || asked < wanted {
				t.Errorf("%d of %d requests failed: %v", failed, asked, why)
			}
		})
	}
}

// The same with the order reversed does lose requests, so the test above can fail.
func TestRollingUpdatesInTheWrongOrder(t *testing.T) {
	for name, graceful := range map[string]bool{"graceful": true, "abrupt": false} {
		t.Run(name, func(t *testing.T) {
			now := []*task{start(t), start(t)}
			f := serve(t, balancer.Options{}, tasks(now, nil))
			c := crowd.Gather(t, crowd.Options{URL: f.URL, Wanted: func(body string) bool { return body == "hello" }})
			for range 5 {
				c.Await(c.Asked() + 200)
				now = roll(t, f, now, graceful, false)
			}
			asked, failed, _ := c.End()
			t.Logf("%d of %d requests failed", failed, asked)
			if failed == 0 {
				t.Errorf("none of %d requests failed", asked)
			}
		})
	}
}

// Nothing new comes to a target from the moment Set has returned, however requests and Set meet. It takes long to find a rule, so that they do.
func TestNothingNewAfterSet(t *testing.T) {
	var arrived [2]atomic.Int64
	var addresses []netip.AddrPort
	for i := range arrived {
		addresses = append(addresses, program(t, func(http.ResponseWriter, *http.Request) { arrived[i].Add(1) }))
	}
	var rules []balancer.Rule
	for i := range 300 {
		rules = append(rules, balancer.Rule{Priority: i + 1, Action: fixed(404, ""), Conditions: []balancer.Condition{{
			Field: "path-pattern", Values: []string{"*b*c*" + strconv.Itoa(i)},
		}}})
	}
	only := func(a netip.AddrPort) balancer.Table {
		return web(balancer.Listener{Default: to("g"), Rules: rules}, group("g", a))
	}
	path := "/" + strings.Repeat("bc", 100)
	f := serve(t, balancer.Options{}, only(addresses[0]))
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if got := f.ask(t, "GET", path); got.status != 200 {
						t.Errorf("answered %+v", got)
					}
				}
			}
		})
	}
	for i := range 300 {
		out := addresses[i%2]
		set(t, f, only(addresses[(i+1)%2]))
		for f.Open(out) > 0 {
			time.Sleep(100 * time.Microsecond)
		}
		before := arrived[i%2].Load()
		time.Sleep(time.Millisecond)
		if n := arrived[i%2].Load() - before; n > 0 {
			t.Fatalf("%d requests came to a target that was taken out and free", n)
		}
	}
	close(stop)
	group.Wait()
}
