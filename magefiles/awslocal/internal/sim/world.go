package sim

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// stateVersion changes when an older state can no longer be read.
const stateVersion = 1

// Options of a world.
type Options struct {
	Clock Clock   // default Wall
	Speed float64 // how many times faster than in AWS things happen; default 1
	Seed  string  // of the identifiers of a new state; default random
}

// World is the simulated world. Its methods, [World.Do] and [World.Read] apart, are for use inside a
// transaction, by one goroutine.
type World struct {
	dir   string
	clock Clock
	speed float64

	mu       sync.Mutex
	lock     *flock.Flock
	seen     os.FileInfo // of the state file that memory mirrors
	now      time.Time   // of the event or request being worked on
	dirty    bool
	core     core
	sections map[string]section
	handlers map[string]func(id string)
}

// core is the kernel's own part of the state.
type core struct {
	Version int
	Seed    string
	Counter uint64
	Queue   queue
}

type section struct {
	state any // pointer to the service's state
	reset func()
}

// document is the state file.
type document struct {
	Core     core
	Sections map[string]json.RawMessage
}

// Open opens the world in dir, which is made where it is absent. Services are registered before the first
// transaction.
func Open(dir string, o Options) (*World, error) {
	if o.Clock == nil {
		o.Clock = Wall{}
	}
	if o.Speed <= 0 {
		o.Speed = 1
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	if o.Seed == "" {
		o.Seed = rand.Text()
	}
	return &World{
		dir: dir, clock: o.Clock, speed: o.Speed,
		lock:     flock.New(filepath.Join(dir, "lock")),
		core:     core{Version: stateVersion, Seed: o.Seed},
		sections: map[string]section{},
		handlers: map[string]func(string){},
	}, nil
}

// Dir is the state folder, for what does not belong in the state file, such as image layers.
func (w *World) Dir() string { return w.dir }

// Close releases the folder.
func (w *World) Close() error { return w.lock.Close() }

// Register adds a service's state to the world under a name. state is a pointer to a struct that survives
// a round trip through JSON; its present value is what a new world starts with.
func Register[T any](w *World, name string, state *T) {
	initial, err := json.Marshal(state)
	if err != nil {
		panic(fmt.Sprintf("sim: state of %s is not JSON: %v", name, err)) // a programming error, seen by every test
	}
	w.sections[name] = section{state: state, reset: func() {
		reflect.ValueOf(state).Elem().SetZero()
		_ = json.Unmarshal(initial, state) // it was marshalled above
	}}
}

// Handle says what happens when an event of this kind is due.
func (w *World) Handle(kind string, f func(id string)) { w.handlers[kind] = f }

// Do runs f in a transaction: alone among all processes that share the folder, on the latest state, after
// everything due by now has happened. When f fails, nothing that it did remains.
func (w *World) Do(ctx context.Context, f func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ok, err := w.lock.TryLockContext(ctx, time.Millisecond); err != nil {
		return fmt.Errorf("lock state folder %s: %w", w.dir, err)
	} else if !ok {
		return fmt.Errorf("lock state folder %s: in use", w.dir)
	}
	defer w.lock.Unlock() // the file lock ends with the process at the latest
	if err := w.load(); err != nil {
		return err
	}
	w.run(w.clock.Now())
	if w.dirty {
		if err := w.save(); err != nil {
			return err
		}
	}
	err := f()
	if err != nil {
		if w.dirty {
			w.forget()
		}
		return err
	}
	if w.dirty {
		return w.save()
	}
	return nil
}

// Changed tells that the running transaction changes state. A transaction that never says so is not saved.
func (w *World) Changed() { w.dirty = true }

// Now is the simulated time of the event or request that is being worked on.
func (w *World) Now() time.Time { return w.now }

// After makes an event of this kind happen to id once d of AWS time has passed.
func (w *World) After(d time.Duration, kind, id string) {
	w.core.Queue.push(event{At: w.now.Add(w.Scaled(d)), Kind: kind, ID: id})
	w.dirty = true
}

// Scaled is what d of AWS time takes in this world.
func (w *World) Scaled(d time.Duration) time.Duration { return time.Duration(float64(d) / w.speed) }

// Next is the time of the next event; ok is false where nothing is under way.
func (w *World) Next() (at time.Time, ok bool) { return w.core.Queue.next() }

// Hex is a new identifier of n hexadecimal digits, at most 64.
func (w *World) Hex(n int) string {
	w.core.Counter++
	w.dirty = true
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", w.core.Seed, w.core.Counter))
	return hex.EncodeToString(sum[:])[:n]
}

// UUID is a new identifier in the form 8-4-4-4-12.
func (w *World) UUID() string {
	h := w.Hex(32)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// run lets everything happen that is due by the time t, in order.
func (w *World) run(t time.Time) {
	for {
		e, ok := w.core.Queue.pop(t)
		if !ok {
			break
		}
		w.dirty = true
		if e.At.After(w.now) {
			w.now = e.At
		}
		if f := w.handlers[e.Kind]; f != nil {
			f(e.ID)
		}
	}
	if t.After(w.now) {
		w.now = t
	}
}

func (w *World) path() string { return filepath.Join(w.dir, "state.json") }

// load brings memory up to the state file, where another process has written it since.
func (w *World) load() error {
	info, err := os.Stat(w.path())
	if errors.Is(err, fs.ErrNotExist) {
		if w.seen != nil { // removed under our feet: a new world
			w.reset()
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	if w.seen != nil && os.SameFile(w.seen, info) && w.seen.ModTime().Equal(info.ModTime()) && w.seen.Size() == info.Size() {
		return nil
	}
	data, err := os.ReadFile(w.path())
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("read state %s: %w", w.path(), err)
	}
	if d.Core.Version != stateVersion {
		return fmt.Errorf("read state %s: version %d, this program writes %d; start anew with local:reset", w.path(), d.Core.Version, stateVersion)
	}
	w.reset()
	w.core = d.Core
	for name, s := range w.sections {
		if raw, ok := d.Sections[name]; ok {
			if err := json.Unmarshal(raw, s.state); err != nil {
				return fmt.Errorf("read state %s: section %s: %w", w.path(), name, err)
			}
		}
	}
	w.seen = info
	return nil
}

func (w *World) reset() {
	for _, s := range w.sections {
		s.reset()
	}
	w.core = core{Version: stateVersion, Seed: w.core.Seed}
	w.seen, w.dirty = nil, false
}

// forget drops what a failed transaction did: the next one reads the state again.
func (w *World) forget() {
	seed, counter := w.core.Seed, w.core.Counter
	w.reset()
	w.core.Seed, w.core.Counter = seed, counter
}

// save replaces the state file in one step.
func (w *World) save() error {
	d := document{Core: w.core, Sections: make(map[string]json.RawMessage, len(w.sections))}
	for name, s := range w.sections {
		raw, err := json.Marshal(s.state)
		if err != nil {
			return fmt.Errorf("save state: section %s: %w", name, err)
		}
		d.Sections[name] = raw
	}
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	next := w.path() + ".next"
	if err := os.WriteFile(next, data, 0o644); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if err := os.Rename(next, w.path()); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if w.seen, err = os.Stat(w.path()); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	w.dirty = false
	return nil
}
