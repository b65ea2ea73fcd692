package targets

import (
	"context"
	"fmt"
	"slices"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// own is what the infra stack is to stand on and does not make.
func (s *session) own() preflight.Own {
	n := s.place.Environment.Network
	return preflight.Own{
		Field: s.place.Field(), VPC: n.VPCID, Public: n.PublicSubnetIDs, Private: n.PrivateSubnetIDs, Certificate: s.place.Environment.CertificateARN,
	}
}

// lookAtOwn looks, after lookAround, at what the infra stack is to stand on.
func (s *session) lookAtOwn(ctx context.Context) ([]preflight.Finding, error) {
	w := s.own()
	if w.VPC == "" && w.Certificate == "" {
		return nil, nil
	}
	var others []string
	for _, u := range s.memory.reached.uses {
		others = append(others, u.Subnets...)
	}
	facts := s.reader(stack.Stack{}, nil).ReadOwn(ctx, w, others)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.memory.reached.zones = map[string]string{}
	for _, subnet := range facts.Subnets.Value {
		s.memory.reached.zones[subnet.ID] = subnet.Zone
	}
	return preflight.CheckOwn(facts), nil
}

// checkOwn is the first step of a deployment of the infra stack, after lookAround: a network that is brought, and a
// certificate, are there and will do. What speaks against it ends it, with exit code 4.
func (s *session) checkOwn(ctx context.Context) error {
	findings, err := s.lookAtOwn(ctx)
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Level != preflight.Error {
			s.console.Note("%s", f)
		}
	}
	err = s.refuse(findings)
	if failed, ok := err.(*console.Failure); ok && s.own().VPC != "" && s.embedded() {
		failed.Next = append(failed.Next, "or make such a network in the embedded AWS first   # docs/embedded-aws.md")
	}
	return err
}

// embedded tells whether the other side is the embedded AWS, in this process or on a port.
func (s *session) embedded() bool {
	return s.place.Env == cfn.Local || isLoopback(s.Getenv("AWS_ENDPOINT_URL"))
}

// zonesLost are the zones in which a load balancer would have no subnet any more, and a service has tasks.
func zonesLost(c stack.ResourceChange, u rollout.Use, zones map[string]string) []reason {
	has := map[string]bool{}
	for _, id := range texts(c.Will["Subnets"]) {
		if zones[id] == "" {
			return nil // it is made by the stack, or was not looked at
		}
		has[zones[id]] = true
	}
	var lost []string
	for _, id := range u.Subnets {
		if zone := zones[id]; zone != "" && !has[zone] && !slices.Contains(lost, zone) {
			lost = append(lost, zone)
		}
	}
	if len(lost) == 0 || len(has) == 0 || len(u.Gateways) == 0 {
		return nil
	}
	slices.Sort(lost)
	return []reason{{fmt.Sprintf("has tasks in zone %v, where the load balancer would have no subnet: no request comes to them", lost), wayPeer}}
}

// texts of a list.
func texts(v any) []string {
	list, _ := v.([]any)
	var all []string
	for _, one := range list {
		if t, ok := one.(string); ok {
			all = append(all, t)
		}
	}
	return all
}
