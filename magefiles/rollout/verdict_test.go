package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func exit(code int32) *int32 { return &code }

func TestJudge(t *testing.T) {
	exited := Task{ID: "0123456789abcdef", Revision: "app:7", Code: "EssentialContainerExited", Reason: "Essential container in task exited", Exit: exit(1), Ran: 3 * time.Second, Log: []string{"boom"}}
	cases := []struct {
		name      string
		evidence  Evidence
		signature string
		why       string // part of it
	}{
		{"image", Evidence{Stopped: []Task{{Code: "TaskFailedToStart", Reason: "CannotPullContainerError: x: not found"}}}, "image-not-found", "not in the repository"},
		{"pull", Evidence{Stopped: []Task{{Code: "TaskFailedToStart", Reason: "CannotPullContainerError: i/o timeout"}}}, "pull-failed", "cannot be pulled"},
		{"log group", Evidence{Stopped: []Task{{Code: "TaskFailedToStart", Reason: "ResourceInitializationError: failed to validate logger args: The specified log group does not exist"}}}, "log-group", "log group"},
		{"secret", Evidence{Stopped: []Task{{Code: "TaskFailedToStart", Reason: "ResourceInitializationError: unable to pull secrets"}}}, "secret", "secret"},
		{"network", Evidence{Stopped: []Task{{Code: "TaskFailedToStart", Reason: "ResourceInitializationError: no route"}}}, "initialization", "set up"},
		{"architecture", Evidence{Stopped: []Task{{Code: "EssentialContainerExited", Exit: exit(1), Log: []string{"exec /app: exec format error"}}}}, "architecture", "architecture"},
		{"memory", Evidence{Stopped: []Task{{Code: "EssentialContainerExited", Exit: exit(137), Detail: "OutOfMemoryError: Container killed due to memory usage"}}}, "out-of-memory", "memory"},
		{"exit", Evidence{Stopped: []Task{exited}}, "exited", "exit code 1, 3 s after its start"},
		{"load balancer", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed ELB health checks in (target-group x)"}}}, "target-unhealthy", "health check"},
		{"container check", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed container health checks"}}}, "container-unhealthy", "own health check"},
		{"target", Evidence{Targets: []Target{{Address: "10.0.0.1:3000", Reason: "Target.Timeout"}}}, "target-unhealthy", "10.0.0.1:3000"},
		{"no place", Evidence{Events: []string{"(service a) was unable to place a task because of capacity."}}, "no-place", "capacity"},
		{"a task that a deployment stopped is no failure", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Scaling activity initiated by (deployment x)", Exit: exit(143)}}}, "unknown", "nothing"},
		{"the first failure decides", Evidence{Stopped: []Task{exited, {Code: "TaskFailedToStart", Reason: "CannotPullContainerError: not found"}}}, "exited", "exit code 1"},
		{"nothing", Evidence{}, "unknown", "nothing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(c.evidence)
			if v.Signature != c.signature || !strings.Contains(v.Why, c.why) {
				t.Errorf("got %q: %q, want %q with %q", v.Signature, v.Why, c.signature, c.why)
			}
		})
	}
}

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
