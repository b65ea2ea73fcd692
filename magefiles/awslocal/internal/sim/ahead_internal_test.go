package sim

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"
)

// log is what happened in a world, with an identifier for each.
type log struct{ Lines []string }

func logged(t *testing.T, dir string, clock Clock) (*World, *log) {
	t.Helper()
	w, err := Open(dir, Options{Clock: clock, Seed: "test"})
	if err != nil {
		t.Fatal(err)
	}
	l := &log{}
	Register(w, "log", l)
	w.Handle("note", func(id string) {
		l.Lines = append(l.Lines, id+" "+w.UUID()+" "+w.Now().String())
		w.After(time.Second, "note", id)
	})
	return w, l
}

func look(t *testing.T, w *World) {
	t.Helper()
	if err := w.Do(context.Background(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func change(w *World, err error) error {
	return w.Do(context.Background(), func() error { w.Changed(); return err })
}

// begun is a world in which something happens every second, and five times now.
func begun(t *testing.T, dir string, clock *Manual) (*World, *log) {
	t.Helper()
	w, l := logged(t, dir, clock)
	if err := w.Do(context.Background(), func() error { w.After(time.Second, "note", "x"); return nil }); err != nil {
		t.Fatal(err)
	}
	w.savedAt = time.Now().Add(time.Hour) // however slow this machine is
	clock.Advance(5 * time.Second)
	return w, l
}

func bytesOf(t *testing.T, w *World) string {
	t.Helper()
	b, err := os.ReadFile(w.path())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestALookWritesNothing(t *testing.T) {
	clock := NewManual(time.Unix(0, 0).UTC())
	w, l := begun(t, t.TempDir(), clock)
	before := bytesOf(t, w)
	look(t, w)
	if len(l.Lines) != 5 || bytesOf(t, w) != before {
		t.Errorf("%q has happened, and the state was written: %v", l.Lines, bytesOf(t, w) != before)
	}
	w.savedAt = time.Now().Add(-unsaved) // long enough ago
	look(t, w)
	if bytesOf(t, w) == before {
		t.Error("what has happened is not saved")
	}
}

// Whatever becomes of a process that has seen what time did, the next one sees the same.
func TestWhatTimeDidIsDoneAgain(t *testing.T) {
	for name, end := range map[string]func(*World) error{
		"killed":          func(w *World) error { return w.lock.Close() },
		"closed":          (*World).Close,
		"it goes on":      func(*World) error { return nil },
		"a change":        func(w *World) error { return change(w, nil) },
		"one that failed": func(w *World) error { _ = change(w, errors.New("no")); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			clock, dir := NewManual(time.Unix(0, 0).UTC()), t.TempDir()
			w, l := begun(t, dir, clock)
			look(t, w)
			saw := slices.Clone(l.Lines)
			if err := end(w); err != nil {
				t.Fatal(err)
			}
			again, l2 := logged(t, dir, clock)
			defer again.Close()
			look(t, again)
			if len(saw) != 5 || !slices.Equal(saw, l2.Lines) {
				t.Errorf("the first saw %q, the next %q", saw, l2.Lines)
			}
			if name == "killed" || name == "closed" {
				return
			}
			if look(t, w); !slices.Equal(saw, l.Lines) {
				t.Errorf("the first saw %q, then %q", saw, l.Lines)
			}
		})
	}
}

func TestAWorldThatIsClosedIsSaved(t *testing.T) {
	w, _ := begun(t, t.TempDir(), NewManual(time.Unix(0, 0).UTC()))
	before := bytesOf(t, w)
	look(t, w)
	if err := w.Close(); err != nil || bytesOf(t, w) == before {
		t.Errorf("%v; saved: %v", err, bytesOf(t, w) != before)
	}
}
