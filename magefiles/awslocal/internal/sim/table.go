package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// Table is a service's records of one kind, by key. A transaction costs by the records that it asks for, and not by those
// that there are. V is a pointer to a struct, or a map, that survives a round trip through JSON.
//
// A record of [Table.Get] may be changed until the transaction ends; one of [Table.Look] or of a sequence is to be looked at only. Neither is to
// be kept for longer.
type Table[V any] struct{ t *table }

// NewTable adds a table to the world under a name.
func NewTable[V any](w *World, name string) Table[V] {
	t := &table{w: w, name: name, kind: reflect.TypeFor[V](), entries: map[string]*entry{}}
	w.tables[name] = t
	return Table[V]{t}
}

// Get is the record with the key, the zero value where there is none. What is changed in it is saved, if somebody says so by
// [World.Changed].
func (t Table[V]) Get(key string) (record V) {
	if e := t.t.fetch(key); e != nil {
		t.t.w.touch(e)
		record = e.value.(V)
	}
	return record
}

// Look is the record with the key, to be looked at only; the zero value where there is none.
func (t Table[V]) Look(key string) (record V) {
	if e := t.t.fetch(key); e != nil {
		t.t.w.looks(e)
		record = e.value.(V)
	}
	return record
}

// Has tells whether there is a record with the key.
func (t Table[V]) Has(key string) bool { return t.t.fetch(key) != nil }

// Put sets the record with the key.
func (t Table[V]) Put(key string, record V) { t.t.put(key, record) }

// Delete removes the record with the key, where there is one.
func (t Table[V]) Delete(key string) {
	if e := t.t.fetch(key); e != nil {
		e.gone = true
		t.t.w.touch(e)
		t.t.w.dirty = true
	}
}

// Values are the records, in the order of keys, to be looked at only.
func (t Table[V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		t.t.walk("", "", false, func(e *entry) bool { return yield(e.value.(V)) })
	}
}

// All is every record, in the order of keys.
func (t Table[V]) All() iter.Seq2[string, V] { return t.Ascend("", "") }

// Ascend is the records whose keys begin with the prefix and are not before from, in the order of keys. They may be added and
// removed meanwhile.
func (t Table[V]) Ascend(prefix, from string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		t.t.walk(prefix, max(prefix, from), false, func(e *entry) bool { return yield(e.key, e.value.(V)) })
	}
}

// Descend is the records whose keys begin with the prefix and are before a key, the last first. No key before: all of them.
func (t Table[V]) Descend(prefix, before string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		t.t.walk(prefix, before, true, func(e *entry) bool { return yield(e.key, e.value.(V)) })
	}
}

// table is what is the same for records of every kind.
type table struct {
	w       *World
	name    string
	kind    reflect.Type
	entries map[string]*entry // what memory has
}

// entry is a record in memory.
type entry struct {
	table   *table
	key     string
	value   any
	stored  []byte // as it lies in the store; nil: it does not, as far as is known
	seen    uint64 // the generation of the store that it is known to be of
	touched bool   // it may be another one than is stored
	gone    bool
}

// fetch is the record with the key; nil where there is none.
func (t *table) fetch(key string) *entry {
	e := t.entries[key]
	if e == nil || !e.touched && e.seen != t.w.generation {
		var data []byte
		t.w.look(func(tx *bbolt.Tx) {
			if b := tx.Bucket([]byte(t.name)); b != nil {
				data = b.Get([]byte(key))
				e = t.admit(key, data)
			} else {
				e = nil
			}
		})
		if t.w.seen == nil { // there is no store
			e = nil
		}
	}
	if e == nil || e.gone {
		return nil
	}
	return e
}

// admit is the record that lies in the store as data, which is valid within the look alone.
func (t *table) admit(key string, data []byte) *entry {
	e := t.entries[key]
	switch {
	case e != nil && (e.touched || e.seen == t.w.generation):
		return e
	case data == nil:
		delete(t.entries, key)
		return nil
	case e != nil && bytes.Equal(e.stored, data):
		e.seen = t.w.generation
		return e
	}
	e = &entry{table: t, key: key, stored: bytes.Clone(data), seen: t.w.generation}
	value := reflect.New(t.kind)
	if err := decode(e.stored, value.Interface()); err != nil {
		panic(fault{fmt.Errorf("another version of this program has written it: %s %s: %w", t.name, key, err)})
	}
	e.value = value.Elem().Interface()
	t.entries[key] = e
	t.w.held += len(e.stored)
	return e
}

func (t *table) put(key string, value any) {
	e := t.entries[key]
	if e == nil || !e.touched && e.seen != t.w.generation { // whether it lies in the store is not known
		e = &entry{table: t, key: key}
		t.entries[key] = e
	}
	e.value, e.gone = value, false
	t.w.touch(e)
	t.w.dirty = true
}

// A walk reads a few records ahead, and more the longer it goes on: many end at the first one.
const (
	fewest = 2
	most   = 64
)

// walk goes through the records whose keys begin with the prefix: from one on upwards, or all of them downwards.
func (t *table) walk(prefix, from string, down bool, yield func(*entry) bool) {
	open := !down // from itself is still to come
	for n := fewest; ; n = min(2*n, most) {
		found := t.ahead(prefix, from, down, open, n)
		for _, e := range found {
			if e.gone {
				continue
			}
			t.w.looks(e)
			if !yield(e) {
				return
			}
		}
		if len(found) == 0 {
			return
		}
		from, open = found[len(found)-1].key, false
	}
}

// ahead is the next n records of a walk, or what is left of it: those of the store and those that are to come into it.
func (t *table) ahead(prefix, from string, down, open bool, n int) []*entry {
	within := func(key string) bool {
		return strings.HasPrefix(key, prefix) && (open && key == from || !down && key > from || down && (from == "" || key < from))
	}
	var found []*entry
	t.w.look(func(tx *bbolt.Tx) {
		b := tx.Bucket([]byte(t.name))
		if b == nil {
			return
		}
		c := b.Cursor()
		k, v := start(c, prefix, from, down)
		next := c.Next
		if down {
			next = c.Prev
		}
		for ; k != nil && strings.HasPrefix(string(k), prefix) && len(found) < n; k, v = next() {
			if key := string(k); within(key) {
				found = append(found, t.admit(key, v))
			}
		}
	})
	full := len(found) == n
	for _, e := range t.w.touched {
		if e.table == t && e.stored == nil && within(e.key) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *entry) int {
		if down {
			a, b = b, a
		}
		return strings.Compare(a.key, b.key)
	})
	found = slices.Compact(found)
	if full { // what comes after the last one that was read is not known to be the next
		found = found[:n]
	}
	return found
}

// start is where a walk begins in the store.
func start(c *bbolt.Cursor, prefix, from string, down bool) (k, v []byte) {
	if !down {
		return c.Seek([]byte(from))
	}
	after := from
	if after == "" {
		after = prefix + "\xff" // keys are text
	}
	if k, _ = c.Seek([]byte(after)); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// encode is how a record lies in the store.
func (e *entry) encode() ([]byte, error) {
	b := &e.table.w.scratch
	b.Reset()
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.value); err != nil {
		return nil, fmt.Errorf("%s %s: %w", e.table.name, e.key, err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// changed is how the record is to lie in the store; ok is false where it does so already.
func (e *entry) changed() (data []byte, ok bool, err error) {
	if e.gone {
		return nil, true, nil
	}
	data, err = e.encode()
	if err != nil || e.stored != nil && bytes.Equal(data, e.stored) {
		return nil, false, err
	}
	return bytes.Clone(data), true, nil
}

// decode reads a record. What it does not know it refuses: a newer program has written it, and saving would lose it.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
