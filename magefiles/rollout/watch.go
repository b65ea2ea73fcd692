package rollout

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Watcher collects evidence of one deployment. It is for one goroutine.
type Watcher struct {
	// Seen, where it is set, is told the evidence after each look that [Watcher.Until] takes.
	Seen func(Evidence)

	r      *Rollouts
	before string // ARN of the task definition that ran before; empty where none did
	kept   keeper
}

// Watcher starts to collect: what the service said, which tasks had stopped and which deployments it had had before
// now is not evidence. A service that does not exist yet is watched from its creation.
func (r *Rollouts) Watcher(ctx context.Context) (*Watcher, error) {
	w := &Watcher{r: r, kept: newKeeper(r.Service.Name)}
	stopped, err := r.stoppedTasks(ctx)
	if err != nil {
		return nil, err
	}
	for _, arn := range stopped {
		w.kept.tasks[arn] = true
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
		w.kept.events[aws.ToString(e.Id)] = true
	}
	present, err := r.serviceDeployments(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range present {
		w.kept.older[aws.ToString(d.ServiceDeploymentArn)] = true
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
	delete(w.kept.older, aws.ToString(briefs[0].ServiceDeploymentArn))
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
func (w *Watcher) Evidence() Evidence { return w.kept.evidence }

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
			w.Seen(w.kept.evidence)
		}
		if finished || w.r.pause(waiting) != nil && ctx.Err() != nil {
			return w.kept.evidence
		}
	}
}

// tell tells what is news.
func (w *Watcher) tell(all ...news) {
	for _, n := range all {
		w.r.tell(n.subject, n.state, n.text)
	}
}

// Look adds what is new. Tasks come first: they are remembered longer than their service is there.
func (w *Watcher) Look(ctx context.Context) error {
	if err := w.lookAtStopped(ctx); err != nil {
		return err
	}
	s, err := w.r.describe(ctx)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	w.tell(w.kept.addEvents(s.Events)...)
	if err := w.lookAtStarting(ctx); err != nil {
		return err
	}
	for _, lb := range s.LoadBalancers {
		if err := w.lookAtTargets(ctx, s, aws.ToString(lb.TargetGroupArn)); err != nil {
			return err
		}
	}
	return w.lookAtDeployments(ctx)
}

// lookAtStopped looks at the tasks that stopped and were not seen yet, those of the service with their last lines.
func (w *Watcher) lookAtStopped(ctx context.Context) error {
	arns, err := w.r.stoppedTasks(ctx)
	if err != nil {
		return err
	}
	if arns = w.kept.unknownStopped(arns); len(arns) == 0 {
		return nil
	}
	tasks, err := w.r.describeStopped(ctx, arns)
	if err != nil {
		return err
	}
	for _, in := range tasks {
		if w.kept.notice(in) {
			w.tell(w.kept.addStopped(w.r.stopped(ctx, in)))
		}
	}
	return nil
}

// lookAtStarting looks at the service's new tasks, until they run. Those that are known to run are not described again.
func (w *Watcher) lookAtStarting(ctx context.Context) error {
	arns, err := w.r.presentTasks(ctx)
	if err != nil {
		return err
	}
	if arns = w.kept.notRunning(arns); len(arns) == 0 {
		return nil
	}
	tasks, err := w.r.describeTasks(ctx, arns)
	if err != nil {
		return err
	}
	w.tell(w.kept.addStarting(tasks)...)
	return nil
}

// lookAtTargets looks at those of a load balancer, and at its health check once that is known to fail.
func (w *Watcher) lookAtTargets(ctx context.Context, s types.Service, group string) error {
	targets, err := w.r.targets(ctx, group)
	if err != nil {
		return err
	}
	w.tell(w.kept.addTargets(targets)...)
	if !w.kept.lacksCheck() {
		return nil
	}
	c, found, err := w.r.healthCheck(ctx, s, group)
	if err == nil && found {
		w.kept.addCheck(c)
	}
	return err
}

// lookAtDeployments looks at the service deployments whose status is news.
func (w *Watcher) lookAtDeployments(ctx context.Context) error {
	list, err := w.r.serviceDeployments(ctx)
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(list) { // the newest comes first
		if !w.kept.isNews(d) {
			continue
		}
		if !w.kept.began {
			content, err := w.r.content(ctx, aws.ToString(d.TargetServiceRevisionArn), w.before)
			if err != nil {
				return err
			}
			w.kept.begin(content, aws.ToTime(d.CreatedAt))
		}
		described, err := w.r.describeDeployment(ctx, aws.ToString(d.ServiceDeploymentArn))
		if err != nil {
			return err
		}
		w.tell(w.kept.addDeployments(d, described)...)
	}
	return nil
}
