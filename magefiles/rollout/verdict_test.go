package rollout

import (
	"testing"

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
