package sim_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

type card struct{ Text string }

// shelf is a world with a table, in which an event writes too.
func shelf(t *testing.T, dir string, clock sim.Clock, strict bool) (*sim.World, sim.Table[*card]) {
	t.Helper()
	w, err := sim.Open(dir, sim.Options{Clock: clock, Seed: "test", Strict: strict})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	cards := sim.NewTable[*card](w, "cards")
	w.Handle("tick", func(id string) {
		if c := cards.Get(id); c != nil {
			c.Text += "!"
		} else {
			cards.Put(id, &card{"by itself"})
		}
		w.After(time.Minute, "tick", id)
	})
	return w, cards
}

func contents(cards sim.Table[*card]) map[string]string {
	got := map[string]string{}
	for key, c := range cards.All() {
		got[key] = c.Text
	}
	return got
}

// Whatever two processes do in whatever order, each sees what a map would hold.
func TestTablesHoldWhatAMapHolds(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		dir, clock := t.TempDir(), sim.NewManual(noon)
		var worlds []*sim.World
		var tables []sim.Table[*card]
		for range 2 {
			w, cards := shelf(t, dir, clock, seed%2 == 0)
			worlds, tables = append(worlds, w), append(tables, cards)
		}
		want := map[string]string{}
		ctx, no := context.Background(), errors.New("no")
		for step := range 300 {
			at := r.IntN(2)
			cards, after := tables[at], maps.Clone(want)
			fails := r.IntN(5) == 0
			err := worlds[at].Do(ctx, func() error {
				if got := contents(cards); !maps.Equal(got, want) {
					t.Fatalf("seed %d step %d: got %v, want %v", seed, step, got, want)
				}
				for range r.IntN(8) {
					key := fmt.Sprintf("%c%02d", 'a'+r.IntN(3), r.IntN(60))
					switch r.IntN(3) {
					case 0:
						text := fmt.Sprint(step)
						cards.Put(key, &card{text})
						after[key] = text
					case 1:
						cards.Delete(key)
						delete(after, key)
					default:
						if c := cards.Get(key); (c != nil) != (after[key] != "") || cards.Has(key) != (c != nil) {
							t.Fatalf("seed %d step %d: %s is %v", seed, step, key, c)
						} else if c != nil {
							c.Text += "+"
							after[key] = c.Text
							worlds[at].Changed()
						}
					}
				}
				if got := contents(cards); !maps.Equal(got, after) {
					t.Fatalf("seed %d step %d, within: got %v, want %v", seed, step, got, after)
				}
				if fails {
					worlds[at].Changed()
					return no
				}
				return nil
			})
			if fails != (err != nil) {
				t.Fatal(err)
			}
			if !fails {
				want = after
			}
		}
	}
}

func TestWalks(t *testing.T) {
	w, cards := shelf(t, t.TempDir(), sim.NewManual(noon), true)
	put := func(keys ...string) {
		t.Helper()
		if err := w.Do(context.Background(), func() error {
			for _, key := range keys {
				cards.Put(key, &card{key})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for i := range 100 {
		keys = append(keys, fmt.Sprintf("a/%03d", i*2), fmt.Sprintf("b/%03d", i))
	}
	put(keys...)
	if err := w.Do(context.Background(), func() error {
		for i := range 100 { // between those that are stored
			key := fmt.Sprintf("a/%03d", i*2+1)
			cards.Put(key, &card{key})
			keys = append(keys, key)
		}
		cards.Delete("a/050")
		keys = slices.DeleteFunc(keys, func(key string) bool { return key == "a/050" })
		slices.Sort(keys)
		of := func(prefix, from string) (want []string) {
			for _, key := range keys {
				if strings.HasPrefix(key, prefix) && key >= from {
					want = append(want, key)
				}
			}
			return want
		}
		for _, c := range [][2]string{{"", ""}, {"a/", ""}, {"b/", "b/05"}, {"a/", "a/151"}, {"b/", "a/"}, {"c/", ""}, {"a/", "b/"}} {
			var got []string
			for key, one := range cards.Ascend(c[0], c[1]) {
				if got = append(got, key); one.Text != key {
					t.Errorf("%s has %s", key, one.Text)
				}
			}
			if want := of(c[0], c[1]); !slices.Equal(got, want) {
				t.Errorf("from %q: got %v, want %v", c, got, want)
			}
			got = nil
			for key := range cards.Descend(c[0], c[1]) {
				got = append(got, key)
			}
			slices.Reverse(got)
			if want := slices.DeleteFunc(of(c[0], ""), func(key string) bool { return c[1] != "" && key >= c[1] }); !slices.Equal(got, want) {
				t.Errorf("down from %q: got %v, want %v", c[0], got, want)
			}
		}
		for key := range cards.Ascend("a/", "") { // what is removed on the way does not come
			cards.Delete(key)
			cards.Delete(of("a/", key)[1])
			if key == "a/010" {
				break
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// What time did by itself lies in tables too, and is done again where nobody has saved it.
func TestWhatTimeDidToATable(t *testing.T) {
	dir, clock := t.TempDir(), sim.NewManual(noon)
	w, cards := shelf(t, dir, clock, false)
	ctx := context.Background()
	if err := w.Do(ctx, func() error { w.After(time.Minute, "tick", "x"); return nil }); err != nil {
		t.Fatal(err)
	}
	see := func(w *sim.World, cards sim.Table[*card], want string) {
		t.Helper()
		if err := w.Do(ctx, func() error {
			if c := cards.Get("x"); c == nil || c.Text != want {
				t.Errorf("got %v, want %q", c, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	clock.Advance(150 * time.Second)
	see(w, cards, "by itself!")
	see(w, cards, "by itself!") // a look forgets nothing
	other, of := shelf(t, dir, clock, false)
	see(other, of, "by itself!")
	if err := w.Do(ctx, func() error { w.Changed(); return errors.New("no") }); err == nil {
		t.Fatal("it went well")
	}
	see(w, cards, "by itself!")
	clock.Advance(time.Minute)
	if err := other.Do(ctx, func() error { of.Get("x").Text = "by me"; other.Changed(); return nil }); err != nil {
		t.Fatal(err)
	}
	see(w, cards, "by me")
}

func TestStrictWorldsNoticeARecordThatIsNotSaved(t *testing.T) {
	w, cards := shelf(t, t.TempDir(), sim.NewManual(noon), true)
	ctx := context.Background()
	if err := w.Do(ctx, func() error { cards.Put("x", &card{"one"}); cards.Put("y", &card{"two"}); return nil }); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"one that was asked for, and nobody said so": func() { cards.Get("x").Text = "uno" },
		"one that was looked at": func() {
			for _, c := range cards.All() {
				c.Text = "uno"
				break
			}
			w.Changed()
		},
	} {
		if err := w.Do(ctx, func() error { f(); return nil }); err == nil || !strings.Contains(err.Error(), "state changed without saying so: cards x") {
			t.Errorf("%s: got %v", name, err)
		}
		if err := w.Do(ctx, func() error {
			if got := cards.Get("x").Text; got != "one" {
				t.Errorf("%s: it is %q now", name, got)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
}

// A change of one record costs the same, however many there are.
func BenchmarkChangeOfOneRecord(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w, err := sim.Open(b.TempDir(), sim.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			cards := sim.NewTable[*card](w, "cards")
			ctx := context.Background()
			if err := w.Do(ctx, func() error {
				for i := range n {
					cards.Put(fmt.Sprintf("%05d", i), &card{strings.Repeat("x", 500)})
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := w.Do(ctx, func() error { cards.Get("00000").Text = fmt.Sprint(i); w.Changed(); return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
