package stack

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

// run is one operation of a stack.
type run struct {
	at, took int // seconds
	statuses []string
}

// events are oldest first. What comes after the first status comes when it took that long.
func (r run) events() []Event {
	var events []Event
	for i, status := range r.statuses {
		at := r.at
		if i > 0 {
			at += r.took
		}
		events = append(events,
			Event{Time: time.Unix(int64(at), 0), Status: status, OfStack: true},
			Event{Time: time.Unix(int64(at), 0), Resource: "A", Status: "UPDATE_COMPLETE"}) // of a resource: says nothing
	}
	return events
}

// newest are the events of some runs, newest first.
func newest(runs ...run) []Event {
	var events []Event
	for _, r := range runs {
		events = append(events, r.events()...)
	}
	slices.Reverse(events)
	return events
}

func TestEstimate(t *testing.T) {
	var (
		created  = run{0, 300, []string{"REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"}}
		updated  = run{1000, 95, []string{"UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"}}
		quicker  = run{2000, 60, updated.statuses}
		slower   = run{3000, 900, updated.statuses}
		latest   = run{4000, 100, updated.statuses}
		failed   = run{5000, 7, []string{"UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"}}
		broken   = run{6000, 7, []string{"UPDATE_IN_PROGRESS", "UPDATE_FAILED"}}
		underWay = run{7000, 7, []string{"UPDATE_IN_PROGRESS"}}
		backward = run{8000, -5, updated.statuses}
	)
	update, create := types.StackStatusUpdateInProgress, types.StackStatusCreateInProgress
	for _, c := range []struct {
		name   string
		began  types.StackStatus
		events []Event
		want   Estimate
	}{
		{"no history", update, nil, Estimate{}},
		{"an update is not estimated from a creation", update, newest(created), Estimate{}},
		{"a creation is not estimated from updates", create, newest(updated, quicker), Estimate{}},
		{"a creation from a creation", create, []Event{
			{Time: time.Unix(310, 0), Status: "CREATE_COMPLETE", OfStack: true}, {Time: time.Unix(10, 0), Status: "CREATE_IN_PROGRESS", OfStack: true},
		}, Estimate{300 * time.Second, 1}},
		{"one", update, newest(created, updated), Estimate{95 * time.Second, 1}},
		{"two", update, newest(created, updated, quicker), Estimate{77500 * time.Millisecond, 2}},
		{"an outlier among three", update, newest(updated, quicker, slower), Estimate{95 * time.Second, 3}},
		{"the latest three", update, newest(updated, quicker, slower, latest), Estimate{100 * time.Second, 3}},
		{"failures do not count", update, newest(updated, failed, broken), Estimate{95 * time.Second, 1}},
		{"only failures", update, newest(failed, broken), Estimate{}},
		{"what is under way does not count", update, newest(updated, underWay), Estimate{95 * time.Second, 1}},
		{"cut off by the page", update, newest(updated)[:3], Estimate{}},
		{"a clock that was set back", update, newest(backward), Estimate{0, 1}},
	} {
		if diff := cmp.Diff(c.want, estimate(c.began, c.events)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestEstimateInWords(t *testing.T) {
	for want, e := range map[string]Estimate{
		"about 1m35s, as the last time":   {95400 * time.Millisecond, 1},
		"about 1m0s, as the last 3 times": {time.Minute, 3},
		"about 1s, as the last 2 times":   {200 * time.Millisecond, 2},
	} {
		if got := e.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
