package sim_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// line adds a line to the diary in a transaction.
func line(w *sim.World, d *diary, text string) error {
	return w.Do(context.Background(), func() error { d.Lines = append(d.Lines, text); w.Changed(); return nil })
}

func read(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestUnreadableStateIsToldNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	w, d := open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	good := read(t, dir)
	const damaged, foreign, other = "it is damaged", "is not the state of an embedded AWS", "another version of this program"
	for _, c := range []struct{ name, content, says string }{
		{"empty", "", damaged},
		{"torn", good[:len(good)/2], damaged},
		{"one byte short of an object", strings.TrimRight(good, "}\n"), damaged},
		{"two states", good + good, damaged},
		{"no JSON", "hello", damaged},
		{"a list", "[]", damaged},
		{"another program's", `{"stacks":[]}`, foreign},
		{"no version", strings.Replace(good, `"Version":1,`, "", 1), foreign},
		{"older", strings.Replace(good, `"Version":1`, `"Version":0`, 1), foreign},
		{"newer", strings.Replace(good, `"Version":1`, `"Version":2`, 1), "a newer version of this program has written it (format 2, this one knows 1)"},
		{"with an unknown service", strings.Replace(good, `"diary"`, `"memoirs"`, 1), other},
		{"with an unknown member", strings.Replace(good, `"Lines"`, `"Verses"`, 1), other},
		{"with another type", strings.Replace(good, `["one"]`, `"one"`, 1), other},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.content == good {
				t.Fatal("the case changes nothing")
			}
			if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				w, d := open(t, dir, sim.NewManual(noon), 1)
				err := line(w, d, "two")
				if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "local:reset") || !strings.Contains(err.Error(), dir) {
					t.Errorf("got %v", err)
				}
			}
			if read(t, dir) != c.content {
				t.Error("it was overwritten")
			}
		})
	}
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := line(w, d, "two"); err != nil || !slices.Equal(d.Lines, []string{"one", "two"}) {
		t.Errorf("the good state again: %q, %v", d.Lines, err)
	}
}

func TestWhatAKillLeavesBehindIsNoHindrance(t *testing.T) {
	dir := t.TempDir()
	w, d := open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "state.json.next"), []byte(`{"Core":{"Vers`), 0o600); err != nil {
		t.Fatal(err)
	}
	w, d = open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "two"); err != nil || !slices.Equal(d.Lines, []string{"one", "two"}) {
		t.Errorf("%q, %v", d.Lines, err)
	}
}

func TestAHeldFolderIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	w, err := sim.Open(dir, sim.Options{Patience: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	other := flock.New(filepath.Join(dir, "lock"))
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	nothing := func() error { return nil }
	err = w.Do(context.Background(), nothing)
	if err == nil || err.Error() != "lock state folder "+dir+": another process has held it for 50ms" {
		t.Errorf("got %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Do(gone, nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that has gone: %v", err)
	}
	if err := other.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := w.Do(context.Background(), nothing); err != nil {
		t.Error(err)
	}
}

// Where the state cannot be written the transaction has failed, for memory too.
func TestWhatCannotBeSavedDidNotHappen(t *testing.T) {
	dir, clock := t.TempDir(), sim.NewManual(noon)
	w, d := open(t, dir, clock, 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(dir, "state.json.next")
	if err := os.MkdirAll(filepath.Join(next, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	var cause *os.PathError
	if err := line(w, d, "two"); !errors.As(err, &cause) || !strings.HasPrefix(err.Error(), "save state: ") {
		t.Errorf("got %v", err)
	}
	if err := os.RemoveAll(next); err != nil {
		t.Fatal(err)
	}
	if err := line(w, d, "three"); err != nil || !slices.Equal(d.Lines, []string{"one", "three"}) {
		t.Errorf("%q, %v", d.Lines, err)
	}
}

func TestAPanicLeavesNothing(t *testing.T) {
	w, d := open(t, t.TempDir(), sim.NewManual(noon), 1)
	func() {
		defer func() { _ = recover() }()
		_ = w.Do(context.Background(), func() error { d.Lines = append(d.Lines, "half"); panic("a bug") })
	}()
	if err := line(w, d, "whole"); err != nil || !slices.Equal(d.Lines, []string{"whole"}) {
		t.Errorf("%q, %v", d.Lines, err)
	}
}

// Two states written in quick succession differ in nothing but their content and their time.
func TestQuickWritersSeeEachOther(t *testing.T) {
	dir, clock := t.TempDir(), sim.NewManual(noon)
	w1, d1 := open(t, dir, clock, 1)
	w2, d2 := open(t, dir, clock, 1)
	set := func(w *sim.World, d *diary, text string) {
		t.Helper()
		if err := w.Do(context.Background(), func() error { d.Lines = []string{text}; w.Changed(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		set(w1, d1, "a")
		set(w2, d2, "b")
		set(w2, d2, "c")
		if err := w1.Do(context.Background(), func() error { return nil }); err != nil || d1.Lines[0] != "c" {
			t.Fatalf("%q, %v", d1.Lines, err)
		}
	}
}

func TestStrictWorldsNoticeWhatIsNotSaved(t *testing.T) {
	w, err := sim.Open(t.TempDir(), sim.Options{Clock: sim.NewManual(noon), Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	d := &diary{}
	sim.Register(w, "diary", d)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	err = w.Do(context.Background(), func() error { d.Lines[0] = "uno"; return nil })
	if err == nil || !strings.Contains(err.Error(), "state changed without saying so") {
		t.Errorf("got %v", err)
	}
	if err := w.Do(context.Background(), func() error { return nil }); err != nil || d.Lines[0] != "one" {
		t.Errorf("%q, %v", d.Lines, err)
	}
}
