package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// logLines is how many of a failing container's last lines are kept.
const logLines = 10

// Watcher collects evidence of one deployment. It is for one goroutine.
type Watcher struct {
	// Seen, where it is set, is told the evidence after each look that [Watcher.Until] takes.
	Seen func(Evidence)

	r           *Rollouts
	evidence    Evidence
	before      string            // ARN of the task definition that ran before; empty where none did
	events      map[string]bool   // ids of service events that are not news
	said        []time.Time       // when the events of the evidence were
	began       bool              // a service deployment that began since was seen
	tasks       map[string]bool   // ARNs of stopped tasks that are not news
	older       map[string]bool   // ARNs of service deployments that had begun before
	deployments map[string]string // ARNs of those that began since, with the status that was seen last
	described   bool              // the health check is in the evidence
	told        map[string]string // the last state told of tasks that start, by ARN, and of targets, by address
}

// Watcher starts to collect: what the service said, which tasks had stopped and which deployments it had had before
// now is not evidence. A service that does not exist yet is watched from its creation.
func (r *Rollouts) Watcher(ctx context.Context) (*Watcher, error) {
	w := &Watcher{r: r, events: map[string]bool{}, tasks: map[string]bool{}, older: map[string]bool{}, deployments: map[string]string{}, told: map[string]string{}}
	stopped, err := r.stoppedTasks(ctx)
	if err != nil {
		return nil, err
	}
	for _, arn := range stopped {
		w.tasks[arn] = true
	}
	s, err := r.describe(ctx)
	if isNotFound(err) {
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	w.before = aws.ToString(primary(s).TaskDefinition)
	for _, e := range s.Events {
		w.events[aws.ToString(e.Id)] = true
	}
	present, err := r.serviceDeployments(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range present {
		w.older[aws.ToString(d.ServiceDeploymentArn)] = true
	}
	return w, nil
}

// Join takes the service deployment that is under way already for one that began since: it, too, is evidence, and its
// revision the one that is watched.
func (w *Watcher) Join(ctx context.Context) error {
	s, err := w.r.describe(ctx)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	briefs, err := w.r.briefs(ctx, unfinished)
	if err != nil || len(briefs) == 0 {
		return err
	}
	delete(w.older, aws.ToString(briefs[0].ServiceDeploymentArn))
	if isReturning(briefs[0]) {
		return nil // the primary is the revision before again
	}
	w.before = ""
	for _, d := range s.Deployments {
		if aws.ToString(d.Status) != "PRIMARY" {
			w.before = aws.ToString(d.TaskDefinition)
		}
	}
	return nil
}

// Evidence is what was seen so far.
func (w *Watcher) Evidence() Evidence { return w.evidence }

// Until looks again and again until the work is done, which the channel tells by closing; then it looks a last
// time. It returns early only when the context ends. A look that fails is told and tried again: evidence is
// worth having, but not worth failing a deployment for.
func (w *Watcher) Until(ctx context.Context, done <-chan struct{}) Evidence {
	waiting, wake := context.WithCancel(ctx)
	defer wake()
	go func() {
		select {
		case <-done:
			wake()
		case <-waiting.Done():
		}
	}()
	for {
		finished := false
		select {
		case <-done:
			finished = true
		default:
		}
		if err := w.Look(ctx); err != nil && ctx.Err() == nil {
			w.r.tell("evidence", "unavailable", err.Error())
		}
		if w.Seen != nil {
			w.Seen(w.evidence)
		}
		if finished || w.r.pause(waiting) != nil && ctx.Err() != nil {
			return w.evidence
		}
	}
}

// Look adds what is new. Tasks come first: they are remembered longer than their service is there.
func (w *Watcher) Look(ctx context.Context) error {
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
			w.evidence.Events, w.said = append(w.evidence.Events, aws.ToString(e.Message)), append(w.said, aws.ToTime(e.CreatedAt))
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
		if err := w.lookAtCheck(ctx, s, aws.ToString(lb.TargetGroupArn)); err != nil {
			return err
		}
	}
	return w.lookAtDeployments(ctx)
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
	slices.SortStableFunc(out.Tasks, func(a, b types.Task) int { return began(a).Compare(began(b)) })
	for _, in := range out.Tasks {
		w.tasks[aws.ToString(in.TaskArn)] = true
		if aws.ToString(in.Group) != "service:"+w.r.Service.Name {
			continue // a one-off task of the same family
		}
		t := taskFromAPI(in, w.r.Service.Container)
		if w.r.Speed > 0 {
			t.Ran = time.Duration(float64(t.Ran) * w.r.Speed).Round(time.Second)
		}
		if t.failed() {
			t.Log = w.r.lastLines(ctx, t.Container, t.ID)
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

// lookAtRevision finds out what is being deployed and what is different in it. A service revision tells it also when
// ECS has gone back already.
func (w *Watcher) lookAtRevision(ctx context.Context, serviceRevision string) error {
	out, err := w.r.ECS.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{serviceRevision}})
	if err != nil {
		return fmt.Errorf("describe service revision %s: %w", last(serviceRevision), err)
	}
	for _, v := range out.ServiceRevisions {
		deployed := aws.ToString(v.TaskDefinition)
		if w.before != "" && w.before != deployed {
			before, err := w.r.taskDefinition(ctx, w.before)
			if err != nil {
				return err
			}
			after, err := w.r.taskDefinition(ctx, deployed)
			if err != nil {
				return err
			}
			w.evidence.Changes, w.evidence.Filesystems = Differences(before, after), filesystems(after)
		} else if w.evidence.Filesystems, err = w.r.Filesystems(ctx, deployed); err != nil {
			return err
		}
		w.evidence.Revision = last(deployed)
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
			w.r.tell("target "+t.Address, t.State, t.words())
		case t.State == before:
		case state == elbtypes.TargetHealthStateEnumInitial, state == elbtypes.TargetHealthStateEnumHealthy && before != "":
			w.r.tell("target "+t.Address, t.State, t.Detail)
		}
	}
	return nil
}

// lookAtCheck describes the health check, once it is known to fail.
func (w *Watcher) lookAtCheck(ctx context.Context, s types.Service, group string) error {
	if w.described || len(w.evidence.Targets) == 0 && !slices.ContainsFunc(w.evidence.Stopped, Task.unhealthy) {
		return nil
	}
	out, err := w.r.Targets.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{group}})
	if err != nil {
		return fmt.Errorf("describe target group: %w", err)
	}
	for _, g := range out.TargetGroups {
		w.described = true
		w.evidence.Check = Check{
			Path:    aws.ToString(g.HealthCheckPath),
			Timeout: time.Duration(aws.ToInt32(g.HealthCheckTimeoutSeconds)) * time.Second,
			Grace:   time.Duration(aws.ToInt32(s.HealthCheckGracePeriodSeconds)) * time.Second,
		}
		if g.Matcher != nil {
			w.evidence.Check.Codes = aws.ToString(g.Matcher.HttpCode)
		}
	}
	return nil
}

// lookAtDeployments describes the service deployments whose status is news. One that had begun before is not evidence:
// that it is stopped is what ours does to it.
func (w *Watcher) lookAtDeployments(ctx context.Context) error {
	list, err := w.r.serviceDeployments(ctx)
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(list) { // the newest comes first
		arn, status := aws.ToString(d.ServiceDeploymentArn), string(d.Status)
		if w.older[arn] || w.deployments[arn] == status {
			continue
		}
		if !w.began {
			if err := w.lookAtRevision(ctx, aws.ToString(d.TargetServiceRevisionArn)); err != nil {
				return err
			}
			w.begin(aws.ToTime(d.CreatedAt))
		}
		out, err := w.r.ECS.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{arn}})
		if err != nil {
			return fmt.Errorf("describe service deployment %s: %w", last(arn), err)
		}
		w.deployments[arn] = status
		for _, in := range out.ServiceDeployments {
			w.addDeployment(in)
		}
	}
	return nil
}

// begin drops what the service said before the deployment that is watched began: it is of the revision before.
func (w *Watcher) begin(at time.Time) {
	w.began = true
	i := slices.IndexFunc(w.said, func(t time.Time) bool { return !t.Before(at) })
	if i < 0 {
		i = len(w.said)
	}
	w.evidence.Events, w.said = slices.Clone(w.evidence.Events[i:]), w.said[i:]
}

func (w *Watcher) addDeployment(in types.ServiceDeployment) {
	d := ServiceDeployment{ID: last(aws.ToString(in.ServiceDeploymentArn)), Status: string(in.Status), Reason: aws.ToString(in.StatusReason)}
	list := slices.Clone(w.evidence.Deployments) // what was handed out stays as it was
	if i := slices.IndexFunc(list, func(o ServiceDeployment) bool { return o.ID == d.ID }); i >= 0 {
		list[i] = d
	} else {
		list = append(list, d)
	}
	w.evidence.Deployments = list
	if in.Alarms == nil {
		return
	}
	for _, name := range in.Alarms.TriggeredAlarmNames {
		if !slices.Contains(w.evidence.Alarms, name) {
			w.evidence.Alarms = append(w.evidence.Alarms, name)
			w.r.tell("alarm "+name, "ALARM", "")
		}
	}
}

// serviceDeployments are the service's latest, the newest first.
func (r *Rollouts) serviceDeployments(ctx context.Context) ([]types.ServiceDeploymentBrief, error) {
	out, err := r.ECS.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name),
	})
	if err != nil {
		return nil, fmt.Errorf("list deployments of service %s: %w", r.Service.Name, err)
	}
	return out.ServiceDeployments, nil
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

// lastLines of a task's container, without what is confidential; none where there is no stream, or where nobody is to see
// them. What one event has on several lines is several.
func (r *Rollouts) lastLines(ctx context.Context, container, task string) []string {
	if r.WithoutLines {
		return nil
	}
	stream := r.Service.StreamPrefix + "/" + container + "/" + task
	out, err := r.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(r.Service.LogGroup), LogStreamName: aws.String(stream), Limit: aws.Int32(logLines),
	})
	if err != nil {
		return nil // a task that never started has no stream; its reason is in the task
	}
	var lines []string
	var program confidential.Stream
	for _, e := range out.Events {
		for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(aws.ToString(e.Message))) {
			lines = append(lines, program.Redact(strings.TrimRight(line, "\n")))
		}
	}
	return lines
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
