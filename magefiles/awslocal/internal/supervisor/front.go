package supervisor

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// front is the load balancers: an address of loopback for each listener, which stays the same, and the health checks.
type front struct {
	s        *Supervisor
	balancer *balancer.Balancer
	prober   *balancer.Prober

	mu    sync.Mutex
	doors map[string]*door // by listener
	hosts []string         // of all rules
	log   *os.File         // nil: requests are not told
}

// door is where a listener is on loopback.
type door struct {
	listener balancer.Listener
	server   *http.Server
	address  string
	port     int
	taken    int // the port that it had before, where another program has that now; else 0
}

func newFront(s *Supervisor) (*front, error) {
	f := &front{s: s, doors: map[string]*door{}}
	o := balancer.Options{Dial: s.dial, Refuse: f.refuse}
	if s.AccessLog {
		var err error
		if f.log, err = os.OpenFile(filepath.Join(s.Dir, "access.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			return nil, err
		}
		o.Log = func(r balancer.Record) { _, _ = fmt.Fprintln(f.log, r) } // a full disk is told elsewhere
	}
	f.balancer = balancer.New(o)
	f.prober = balancer.NewProber(s.dial, func(h balancer.Health) { s.report(func() { s.Balancing.Probed(h) }) })
	return f, nil
}

// set says what there is now. When it returns, nobody gets a request any more who is not to.
func (f *front) set(t balancer.Table, checks []balancer.Check) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hosts = hostsOf(t)
	want := map[string]bool{}
	for _, l := range t.Listeners {
		want[l.Key] = true
		if d := f.doors[l.Key]; d != nil {
			d.listener = l
			continue
		}
		if err := f.open(l); err != nil {
			f.s.Log("%v", err)
		}
	}
	if err := f.balancer.Set(f.here(t)); err != nil {
		f.s.Log("%v", err)
	}
	f.prober.Set(checks)
	for key, d := range f.doors {
		if !want[key] {
			_ = d.server.Close() // of its connections
			delete(f.doors, key)
		}
	}
}

// refuse says why a request is not answered.
func (f *front) refuse(r *http.Request) string {
	if f.s.Refuse == nil {
		return ""
	}
	f.mu.Lock()
	hosts := f.hosts
	f.mu.Unlock()
	return f.s.Refuse(r, hosts)
}

// here is a table with the ports at which browsers find its listeners on this machine, in its redirects too: one to a listener with
// certificates leads to the plain HTTP that stands for it.
func (f *front) here(t balancer.Table) balancer.Table {
	port := map[string]int{} // by load balancer and port of the listener
	for _, l := range t.Listeners {
		if d := f.doors[l.Key]; d != nil {
			port[listenerName(l.LoadBalancer, itoa(l.Port))] = d.port
		}
	}
	out := t
	out.Listeners = slices.Clone(t.Listeners)
	for i := range out.Listeners {
		l := &out.Listeners[i]
		local := func(a balancer.Action) balancer.Action {
			if a.Redirect == nil {
				return a
			}
			r := *a.Redirect
			if to := port[listenerName(l.LoadBalancer, r.Port)]; to != 0 && (r.Host == "" || r.Host == "#{host}") {
				r.Protocol, r.Port = "HTTP", itoa(to)
			}
			return balancer.Action{Redirect: &r}
		}
		l.Default = local(l.Default)
		l.Rules = slices.Clone(l.Rules)
		for n := range l.Rules {
			l.Rules[n].Action = local(l.Rules[n].Action)
		}
		if to := port[listenerName(l.LoadBalancer, itoa(l.Port))]; to != 0 {
			l.Port = to
		}
	}
	return out
}

func listenerName(loadBalancer, port string) string { return loadBalancer + ":" + port }

// hostsOf are the names that rules of a table are about.
func hostsOf(t balancer.Table) (all []string) {
	for _, l := range t.Listeners {
		for _, r := range l.Rules {
			for _, c := range r.Conditions {
				if c.Field == "host-header" {
					all = append(all, c.Values...)
				}
			}
		}
	}
	return all
}

func (f *front) close() (err error) {
	f.mu.Lock()
	for _, d := range f.doors {
		err = errors.Join(err, d.server.Close())
	}
	f.mu.Unlock()
	f.prober.Close()
	if f.log != nil {
		err = errors.Join(err, f.log.Close())
	}
	return err
}

// portsFile remembers which port of loopback belongs to which listener.
func (f *front) portsFile() string { return filepath.Join(f.s.Dir, "ports.json") }

func (f *front) ports() map[string]int {
	ports := map[string]int{}
	if data, err := os.ReadFile(f.portsFile()); err == nil {
		_ = json.Unmarshal(data, &ports) // a damaged one is forgotten
	}
	return ports
}

// open listens for a listener: on the port that it had the last time, else on any free one.
func (f *front) open(l balancer.Listener) error {
	ports := f.ports()
	name := loadBalancerName(l) + ":" + itoa(l.Port)
	taken := 0
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", itoa(ports[name])))
	if err != nil && ports[name] != 0 {
		taken = ports[name]
		f.s.Log("port %d of 127.0.0.1, which %s had, is in use by another program: taking another one", ports[name], name)
		listener, err = net.Listen("tcp4", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Errorf("listen for %s: %w", name, err)
	}
	at := listener.Addr().(*net.TCPAddr)
	if ports[name] != at.Port {
		ports[name] = at.Port
		data, _ := json.Marshal(ports) // of numbers
		if err := os.WriteFile(f.portsFile(), data, 0o600); err != nil {
			return errors.Join(fmt.Errorf("remember port of %s: %w", name, err), listener.Close())
		}
	}
	d := &door{listener: l, address: at.String(), port: at.Port, taken: taken, server: f.balancer.Server(l.Key)}
	f.doors[l.Key] = d
	go func() { _ = d.server.Serve(listener) }() // until it is closed
	return nil
}

// loadBalancerName is the name in app/NAME/ID.
func loadBalancerName(l balancer.Listener) string {
	parts := strings.Split(l.LoadBalancer, "/")
	return parts[len(parts)/2]
}

// Address is where a listener of a load balancer is on this machine.
type Address struct {
	LoadBalancer string // its name
	Port         int    // of the listener
	TLS          bool   // it has certificates, which this machine does without
	URL          string
	Taken        int // the port of this machine that it had, where another program has that now
}

// Addresses of all listeners, in the order of load balancers and ports.
func (s *Supervisor) Addresses() []Address {
	s.front.mu.Lock()
	defer s.front.mu.Unlock()
	doors := slices.SortedFunc(maps.Values(s.front.doors), func(a, b *door) int {
		return cmp.Or(strings.Compare(loadBalancerName(a.listener), loadBalancerName(b.listener)), a.listener.Port-b.listener.Port)
	})
	var all []Address
	for _, d := range doors {
		all = append(all, Address{loadBalancerName(d.listener), d.listener.Port, d.listener.HTTPS, "http://" + d.address, d.taken})
	}
	return all
}

// open is how many requests and connections a task has to answer still.
func (s *Supervisor) open(address netip.Addr, ports []int) (n int) {
	for _, port := range ports {
		n += s.front.balancer.Open(netip.AddrPortFrom(address, uint16(port)))
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }
