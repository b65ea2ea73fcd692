package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"go.etcd.io/bbolt"
)

// stateVersion changes when an older state can no longer be read. Format 1 was one file of JSON.
const stateVersion = 2

// tick is the smallest difference of file times that every file system in use keeps.
const tick = 100 * time.Microsecond

// core is the kernel's own part of the state.
type core struct {
	Version int
	Seed    string
	Counter uint64
	Queue   queue
}

// own is the table of the kernel's own part, and of what services register as a whole.
const own = "sim"

// Register adds what a service has one of to the world under a name; what it has many of goes into a [Table]. state is a
// pointer to a struct that survives a round trip through JSON; its present value is what a new world starts with. It is
// encoded with each transaction that changes something, so it should be small.
func Register[T any](w *World, name string, state *T) { w.register(name, state) }

func (w *World) register(name string, state any) {
	initial, err := json.Marshal(state)
	if err != nil {
		panic(fmt.Sprintf("sim: state of %s is not JSON: %v", name, err)) // a programming error, seen by every test
	}
	w.wholes = append(w.wholes, &whole{
		entry: entry{table: w.tables[own], key: name, value: state}, initial: initial,
	})
}

// whole is a record that memory always has, in one place.
type whole struct {
	entry
	initial []byte
}

// set makes it what data says, or what a new world starts with.
func (s *whole) set(data []byte) error {
	s.stored = data
	if data == nil {
		data = s.initial
	}
	reflect.ValueOf(s.value).Elem().SetZero()
	return decode(data, s.value)
}

func (w *World) path() string { return w.store.path }

// load brings memory up to the state file, where another process has written it since.
func (w *World) load() error {
	info, err := os.Stat(w.path())
	if errors.Is(err, fs.ErrNotExist) {
		if w.seen != nil { // removed under our feet: a new world
			w.reset()
		}
		if older := filepath.Join(w.dir, olderFile); exists(older) {
			return fmt.Errorf("read state %s: an older version of this program has written it (format 1, this one knows %d); start anew with local:reset", older, stateVersion)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	if w.seen != nil && w.same(info) {
		return nil
	}
	w.drop()
	w.generation++
	if err := w.begin(); err != nil {
		w.reset()
		return err
	}
	w.seen = info
	w.version++
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// same tells whether the state file is the one that memory mirrors.
func (w *World) same(info os.FileInfo) bool {
	return os.SameFile(w.seen, info) && w.seen.ModTime().Equal(info.ModTime()) && w.seen.Size() == info.Size()
}

// begin reads what memory always has, and sees whether the rest can be read.
func (w *World) begin() error {
	var of error
	err := w.store.read(func(tx *bbolt.Tx) { of = w.admit(tx) })
	if err := errors.Join(err, of); err != nil {
		return w.unreadable(err)
	}
	return nil
}

func (w *World) admit(tx *bbolt.Tx) error {
	b := tx.Bucket([]byte(own))
	if b == nil {
		return errNoState
	}
	var head struct{ Version int }
	switch err := json.Unmarshal(b.Get([]byte("core")), &head); {
	case err != nil || head.Version < 1:
		return errNoState
	case head.Version > stateVersion:
		return fmt.Errorf("a newer version of this program has written it (format %d, this one knows %d)", head.Version, stateVersion)
	case head.Version < stateVersion:
		return fmt.Errorf("an older version of this program has written it (format %d, this one knows %d)", head.Version, stateVersion)
	}
	known := map[string]bool{}
	for _, s := range w.wholes {
		known[s.key] = true
		data := b.Get([]byte(s.key))
		if s.stored != nil && bytes.Equal(s.stored, data) {
			continue
		}
		if err := s.set(bytes.Clone(data)); err != nil {
			return fmt.Errorf("another version of this program has written it: %s: %w", s.key, err)
		}
	}
	if err := b.ForEach(func(name, _ []byte) error { return knownPart(known[string(name)], name) }); err != nil {
		return err
	}
	return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error { return knownPart(w.tables[string(name)] != nil, name) })
}

var errNoState = errors.New("it is not the state of an embedded AWS")

func knownPart(known bool, name []byte) error {
	if known {
		return nil
	}
	return fmt.Errorf("another version of this program has written it: unknown part %s", name)
}

// unreadable is what a person is told of a state that cannot be read.
func (w *World) unreadable(err error) error {
	return fmt.Errorf("read state %s: %w; start anew with local:reset", w.path(), err)
}

// look lets f read the store; where there is none it has nothing to read.
func (w *World) look(f func(*bbolt.Tx)) {
	if w.seen == nil {
		return
	}
	if err := w.store.read(f); err != nil {
		panic(fault{err})
	}
}

// reset makes memory a new world.
func (w *World) reset() {
	for _, t := range w.tables {
		clear(t.entries)
	}
	seed := w.core.Seed
	for _, s := range w.wholes {
		_ = s.set(nil) // it was marshalled by register
	}
	w.core.Seed = seed
	w.touched, w.pending, w.looked, w.held = nil, 0, nil, 0
	w.seen, w.dirty, w.ahead = nil, false, false
}

// drop forgets what has been changed and not saved.
func (w *World) drop() {
	for _, e := range w.touched {
		delete(e.table.entries, e.key)
	}
	for _, s := range w.wholes {
		_ = s.set(s.stored) // it was decoded before
	}
	w.touched, w.pending, w.looked, w.dirty, w.ahead = w.touched[:0], 0, w.looked[:0], false, false
}

// forget drops what a failed transaction did. Identifiers are not given again, even where nothing is saved yet.
func (w *World) forget() {
	seed, counter := w.core.Seed, w.core.Counter
	w.drop()
	if w.seen == nil {
		w.core.Seed, w.core.Counter = seed, counter
	}
}

// touch notes that a record may be changed.
func (w *World) touch(e *entry) {
	if !e.touched {
		e.touched = true
		w.touched = append(w.touched, e)
	}
}

// looks notes that a record is looked at, so that a strict world can see that it was not changed.
func (w *World) looks(e *entry) {
	if w.options.Strict && !e.touched {
		w.looked = append(w.looked, e)
	}
}

// save writes what has been changed, in one step, so that a process killed at any moment leaves the one or the other.
func (w *World) save() error {
	if err := w.write(); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	for _, e := range w.touched {
		e.touched = false
	}
	w.touched, w.pending = w.touched[:0], 0
	w.dirty, w.ahead, w.savedAt = false, false, time.Now()
	return nil
}

func (w *World) write() error {
	type change struct {
		e    *entry
		data []byte
	}
	var changes []change
	of := func(e *entry) error {
		data, ok, err := e.changed()
		if ok {
			changes = append(changes, change{e, data})
		}
		return err
	}
	for _, e := range w.touched {
		if err := of(e); err != nil {
			return err
		}
	}
	for _, s := range w.wholes {
		if err := of(&s.entry); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	if err := w.store.write(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			b, err := tx.CreateBucketIfNotExists([]byte(c.e.table.name))
			if err != nil {
				return err
			}
			b.FillPercent = filling
			if c.e.gone {
				err = b.Delete([]byte(c.e.key))
			} else {
				err = b.Put([]byte(c.e.key), c.data)
			}
			if err != nil {
				return fmt.Errorf("%s %s: %w", c.e.table.name, c.e.key, err)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := w.stamp(); err != nil {
		return err
	}
	for _, c := range changes {
		c.e.stored, c.e.seen = c.data, w.generation
		w.held += len(c.data)
		if c.e.gone {
			delete(c.e.table.entries, c.e.key)
		}
	}
	w.version++
	return nil
}

// stamp gives the state file a time of its own. Other processes tell by it that there is something new, and a file system's
// own clock may give two changes within a few milliseconds the same.
func (w *World) stamp() error {
	at := time.Now()
	if w.seen != nil && at.Before(w.seen.ModTime().Add(tick)) {
		at = w.seen.ModTime().Add(tick)
	}
	if err := os.Chtimes(w.path(), at, at); err != nil {
		return err
	}
	info, err := os.Stat(w.path())
	if err == nil {
		w.seen = info
	}
	return err
}

// unchanged fails where memory differs from what is stored, though nobody said so. Records that were asked for may differ
// where the transaction has changed something.
func (w *World) unchanged() error {
	of := w.looked
	if !w.dirty {
		of = append(of, w.touched...)
		for _, s := range w.wholes {
			if w.seen != nil {
				of = append(of, &s.entry)
			}
		}
	}
	for _, e := range of {
		if e.touched && w.dirty {
			continue
		}
		data, ok, err := e.changed()
		if err != nil {
			return err
		}
		if ok {
			w.dirty = true // so that it is dropped
			delete(e.table.entries, e.key)
			return fmt.Errorf("state changed without saying so: %s %s: %.80s", e.table.name, e.key, data)
		}
	}
	return nil
}

// rest ends a transaction that saves nothing: what it asked for is as it was. What has happened by itself stays to be saved.
func (w *World) rest() {
	for _, e := range w.touched[w.pending:] {
		e.touched = false
	}
	w.touched = w.touched[:w.pending]
}

// enough is how many bytes of records memory keeps from one transaction to the next.
const enough = 16 << 20

// thin lets go of records, once there are many.
func (w *World) thin() {
	if w.held < enough {
		return
	}
	for _, t := range w.tables {
		for key, e := range t.entries {
			if !e.touched {
				delete(t.entries, key)
			}
		}
	}
	w.held = 0
}
