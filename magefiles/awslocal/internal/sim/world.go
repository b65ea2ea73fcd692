package sim

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// patience is how long a transaction waits for another process that holds the folder. Transactions take
// milliseconds: who holds it longer is stopped or stuck.
const patience = 10 * time.Second

// unsaved is for how long of real time the state file may lack what has happened by itself: a process that is killed loses
// none of it, but one whose world is slower sees it later.
const unsaved = time.Second

// parting is how long a world that is closed waits for the folder, to save what has happened by itself.
const parting = time.Second

// Options of a world.
type Options struct {
	Clock    Clock         // default Wall
	Speed    float64       // how many times faster than in AWS things happen; default 1
	Seed     string        // of the identifiers of a new state; default random
	Patience time.Duration // how long to wait for the folder; default 10 s
	// Strict makes a transaction fail that changes state without saying so by [World.Changed]. It costs an
	// encoding of the whole state for each transaction that changes nothing, and is for tests.
	Strict bool
}

// World is the simulated world. Its methods, [World.Do] apart, are for use inside a transaction, by one
// goroutine.
type World struct {
	dir      string
	narrowed bool
	options  Options

	mu         sync.Mutex
	lock       *flock.Flock
	store      store
	seen       os.FileInfo // of the state file that memory mirrors; nil where there is none
	generation uint64      // of the state file: how often another process was seen to have written it
	now        time.Time   // of the event or request being worked on
	dirty      bool
	ahead      bool      // of the state file: by what has happened by itself
	savedAt    time.Time // real time
	core       core
	version    uint64 // of memory: how often it has become another

	tables   map[string]*table
	wholes   []*whole
	touched  []*entry     // since the last save: they may be other ones than are stored
	pending  int          // how many of them what has happened by itself has touched
	looked   []*entry     // by this transaction, of a strict world
	held     int          // bytes of the records that memory has
	scratch  bytes.Buffer // for encoding one
	handlers map[string]func(id string)
}

// Open opens the world in dir, which is made where it is absent, for this user alone. Services are registered before
// the first transaction. Error: [*private.FolderError].
func Open(dir string, o Options) (*World, error) {
	if o.Clock == nil {
		o.Clock = Wall{}
	}
	if o.Speed <= 0 {
		o.Speed = 1
	}
	if o.Patience <= 0 {
		o.Patience = patience
	}
	narrowed, err := private.Folder(dir, stateFile, olderFile, lockFile)
	if err != nil {
		return nil, fmt.Errorf("open state folder: %w", err)
	}
	if o.Seed == "" {
		o.Seed = rand.Text()
	}
	w := Nowhere()
	w.dir, w.narrowed, w.options, w.core.Seed = dir, narrowed, o, o.Seed
	w.store.path = filepath.Join(dir, stateFile)
	w.lock = flock.New(filepath.Join(dir, lockFile))
	return w, nil
}

// Nowhere is a world without a folder, for services that are only asked what they serve. It has no transactions.
func Nowhere() *World {
	w := &World{core: core{Version: stateVersion}, handlers: map[string]func(string){}}
	w.tables = map[string]*table{own: {w: w, name: own}}
	w.register("core", &w.core)
	return w
}

// Dir is the state folder, for what does not belong in the state file, such as image layers.
func (w *World) Dir() string { return w.dir }

// Narrowed tells whether other users could read the folder until it was opened.
func (w *World) Narrowed() bool { return w.narrowed }

// Close saves what has happened by itself, where that can be done at once, and releases the folder.
func (w *World) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), parting)
	defer cancel()
	w.mu.Lock()
	ahead := w.ahead
	w.mu.Unlock()
	if ahead {
		_ = w.Do(ctx, func() error { w.dirty = w.ahead; return nil }) // where it cannot be saved, it happens again
	}
	return w.lock.Close()
}

// Handle says what happens when an event of this kind is due.
func (w *World) Handle(kind string, f func(id string)) { w.handlers[kind] = f }

// Do runs f in a transaction: alone among all processes that share the folder, on the latest state, after
// everything due by now has happened. When f fails, panics or cannot be saved, nothing that it did remains.
func (w *World) Do(ctx context.Context, f func() error) error {
	_, err := w.DoAt(ctx, f)
	return err
}

// DoAt is Do, and the version that it has left: [World.Version] is another one as soon as anybody has changed something since.
func (w *World) DoAt(ctx context.Context, f func() error) (version uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.acquire(ctx); err != nil {
		return w.version, fmt.Errorf("lock state folder %s: %w", w.dir, err)
	}
	defer w.lock.Unlock() // the file lock ends with the process at the latest
	defer w.store.close()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // of a state file that ends too early: see [store]
	if err := w.load(); err != nil {
		return w.version, err
	}
	now := w.options.Clock.Now()
	if w.due(now) {
		if err := w.step(func() error { return w.pass(now) }); err != nil {
			return w.version, err
		}
	}
	w.reach(now)
	err = w.step(f)
	return w.version, err
}

// due tells whether something happens by itself by the time t, or has happened and is not saved.
func (w *World) due(t time.Time) bool {
	at, ok := w.Next()
	return w.ahead || ok && !at.After(t)
}

// pass lets happen what is due by now. It is saved with the next change that somebody asks for, and once the last save is
// long enough ago: most transactions are looks, and what happened by itself happens again, in the same way, to whoever
// reads the state before.
func (w *World) pass(now time.Time) error {
	w.run(now)
	if w.dirty {
		w.version++
	}
	w.ahead = w.ahead || w.dirty
	if w.ahead {
		w.pending = len(w.touched)
	}
	w.dirty = w.ahead && (w.options.Strict || time.Since(w.savedAt) >= unsaved)
	return nil
}

// step runs f and saves what it changed, or drops it.
func (w *World) step(f func() error) (err error) {
	done := false
	defer func() {
		if p := recover(); p != nil {
			unreadable, ok := p.(fault)
			if !ok {
				w.forget()
				panic(p)
			}
			err = w.unreadable(unreadable.error)
		}
		if !done || (err != nil && w.dirty) {
			w.forget()
		} else {
			w.rest()
		}
		w.looked = w.looked[:0]
		w.thin()
	}()
	err = f()
	if err == nil && w.options.Strict {
		err = w.unchanged()
	}
	if err == nil && w.dirty {
		err = w.save()
	}
	done = true
	return err
}

// acquire takes the folder, waiting for other processes.
func (w *World) acquire(ctx context.Context) error {
	held := fmt.Errorf("another process has held it for %s", w.options.Patience)
	ctx, cancel := context.WithTimeoutCause(ctx, w.options.Patience, held)
	defer cancel()
	ok, err := w.lock.TryLockContext(ctx, time.Millisecond)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch {
	case err == nil && !ok:
		err = errors.New("in use")
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("it has been removed meanwhile, as local:reset does")
	}
	return err
}

// Version counts how often the state has become another one, as far as this process knows; it is one more where another
// process has written it since. So it is to be compared with what [World.DoAt] has left, and with no Version: that may count
// what nobody here has seen.
func (w *World) Version() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if info, err := os.Stat(w.path()); err == nil && (w.seen == nil || !w.same(info)) {
		return w.version + 1
	}
	return w.version
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

// Later makes an event of this kind happen to id once d of real time has passed: what a program lives through is not
// faster than in AWS.
func (w *World) Later(d time.Duration, kind, id string) {
	w.core.Queue.push(event{At: w.now.Add(d), Kind: kind, ID: id})
	w.dirty = true
}

// Scaled is what d of AWS time takes in this world.
func (w *World) Scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / w.options.Speed)
}

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
		w.reach(e.At)
		if f := w.handlers[e.Kind]; f != nil {
			f(e.ID)
		}
	}
	w.reach(t)
}

// reach lets it be t, or as late as it is already.
func (w *World) reach(t time.Time) {
	if t.After(w.now) {
		w.now = t
	}
}
