package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func exit(code int32) *int32 { return &code }

func TestEvidenceTellsEachFailureOnce(t *testing.T) {
	failed := Task{ID: "0123456789abcdef", Revision: "app:7", Code: "EssentialContainerExited", Reason: "Essential container in task exited", Exit: exit(3), Log: []string{"starting", "boom"}}
	again := failed
	again.ID = "fedcba9876543210"
	got := Judge(Evidence{Stopped: []Task{failed, again}}).Evidence
	want := []string{"task 01234567 of app:7: Essential container in task exited; exit code 3 (2 tasks)\n| starting\n| boom"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestHighestBelow(t *testing.T) {
	const family = "arn:aws:ecs:r:0:task-definition/app"
	at := func(revisions ...string) map[string]time.Time {
		m := map[string]time.Time{}
		for _, r := range revisions {
			m[r] = time.Time{}
		}
		return m
	}
	cases := []struct {
		present    string
		candidates map[string]time.Time
		want       string
	}{
		{family + ":3", at(family+":1", family+":2", family+":3"), family + ":2"},
		{family + ":10", at(family+":9", family+":2"), family + ":9"},
		{family + ":2", at(family+":3", family+":10"), ""}, // a rollback after a rollback goes further back, not forth
		{family + ":2", at(family + "-other:1"), ""},
		{family + ":1", nil, ""},
	}
	for _, c := range cases {
		if got := highestBelow(c.present, c.candidates); got != c.want {
			t.Errorf("below %s of %v: got %q, want %q", c.present, c.candidates, got, c.want)
		}
	}
}
