package cloudformation_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// TestManyProcesses: a stack is deployed, updated and rolled back by processes that take turns after each second
// and share nothing but the folder. It comes to what one process comes to.
func TestManyProcesses(t *testing.T) {
	before := resources("A: Thing {Label: old, Doc: {n: 1}}", "R: Fixed {Label: old}", "Z: Slow {Label: !Ref R}", "G: Thing | Metadata: {n: 1}")
	after := resources("A: Thing {Label: new, Doc: {n: 2}}", "N: Thing {Label: !GetAtt A.Arn}", "R: Fixed {Label: new}", "Z: Slow {Label: !Ref R, Fail: stabilize}")
	story := func(r, other *rig) []string {
		t.Helper()
		turns := func() {
			for i := range 90 {
				at := r
				if i%2 == 1 {
					at = other
				}
				at.pass(time.Second)
			}
		}
		for _, step := range []func() error{
			func() error { return r.create(before) },
			func() error { return other.update(after) },
			func() error { return r.remove() },
		} {
			if err := step(); err != nil {
				t.Fatal(said(err))
			}
			turns()
		}
		var id string
		_ = r.world.Do(background, func() error { return nil })
		out, err := r.ListStacks(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		id = *out.StackSummaries[0].StackId
		return r.events(id)
	}
	alone := newRig(t)
	dir, clock := t.TempDir(), sim.NewManual(awstest.Noon)
	one, two := openRig(t, dir, clock, 1), openRig(t, dir, clock, 1)
	want, got := story(alone, alone), story(one, two)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one process and two differ (-one +two):\n%s", diff)
	}
	if last := got[len(got)-1]; last != "app DELETE_COMPLETE" {
		t.Errorf("it ended with %s", last)
	}
}

// TestFastWorld: at a speed at which several events happen in one millisecond, they keep their order.
func TestFastWorld(t *testing.T) {
	slow := newRig(t)
	fast := openRig(t, t.TempDir(), sim.NewManual(awstest.Noon), 1e6)
	body := resources("A: Thing", "B: Slow {Label: !Ref A}", "C: Fixed {Label: !Ref B}")
	for _, r := range []*rig{slow, fast} {
		r.created(body)
	}
	if diff := cmp.Diff(slow.events("app"), fast.events("app")); diff != "" {
		t.Error(diff)
	}
	if err := fast.world.Do(context.Background(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}
