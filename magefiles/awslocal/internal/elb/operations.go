package elb

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// page cuts one page out of items; the marker is the position to go on from.
func page[T any](items []T, marker string, size int) ([]T, string, error) {
	if size == 0 {
		size = 400
	}
	if size < 1 || size > 400 {
		return nil, "", wire.Errorf("ValidationError", "Page size must be between 1 and 400")
	}
	from := 0
	if marker != "" {
		raw, err := base64.RawURLEncoding.DecodeString(marker)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 || from > len(items) {
			return nil, "", wire.Errorf("ValidationError", "The marker is invalid")
		}
	}
	if from+size >= len(items) {
		return items[from:], "", nil
	}
	return items[from : from+size], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(from + size))), nil
}

type describeLoadBalancersInput struct {
	LoadBalancerArns []string
	Names            []string
	Marker           string
	PageSize         int
}

type describeLoadBalancersOutput struct {
	LoadBalancers []loadBalancer
	NextMarker    string `json:",omitempty"`
}

func (s *Service) describeLoadBalancers(_ context.Context, in *describeLoadBalancersInput) (*describeLoadBalancersOutput, error) {
	out := []loadBalancer{}
	for _, r := range found(s.state.LoadBalancers, in.LoadBalancerArns, each(in.Names, s.loadBalancerNamed), func(r *loadBalancerRecord) int { return r.Seq }) {
		out = append(out, s.loadBalancer(r))
	}
	if len(out) < len(in.LoadBalancerArns) {
		return nil, wire.Errorf("LoadBalancerNotFound", "One or more load balancers not found")
	}
	if len(out) < len(in.Names) {
		return nil, wire.Errorf("LoadBalancerNotFound", "Load balancers '[%s]' not found", strings.Join(in.Names, ", "))
	}
	out, next, err := page(out, in.Marker, in.PageSize)
	return &describeLoadBalancersOutput{out, next}, err
}

// pick: an empty list of what is wanted means all.
// loadBalancer with the state that it is in now.
func (s *Service) loadBalancer(r *loadBalancerRecord) loadBalancer {
	lb := r.LoadBalancer
	lb.State.Code = "active"
	if s.w.Now().Before(r.ActiveAt) {
		lb.State.Code = "provisioning"
	}
	return lb
}

type loadBalancerInput struct{ LoadBalancerArn string }

type attributesOutput struct{ Attributes []attribute }

func (s *Service) describeLoadBalancerAttributes(_ context.Context, in *loadBalancerInput) (*attributesOutput, error) {
	r := s.state.LoadBalancers.Get(in.LoadBalancerArn)
	if r == nil {
		return nil, wire.Errorf("LoadBalancerNotFound", "Load balancer '%s' not found", in.LoadBalancerArn)
	}
	return &attributesOutput{attributesOf(r.Attributes)}, nil
}

type listenerInput struct{ ListenerArn string }

func (s *Service) describeListenerAttributes(_ context.Context, in *listenerInput) (*attributesOutput, error) {
	r := s.state.Listeners.Get(in.ListenerArn)
	if r == nil {
		return nil, wire.Errorf("ListenerNotFound", "One or more listeners not found")
	}
	return &attributesOutput{attributesOf(r.Attributes)}, nil
}

func attributesOf(m map[string]string) []attribute {
	out := []attribute{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, attribute{k, m[k]})
	}
	return out
}

type describeTargetGroupsInput struct {
	LoadBalancerArn string
	TargetGroupArns []string
	Names           []string
	Marker          string
	PageSize        int
}

type describeTargetGroupsOutput struct {
	TargetGroups []targetGroup
	NextMarker   string `json:",omitempty"`
}

func (s *Service) describeTargetGroups(_ context.Context, in *describeTargetGroupsInput) (*describeTargetGroupsOutput, error) {
	out := []targetGroup{}
	for _, r := range found(s.state.TargetGroups, in.TargetGroupArns, each(in.Names, s.targetGroupNamed), func(r *targetGroupRecord) int { return r.Seq }) {
		g := r.TargetGroup
		g.LoadBalancerArns = s.usedBy(g.TargetGroupArn)
		if in.LoadBalancerArn == "" || slices.Contains(g.LoadBalancerArns, in.LoadBalancerArn) {
			out = append(out, g)
		}
	}
	if in.LoadBalancerArn != "" && !s.state.LoadBalancers.Has(in.LoadBalancerArn) {
		return nil, wire.Errorf("LoadBalancerNotFound", "Load balancer '%s' not found", in.LoadBalancerArn)
	}
	if len(out) < len(in.TargetGroupArns) || len(out) < len(in.Names) {
		return nil, targetGroupNotFound()
	}
	out, next, err := page(out, in.Marker, in.PageSize)
	return &describeTargetGroupsOutput{out, next}, err
}

type targetGroupInput struct{ TargetGroupArn string }

func (s *Service) describeTargetGroupAttributes(_ context.Context, in *targetGroupInput) (*attributesOutput, error) {
	r := s.state.TargetGroups.Get(in.TargetGroupArn)
	if r == nil {
		return nil, wire.Errorf("TargetGroupNotFound", "Target groups '%s' not found", in.TargetGroupArn)
	}
	return &attributesOutput{attributesOf(r.Attributes)}, nil
}

type describeListenersInput struct {
	LoadBalancerArn string
	ListenerArns    []string
	Marker          string
	PageSize        int
}

type describeListenersOutput struct {
	Listeners  []listener
	NextMarker string `json:",omitempty"`
}

func (s *Service) describeListeners(_ context.Context, in *describeListenersInput) (*describeListenersOutput, error) {
	if in.LoadBalancerArn == "" && len(in.ListenerArns) == 0 {
		return nil, wire.Errorf("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
	}
	if in.LoadBalancerArn != "" && !s.state.LoadBalancers.Has(in.LoadBalancerArn) {
		return nil, wire.Errorf("LoadBalancerNotFound", "One or more load balancers not found")
	}
	out := []listener{}
	var of []string
	if in.LoadBalancerArn != "" {
		of = []string{listenersOf(in.LoadBalancerArn)}
	}
	for _, r := range found(s.state.Listeners, in.ListenerArns, of, func(r *listenerRecord) int { return r.Seq }) {
		out = append(out, r.Listener)
	}
	if len(out) < len(in.ListenerArns) {
		return nil, wire.Errorf("ListenerNotFound", "One or more listeners not found")
	}
	out, next, err := page(out, in.Marker, in.PageSize)
	return &describeListenersOutput{out, next}, err
}

type describeRulesInput struct {
	ListenerArn string
	RuleArns    []string
	Marker      string
	PageSize    int
}

type describeRulesOutput struct {
	Rules      []rule
	NextMarker string `json:",omitempty"`
}

// describeRules tells a listener's rules by priority; its default action is the last one.
func (s *Service) describeRules(_ context.Context, in *describeRulesInput) (*describeRulesOutput, error) {
	if (in.ListenerArn == "") == (len(in.RuleArns) == 0) {
		return nil, wire.Errorf("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
	}
	if in.ListenerArn != "" && !s.state.Listeners.Has(in.ListenerArn) {
		return nil, wire.Errorf("ListenerNotFound", "One or more listeners not found")
	}
	out := []rule{}
	if in.ListenerArn != "" {
		for _, r := range s.rules(in.ListenerArn) {
			out = append(out, r.Rule)
		}
	}
	var named []*ruleRecord
	for _, arn := range in.RuleArns {
		if r := s.rule(arn); r != nil {
			named = append(named, r)
		}
	}
	slices.SortFunc(named, func(a, b *ruleRecord) int {
		return cmp.Or(cmp.Compare(a.Listener, b.Listener), cmp.Compare(a.rank(), b.rank()))
	})
	for _, r := range named {
		out = append(out, r.Rule)
	}
	if len(out) < len(in.RuleArns) {
		return nil, wire.Errorf("RuleNotFound", "One or more rules not found")
	}
	out, next, err := page(out, in.Marker, in.PageSize)
	return &describeRulesOutput{out, next}, err
}

// rules of a listener are in the order in which they are tried, and after them its default rule.
func (s *Service) rules(listener string) []*ruleRecord {
	return append(s.tried(listener), s.defaultRule(listener))
}

func (s *Service) defaultRule(listener string) *ruleRecord {
	return &ruleRecord{Listener: listener, Rule: rule{
		RuleArn:  rulesOf(listener) + defaultRuleID,
		Priority: "default", Conditions: []condition{}, Actions: s.state.Listeners.Look(listener).Listener.DefaultActions, IsDefault: true,
	}}
}

// rank is the place of a rule among those of its listener.
func (r *ruleRecord) rank() int {
	if r.Rule.IsDefault {
		return math.MaxInt
	}
	return r.Priority
}

// defaultRuleID is the id of every default rule.
const defaultRuleID = "0000000000000000"

// tried are a listener's rules but for the default one.
func (s *Service) tried(listener string) []*ruleRecord {
	var of []*ruleRecord
	for _, r := range s.state.Rules.Ascend(rulesOf(listener), "") {
		of = append(of, r)
	}
	slices.SortFunc(of, func(a, b *ruleRecord) int { return cmp.Compare(a.Priority, b.Priority) })
	return of
}

// rule is nil where there is none; a default rule is one as well.
func (s *Service) rule(arn string) *ruleRecord {
	if rest, ok := strings.CutSuffix(arn, "/"+defaultRuleID); ok {
		if listener := strings.Replace(rest, ":listener-rule/", ":listener/", 1); s.state.Listeners.Has(listener) {
			return s.defaultRule(listener)
		}
		return nil
	}
	return s.state.Rules.Look(arn)
}

// What the ARNs of some begin with.
func listenersOf(loadBalancer string) string {
	return strings.Replace(loadBalancer, ":loadbalancer/", ":listener/", 1) + "/"
}

func rulesOf(listener string) string {
	return strings.Replace(listener, ":listener/", ":listener-rule/", 1) + "/"
}

func (s *Service) loadBalancerNamed(name string) string {
	return s.acct.ARN("elasticloadbalancing", "loadbalancer/app/"+name+"/")
}

func (s *Service) targetGroupNamed(name string) string {
	return s.acct.ARN("elasticloadbalancing", "targetgroup/"+name+"/")
}

// found are the records with one of the ARNs and one of the names, the beginnings of whose ARNs are given: in the order of seq,
// and all of them where nothing is asked for.
func found[V any](t sim.Table[V], arns, named []string, seq func(V) int) []V {
	all := map[string]V{}
	switch {
	case len(arns) > 0:
		for _, arn := range arns {
			if t.Has(arn) && (len(named) == 0 || slices.ContainsFunc(named, func(n string) bool { return strings.HasPrefix(arn, n) })) {
				all[arn] = t.Look(arn)
			}
		}
	case len(named) > 0:
		for _, prefix := range named {
			maps.Insert(all, t.Ascend(prefix, ""))
		}
	default:
		maps.Insert(all, t.All())
	}
	return slices.SortedFunc(maps.Values(all), func(a, b V) int { return cmp.Compare(seq(a), seq(b)) })
}

func each(names []string, prefix func(string) string) (out []string) {
	for _, n := range names {
		out = append(out, prefix(n))
	}
	return out
}

type describeTargetHealthOutput struct {
	TargetHealthDescriptions []targetHealthDescription
}

func (s *Service) describeTargetHealth(_ context.Context, in *targetsInput) (*describeTargetHealthOutput, error) {
	g, err := s.describable(in)
	if err != nil {
		return nil, err
	}
	out := &describeTargetHealthOutput{TargetHealthDescriptions: []targetHealthDescription{}}
	tell := func(d targetDescription, h targetHealth) {
		port := g.TargetGroup.HealthCheckPort
		if port == "traffic-port" {
			port = strconv.Itoa(d.Port)
		}
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, targetHealthDescription{d, port, h})
	}
	if len(in.Targets) > 0 {
		for _, d := range in.Targets {
			state, reason, description := s.TargetHealth(in.TargetGroupArn, d.Id, d.Port)
			tell(d, targetHealth{state, reason, description})
		}
		return out, nil
	}
	for _, key := range slices.Sorted(maps.Keys(g.Targets)) {
		t := g.Targets[key]
		tell(targetDescription{t.IP, t.Port, t.Zone}, s.told(in.TargetGroupArn, t))
	}
	return out, nil
}

func (s *Service) registerTargets(_ context.Context, in *targetsInput) (*wire.Empty, error) {
	g, err := s.describable(in)
	if err != nil {
		return nil, err
	}
	for _, d := range in.Targets {
		if g.TargetGroup.TargetType == "ip" && net.ParseIP(d.Id) == nil {
			return nil, wire.Errorf("ValidationError", "The IP address '%s' is not a valid IPv4 or IPv6 address", d.Id)
		}
		if err := s.RegisterTarget(in.TargetGroupArn, d.Id, d.Port); err != nil {
			return nil, err
		}
		g.Targets[address(d.Id, d.Port)].Zone = d.AvailabilityZone
	}
	return &wire.Empty{}, nil
}

func (s *Service) deregisterTargets(_ context.Context, in *targetsInput) (*wire.Empty, error) {
	g, err := s.describable(in)
	if err != nil {
		return nil, err
	}
	for _, d := range in.Targets {
		if g.Targets[address(d.Id, d.Port)] == nil {
			return nil, wire.Errorf("InvalidTarget", "The following targets are not registered: '%s'", d.Id)
		}
		s.DeregisterTarget(in.TargetGroupArn, d.Id, d.Port)
	}
	return &wire.Empty{}, nil
}

type describeTagsInput struct{ ResourceArns []string }

type describeTagsOutput struct{ TagDescriptions []tagDescription }

func (s *Service) describeTags(_ context.Context, in *describeTagsInput) (*describeTagsOutput, error) {
	out := &describeTagsOutput{TagDescriptions: []tagDescription{}}
	for _, arn := range in.ResourceArns {
		var tags []tag
		switch {
		case s.state.LoadBalancers.Has(arn):
			tags = s.state.LoadBalancers.Get(arn).Tags
		case s.state.TargetGroups.Has(arn):
			tags = s.state.TargetGroups.Get(arn).Tags
		case s.state.Listeners.Has(arn):
			tags = s.state.Listeners.Get(arn).Tags
		case s.rule(arn) != nil:
			tags = s.rule(arn).Tags
		case strings.Contains(arn, ":targetgroup/"):
			return nil, wire.Errorf("TargetGroupNotFound", "Target groups '%s' not found", arn)
		case strings.Contains(arn, ":listener/"):
			return nil, wire.Errorf("ListenerNotFound", "One or more listeners not found")
		case strings.Contains(arn, ":listener-rule/"):
			return nil, wire.Errorf("RuleNotFound", "One or more rules not found")
		default:
			return nil, wire.Errorf("LoadBalancerNotFound", "Load balancer '%s' not found", arn)
		}
		out.TagDescriptions = append(out.TagDescriptions, tagDescription{arn, tags})
	}
	return out, nil
}
