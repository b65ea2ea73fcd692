package balancer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Check says how a target of a group is asked for its health.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
type Check struct {
	Group              string         // ARN
	Target             netip.AddrPort // as registered
	Address            netip.AddrPort // that is asked: the target's own, with the health check's port
	HTTPS              bool
	Path               string
	Interval, Timeout  time.Duration
	Healthy, Unhealthy int    // thresholds
	Matcher            string // "200", "200,202" or "200-299"; empty: 200
}

// Health is a change of a target's health.
type Health struct {
	Group               string
	Target              netip.AddrPort
	Good                bool
	Status              int    // that was answered; 0: none
	Reason, Description string // in Elastic Load Balancing's words, where it is not good
}

// How long a Prober waits before it asks a target again that is not healthy.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = 250 * time.Millisecond
)

// Prober asks targets for their health.
//
// A target becomes healthy with its first success, and then is asked each interval; unhealthy after as many failures in a row as
// the threshold says; healthy again after as many successes. While a target is not healthy it is asked every few
// milliseconds, so that nobody waits for an interval to pass, but a failure counts at most once in an interval: a
// program has the time to start that it has on AWS.
//
// Time is package time's, and connections are the function's that it is given.
type Prober struct {
	dial   Dial
	report func(Health)

	mu     sync.Mutex
	probes map[probeKey]*probe
	closed bool
	group  sync.WaitGroup
}

type probeKey struct {
	group  string
	target netip.AddrPort
}

// NewProber makes a Prober that asks nobody. It calls report when a target becomes healthy or unhealthy, or is unhealthy for another
// reason, from several goroutines, for one target one after another. A report that has begun when its target is taken out is not held back.
func NewProber(dial Dial, report func(Health)) *Prober {
	return &Prober{dial: dial, report: report, probes: map[probeKey]*probe{}}
}

// Set says who is asked. A target that is there already keeps its health, and is asked in the new way from the next time on; one
// that is not any more is forgotten.
func (p *Prober) Set(checks []Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	kept := map[probeKey]bool{}
	for _, c := range checks {
		key := probeKey{c.Group, c.Target}
		kept[key] = true
		if there := p.probes[key]; there != nil {
			there.set(c)
			continue
		}
		ctx, cancel := context.WithCancel(context.Background())
		made := &probe{p: p, ctx: ctx, cancel: cancel, check: c}
		p.probes[key] = made
		p.group.Go(made.run)
	}
	for key, there := range p.probes {
		if !kept[key] {
			there.cancel()
			delete(p.probes, key)
		}
	}
}

// Close asks nobody any more, and waits until the last report was made. It must not be called by the function that reports.
func (p *Prober) Close() {
	p.Set(nil)
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.group.Wait()
}

// probe asks one target.
type probe struct {
	p      *Prober
	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	check Check

	state   State // Initial, Healthy or Unhealthy
	told    Health
	good    int       // successes in a row
	bad     int       // failures in a row that count
	counted time.Time // when the last of them did
	pause   time.Duration
}

func (p *probe) set(c Check) {
	p.mu.Lock()
	p.check = c
	p.mu.Unlock()
}

func (p *probe) run() {
	for {
		p.mu.Lock()
		c := p.check
		p.mu.Unlock()
		began := time.Now()
		h := c.ask(p.ctx, p.p.dial)
		if p.ctx.Err() != nil {
			return
		}
		if p.changes(c, h, began) {
			p.p.report(h)
		}
		timer := time.NewTimer(p.next(c, time.Since(began)))
		select {
		case <-p.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// changes counts a result, and tells whether it changes the target's health.
func (p *probe) changes(c Check, h Health, now time.Time) bool {
	if h.Good {
		p.good, p.bad = p.good+1, 0
		if p.state == Healthy || p.state == Unhealthy && p.good < c.Healthy {
			return false
		}
		p.state, p.told = Healthy, h
		return true
	}
	p.good = 0
	if p.state == Unhealthy {
		another := h != p.told
		p.told = h
		return another
	}
	// Rounded, as timers are late and then each other failure would not count.
	if p.bad == 0 || now.Sub(p.counted) >= c.Interval-longestPause {
		p.bad, p.counted = p.bad+1, now
	}
	if p.bad < c.Unhealthy {
		return false
	}
	p.state, p.told, p.pause = Unhealthy, h, 0
	return true
}

// next is how long to wait. The time that an answer took does not move the next check of a healthy target.
func (p *probe) next(c Check, took time.Duration) time.Duration {
	if p.state == Healthy {
		p.pause = 0
		return max(c.Interval-took, firstPause)
	}
	p.pause = min(max(p.pause*3/2, firstPause), longestPause)
	return p.pause
}

// ask sends one health check, on a connection of its own.
func (c Check) ask(ctx context.Context, dial Dial) Health {
	h := Health{Group: c.Group, Target: c.Target}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, c.Address) },
		DisableKeepAlives: true, DisableCompression: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // an ALB takes every certificate of a target
		TLSNextProto:    map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	scheme := "http://"
	if c.HTTPS {
		scheme = "https://"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+c.Address.String()+c.Path, nil)
	if err != nil {
		h.Reason, h.Description = "Target.FailedHealthChecks", "Health checks failed"
		return h
	}
	r.Header.Set("User-Agent", "ELB-HealthChecker/2.0")
	answer, err := transport.RoundTrip(r)
	if err != nil {
		h.Reason, h.Description = "Target.FailedHealthChecks", "Health checks failed"
		if timedOut := net.Error(nil); errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.As(err, &timedOut) && timedOut.Timeout() {
			h.Reason, h.Description = "Target.Timeout", "Request timed out"
		}
		return h
	}
	_ = answer.Body.Close()
	h.Status = answer.StatusCode
	if !Matches(c.Matcher, h.Status) {
		h.Reason, h.Description = "Target.ResponseCodeMismatch", fmt.Sprintf("Health checks failed with these codes: [%d]", h.Status)
		return h
	}
	h.Good = true
	return h
}

// Matches tells whether a status is among "200", "200,202" or "200-299"; an empty matcher is 200.
func Matches(matcher string, status int) bool {
	if matcher == "" {
		return status == http.StatusOK
	}
	for part := range strings.SplitSeq(matcher, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		low, err1 := strconv.Atoi(from)
		high, err2 := strconv.Atoi(to)
		if err1 == nil && err2 == nil && low <= status && status <= high {
			return true
		}
	}
	return false
}
