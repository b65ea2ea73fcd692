package sim_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

type diary struct{ Lines []string }

func open(t *testing.T, dir string, clock sim.Clock, speed float64) (*sim.World, *diary) {
	t.Helper()
	w, err := sim.Open(dir, sim.Options{Clock: clock, Speed: speed, Seed: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	d := &diary{}
	sim.Register(w, "diary", d)
	w.Handle("note", func(id string) {
		d.Lines = append(d.Lines, id+" at "+w.Now().Format("04:05"))
		if id == "a" {
			w.After(5*time.Second, "note", "a2")
		}
	})
	return w, d
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestEventsHappenInOrderAtTheirOwnTime(t *testing.T) {
	clock := sim.NewManual(noon)
	w, d := open(t, t.TempDir(), clock, 1)
	ctx := context.Background()
	if err := w.Do(ctx, func() error {
		w.After(30*time.Second, "note", "c")
		w.After(10*time.Second, "note", "a")
		w.After(10*time.Second, "note", "b")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(20 * time.Second)
	if err := w.Do(ctx, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"a at 00:10", "b at 00:10", "a2 at 00:15"}
	if !slices.Equal(d.Lines, want) {
		t.Errorf("got %q, want %q", d.Lines, want)
	}
}

func TestSpeedShortensWaits(t *testing.T) {
	clock := sim.NewManual(noon)
	w, d := open(t, t.TempDir(), clock, 10)
	_ = w.Do(context.Background(), func() error { w.After(time.Minute, "note", "x"); return nil })
	clock.Advance(6 * time.Second)
	_ = w.Do(context.Background(), func() error { return nil })
	if !slices.Equal(d.Lines, []string{"x at 00:06"}) {
		t.Errorf("got %q", d.Lines)
	}
}

func TestFailedTransactionLeavesNothing(t *testing.T) {
	w, d := open(t, t.TempDir(), sim.NewManual(noon), 1)
	ctx := context.Background()
	add := func(line string, err error) error {
		return w.Do(ctx, func() error { d.Lines = append(d.Lines, line); w.Changed(); return err })
	}
	if err := add("kept", nil); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := add("dropped", boom); !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if err := add("last", nil); err != nil {
		t.Fatal(err)
	}
	if want := []string{"kept", "last"}; !slices.Equal(d.Lines, want) {
		t.Errorf("got %q, want %q", d.Lines, want)
	}
}

func TestTwoWorldsShareAFolder(t *testing.T) {
	dir, clock := t.TempDir(), sim.NewManual(noon)
	w1, d1 := open(t, dir, clock, 1)
	w2, d2 := open(t, dir, clock, 1)
	ctx := context.Background()
	ids := map[string]bool{}
	for range 20 {
		for _, one := range []struct {
			w *sim.World
			d *diary
		}{{w1, d1}, {w2, d2}} {
			if err := one.w.Do(ctx, func() error {
				id := one.w.UUID()
				if ids[id] {
					t.Errorf("identifier %s was given twice", id)
				}
				ids[id] = true
				one.d.Lines = append(one.d.Lines, id)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = w1.Do(ctx, func() error {
		if len(d1.Lines) != 40 {
			t.Errorf("the first world sees %d lines, want 40", len(d1.Lines))
		}
		return nil
	})
}

func TestTimeGoesOnWhileNobodyLooks(t *testing.T) {
	dir, clock := t.TempDir(), sim.NewManual(noon)
	w, _ := open(t, dir, clock, 1)
	_ = w.Do(context.Background(), func() error { w.After(time.Second, "note", "x"); return nil })
	clock.Advance(time.Hour)
	again, d := open(t, dir, clock, 1)
	_ = again.Do(context.Background(), func() error { return nil })
	if !slices.Equal(d.Lines, []string{"x at 00:01"}) {
		t.Errorf("got %q", d.Lines)
	}
}
