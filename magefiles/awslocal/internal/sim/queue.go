package sim

import (
	"container/heap"
	"time"
)

// event is something that will happen.
type event struct {
	At   time.Time
	Seq  uint64 // events of one time happen in the order they were asked for
	Kind string
	ID   string
}

// queue holds events, the earliest first.
type queue struct {
	Last   uint64
	Events events
}

func (q *queue) push(e event) {
	q.Last++
	e.Seq = q.Last
	heap.Push(&q.Events, e)
}

// pop takes the earliest event that is due by the time t.
func (q *queue) pop(t time.Time) (event, bool) {
	if len(q.Events) == 0 || q.Events[0].At.After(t) {
		return event{}, false
	}
	return heap.Pop(&q.Events).(event), true
}

func (q *queue) next() (time.Time, bool) {
	if len(q.Events) == 0 {
		return time.Time{}, false
	}
	return q.Events[0].At, true
}

// events implements heap.Interface.
type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if !e[i].At.Equal(e[j].At) {
		return e[i].At.Before(e[j].At)
	}
	return e[i].Seq < e[j].Seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}
