package elb

import (
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Service is the embedded Elastic Load Balancing.
type Service struct {
	w        *sim.World
	acct     account.Account
	state    state
	watchers []func(arn, ip string, port int)
}

// state is everything that is kept, by ARN; Answers by address (ip:port).
type state struct {
	order
	LoadBalancers sim.Table[*loadBalancerRecord] // by ARN, as those down to Rules
	TargetGroups  sim.Table[*targetGroupRecord]
	Listeners     sim.Table[*listenerRecord]
	Rules         sim.Table[*ruleRecord]
	Uses          sim.Table[*use]    // by target group and who forwards to it: see [useKey]
	Answers       sim.Table[*answer] // by address and port
	Probed        sim.Table[*answer] // by address: targets that somebody asks
}

// use is a load balancer of which a listener or a rule forwards to a target group.
type use struct{ LoadBalancer string }

func useKey(group, user string) string { return group + "|" + user }

// order is the order in which things were made: that of what is described.
type order struct{ Seq int }

func (s *Service) seq() int {
	s.state.Seq++
	return s.state.Seq
}

// answer is the status of what a program answers.
type answer struct{ Status int }

type loadBalancerRecord struct {
	LoadBalancer loadBalancer
	ActiveAt     time.Time
	Attributes   map[string]string
	Tags         []tag
	Seq          int
}

type targetGroupRecord struct {
	TargetGroup targetGroup
	Attributes  map[string]string
	Tags        []tag
	Targets     map[string]*targetRecord // by address
	Seq         int
}

type listenerRecord struct {
	Listener   listener
	Attributes map[string]string
	Tags       []tag
	Seq        int
}

type ruleRecord struct {
	Rule     rule
	Listener string
	Priority int
	Tags     []tag
}

// New adds Elastic Load Balancing to the world.
func New(w *sim.World, acct account.Account) *Service {
	s := &Service{w: w, acct: acct, state: state{
		LoadBalancers: sim.NewTable[*loadBalancerRecord](w, "elb.loadbalancers"), TargetGroups: sim.NewTable[*targetGroupRecord](w, "elb.targetgroups"),
		Listeners: sim.NewTable[*listenerRecord](w, "elb.listeners"), Rules: sim.NewTable[*ruleRecord](w, "elb.rules"), Uses: sim.NewTable[*use](w, "elb.uses"),
		Answers: sim.NewTable[*answer](w, "elb.answers"), Probed: sim.NewTable[*answer](w, "elb.probed"),
	}}
	sim.Register(w, "elb", &s.state.order)
	w.Handle("elb:target", s.targetDue)
	return s
}

// Wire is the API.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name: "elasticloadbalancing", Version: "2015-12-01", Namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
		Operations: map[string]wire.Operation{
			"DeleteListener":                 wire.Op(s.deleteListener),
			"DeleteTargetGroup":              wire.Op(s.deleteTargetGroup),
			"DescribeLoadBalancers":          wire.Op(s.describeLoadBalancers),
			"DescribeListenerAttributes":     wire.Op(s.describeListenerAttributes),
			"DescribeLoadBalancerAttributes": wire.Op(s.describeLoadBalancerAttributes),
			"DescribeTargetGroups":           wire.Op(s.describeTargetGroups),
			"DescribeTargetGroupAttributes":  wire.Op(s.describeTargetGroupAttributes),
			"DescribeListeners":              wire.Op(s.describeListeners),
			"DescribeRules":                  wire.Op(s.describeRules),
			"DescribeTargetHealth":           wire.Op(s.describeTargetHealth),
			"DescribeTags":                   wire.Op(s.describeTags),
			"RegisterTargets":                wire.Op(s.registerTargets),
			"DeregisterTargets":              wire.Op(s.deregisterTargets),
		},
	}
}

// Types are the CloudFormation resource types.
func (s *Service) Types() []resource.Type {
	return []resource.Type{s.loadBalancerType(), s.targetGroupType(), s.listenerType(), s.ruleType()}
}

func targetGroupNotFound() error {
	return wire.Errorf("TargetGroupNotFound", "One or more target groups not found")
}

// forwards are the target groups that actions send requests to.
func forwards(actions []action) []string {
	var arns []string
	for _, a := range actions {
		if a.TargetGroupArn != "" {
			arns = append(arns, a.TargetGroupArn)
		}
		if a.ForwardConfig != nil {
			for _, t := range a.ForwardConfig.TargetGroups {
				arns = append(arns, t.TargetGroupArn)
			}
		}
	}
	return arns
}

// usedBy are the load balancers that forward to a target group.
func (s *Service) usedBy(arn string) []string {
	used := []string{}
	for _, u := range s.state.Uses.Ascend(useKey(arn, ""), "") {
		used = append(used, u.LoadBalancer)
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// use says where a listener or a rule of a load balancer forwards to from now on, and where it did.
func (s *Service) use(user, loadBalancer string, before, now []action) {
	for _, arn := range forwards(before) {
		s.state.Uses.Delete(useKey(arn, user))
	}
	for _, arn := range forwards(now) {
		s.state.Uses.Put(useKey(arn, user), &use{loadBalancer})
	}
}

// after is what follows a mark in an ARN.
func after(arn, mark string) string {
	_, rest, _ := strings.Cut(arn, mark)
	return rest
}
