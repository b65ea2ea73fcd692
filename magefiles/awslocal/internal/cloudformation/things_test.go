package cloudformation_test

import (
	"fmt"
	"regexp"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

var token = regexp.MustCompile(`RequestToken: [0-9a-f-]{36}`)

// things are resource types for tests, which fail when their properties say so.
type things struct {
	world *sim.World
	state thingState
}

type thingState struct {
	Things  map[string]*thing
	Healed  bool // nothing fails any more
	Counter int
}

type thing struct {
	Type       string
	Properties map[string]any
	Tags       map[string]string
	Asked      int // how often Stable was
}

func newThings(w *sim.World) *things {
	f := &things{world: w, state: thingState{Things: map[string]*thing{}}}
	sim.Register(w, "things", &f.state)
	return f
}

func (f *things) fails(properties map[string]any, when string) error {
	if properties["Fail"] == when && !f.state.Healed {
		return resource.Failed("GeneralServiceException", "it fails on %s", when)
	}
	return nil
}

func (f *things) types() []resource.Type {
	fields := resource.Properties{
		"Name": resource.Str.Fixed(), "Size": resource.Int.Between(0, 100), "Label": resource.Str, "Fail": resource.Str,
		"Mode": resource.Str.OneOf("a", "b").Maybe(), "List": resource.Strs, "Doc": resource.Any, "On": resource.Bool,
		"Nested": resource.Obj(resource.Properties{"Depth": resource.Int.Must(), "Key": resource.Str.Fixed(), "Items": resource.ListOf(resource.Obj(resource.Properties{"A": resource.Str}))}),
		"Polls":  resource.Int, "Tags": resource.Tags,
	}
	thing := f.build("Thing", fields)
	slow := f.build("Slow", fields)
	slow.Takes, slow.Patience = 10*time.Second, time.Minute
	slow.Stable = func(r resource.Request) (bool, error) {
		t := f.state.Things[r.PhysicalID]
		if t == nil {
			return true, nil
		}
		f.world.Changed()
		t.Asked++
		if err := f.fails(t.Properties, "stabilize"); err != nil {
			return false, err
		}
		polls, _ := t.Properties["Polls"].(float64)
		return float64(t.Asked) > polls, nil
	}
	fixed := f.build("Fixed", resource.Properties{"Label": resource.Str.Fixed().Must(), "Fail": resource.Str.Fixed()})
	fixed.Update = nil
	fixed.Identifiers = nil
	blind := f.build("Blind", fields)
	blind.Read, blind.Identifiers = nil, nil
	return []resource.Type{thing, slow, fixed, blind}
}

func (f *things) build(name string, fields resource.Properties) resource.Type {
	return resource.Type{
		Name: "Test::Unit::" + name, Properties: fields, Attributes: []string{"Arn", "Label", "List", "Deep.Value"}, Named: "Name",
		Takes: 5 * time.Second, Deletes: 3 * time.Second,
		Create: func(r resource.Request) (string, error) {
			if err := f.fails(r.Properties, "create"); err != nil {
				return "", err
			}
			id, _ := r.Properties["Name"].(string)
			if id == "" {
				f.state.Counter++
				id = fmt.Sprintf("%s-%s-%d", r.Stack, r.LogicalID, f.state.Counter)
			}
			if f.state.Things[id] != nil {
				return "", resource.Failed("AlreadyExists", "%s already exists", id)
			}
			f.state.Things[id] = &thing{Type: name, Properties: r.Properties, Tags: r.Tags}
			f.world.Changed()
			return id, nil
		},
		Update: func(r resource.Request) error {
			if err := f.fails(r.Properties, "update"); err != nil {
				return err
			}
			if err := f.fails(r.Old, "restore"); err != nil {
				return err
			}
			f.state.Things[r.PhysicalID] = &thing{Type: name, Properties: r.Properties, Tags: r.Tags}
			f.world.Changed()
			return nil
		},
		Delete: func(r resource.Request) error {
			if err := f.fails(r.Properties, "delete"); err != nil {
				return err
			}
			delete(f.state.Things, r.PhysicalID)
			f.world.Changed()
			return nil
		},
		Read: func(r resource.Request) (map[string]any, bool, error) {
			t := f.state.Things[r.PhysicalID]
			if t == nil {
				return nil, false, nil
			}
			if err := f.fails(t.Properties, "read"); err != nil {
				return nil, true, err
			}
			return t.Properties, true, nil
		},
		Identifiers: []string{"Name"},
		Retag: func(id string, set map[string]string, remove []string) error {
			t := f.state.Things[id]
			if err := f.fails(t.Properties, "retag"); err != nil && set != nil {
				return err
			}
			if err := f.fails(t.Properties, "untag"); err != nil && remove != nil {
				return err
			}
			t.Tags = resource.Retagged(t.Tags, set, remove)
			f.world.Changed()
			return nil
		},
		Attribute: func(id, attribute string) (any, error) {
			t := f.state.Things[id]
			if t == nil {
				return nil, resource.Failed("NotFound", "%s does not exist", id)
			}
			switch attribute {
			case "Label":
				label, _ := t.Properties["Label"].(string)
				return label, nil
			case "List":
				return []string{"x", "y"}, nil
			}
			return "arn:test:" + id, nil
		},
	}
}

// change changes a thing behind CloudFormation's back, makes it, or with nil removes it.
func (r *rig) change(id string, properties map[string]any) {
	r.t.Helper()
	awstest.Do(r.t, r.world, func() {
		r.world.Changed()
		if properties == nil {
			delete(r.things.state.Things, id)
			return
		}
		tags := map[string]string{}
		if old := r.things.state.Things[id]; old != nil {
			tags = old.Tags
		}
		r.things.state.Things[id] = &thing{Type: "Thing", Properties: properties, Tags: tags}
	})
}

// thing is what is known of one.
func (r *rig) thing(id string) (out thing) {
	r.t.Helper()
	awstest.Do(r.t, r.world, func() {
		if t := r.things.state.Things[id]; t != nil {
			out = *t
		}
	})
	return out
}

func (r *rig) heal() {
	r.t.Helper()
	awstest.Do(r.t, r.world, func() { r.things.state.Healed = true; r.world.Changed() })
}
