package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// logLines is how many of a failing container's last lines are kept.
const logLines = 10

// Watcher collects evidence of one deployment.
type Watcher struct {
	r        *Rollouts
	evidence Evidence
	events   map[string]bool   // ids of service events that are not news
	tasks    map[string]bool   // ARNs of stopped tasks that are not news
	told     map[string]string // the last state told of tasks that start, by ARN, and of targets, by address
}

// Watcher starts to collect: what the service said, and which tasks had stopped, before now is not evidence.
// A service that does not exist yet is watched from its creation.
func (r *Rollouts) Watcher(ctx context.Context) (*Watcher, error) {
	w := &Watcher{r: r, events: map[string]bool{}, tasks: map[string]bool{}, told: map[string]string{}}
	stopped, err := r.stoppedTasks(ctx)
	if err != nil {
		return nil, err
	}
	for _, arn := range stopped {
		w.tasks[arn] = true
	}
	s, err := r.describe(ctx)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	for _, e := range s.Events {
		w.events[aws.ToString(e.Id)] = true
	}
	return w, nil
}

// Until looks again and again until the work is done, which the channel tells by closing; then it looks a last
// time. It returns early only when the context ends. A look that fails is told and tried again: evidence is
// worth having, but not worth failing a deployment for.
func (w *Watcher) Until(ctx context.Context, done <-chan struct{}) Evidence {
	for {
		finished := false
		select {
		case <-done:
			finished = true
		default:
		}
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.r.tell("evidence", "unavailable", err.Error())
		}
		if finished || w.r.pause(ctx) != nil {
			return w.evidence
		}
	}
}

// look adds what is new. Tasks come first: they are remembered longer than their service is there.
func (w *Watcher) look(ctx context.Context) error {
	if err := w.lookAtTasks(ctx); err != nil {
		return err
	}
	s, err := w.r.describe(ctx)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(s.Events) {
		if id := aws.ToString(e.Id); !w.events[id] {
			w.events[id] = true
			w.evidence.Events = append(w.evidence.Events, aws.ToString(e.Message))
			w.r.tell(w.r.Service.Name, "event", strings.TrimPrefix(aws.ToString(e.Message), "(service "+w.r.Service.Name+") "))
		}
	}
	if err := w.lookAtStarting(ctx); err != nil {
		return err
	}
	for _, lb := range s.LoadBalancers {
		if err := w.lookAtTargets(ctx, aws.ToString(lb.TargetGroupArn)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Watcher) lookAtTasks(ctx context.Context) error {
	arns, err := w.r.stoppedTasks(ctx)
	if err != nil {
		return err
	}
	arns = slices.DeleteFunc(arns, func(arn string) bool { return w.tasks[arn] })
	if len(arns) == 0 {
		return nil
	}
	out, err := w.r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(w.r.Service.Cluster), Tasks: arns[:min(len(arns), 100)]})
	if err != nil {
		return fmt.Errorf("describe stopped tasks: %w", err)
	}
	slices.SortFunc(out.Tasks, func(a, b types.Task) int {
		return aws.ToTime(a.StoppedAt).Compare(aws.ToTime(b.StoppedAt))
	})
	for _, in := range out.Tasks {
		w.tasks[aws.ToString(in.TaskArn)] = true
		if aws.ToString(in.Group) != "service:"+w.r.Service.Name {
			continue // a one-off task of the same family
		}
		t := taskFromAPI(in, w.r.Service.Container)
		if t.failed() {
			t.Log = w.r.lastLines(ctx, t.ID)
		}
		w.evidence.Stopped = append(w.evidence.Stopped, t)
		w.r.tell("task "+t.short(), "STOPPED", t.summary())
	}
	return nil
}

// lookAtStarting tells how the service's new tasks get on, until they run. Those that are known to run are not
// described again.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
func (w *Watcher) lookAtStarting(ctx context.Context) error {
	list, err := w.r.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String(w.r.Service.Cluster), ServiceName: aws.String(w.r.Service.Name)})
	if err != nil {
		return fmt.Errorf("list tasks of %s: %w", w.r.Service.Name, err)
	}
	arns := slices.DeleteFunc(list.TaskArns, func(arn string) bool { return w.told[arn] == running })
	if len(arns) == 0 {
		return nil
	}
	out, err := w.r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(w.r.Service.Cluster), Tasks: arns})
	if err != nil {
		return fmt.Errorf("describe tasks of %s: %w", w.r.Service.Name, err)
	}
	for _, in := range out.Tasks {
		arn, state := aws.ToString(in.TaskArn), aws.ToString(in.LastStatus)
		before := w.told[arn]
		if state == before || !isStarting(state) && state != running {
			continue
		}
		w.told[arn] = state
		if isStarting(state) || before != "" { // one that runs at the first look is no news
			w.r.tell("task "+taskFromAPI(in, w.r.Service.Container).short(), state, "")
		}
	}
	return nil
}

func (w *Watcher) lookAtTargets(ctx context.Context, group string) error {
	targets, err := w.r.targets(ctx, group)
	if err != nil {
		return err
	}
	for _, t := range targets {
		before := w.told[t.Address]
		w.told[t.Address] = t.State
		switch state := elbtypes.TargetHealthStateEnum(t.State); {
		case state == elbtypes.TargetHealthStateEnumUnhealthy && !slices.Contains(w.evidence.Targets, t):
			w.evidence.Targets = append(w.evidence.Targets, t)
			w.r.tell("target "+t.Address, t.State, t.Reason+" "+t.Detail)
		case t.State == before:
		case state == elbtypes.TargetHealthStateEnumInitial, state == elbtypes.TargetHealthStateEnumHealthy && before != "":
			w.r.tell("target "+t.Address, t.State, t.Detail)
		}
	}
	return nil
}

// stoppedTasks are the ARNs of the tasks of the service's family that ECS still remembers as stopped (about an
// hour), whether the service is still there or not. Where there is no cluster there are no tasks.
func (r *Rollouts) stoppedTasks(ctx context.Context) ([]string, error) {
	var arns []string
	pages := ecs.NewListTasksPaginator(r.ECS, &ecs.ListTasksInput{
		Cluster: aws.String(r.Service.Cluster), Family: aws.String(r.Service.Family), DesiredStatus: types.DesiredStatusStopped,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isClusterNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list stopped tasks of %s: %w", r.Service.Name, err)
		}
		arns = append(arns, page.TaskArns...)
	}
	return arns, nil
}

func taskFromAPI(in types.Task, container string) Task {
	t := Task{
		ID:       last(aws.ToString(in.TaskArn)),
		Revision: last(aws.ToString(in.TaskDefinitionArn)),
		Code:     string(in.StopCode),
		Reason:   aws.ToString(in.StoppedReason),
	}
	if in.StartedAt != nil && in.StoppingAt != nil {
		t.Ran = in.StoppingAt.Sub(*in.StartedAt)
	}
	for _, c := range in.Containers {
		if aws.ToString(c.Name) == container {
			t.Exit, t.Detail = c.ExitCode, aws.ToString(c.Reason)
		}
	}
	return t
}

// lastLines of a task's container; none where there is no stream.
func (r *Rollouts) lastLines(ctx context.Context, task string) []string {
	stream := r.Service.StreamPrefix + "/" + r.Service.Container + "/" + task
	out, err := r.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(r.Service.LogGroup), LogStreamName: aws.String(stream), Limit: aws.Int32(logLines),
	})
	if err != nil {
		return nil // a task that never started has no stream; its reason is in the task
	}
	var lines []string
	for _, e := range out.Events {
		lines = append(lines, strings.TrimRight(aws.ToString(e.Message), "\n"))
	}
	return lines
}

// failed tells whether the task stopped by itself, not because a deployment or a person stopped it.
func (t Task) failed() bool {
	switch types.TaskStopCode(t.Code) {
	case types.TaskStopCodeServiceSchedulerInitiated:
		return strings.Contains(t.Reason, "health checks")
	case types.TaskStopCodeUserInitiated:
		return false
	}
	return true
}

func (t Task) short() string { return t.ID[:min(len(t.ID), 8)] }

// summary is one line: reason, exit code, the container's own words.
func (t Task) summary() string {
	parts := []string{t.Reason}
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

// last part of an ARN, behind its last slash.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func isNotFound(err error) bool {
	_, ok := errors.AsType[*NotFoundError](err)
	return ok
}

func isClusterNotFound(err error) bool {
	_, ok := errors.AsType[*types.ClusterNotFoundException](err)
	return ok
}
