package logs

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
)

// event is a line of a stream. Its times take most of the room that a line takes, so they are kept as distances.
type event struct {
	Timestamp int64  `json:"t,omitempty"` // milliseconds after its batch's
	Ingested  int64  `json:"i,omitempty"` // milliseconds after Timestamp
	Message   string `json:"m"`
}

// batch is consecutive events of a stream. The position of the first of them is in its key.
type batch struct {
	At     int64   `json:"a"`
	Events []event `json:"e,omitempty"`
	Last   *event  `json:"l,omitempty"` // of a full one
	Packed []byte  `json:"z,omitempty"` // of a full one: its events, compressed
}

// What a batch holds at most. It is written anew with each line that comes into it.
const (
	batchLines = 64
	batchSize  = 8 << 10
)

// events of the batch, full or not.
func (b *batch) events() []event {
	if b.Packed == nil {
		return b.Events
	}
	var all []event
	_ = json.NewDecoder(flate.NewReader(bytes.NewReader(b.Packed))).Decode(&all) // pack has written it
	return all
}

// last is the last event of the batch.
func (b *batch) last() line {
	if b.Last != nil {
		return b.line(*b.Last)
	}
	return b.line(b.Events[len(b.Events)-1])
}

// pack makes a full batch small: lines of a program are much alike.
func (b *batch) pack() {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed) // the level is one
	_ = json.NewEncoder(w).Encode(b.Events)           // into memory
	_ = w.Close()
	b.Packed, b.Last, b.Events = packed.Bytes(), &b.Events[len(b.Events)-1], nil
}

// line is an event with its times in milliseconds since 1970.
type line struct {
	Timestamp, Ingested int64
	Message             string
}

func (b *batch) line(e event) line {
	return line{b.At + e.Timestamp, b.At + e.Timestamp + e.Ingested, e.Message}
}

func (b *batch) full() bool {
	size := 0
	for _, e := range b.Events {
		size += len(e.Message)
	}
	return len(b.Events) >= batchLines || size >= batchSize
}

// streamKey is the key of a stream; names of groups have no bar. Its batches' keys begin with it and a colon, which names of
// streams do not have.
func streamKey(group, name string) string { return group + "|" + name }

func (st *stream) batches() string          { return streamKey(st.Group, st.Name) + ":" }
func (st *stream) batchKey(from int) string { return fmt.Sprintf("%s%012d", st.batches(), from) }

// from is the position of the first event of the batch with the key.
func from(key string) int {
	n, _ := strconv.Atoi(key[len(key)-12:]) // batchKey has written it
	return n
}

// append adds a line to the stream, and drops the oldest ones where there are too many.
func (s *Service) append(g *group, st *stream, l line) {
	var b *batch
	for key := range s.state.Batches.Descend(st.batches(), "") {
		b = s.state.Batches.Get(key)
		break
	}
	if b != nil && b.full() {
		b.pack()
		b = nil
	}
	if b == nil || b.Packed != nil {
		b = &batch{At: l.Timestamp}
		s.state.Batches.Put(st.batchKey(st.Next), b)
	}
	b.Events = append(b.Events, event{l.Timestamp - b.At, l.Ingested - l.Timestamp, l.Message})
	if st.Next == st.First {
		st.FirstAt = l.Timestamp
	}
	size := int64(len(l.Message) + eventBytes)
	st.Next, st.LastAt, st.LastIn, st.Bytes, g.Bytes = st.Next+1, l.Timestamp, l.Ingested, st.Bytes+size, g.Bytes+size
	s.w.Changed()
	if st.Next-st.First <= mostEvents {
		return
	}
	for key, oldest := range s.state.Batches.Ascend(st.batches(), "") {
		if st.Next-st.First <= mostEvents {
			st.FirstAt = oldest.At
			break
		}
		dropped := oldest.events()
		for _, e := range dropped {
			size := int64(len(e.Message) + eventBytes)
			st.Bytes, g.Bytes = st.Bytes-size, g.Bytes-size
		}
		st.First += len(dropped)
		s.state.Batches.Delete(key)
	}
}

// lines are the stream's, from a position on.
func (s *Service) lines(st *stream, at int) iter.Seq2[int, line] {
	return func(yield func(int, line) bool) {
		first := ""
		for key := range s.state.Batches.Descend(st.batches(), st.batchKey(at+1)) {
			first = key
			break
		}
		for key, b := range s.state.Batches.Ascend(st.batches(), first) {
			events := b.events()
			for i := max(0, at-from(key)); i < len(events); i++ {
				if !yield(from(key)+i, b.line(events[i])) {
					return
				}
			}
		}
	}
}

// linesBefore are the stream's before a position, the last first.
func (s *Service) linesBefore(st *stream, at int) iter.Seq2[int, line] {
	return func(yield func(int, line) bool) {
		for key, b := range s.state.Batches.Descend(st.batches(), st.batchKey(at)) {
			events := b.events()
			for i := min(len(events), at-from(key)) - 1; i >= 0; i-- {
				if !yield(from(key)+i, b.line(events[i])) {
					return
				}
			}
		}
	}
}

// since is the position from which on a stream may have lines with a timestamp of at least start: those before were ingested
// earlier than such a line could have been.
func (s *Service) since(st *stream, start int64) int {
	at := st.Next
	for key, b := range s.state.Batches.Descend(st.batches(), "") {
		if b.last().Ingested < start-tooNew.Milliseconds() {
			break
		}
		at = from(key)
	}
	return at
}

// remove a stream with its lines.
func (s *Service) remove(g *group, st *stream) {
	for key := range s.state.Batches.Ascend(st.batches(), "") {
		s.state.Batches.Delete(key)
	}
	s.state.Streams.Delete(streamKey(st.Group, st.Name))
	g.Streams, g.Bytes = g.Streams-1, g.Bytes-st.Bytes
}

// removeGroup removes a group with its streams.
func (s *Service) removeGroup(g *group) {
	for _, st := range s.state.Streams.Ascend(g.Name+"|", "") {
		s.remove(g, st)
	}
	s.state.Groups.Delete(g.Name)
}
