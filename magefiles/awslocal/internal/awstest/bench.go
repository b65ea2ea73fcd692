package awstest

import (
	"errors"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Bench makes resources of one service by hand, as CloudFormation does. They are named without what their types have in
// common: "VPC".
type Bench struct {
	T     testing.TB
	World *sim.World
	Types map[string]resource.Type // by that name
}

// NewBench has the types of a service, whose names begin with prefix: "AWS::EC2::".
func NewBench(t testing.TB, w *sim.World, prefix string, types []resource.Type) *Bench {
	b := &Bench{T: t, World: w, Types: map[string]resource.Type{}}
	for _, typ := range types {
		b.Types[typ.Name[len(prefix):]] = typ
	}
	return b
}

// Make is the physical id of a new resource, or why there is none. Properties that its type refuses fail the test.
func (b *Bench) Make(name string, properties map[string]any) (id string, err error) {
	b.T.Helper()
	typ := b.Types[name]
	checked, problems := typ.Properties.Check(properties, nil)
	if len(problems) > 0 {
		b.T.Fatalf("%s: %v", name, problems)
	}
	Do(b.T, b.World, func() {
		id, err = typ.Create(resource.Request{Stack: "Stack", LogicalID: "Logical", Properties: checked})
	})
	return id, err
}

// Must is the physical id of a new resource.
func (b *Bench) Must(name string, properties map[string]any) string {
	b.T.Helper()
	id, err := b.Make(name, properties)
	if err != nil {
		b.T.Fatalf("%s: %v", name, err)
	}
	return id
}

// Remove deletes a resource.
func (b *Bench) Remove(name, id string) (err error) {
	b.T.Helper()
	Do(b.T, b.World, func() { err = b.Types[name].Delete(resource.Request{PhysicalID: id}) })
	return err
}

// Get is an attribute of a resource.
func (b *Bench) Get(name, id, attribute string) any {
	b.T.Helper()
	v, err := b.Types[name].Attribute(id, attribute)
	if err != nil {
		b.T.Fatal(err)
	}
	return v
}

// Refuses wants a resource that is not made, with a reason to the letter.
func (b *Bench) Refuses(name string, properties map[string]any, code, message string) {
	b.T.Helper()
	_, err := b.Make(name, properties)
	b.want(err, code, message)
}

// Keeps wants a resource that is not deleted, with a reason to the letter.
func (b *Bench) Keeps(name, id, code, message string) {
	b.T.Helper()
	b.want(b.Remove(name, id), code, message)
}

func (b *Bench) want(err error, code, message string) {
	b.T.Helper()
	if e, ok := errors.AsType[*resource.Error](err); !ok || e.Code != code || e.Message != message {
		b.T.Errorf("got  %#v\nwant %s %s", err, code, message)
	}
}
