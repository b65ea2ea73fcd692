package balancer

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of attributes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
const (
	defaultIdle      = 60 * time.Second
	defaultKeepAlive = 3600 * time.Second
)

// Options are what a balancer is given.
type Options struct {
	Dial   Dial                       // needed
	Refuse func(*http.Request) string // says why a request is not answered (403, with the reason); empty or nil: it is
	Log    func(Record)               // is told of each request when it has ended; nil: nobody is, and nothing is counted
}

// Balancer answers requests as its table says. It is safe for use by several goroutines.
type Balancer struct {
	options Options

	// mu is held for reading while a request finds its target and enters it, so that after Set nothing is on its way to
	// a target that was taken out.
	mu        sync.RWMutex
	listeners map[string]*listener
	backends  map[netip.AddrPort]*backend
	turns     map[string]*atomic.Uint64 // of groups, by ARN
}

// New makes a balancer that has no listeners.
func New(o Options) *Balancer {
	return &Balancer{options: o, backends: map[netip.AddrPort]*backend{}, turns: map[string]*atomic.Uint64{}}
}

// listener is one that was read.
type listener struct {
	Listener
	rules        []rule   // the default is the last
	told         []string // lines that each target gets
	proto        string
	standardPort bool
}

// rule is one that was read. The default's priority is 0, as in access logs.
type rule struct {
	priority   int
	conditions []condition
	action     Action
	forward    *forward
}

// Set makes a table hold, for all listeners at once. Targets that it does not name, or names as draining, get no new request
// once Set has returned; what is open to them goes on. A table that is wrong changes nothing.
func (b *Balancer) Set(t Table) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := reader{b: b, backends: map[netip.AddrPort]*backend{}, serving: map[netip.AddrPort]bool{}, turns: map[string]*atomic.Uint64{}}
	listeners, err := r.read(t)
	if err != nil {
		return err
	}
	for address, old := range b.backends {
		if r.backends[address] == nil && old.count() > 0 {
			r.backends[address] = old // counted until it is free
		}
		if !r.serving[address] {
			old.serve(false)
		}
	}
	for address := range r.serving {
		r.backends[address].serve(true)
	}
	b.listeners, b.backends, b.turns = listeners, r.backends, r.turns
	return nil
}

// Open is how many requests and upgraded connections are open to a target.
func (b *Balancer) Open(target netip.AddrPort) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if t := b.backends[target]; t != nil {
		return t.count()
	}
	return 0
}

// Cut ends what is open to a target, as an Application Load Balancer does when the deregistration delay has elapsed: clients
// that have no answer yet get 502.
func (b *Balancer) Cut(target netip.AddrPort) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if t := b.backends[target]; t != nil {
		t.cut()
	}
}

// reader makes a table ready. It makes backends and changes none, so that it may fail.
type reader struct {
	b        *Balancer
	backends map[netip.AddrPort]*backend
	serving  map[netip.AddrPort]bool // by some group
	turns    map[string]*atomic.Uint64
	groups   map[string]*group
}

func (r *reader) read(t Table) (map[string]*listener, error) {
	r.groups = map[string]*group{}
	for _, g := range t.Groups {
		if r.groups[g.ARN] != nil {
			return nil, fmt.Errorf("target group %s is there twice", g.ARN)
		}
		r.groups[g.ARN] = r.group(g)
	}
	listeners := map[string]*listener{}
	for _, l := range t.Listeners {
		if listeners[l.Key] != nil {
			return nil, fmt.Errorf("listener %s is there twice", l.Key)
		}
		read, err := r.listener(l)
		if err != nil {
			return nil, err
		}
		listeners[l.Key] = read
	}
	return listeners, nil
}

func (r *reader) group(g Group) *group {
	turn := cmp.Or(r.b.turns[g.ARN], &atomic.Uint64{})
	r.turns[g.ARN] = turn
	read := &group{Group: g, next: turn}
	for _, t := range g.Targets {
		r.backend(t.Address)
	}
	for _, t := range g.usable() {
		r.serving[t.Address] = true
		read.usable = append(read.usable, r.backend(t.Address))
	}
	return read
}

func (r *reader) backend(address netip.AddrPort) *backend {
	if r.backends[address] == nil {
		r.backends[address] = cmp.Or(r.b.backends[address], newBackend(address, r.b.options.Dial))
	}
	return r.backends[address]
}

func (r *reader) listener(l Listener) (*listener, error) {
	l.Attributes.Idle = cmp.Or(l.Attributes.Idle, defaultIdle)
	l.Attributes.KeepAlive = cmp.Or(l.Attributes.KeepAlive, defaultKeepAlive)
	read := &listener{Listener: l}
	if err := read.prepare(); err != nil {
		return nil, err
	}
	rules := slices.SortedStableFunc(slices.Values(l.Rules), func(a, b Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	for _, rule := range append(rules, Rule{Action: l.Default}) {
		made, err := r.rule(rule)
		if err != nil {
			return nil, fmt.Errorf("listener %s, rule %d: %w", l.Key, rule.Priority, err)
		}
		read.rules = append(read.rules, made)
	}
	return read, nil
}

func (r *reader) rule(given Rule) (rule, error) {
	made := rule{priority: given.Priority, action: given.Action}
	for _, c := range given.Conditions {
		holds, err := c.read()
		if err != nil {
			return made, err
		}
		made.conditions = append(made.conditions, holds)
	}
	actions := 0
	for _, is := range []bool{given.Action.Forward != nil, given.Action.Redirect != nil, given.Action.Fixed != nil} {
		if is {
			actions++
		}
	}
	if actions != 1 {
		return made, fmt.Errorf("%d actions in place of one", actions)
	}
	if given.Action.Forward == nil {
		return made, nil
	}
	made.forward = &forward{Forward: *given.Action.Forward}
	for _, w := range made.forward.Groups {
		g := r.groups[w.Group]
		if g == nil {
			return made, fmt.Errorf("target group %s is not in the table", w.Group)
		}
		made.forward.groups = append(made.forward.groups, g)
	}
	made.forward.weigh()
	return made, nil
}

// rule is the first whose conditions hold.
func (l *listener) rule(r *http.Request) *rule {
	if len(l.rules) == 1 {
		return &l.rules[0]
	}
	question := ask(r)
	for i := range l.rules {
		if !slices.ContainsFunc(l.rules[i].conditions, func(holds condition) bool { return !holds(question) }) {
			return &l.rules[i]
		}
	}
	return nil // not reached: the default has no conditions
}
