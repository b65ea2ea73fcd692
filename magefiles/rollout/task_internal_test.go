package rollout

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

func TestTheContainerThatFailed(t *testing.T) {
	web := types.Container{Name: new("web"), ExitCode: new(int32(0))}
	crashed := types.Container{Name: new("web"), ExitCode: new(int32(3))}
	stopped := types.Container{Name: new("web"), ExitCode: new(int32(143))}
	killed := types.Container{Name: new("web"), ExitCode: new(int32(137))}
	ended := types.Container{Name: new("proxy"), ExitCode: new(int32(0))}
	proxy := types.Container{Name: new("proxy"), ExitCode: new(int32(1)), Reason: new("boom")}
	for name, c := range map[string]struct {
		containers []types.Container
		container  string
		exit       *int32
	}{
		"the service's own":                {[]types.Container{web}, "web", new(int32(0))},
		"the service's own before another": {[]types.Container{proxy, crashed}, "web", new(int32(3))},
		"another where its own did not":    {[]types.Container{web, proxy}, "proxy", new(int32(1))},
		"none":                             {nil, "", nil},
		"one that the task's end stopped":  {[]types.Container{stopped, ended}, "proxy", new(int32(0))},
		"one that the task's end killed":   {[]types.Container{killed, {Name: new("proxy"), ExitCode: new(int32(1))}}, "proxy", new(int32(1))},
		"one that ended beside a finished": {[]types.Container{killed, ended}, "web", new(int32(137))},
		"one that never ran":               {[]types.Container{{Name: new("proxy")}, crashed}, "web", new(int32(3))},
	} {
		got := taskFromAPI(types.Task{StopCode: types.TaskStopCodeEssentialContainerExited, Containers: c.containers}, "web")
		if d := cmp.Diff(c.exit, got.Exit); got.Container != c.container || d != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestATaskAsECSTellsIt(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	in := types.Task{
		TaskArn: new("arn:aws:ecs:r:0:task/dev/abc"), TaskDefinitionArn: new("arn:aws:ecs:r:0:task-definition/web:7"),
		StopCode: types.TaskStopCodeServiceSchedulerInitiated, StoppedReason: new("Task failed ELB health checks in (target-group arn)"),
		StartedAt: &start, StoppingAt: new(start.Add(time.Minute)),
		Attachments: []types.Attachment{{Details: []types.KeyValuePair{{Name: new("privateIPv4Address"), Value: new("10.0.0.7")}}}},
		Containers:  []types.Container{{Name: new("web"), ExitCode: new(int32(143))}},
	}
	want := Task{ID: "abc", Revision: "web:7", Address: "10.0.0.7", Code: "ServiceSchedulerInitiated", Reason: *in.StoppedReason, Container: "web", Ran: time.Minute}
	if d := cmp.Diff(want, taskFromAPI(in, "web")); d != "" {
		t.Error(d)
	}
}

// A task that began to stop earlier comes first, whether it has STOPPED or not.
func TestWhenATaskBeganToStop(t *testing.T) {
	at := func(minutes int) *time.Time { return new(time.Date(2026, 1, 2, 3, minutes, 0, 0, time.UTC)) }
	for name, c := range map[string]struct {
		task types.Task
		want *time.Time
	}{
		"stopping": {types.Task{CreatedAt: at(1), StoppingAt: at(2)}, at(2)},
		"stopped":  {types.Task{CreatedAt: at(1), StoppingAt: at(2), StoppedAt: at(3)}, at(2)},
		"told so":  {types.Task{CreatedAt: at(1), StoppedAt: at(3)}, at(3)},
		"untold":   {types.Task{CreatedAt: at(1)}, at(1)},
	} {
		if got := began(c.task); !got.Equal(*c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
