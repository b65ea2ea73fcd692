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
	"go.etcd.io/bbolt"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// line adds a line to the diary in a transaction.
func line(w *sim.World, d *diary, text string) error {
	return w.Do(context.Background(), func() error { d.Lines = append(d.Lines, text); w.Changed(); return nil })
}

func read(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestUnreadableStateIsToldNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	w, d := open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	good := read(t, dir)
	record := func(key, old, changed string) func(*testing.T) {
		return func(t *testing.T) {
			edit(t, path, func(b *bbolt.Bucket) error {
				now := strings.Replace(string(b.Get([]byte(key))), old, changed, 1)
				if now == string(b.Get([]byte(key))) {
					t.Fatal("the case changes nothing")
				}
				return b.Put([]byte(key), []byte(now))
			})
		}
	}
	content := func(text string) func(*testing.T) {
		return func(t *testing.T) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	const damaged, foreign, other = "it is damaged", "not the state of an embedded AWS", "another version of this program"
	for _, c := range []struct {
		name string
		make func(*testing.T)
		says string
	}{
		{"empty", content(""), damaged},
		{"torn", content(good[:len(good)/2]), damaged},
		{"with nothing in it", content(good[:8192] + strings.Repeat("\x00", len(good)-8192)), damaged},
		{"another program's", content(strings.Repeat("hello ", 10000)), foreign},
		{"JSON", content(`{"stacks":[]}`), foreign},
		{"no version", record("core", `"Version":2,`, ""), foreign},
		{"older", record("core", `"Version":2`, `"Version":1`), "an older version of this program has written it (format 1, this one knows 2)"},
		{"newer", record("core", `"Version":2`, `"Version":3`), "a newer version of this program has written it (format 3, this one knows 2)"},
		{"with an unknown service", func(t *testing.T) {
			edit(t, path, func(b *bbolt.Bucket) error { return b.Put([]byte("memoirs"), []byte("{}")) })
		}, other},
		{"with an unknown table", func(t *testing.T) {
			edit(t, path, func(b *bbolt.Bucket) error { _, err := b.Tx().CreateBucket([]byte("memoirs")); return err })
		}, other},
		{"with an unknown member", record("diary", `"Lines"`, `"Verses"`), other},
		{"with another type", record("diary", `["one"]`, `"one"`), other},
	} {
		t.Run(c.name, func(t *testing.T) {
			content(good)(t)
			c.make(t)
			before := read(t, dir)
			for range 2 {
				w, d := open(t, dir, sim.NewManual(noon), 1)
				err := line(w, d, "two")
				if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "local:reset") || !strings.Contains(err.Error(), dir) {
					t.Errorf("got %v", err)
				}
			}
			if read(t, dir) != before {
				t.Error("it was overwritten")
			}
		})
	}
	content(good)(t)
	if err := line(w, d, "two"); err != nil || !slices.Equal(d.Lines, []string{"one", "two"}) {
		t.Errorf("the good state again: %q, %v", d.Lines, err)
	}
}

// edit changes what lies in a state file, as another program would.
func edit(t *testing.T, path string, f func(*bbolt.Bucket) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return f(tx.Bucket([]byte("sim"))) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Format 1 was one file of JSON, which was read and written whole.
func TestAStateOfBeforeIsTold(t *testing.T) {
	dir := t.TempDir()
	older := filepath.Join(dir, "state.json")
	if err := os.WriteFile(older, []byte(`{"Core":{"Version":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	w, d := open(t, dir, sim.NewManual(noon), 1)
	err := line(w, d, "one")
	if want := "read state " + older + ": an older version of this program has written it (format 1, this one knows 2); start anew with local:reset"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestWhatAKillLeavesBehindIsNoHindrance(t *testing.T) {
	dir := t.TempDir()
	w, d := open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "state.db.next"), []byte(`{"Core":{"Vers`), 0o600); err != nil {
		t.Fatal(err)
	}
	w, d = open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "two"); err != nil || !slices.Equal(d.Lines, []string{"one", "two"}) {
		t.Errorf("%q, %v", d.Lines, err)
	}
}

func TestAFolderThatIsRemovedMeanwhile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	w, err := sim.Open(dir, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := w.Do(context.Background(), func() error { return nil }); err == nil || err.Error() != "lock state folder "+dir+": it has been removed meanwhile, as local:reset does" {
		t.Errorf("got %v", err)
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
	next := filepath.Join(dir, "state.db.next")
	if err := os.MkdirAll(filepath.Join(next, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	var cause *os.PathError
	if err := line(w, d, "one"); !errors.As(err, &cause) || !strings.HasPrefix(err.Error(), "save state: ") {
		t.Errorf("got %v", err)
	}
	if err := os.RemoveAll(next); err != nil {
		t.Fatal(err)
	}
	if err := line(w, d, "two"); err != nil || !slices.Equal(d.Lines, []string{"two"}) {
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
