package ec2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Service is EC2 in one account and region.
type Service struct {
	world   *sim.World
	account account.Account
	state   state
}

type state struct {
	Items sim.Table[*item] // by id
}

// item is one EC2 resource, deleted ones too.
type item struct {
	ID         string
	Kind       kind
	Properties map[string]any
	Tags       map[string]string
	Attributes map[string]any // of Fn::GetAtt
	Deleted    bool
}

// kind is what an item is, in the words of EC2's ids.
type kind string

const (
	vpc             kind = "vpc"
	subnet          kind = "subnet"
	internetGateway kind = "igw"
	attachment      kind = "attachment"
	address         kind = "eipalloc"
	natGateway      kind = "nat"
	routeTable      kind = "rtb"
	route           kind = "route"
	association     kind = "rtbassoc"
	endpoint        kind = "vpce"
	securityGroup   kind = "sg"
	rule            kind = "sgr"
)

// New is the service over a world.
func New(w *sim.World, acct account.Account) *Service {
	s := &Service{world: w, account: acct, state: state{sim.NewTable[*item](w, "ec2.items")}}
	return s
}

// Types are the resource types for CloudFormation.
func (s *Service) Types() []resource.Type {
	return slices.Concat(s.networkTypes(), s.routingTypes(), s.gatewayTypes(), s.securityTypes())
}

// id is a new identifier, e.g. vpc-0 and 16 more hexadecimal digits.
func (s *Service) id(k kind) string { return string(k) + "-0" + s.world.Hex(16) }

// text is a property as a string; empty where it is not given.
func (it *item) text(name string) string { t, _ := it.Properties[name].(string); return t }

// live are the items of a kind, in order of their ids.
func (s *Service) live(k kind, keep func(*item) bool) []*item {
	var out []*item
	for id, it := range s.state.Items.Ascend(string(k)+"-", "") {
		if it.Kind == k && !it.Deleted && keep(it) {
			out = append(out, s.state.Items.Get(id))
		}
	}
	slices.SortFunc(out, func(a, b *item) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

var idPattern = lazyregexp.New(`^[a-z]+-[0-9a-f]{8}([0-9a-f]{9})?$`)

// names that errors use, with EC2's codes behind them (InvalidVpcID.NotFound …).
var words = map[kind]string{
	vpc: "vpc ID", subnet: "subnet ID", internetGateway: "internetGateway ID", routeTable: "routeTable ID",
	securityGroup: "security group", address: "allocation ID", natGateway: "NatGateway",
}

// find is the item that an id names; nil, without an error, where it was brought from outside.
func (s *Service) find(k kind, id string) (*item, error) {
	if it := s.state.Items.Get(id); it != nil && it.Kind == k && !it.Deleted {
		return it, nil
	}
	if !s.state.Items.Has(id) && strings.HasPrefix(id, string(k)+"-") && idPattern.MatchString(id) {
		return nil, nil
	}
	return nil, resource.Failed("NotFound", "The %s '%s' does not exist", words[k], id)
}

// model is a resource type in short.
type model struct {
	resource.Type
	kind kind
	// prepare checks the properties and fills attributes of a new item, whose id is set; it may set another.
	prepare func(it *item) error
	// update checks a change in place. Nil: nothing to check.
	update func(it *item, next map[string]any) error
	// remove checks a deletion. Nil: nothing to check.
	remove func(it *item) error
	// ref is what Ref gives. Nil: the id.
	ref func(it *item) string
}

func (s *Service) build(m model) resource.Type {
	t := m.Type
	t.Create = func(r resource.Request) (string, error) {
		it := &item{ID: s.id(m.kind), Kind: m.kind, Properties: r.Properties, Tags: r.Tags, Attributes: map[string]any{}}
		if m.prepare != nil {
			if err := m.prepare(it); err != nil {
				return "", err
			}
		}
		s.state.Items.Put(it.ID, it)
		if m.ref != nil {
			return m.ref(it), nil
		}
		return it.ID, nil
	}
	t.Update = func(r resource.Request) error {
		it := s.physical(m, r.PhysicalID)
		if it == nil {
			return resource.Failed("NotFound", "Resource of type '%s' with identifier '%s' was not found.", t.Name, r.PhysicalID)
		}
		if m.update != nil {
			if err := m.update(it, r.Properties); err != nil {
				return err
			}
		}
		it.Properties, it.Tags = r.Properties, r.Tags
		s.world.Changed()
		return nil
	}
	t.Delete = func(r resource.Request) error {
		it := s.physical(m, r.PhysicalID)
		if it == nil {
			return nil
		}
		if m.remove != nil {
			if err := m.remove(it); err != nil {
				return err
			}
		}
		it.Deleted = true
		s.world.Changed()
		return nil
	}
	t.Read = func(r resource.Request) (map[string]any, bool, error) {
		it := s.physical(m, r.PhysicalID)
		if it == nil {
			return nil, false, nil
		}
		return it.Properties, true, nil
	}
	t.Attribute = func(physicalID, name string) (any, error) {
		it := s.physical(m, physicalID)
		if it == nil {
			return nil, resource.Failed("NotFound", "Resource of type '%s' with identifier '%s' was not found.", t.Name, physicalID)
		}
		if v, ok := it.Attributes[name]; ok {
			return v, nil
		}
		return it.ID, nil
	}
	return t
}

// physical is the item behind a physical id.
func (s *Service) physical(m model, physicalID string) *item {
	if m.ref == nil {
		if it := s.state.Items.Get(physicalID); it != nil && it.Kind == m.kind && !it.Deleted {
			return it
		}
		return nil
	}
	if found := s.live(m.kind, func(it *item) bool { return m.ref(it) == physicalID }); len(found) > 0 {
		return found[0]
	}
	return nil
}
