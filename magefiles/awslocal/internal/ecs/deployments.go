package ecs

import (
	"time"
)

// How launching slows down while tasks keep failing.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
const (
	firstPause = 10 * time.Second
	mostPause  = 27 * time.Minute
	// a task that ran this long did not fail to start, whatever ended it
	lasting = 10 * time.Minute
	// failures after which the service says that it cannot start tasks consistently
	throttled = 4
)

// deploy starts a deployment of the service's present settings.
func (s *Service) deploy(v *serviceRecord) *deploymentRecord {
	d := s.newDeployment(v)
	d.RolloutStateReason = "ECS deployment " + d.ID + " in progress."
	source := ""
	if len(v.Deployments) > 0 {
		source = v.primary().Revision
		s.abandon(v, "Service deployment stopped because a new service deployment was started.")
	}
	arn := s.acct.ARN("ecs", "service-deployment/"+v.key()+"/"+s.short())
	h := &deliveryRecord{Source: source, Target: d.Revision, serviceDeployment: serviceDeployment{
		ServiceDeploymentARN: arn, ServiceARN: v.ARN, ClusterARN: v.ClusterARN, CreatedAt: s.now(),
		UpdatedAt: s.now(), Status: "PENDING", DeploymentCircuitBreaker: &serviceDeploymentCircuitBreaker{Status: "DISABLED"},
	}}
	v.configure(h)
	d.Delivery = arn
	v.History = append([]*deliveryRecord{h}, v.History[:min(len(v.History), 99)]...)
	v.Deployments = append([]*deploymentRecord{d}, v.Deployments...)
	v.Failures, v.NextLaunch, v.Steady, v.Stuck = 0, time.Time{}, false, false
	v.prune()
	s.look(v.key())
	s.w.Changed()
	return d
}

// configure gives a service deployment the service's present deployment configuration, and switches its circuit
// breaker and alarms on or off accordingly. One that has tripped stays so.
func (v *serviceRecord) configure(h *deliveryRecord) {
	if h == nil {
		return
	}
	c, k := v.Settings.DeploymentConfiguration, h.DeploymentCircuitBreaker
	h.DeploymentConfiguration = described(c)
	b := v.breaker()
	switch {
	case b != nil && (k.Status == "DISABLED" || k.Status == "MONITORING"):
		k.Status, k.Threshold = "MONITORING", b.threshold(v.Desired)
	case b == nil && k.Status == "MONITORING":
		k.Status, k.Threshold = "DISABLED", 0
	}
	h.Alarms = &serviceDeploymentAlarms{Status: "DISABLED"}
	if c != nil && c.Alarms != nil {
		h.Alarms.AlarmNames = c.Alarms.AlarmNames
		if c.Alarms.Enable {
			h.Alarms.Status = "MONITORING"
		}
	}
}

// begun: the scheduler has taken up the primary deployment.
func (s *Service) begun(v *serviceRecord) {
	if h := v.delivery(v.primary().Delivery); h != nil && h.Status == "PENDING" {
		h.Status, h.StartedAt, h.UpdatedAt = inProgress, s.now(), s.now()
		s.w.Changed()
	}
}

// prune forgets the revisions that nothing names any more.
func (v *serviceRecord) prune() {
	named := map[string]bool{v.LastGood: true}
	for _, d := range v.Deployments {
		named[d.Revision] = true
	}
	for _, h := range v.History {
		named[h.Source], named[h.Target] = true, true
	}
	for arn := range v.Revisions {
		if !named[arn] {
			delete(v.Revisions, arn)
		}
	}
}

// newDeployment of the service's settings, with a new revision.
func (s *Service) newDeployment(v *serviceRecord) *deploymentRecord {
	arn := s.acct.ARN("ecs", "service-revision/"+v.key()+"/"+s.digits())
	set := v.Settings
	r := &revisionRecord{Settings: set, serviceRevision: serviceRevision{
		ServiceRevisionARN: arn, ServiceARN: v.ARN, ClusterARN: v.ClusterARN, TaskDefinition: set.TaskDefinition,
		CapacityProviderStrategy: set.CapacityProviderStrategy, LaunchType: set.LaunchType,
		PlatformVersion: platformVersion(set.PlatformVersion), PlatformFamily: "Linux",
		LoadBalancers: set.LoadBalancers, NetworkConfiguration: set.NetworkConfiguration, CreatedAt: s.now(),
	}}
	if d, err := s.taskDefinition(set.TaskDefinition); err == nil {
		for _, c := range d.ContainerDefinitions {
			r.ContainerImages = append(r.ContainerImages, containerImage{ContainerName: c.Name, Image: c.Image})
		}
	}
	v.Revisions[arn] = r
	return &deploymentRecord{ID: "ecs-svc/" + s.digits(), RolloutState: inProgress, Revision: arn, CreatedAt: s.now(), UpdatedAt: s.now()}
}

// abandon stops the service deployment that is under way, because another one begins or the service ends.
func (s *Service) abandon(v *serviceRecord, reason string) {
	if h := v.delivery(v.primary().Delivery); h != nil && h.FinishedAt.IsZero() {
		h.Status, h.StatusReason, h.Superseded = "STOPPED", reason, true
		h.StoppedAt, h.FinishedAt, h.UpdatedAt = s.now(), s.now(), s.now()
		if h.DeploymentCircuitBreaker.Status == "MONITORING" {
			h.DeploymentCircuitBreaker.Status = "MONITORING_COMPLETE"
		}
	}
}

// resolved notes the digests that the first task of a revision was started with.
func (s *Service) resolved(t *taskRecord) {
	v := s.state.Services.Get(t.Service)
	if v == nil || v.deployment(t.Deployment) == nil {
		return
	}
	r := v.Revisions[v.deployment(t.Deployment).Revision]
	for i := range r.ContainerImages {
		if c := t.container(r.ContainerImages[i].ContainerName); c != nil && r.ContainerImages[i].ImageDigest == "" {
			r.ContainerImages[i].ImageDigest = c.ImageDigest
		}
	}
}

// complete ends the primary deployment well.
func (s *Service) complete(v *serviceRecord) {
	p := v.primary()
	p.RolloutState, p.RolloutStateReason, p.UpdatedAt = completed, "ECS deployment "+p.ID+" completed.", s.now()
	v.LastGood = p.Revision
	s.say(v, "(deployment %s) deployment completed.", p.ID)
	h := v.delivery(p.Delivery)
	if h == nil {
		return
	}
	h.FinishedAt, h.UpdatedAt = s.now(), s.now()
	if p.IsRollback {
		h.Status = "ROLLBACK_SUCCESSFUL"
		return
	}
	h.Status = "SUCCESSFUL"
	if h.DeploymentCircuitBreaker.Status == "MONITORING" {
		h.DeploymentCircuitBreaker.Status = "MONITORING_COMPLETE"
	}
}

// taskSucceeded: a task of the service has become healthy.
func (s *Service) taskSucceeded(v *serviceRecord, t *taskRecord) {
	d := v.deployment(t.Deployment)
	if d == nil {
		return
	}
	d.UpdatedAt = s.now()
	if b := v.breaker(); b == nil || or(b.ResetOnHealthyTask, true) {
		d.FailedTasks = 0
	}
	s.countFailures(v, d)
}

func (s *Service) countFailures(v *serviceRecord, d *deploymentRecord) {
	b := v.breaker()
	if h := v.delivery(d.Delivery); h != nil && b != nil && h.DeploymentCircuitBreaker.Status == "MONITORING" {
		h.DeploymentCircuitBreaker.FailureCount, h.DeploymentCircuitBreaker.Threshold = d.FailedTasks, b.threshold(v.Desired)
		h.UpdatedAt = s.now()
	}
}

// taskFailed: a task did not start, was unhealthy, or ended by itself. Launching slows down, and while the
// deployment is in progress the circuit breaker counts tasks that never became healthy.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (s *Service) taskFailed(t *taskRecord) {
	v := s.state.Services.Get(t.Service)
	if v == nil || v.Status != "ACTIVE" {
		return
	}
	v.Steady = false
	defer s.look(v.key())
	d := v.deployment(t.Deployment)
	if d == nil || d != v.primary() {
		return
	}
	lasted := !t.Task.StartedAt.IsZero() && s.w.Now().Sub(t.Task.StartedAt.Time) >= s.w.Scaled(lasting)
	s.slowDown(v, lasted)
	if !t.WasHealthy {
		s.countFailed(v, d)
	}
}

// slowDown makes the next launch wait, the longer the more tasks in a row did not last.
func (s *Service) slowDown(v *serviceRecord, lasted bool) {
	v.Failures++
	if lasted {
		v.Failures = 1
	}
	if v.Failures > 1 {
		pause := min(mostPause, firstPause<<min(v.Failures-2, 10))
		v.NextLaunch = s.w.Now().Add(s.w.Scaled(pause))
		s.w.After(pause, "ecs:schedule", v.key())
	}
	if v.Failures == throttled {
		s.say(v, "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.")
	}
}

// countFailed counts a task that never became healthy against a deployment in progress.
func (s *Service) countFailed(v *serviceRecord, d *deploymentRecord) {
	if d.RolloutState != inProgress {
		return
	}
	d.FailedTasks++
	d.UpdatedAt = s.now()
	s.countFailures(v, d)
	if b := v.breaker(); b != nil && d.FailedTasks >= b.threshold(v.Desired) {
		s.trip(v, b)
	}
}

// breaker is the service's circuit breaker, nil where it is off.
func (v *serviceRecord) breaker() *deploymentCircuitBreaker {
	c := v.Settings.DeploymentConfiguration
	if c == nil || c.DeploymentCircuitBreaker == nil || !c.DeploymentCircuitBreaker.Enable {
		return nil
	}
	return c.DeploymentCircuitBreaker
}

// threshold is the number of failed tasks at which the breaker trips.
func (b *deploymentCircuitBreaker) threshold(desired int) int {
	c := thresholdConfiguration{Type: "BOUNDED_PERCENT", Value: 50}
	if b.ThresholdConfiguration != nil {
		c = *b.ThresholdConfiguration
	}
	if c.Type == "COUNT" {
		return c.Value
	}
	n := (desired*c.Value + 99) / 100
	if c.Type == "UNBOUNDED_PERCENT" {
		return max(n, 1)
	}
	return min(max(n, 3), 200)
}

// trip fails the primary deployment and, where that is wanted and possible, rolls back.
func (s *Service) trip(v *serviceRecord, b *deploymentCircuitBreaker) {
	p := v.primary()
	p.RolloutState, p.RolloutStateReason, p.UpdatedAt = failed, "ECS deployment circuit breaker: tasks failed to start.", s.now()
	s.say(v, "(deployment %s) deployment failed: tasks failed to start.", p.ID)
	h := v.delivery(p.Delivery)
	if h == nil {
		return
	}
	h.UpdatedAt = s.now()
	switch {
	case p.IsRollback:
		h.Status, h.StatusReason = "ROLLBACK_FAILED", "Service deployment rollback failed because the circuit breaker threshold was exceeded."
		h.FinishedAt, h.StoppedAt = s.now(), s.now()
	case b.Rollback && v.LastGood != "":
		h.DeploymentCircuitBreaker.Status = "TRIGGERED"
		s.rollBack(v, "Service deployment rolled back because the circuit breaker threshold was exceeded.", "ECS deployment circuit breaker: rolling back to deploymentId ")
	default:
		h.DeploymentCircuitBreaker.Status = "TRIGGERED"
		h.Status, h.StatusReason = "STOPPED", "Service deployment failed because the circuit breaker threshold was exceeded."
		h.FinishedAt, h.StoppedAt = s.now(), s.now()
	}
}

// rollBack deploys the last completed revision again, within the same service deployment. Tasks of that revision
// which still run are kept: they belong to the new deployment. That is assumed, as ECS's documentation does not tell what becomes
// of them; a stack whose breaker had tripped was back within 28 s, which is too short for new tasks.
// https://github.com/convox/rack/issues/3428
func (s *Service) rollBack(v *serviceRecord, reason, rollout string) {
	p := v.primary()
	h, good := v.delivery(p.Delivery), v.Revisions[v.LastGood]
	set := &v.Settings
	set.TaskDefinition, set.LaunchType, set.CapacityProviderStrategy = good.Settings.TaskDefinition, good.Settings.LaunchType, good.Settings.CapacityProviderStrategy
	set.PlatformVersion, set.LoadBalancers, set.NetworkConfiguration = good.Settings.PlatformVersion, good.Settings.LoadBalancers, good.Settings.NetworkConfiguration
	d := &deploymentRecord{ID: "ecs-svc/" + s.digits(), RolloutState: inProgress, Revision: v.LastGood, Delivery: p.Delivery,
		CreatedAt: s.now(), UpdatedAt: s.now(), IsRollback: true}
	d.RolloutStateReason = rollout + d.ID + "."
	if h != nil {
		h.Status, h.StatusReason, h.UpdatedAt = "ROLLBACK_IN_PROGRESS", reason, s.now()
		h.Rollback = &rollback{Reason: reason, StartedAt: s.now(), ServiceRevisionARN: v.LastGood}
	}
	for _, t := range s.tasksOf(v) {
		if old := v.deployment(t.Deployment); t.live() && old != nil && old.Revision == v.LastGood {
			t.Deployment = d.ID
		}
	}
	v.Deployments = append([]*deploymentRecord{d}, v.Deployments...)
	v.Failures, v.NextLaunch, v.Steady, v.Stuck = 0, time.Time{}, false, false
	s.say(v, "rolling back to deployment %s.", d.ID)
	s.look(v.key())
}
