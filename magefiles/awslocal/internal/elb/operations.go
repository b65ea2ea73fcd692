package elb

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

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
	all := slices.SortedFunc(s.state.LoadBalancers.Values(), func(a, b *loadBalancerRecord) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range all {
		lb := s.loadBalancer(r)
		if pick(lb.LoadBalancerArn, in.LoadBalancerArns) && pick(lb.LoadBalancerName, in.Names) {
			out = append(out, lb)
		}
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
func pick(is string, wanted []string) bool { return len(wanted) == 0 || slices.Contains(wanted, is) }

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
	all := slices.SortedFunc(s.state.TargetGroups.Values(), func(a, b *targetGroupRecord) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range all {
		g := r.TargetGroup
		g.LoadBalancerArns = s.usedBy(g.TargetGroupArn)
		if pick(g.TargetGroupArn, in.TargetGroupArns) && pick(g.TargetGroupName, in.Names) &&
			(in.LoadBalancerArn == "" || slices.Contains(g.LoadBalancerArns, in.LoadBalancerArn)) {
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
	all := slices.SortedFunc(s.state.Listeners.Values(), func(a, b *listenerRecord) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range all {
		if pick(r.Listener.ListenerArn, in.ListenerArns) && (in.LoadBalancerArn == "" || r.Listener.LoadBalancerArn == in.LoadBalancerArn) {
			out = append(out, r.Listener)
		}
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
	for _, r := range s.rules() {
		if r.Listener == in.ListenerArn || slices.Contains(in.RuleArns, r.Rule.RuleArn) {
			out = append(out, r.Rule)
		}
	}
	if len(out) < len(in.RuleArns) {
		return nil, wire.Errorf("RuleNotFound", "One or more rules not found")
	}
	out, next, err := page(out, in.Marker, in.PageSize)
	return &describeRulesOutput{out, next}, err
}

// rules are those of all listeners, each listener's by priority, and after them its default rule.
func (s *Service) rules() []*ruleRecord {
	var out []*ruleRecord
	for _, l := range slices.SortedFunc(s.state.Listeners.Values(), func(a, b *listenerRecord) int { return cmp.Compare(a.Seq, b.Seq) }) {
		arn := l.Listener.ListenerArn
		out = append(append(out, s.rulesOf(arn)...), &ruleRecord{Listener: arn, Rule: rule{
			RuleArn:  strings.Replace(arn, ":listener/", ":listener-rule/", 1) + "/0000000000000000",
			Priority: "default", Conditions: []condition{}, Actions: l.Listener.DefaultActions, IsDefault: true,
		}})
	}
	return out
}

// rulesOf a listener are in the order in which they are tried; the default rule is none of them.
func (s *Service) rulesOf(listener string) []*ruleRecord {
	of := slices.DeleteFunc(slices.Collect(s.state.Rules.Values()), func(r *ruleRecord) bool { return r.Listener != listener })
	slices.SortFunc(of, func(a, b *ruleRecord) int { return cmp.Compare(a.Priority, b.Priority) })
	return of
}

// rule is nil where there is none; a default rule is one as well.
func (s *Service) rule(arn string) *ruleRecord {
	all := s.rules()
	if i := slices.IndexFunc(all, func(r *ruleRecord) bool { return r.Rule.RuleArn == arn }); i >= 0 {
		return all[i]
	}
	return nil
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
