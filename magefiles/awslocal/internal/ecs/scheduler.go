package ecs

import (
	"slices"
	"time"
)

// schedulerPause is how soon the scheduler notices a change.
const schedulerPause = time.Second

// look lets the scheduler look at a service soon.
func (s *Service) look(key string) {
	if v := s.state.Services.Get(key); v != nil && v.Wake.IsZero() {
		v.Wake = s.w.Now().Add(s.w.Scaled(schedulerPause))
		s.w.After(schedulerPause, "ecs:schedule", key)
	}
}

func (s *Service) scheduleDue(key string) {
	v := s.state.Services.Get(key)
	if v == nil {
		return
	}
	v.Wake = time.Time{}
	switch v.Status {
	case "ACTIVE":
		s.begun(v)
		s.schedule(v)
	case "DRAINING":
		s.drain(v)
	}
}

// count is what the scheduler sees of a service's tasks.
type count struct {
	mine, others   []*taskRecord // live tasks of the primary deployment, and of the others
	healthy        int           // of both
	leaving        int           // tasks of other deployments that have not STOPPED
	mineAreHealthy bool
	healthyMine    int // of those of the primary deployment
}

func (s *Service) count(v *serviceRecord) count {
	c := count{mineAreHealthy: true}
	for _, t := range s.tasksOf(v) {
		good := s.healthy(t)
		switch {
		case t.live() && t.Deployment == v.primary().ID:
			c.mine = append(c.mine, t)
			c.mineAreHealthy = c.mineAreHealthy && good
			c.healthyMine += btoi(good)
		case t.live():
			c.others = append(c.others, t)
		}
		if good {
			c.healthy++
		}
		if t.Deployment != v.primary().ID && t.Task.LastStatus != stopped {
			c.leaving++
		}
	}
	return c
}

// schedule brings a service closer to what it should be: it stops what is too much, launches what is missing and
// replaces the tasks of older deployments, within the minimum and maximum healthy percent.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func (s *Service) schedule(v *serviceRecord) {
	p := v.primary()
	c := s.count(v)
	if p.RolloutState == failed { // the circuit breaker has stopped launching
		all := append(c.mine, c.others...)
		if extra := len(all) - v.Desired; extra > 0 {
			s.stopAll(v, all[:extra], "Scaling activity initiated by (deployment "+p.ID+")")
		}
		return
	}
	minimum, maximum := v.bounds()
	if extra := len(c.mine) - v.Desired; extra > 0 {
		slices.SortStableFunc(c.mine, func(a, b *taskRecord) int { return btoi(s.healthy(a)) - btoi(s.healthy(b)) })
		s.stopAll(v, c.mine[:extra], "Scaling activity initiated by (deployment "+p.ID+")")
		c = s.count(v)
	}
	if !s.launchMissing(v, &c, maximum) {
		return
	}
	s.stopOthers(v, &c, minimum, maximum)
	s.tellStuck(v, c, minimum, maximum)
	s.settle(v)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bounds are the fewest healthy and the most live tasks during a deployment.
func (v *serviceRecord) bounds() (minimum, maximum int) {
	low, high := 100, 200
	if d := v.Settings.DeploymentConfiguration; d != nil {
		low, high = or(d.MinimumHealthyPercent, low), or(d.MaximumPercent, high)
	}
	return (v.Desired*low + 99) / 100, v.Desired * high / 100 // rounded up, rounded down
}

// launchMissing launches what is missing. ok is false where a launch has failed, which may have changed everything.
func (s *Service) launchMissing(v *serviceRecord, c *count, maximum int) (ok bool) {
	if s.state.Off {
		return true
	}
	n := v.Desired - len(c.mine)
	if len(c.others) > 0 || len(c.mine) > v.Desired {
		n = min(n, maximum-len(c.mine)-len(c.others))
	}
	if n <= 0 || s.w.Now().Before(v.NextLaunch) { // then an event will come
		return true
	}
	if v.Settings.LaunchType == "EC2" {
		if !v.Stuck {
			v.Stuck = true
			s.say(v, "was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.")
		}
		return true
	}
	p := v.primary()
	rev := v.Revisions[p.Revision]
	d, err := s.taskDefinition(rev.TaskDefinition)
	if err != nil {
		return true
	}
	if trouble := s.unplaceable(d); trouble != "" {
		s.say(v, "%s", trouble)
		s.slowDown(v, false)
		s.countFailed(v, p)
		s.look(v.key())
		return false
	}
	var tasks []*taskRecord
	for range n {
		t := s.launch(d, v.ClusterARN, v.key(), v.Settings, rev.CapacityProviderStrategy)
		t.Deployment = p.ID
		t.Task.Group, t.Task.StartedBy = "service:"+v.Name, p.ID
		t.Task.Tags = s.propagated(v, d)
		tasks = append(tasks, t)
		c.mine = append(c.mine, t)
	}
	c.mineAreHealthy, v.Steady = false, false
	s.sayTasks(v, "has started", tasks)
	return true
}

// missingRole is a role of a task definition that does not exist; empty where all do.
func (s *Service) missingRole(d *taskDefinition) string {
	for _, role := range []string{d.ExecutionRoleARN, d.TaskRoleARN} {
		if role != "" && s.hasRole != nil && !s.hasRole(role) {
			return role
		}
	}
	return ""
}

// propagated are the tags of a service's new tasks.
func (s *Service) propagated(v *serviceRecord, d *taskDefinition) []tag {
	var tags []tag
	switch v.Settings.PropagateTags {
	case "SERVICE":
		tags = append(tags, v.Tags...)
	case "TASK_DEFINITION":
		tags = fromMap(s.state.Tags.Look(d.TaskDefinitionARN))
	}
	if v.Settings.EnableECSManagedTags {
		tags = append(tags, tag{"aws:ecs:serviceName", v.Name}, tag{"aws:ecs:clusterName", v.Cluster})
	}
	return tags
}

// stopOthers stops tasks of older deployments. As long as there is room for new tasks the number of healthy ones
// stays at the desired count; only to make room it goes down to the minimum.
func (s *Service) stopOthers(v *serviceRecord, c *count, minimum, maximum int) {
	if len(c.others) == 0 {
		return
	}
	floor := v.Desired
	if len(c.mine)+len(c.others) >= maximum && len(c.mine) < v.Desired {
		floor = minimum
	}
	spare := c.healthy - min(floor, v.Desired)
	var out []*taskRecord
	for _, t := range c.others {
		switch {
		case !s.healthy(t): // it counts for nothing
			out = append(out, t)
		case spare > 0:
			out = append(out, t)
			spare--
		}
	}
	if len(out) > 0 {
		s.stopAll(v, out, "Scaling activity initiated by (deployment "+v.primary().ID+")")
	}
}

// tellStuck says once that the deployment configuration leaves no way on.
func (s *Service) tellStuck(v *serviceRecord, c count, minimum, maximum int) {
	stuck := len(c.others) > 0 && len(c.mine) < v.Desired && len(c.mine)+len(c.others) >= maximum && c.healthy <= minimum
	for _, t := range c.others {
		stuck = stuck && t.live()
	}
	if stuck && !v.Stuck {
		s.say(v, "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.")
	}
	if v.Settings.LaunchType != "EC2" {
		v.Stuck = stuck
	}
}

// settle ends the deployment and tells the steady state, when they are reached.
func (s *Service) settle(v *serviceRecord) {
	c := s.count(v)
	if v.primary().RolloutState == inProgress && v.earlySuccess().met(c, v.Desired) {
		s.complete(v)
	}
	s.forgetGone(v)
	if len(c.mine) != v.Desired || !c.mineAreHealthy || c.leaving > 0 || len(c.others) > 0 {
		return
	}
	if v.primary().RolloutState == inProgress {
		s.complete(v)
	}
	s.forgetDrained(v)
	if !v.Steady {
		v.Steady = true
		s.say(v, "has reached a steady state.")
	}
}

// earlySuccess are the service's early success criteria, nil where there are none.
func (v *serviceRecord) earlySuccess() *earlySuccessCriteria {
	if c := v.Settings.DeploymentConfiguration; c != nil && c.EarlySuccessCriteria != nil && c.EarlySuccessCriteria.Enable {
		return c.EarlySuccessCriteria
	}
	return nil
}

// met tells whether a deployment is complete though the service is not yet as it should be: enough of its tasks are healthy
// and, where that is asked for, those of other deployments are gone.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
func (e *earlySuccessCriteria) met(c count, desired int) bool {
	if e == nil || c.healthyMine < (desired*or(e.HealthyPercent, 100)+99)/100 { // rounded up
		return false
	}
	return e.SourceServiceRevisionCleanup == "DEFERRED" || len(c.others) == 0 && c.leaving == 0
}

// forgetGone drops the deployments before a complete one that were complete themselves and have no tasks left: one that is released
// soon after another one does not wait for the steady state of that.
func (s *Service) forgetGone(v *serviceRecord) {
	p := v.primary()
	if p.RolloutState != completed {
		return
	}
	has := map[string]bool{}
	for _, t := range s.tasksOf(v) {
		has[t.Deployment] = has[t.Deployment] || t.Task.LastStatus != stopped
	}
	before := len(v.Deployments)
	v.Deployments = slices.DeleteFunc(v.Deployments, func(d *deploymentRecord) bool {
		return d != p && d.RolloutState == completed && !has[d.ID]
	})
	if len(v.Deployments) < before {
		s.w.Changed()
	}
}

// forgetDrained drops the older deployments that have no tasks left.
func (s *Service) forgetDrained(v *serviceRecord) {
	v.Deployments = v.Deployments[:1]
	s.w.Changed()
}

// stopAll stops tasks of a service and tells what happens to them.
func (s *Service) stopAll(v *serviceRecord, tasks []*taskRecord, reason string) {
	gone := map[string]int{}
	draining := 0
	for _, t := range tasks {
		if t.Task.LastStatus == running && len(t.Targets) > 0 {
			draining++
			for _, at := range t.Targets {
				gone[at.ARN]++
			}
		}
		s.stop(t, "ServiceSchedulerInitiated", reason)
	}
	for _, arn := range sortedKeys(gone) {
		s.say(v, "deregistered %d targets in (target-group %s)", gone[arn], arn)
	}
	if draining > 0 {
		s.say(v, "has begun draining connections on %d tasks.", draining)
	}
	s.sayTasks(v, "has stopped", tasks)
	v.Steady = false
	s.look(v.key())
}

// drain ends a service that was deleted.
func (s *Service) drain(v *serviceRecord) {
	var live []*taskRecord
	left := 0
	for _, t := range s.tasksOf(v) {
		if t.live() {
			live = append(live, t)
		}
		if t.Task.LastStatus != stopped {
			left++
		}
	}
	if len(live) > 0 {
		s.stopAll(v, live, "Scaling activity initiated by (deployment "+v.primary().ID+")")
	}
	if left == 0 {
		v.Status = "INACTIVE"
		v.Deployments = v.Deployments[:1]
		s.w.Changed()
	}
}
