package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// stateVersion changes when an older state can no longer be read.
const stateVersion = 1

// tick is the smallest difference of file times that every file system in use keeps.
const tick = 100 * time.Microsecond

// core is the kernel's own part of the state.
type core struct {
	Version int
	Seed    string
	Counter uint64
	Queue   queue
}

// section is a service's part of the state.
type section struct {
	state any // pointer to it
	reset func()
}

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

// stateFile is the name of the state in its folder.
const stateFile = "state.json"

// lockFile is what processes take turns by. A folder in which nothing was done yet has nothing else.
const lockFile = "lock"

func (w *World) path() string { return filepath.Join(w.dir, stateFile) }

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
	if w.seen != nil && w.same(info) {
		return nil
	}
	data, err := os.ReadFile(w.path())
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	if err := w.decode(data); err != nil {
		w.reset()
		return fmt.Errorf("read state %s: %w; start anew with local:reset", w.path(), err)
	}
	w.seen = info
	w.version++
	return nil
}

// same tells whether the state file is the one that memory mirrors.
func (w *World) same(info os.FileInfo) bool {
	return os.SameFile(w.seen, info) && w.seen.ModTime().Equal(info.ModTime()) && w.seen.Size() == info.Size()
}

// reset makes memory a new world.
func (w *World) reset() {
	for _, s := range w.sections {
		s.reset()
	}
	w.core = core{Version: stateVersion, Seed: w.core.Seed}
	w.seen, w.dirty, w.ahead = nil, false, false
}

// forget drops what a failed transaction did: the next one reads the state again.
func (w *World) forget() {
	seed, counter := w.core.Seed, w.core.Counter
	w.reset()
	w.core.Seed, w.core.Counter = seed, counter
}

// encode writes the state into w.saved, a section a line.
func (w *World) encode() error {
	b := &w.saved
	b.Reset()
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	b.WriteString(`{"Core":`)
	if err := e.Encode(w.core); err != nil {
		return err
	}
	b.WriteString(`,"Sections":{`)
	for i, name := range slices.Sorted(maps.Keys(w.sections)) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%q:", name)
		if err := e.Encode(w.sections[name].state); err != nil {
			return fmt.Errorf("section %s: %w", name, err)
		}
	}
	b.WriteString("}}\n")
	return nil
}

// save replaces the state file in one step, so that a process killed at any moment leaves the one or the other.
func (w *World) save() error {
	if err := w.replace(); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	w.dirty, w.ahead, w.savedAt = false, false, time.Now()
	return nil
}

func (w *World) replace() error {
	if err := w.encode(); err != nil {
		return err
	}
	next := w.path() + ".next" // of this process: it holds the lock
	f, err := private.Create(next)
	if err != nil {
		return err
	}
	_, err = f.Write(w.saved.Bytes())
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	// Other processes tell the new file from the one they know by its time, and a file system's own clock may
	// give two files of a few milliseconds the same.
	at := time.Now()
	if w.seen != nil && at.Before(w.seen.ModTime().Add(tick)) {
		at = w.seen.ModTime().Add(tick)
	}
	if err := os.Chtimes(next, at, at); err != nil {
		return err
	}
	if err := os.Rename(next, w.path()); err != nil {
		return err
	}
	info, err := os.Stat(w.path())
	if err == nil {
		w.seen = info
		w.version++
	}
	return err
}

// unchanged fails where memory differs from the state file.
func (w *World) unchanged() error {
	if w.seen == nil {
		return nil
	}
	if err := w.encode(); err != nil {
		return err
	}
	data, err := os.ReadFile(w.path())
	if err != nil {
		return err
	}
	if bytes.Equal(data, w.saved.Bytes()) {
		return nil
	}
	w.dirty = true // so that it is dropped
	now, then := bytes.Split(w.saved.Bytes(), []byte("\n")), bytes.Split(data, []byte("\n"))
	for i := range min(len(now), len(then)) {
		if !bytes.Equal(now[i], then[i]) {
			return fmt.Errorf("state changed without saying so: %.40s", now[i])
		}
	}
	return errors.New("state changed without saying so")
}
