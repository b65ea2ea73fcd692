package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// began is when a task began to stop; one that has not STOPPED yet has no other time.
func began(t types.Task) time.Time { return aws.ToTime(cmp.Or(t.StoppingAt, t.StoppedAt, t.CreatedAt)) }

func taskFromAPI(in types.Task, container string) Task {
	t := Task{
		ID:       last(aws.ToString(in.TaskArn)),
		Revision: last(aws.ToString(in.TaskDefinitionArn)),
		Code:     string(in.StopCode),
		Reason:   aws.ToString(in.StoppedReason),
		Address:  privateIP(in),
	}
	if in.StartedAt != nil && in.StoppingAt != nil {
		t.Ran = in.StoppingAt.Sub(*in.StartedAt)
	}
	if c := culprit(in.Containers, container, in.StopCode); c != nil {
		t.Container, t.Exit, t.Detail = aws.ToString(c.Name), c.ExitCode, aws.ToString(c.Reason)
		t.Sidecar = t.Container != container
	}
	if t.failed() && in.StopCode != types.TaskStopCodeEssentialContainerExited {
		t.Exit = nil // how it ends after SIGTERM says nothing of why it was stopped
	}
	return t
}

// culprit is the container that failed: the service's own, unless another one did and it did not. Where an essential
// container ended a task, it is the one that ended by itself. Nil where there is neither.
func culprit(containers []types.Container, own string, code types.TaskStopCode) *types.Container {
	if code == types.TaskStopCodeEssentialContainerExited {
		return endedFirst(containers, own)
	}
	failed := func(c types.Container) bool { return aws.ToInt32(c.ExitCode) != 0 || c.Reason != nil }
	i := slices.IndexFunc(containers, func(c types.Container) bool { return aws.ToString(c.Name) == own })
	if i >= 0 && failed(containers[i]) {
		return &containers[i]
	}
	if other := slices.IndexFunc(containers, failed); other >= 0 {
		i = other
	}
	if i < 0 {
		return nil
	}
	return &containers[i]
}

// endedFirst is the container whose end looks most like its own doing; the service's own in doubt. ECS does not tell which
// one ended first, and ends the others with SIGTERM and, if need be, SIGKILL.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
func endedFirst(containers []types.Container, own string) (first *types.Container) {
	most := 0
	for i, c := range containers {
		weight := byItself(c)
		if weight > most || weight == most && weight > 0 && aws.ToString(c.Name) == own {
			first, most = &containers[i], weight
		}
	}
	return first
}

// byItself is how much the end of a container looks like its own doing; 0 where it did not run.
func byItself(c types.Container) int {
	const sigterm, sigkill = 128 + 15, 128 + 9
	switch {
	case c.Reason != nil:
		return 4
	case c.ExitCode == nil:
		return 0
	case *c.ExitCode == sigterm:
		return 1
	case *c.ExitCode == 0:
		return 2
	case *c.ExitCode == sigkill:
		return 3
	}
	return 4
}

// failed tells whether the task stopped by itself, not because a deployment or a person stopped it.
func (t Task) failed() bool {
	switch types.TaskStopCode(t.Code) {
	case types.TaskStopCodeServiceSchedulerInitiated:
		return t.unhealthy()
	case types.TaskStopCodeUserInitiated:
		return false
	}
	return true
}

// unhealthy tells whether the service stopped the task because of its health.
func (t Task) unhealthy() bool {
	return t.Code == string(types.TaskStopCodeServiceSchedulerInitiated) && strings.Contains(t.Reason, "health checks")
}

func (t Task) short() string { return t.ID[:min(len(t.ID), 8)] }

// summary is one line: reason, exit code, the container's own words.
func (t Task) summary() string {
	parts := []string{t.Reason}
	if t.Sidecar {
		parts = append(parts, "container "+t.Container)
	}
	if t.Exit != nil {
		parts = append(parts, fmt.Sprintf("exit code %d", *t.Exit))
	}
	if t.Detail != "" && t.Detail != t.Reason {
		parts = append(parts, t.Detail)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// running is the last status of a task that runs.
const running = "RUNNING"

// isStarting tells whether a task in this last status is on its way to RUNNING.
func isStarting(status string) bool {
	return status == "PROVISIONING" || status == "PENDING" || status == "ACTIVATING"
}
