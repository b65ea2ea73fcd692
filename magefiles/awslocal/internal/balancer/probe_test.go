package balancer_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// check is a target group's as it is by default, but for the path.
func check(target netip.AddrPort) balancer.Check {
	return balancer.Check{
		Group: "g", Target: target, Address: target, Path: "/health?a=b",
		Interval: 30 * time.Second, Timeout: 5 * time.Second, Healthy: 5, Unhealthy: 2,
	}
}

// probed is a program at the task's address that answers as it is told, and what a Prober reports of it, with the time since the test began.
type probed struct {
	*balancer.Prober
	answer  atomic.Int64 // a status; 0: nothing listens, -1: nothing is said
	asked   atomic.Int64
	last    atomic.Pointer[http.Request]
	began   time.Time
	reports []string
}

func probe(t *testing.T) *probed {
	t.Helper()
	p := &probed{began: time.Now()}
	network := &pipes{}
	l := network.listen(taskAddress.String())
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		p.last.Store(r)
		status := p.answer.Load()
		if status < 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(int(status))
	})}
	go func() { _ = s.Serve(l) }()
	p.Prober = balancer.NewProber(func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
		if p.answer.Load() == 0 {
			p.asked.Add(1)
			return network.dial(ctx, netip.MustParseAddrPort("10.9.9.9:9")) // refused
		}
		return network.dial(ctx, a)
	}, func(h balancer.Health) {
		p.reports = append(p.reports, fmt.Sprintf("%s %v %d %s %s", time.Since(p.began).Round(time.Second), h.Good, h.Status, h.Reason, h.Description))
	})
	t.Cleanup(func() { p.Close(); _ = s.Close() })
	return p
}

func (p *probed) want(t *testing.T, reports ...string) {
	t.Helper()
	synctest.Wait()
	if !slices.Equal(p.reports, reports) {
		t.Errorf("reported\n%q, want\n%q", p.reports, reports)
	}
}

func TestTargetsBecomeHealthyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probe(t)
		p.Set([]balancer.Check{check(taskAddress)})
		time.Sleep(20 * time.Second) // a program that starts slowly
		p.want(t)
		p.answer.Store(200)
		time.Sleep(260 * time.Millisecond)
		p.want(t, "20s true 200  ")
		r := p.last.Load()
		if r.UserAgent() != "ELB-HealthChecker/2.0" || r.RequestURI != "/health?a=b" || r.Host != "10.0.0.2:3000" || !r.Close {
			t.Errorf("asked with %+v", r)
		}
		// Then it is asked each interval.
		before := p.asked.Load()
		time.Sleep(5 * time.Minute)
		if n := p.asked.Load() - before; n != 10 {
			t.Errorf("asked %d times in 5 minutes", n)
		}
		p.want(t, "20s true 200  ")
	})
}

func TestTargetsBecomeUnhealthyInRealTime(t *testing.T) {
	for name, c := range map[string]struct {
		answer int64
		want   []string
	}{
		"refused":      {0, []string{"30s false 0 Target.FailedHealthChecks Health checks failed"}},
		"wrong status": {503, []string{"30s false 503 Target.ResponseCodeMismatch Health checks failed with these codes: [503]"}},
		"a redirect":   {307, []string{"30s false 307 Target.ResponseCodeMismatch Health checks failed with these codes: [307]"}},
		"says nothing": {-1, []string{"35s false 0 Target.Timeout Request timed out"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := probe(t)
				p.answer.Store(c.answer)
				p.Set([]balancer.Check{check(taskAddress)})
				time.Sleep(5 * time.Minute)
				p.want(t, c.want...)
			})
		})
	}
}

func TestTheLifeOfATarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probe(t)
		p.answer.Store(200)
		p.Set([]balancer.Check{check(taskAddress)})
		time.Sleep(70 * time.Second)
		p.answer.Store(500) // fails the checks of 90 and of 120 s
		time.Sleep(60 * time.Second)
		want := []string{"0s true 200  ", "2m0s false 500 Target.ResponseCodeMismatch Health checks failed with these codes: [500]"}
		p.want(t, want...)
		p.answer.Store(0) // for another reason
		time.Sleep(time.Second)
		want = append(want, "2m10s false 0 Target.FailedHealthChecks Health checks failed")
		p.want(t, want...)
		p.answer.Store(204) // what the matcher lets pass from now on
		c := check(taskAddress)
		c.Matcher = "200,202-299"
		p.Set([]balancer.Check{c})
		time.Sleep(2 * time.Second)
		want = append(want, "2m12s true 204  ")
		p.want(t, want...)
		p.answer.Store(500) // one failure is not two
		time.Sleep(31 * time.Second)
		p.answer.Store(200)
		time.Sleep(10 * time.Minute)
		p.want(t, want...)
		// One that is taken out is not asked any more, and begins anew when it is back.
		p.Set(nil)
		synctest.Wait()
		before := p.asked.Load()
		time.Sleep(10 * time.Minute)
		if n := p.asked.Load() - before; n != 0 {
			t.Errorf("asked %d times after it was taken out", n)
		}
		p.Set([]balancer.Check{check(taskAddress)})
		synctest.Wait()
		if len(p.reports) != len(want)+1 {
			t.Errorf("reported %q", p.reports)
		}
	})
}

// A program that listens on 127.0.0.1 alone does not answer at its task's address.
func TestTheTasksOwnAddressIsAsked(t *testing.T) {
	elsewhere := program(t, func(http.ResponseWriter, *http.Request) {})
	reports := make(chan balancer.Health, 10)
	p := balancer.NewProber(dial, func(h balancer.Health) { reports <- h })
	defer p.Close()
	loopback, own := check(elsewhere), check(netip.AddrPortFrom(netip.MustParseAddr("127.9.9.9"), elsewhere.Port()))
	own.Unhealthy = 1
	p.Set([]balancer.Check{loopback, own})
	for range 2 {
		if h := <-reports; h.Good != (h.Target == elsewhere) {
			t.Errorf("reported %+v", h)
		}
	}
}
