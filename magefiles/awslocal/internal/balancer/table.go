package balancer

import (
	"net/netip"
	"time"
)

// Table is what a load balancer does. It is not changed once it was given to [Balancer.Set].
type Table struct {
	Listeners []Listener
	Groups    []Group
}

// Listener is a port of a load balancer, with the attributes of both.
type Listener struct {
	Key          string // by which [Balancer.Handler] finds it
	LoadBalancer string // its resource ID, for access logs: app/name/id
	Port         int    // that clients connect to: X-Forwarded-Port, #{port}
	HTTPS        bool   // what targets and redirects are told; the connection is whatever the caller serves
	Attributes   Attributes
	Default      Action
	Rules        []Rule
}

// Attributes are those of a load balancer and of its listener. The zero value is AWS's default.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
type Attributes struct {
	Idle               time.Duration     // idle_timeout.timeout_seconds; 0: 60 s
	KeepAlive          time.Duration     // client_keep_alive.seconds, as far as [Balancer.Server] serves; 0: 3600 s
	DropInvalidHeaders bool              // routing.http.drop_invalid_header_fields.enabled
	PreserveHost       bool              // routing.http.preserve_host_header.enabled
	ForwardedFor       string            // routing.http.xff_header_processing.mode: append, preserve or remove; empty: append
	ForwardedForPort   bool              // routing.http.xff_client_port.enabled
	HideServer         bool              // routing.http.response.server.enabled is false
	ResponseHeaders    map[string]string // set in each answer: routing.http.response.*.header_value, by the header's name
}

// Rule is one of a listener: where all conditions hold, the action is taken. The lowest priority comes first.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
type Rule struct {
	Priority   int
	Conditions []Condition
	Action     Action
}

// Condition holds where one of its values does.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
type Condition struct {
	Field   string   // path-pattern, host-header, http-header, http-request-method, query-string, source-ip
	Header  string   // the name, of http-header
	Values  []string // with * and ?, but for methods and for source-ip, whose are CIDR blocks
	Regexes []string // of path-pattern, host-header and http-header
	Pairs   []Pair   // of query-string
}

// Pair is a value of a query string, under any key where Key is empty.
type Pair struct{ Key, Value string }

// Action is one of three.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
type Action struct {
	Forward  *Forward
	Redirect *Redirect
	Fixed    *Fixed
}

// Forward sends requests to target groups by their weights.
type Forward struct {
	Groups []Weighted
	Sticky time.Duration // to a group, by the cookie AWSALBTG; 0: not
}

// Weighted is a target group's share of a forward. Its weight is from 0 to 999; a sole group gets everything whatever it is.
type Weighted struct {
	Group  string // ARN
	Weight int
}

// Redirect answers with another address; #{protocol}, #{host}, #{port}, #{path} and #{query} are the request's, and an empty
// member stands for what the request has.
type Redirect struct {
	Protocol, Host, Port, Path, Query string
	Status                            int // 301 or 302
}

// Fixed is an answer as it is.
type Fixed struct {
	Status            int
	ContentType, Body string
}

// Group is a target group.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
type Group struct {
	ARN       string
	HTTPS     bool   // to its targets; whoever signed their certificates
	Algorithm string // round_robin, least_outstanding_requests or weighted_random; empty: round_robin
	Sticky    Sticky
	// target_group_health.unhealthy_state_routing.minimum_healthy_targets: with fewer that are healthy, all targets get requests.
	HealthyCount      int // 0: 1
	HealthyPercentage int // 0: off
	Targets           []Target
}

// Sticky is a target group's stickiness. The zero value has none.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
type Sticky struct {
	Duration  time.Duration
	AppCookie string // the program's cookie that begins a session; empty: each answer does
}

// Target is an address of a target group.
type Target struct {
	Address netip.AddrPort
	State   State
}

// State is a target's health.
type State int

// The states in which a target can be. One whose group has no listener is not in a table.
const (
	Initial State = iota
	Healthy
	Unhealthy
	Draining
)
