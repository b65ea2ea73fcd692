package rollout

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// news is what is told of something that has not been told yet.
type news struct {
	subject, state, text string
}

// keeper keeps the evidence of one deployment. It asks nobody and tells nobody: it is given what AWS says, and returns what
// of that is news.
type keeper struct {
	service     string // its name
	evidence    Evidence
	events      map[string]bool   // ids of service events that are not news
	said        []time.Time       // when the events of the evidence were
	began       bool              // a service deployment that began since was seen
	tasks       map[string]bool   // ARNs of stopped tasks that are not news
	older       map[string]bool   // ARNs of service deployments that had begun before
	deployments map[string]string // ARNs of those that began since, with the status that was seen last
	described   bool              // the health check is in the evidence
	told        map[string]string // the last state told of tasks that start, by ARN, and of targets, by address
}

func newKeeper(service string) keeper {
	return keeper{
		service: service, events: map[string]bool{}, tasks: map[string]bool{}, older: map[string]bool{}, deployments: map[string]string{},
		told: map[string]string{},
	}
}

// addEvents takes what the service says, the newest first.
func (k *keeper) addEvents(events []types.ServiceEvent) (all []news) {
	for _, e := range slices.Backward(events) {
		id, message := aws.ToString(e.Id), aws.ToString(e.Message)
		if k.events[id] {
			continue
		}
		k.events[id] = true
		k.evidence.Events, k.said = append(k.evidence.Events, message), append(k.said, aws.ToTime(e.CreatedAt))
		all = append(all, news{k.service, "event", strings.TrimPrefix(message, "(service "+k.service+") ")})
	}
	return all
}

// unknownStopped are the stopped tasks that are news.
func (k *keeper) unknownStopped(arns []string) []string {
	return slices.DeleteFunc(arns, func(arn string) bool { return k.tasks[arn] })
}

// notice takes a stopped task, which is no news from now on, and tells whether it is the service's own, and not a one-off task of the same family.
func (k *keeper) notice(in types.Task) (own bool) {
	k.tasks[aws.ToString(in.TaskArn)] = true
	return aws.ToString(in.Group) == "service:"+k.service
}

// addStopped keeps a task that stopped.
func (k *keeper) addStopped(t Task) news {
	k.evidence.Stopped = append(k.evidence.Stopped, t)
	return news{"task " + t.short(), "STOPPED", t.summary()}
}

// notRunning are the tasks that are not known to run.
func (k *keeper) notRunning(arns []string) []string {
	return slices.DeleteFunc(arns, func(arn string) bool { return k.told[arn] == running })
}

// addStarting takes how tasks get on, until they run. One that runs at the first look is no news.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
func (k *keeper) addStarting(tasks []types.Task) (all []news) {
	for _, in := range tasks {
		arn, state := aws.ToString(in.TaskArn), aws.ToString(in.LastStatus)
		before := k.told[arn]
		if state == before || !isStarting(state) && state != running {
			continue
		}
		k.told[arn] = state
		if isStarting(state) || before != "" {
			all = append(all, news{"task " + Task{ID: last(arn)}.short(), state, ""})
		}
	}
	return all
}

func (k *keeper) addTargets(targets []Target) (all []news) {
	for _, t := range targets {
		before := k.told[t.Address]
		k.told[t.Address] = t.State
		switch state := elbtypes.TargetHealthStateEnum(t.State); {
		case state == elbtypes.TargetHealthStateEnumUnhealthy && !slices.Contains(k.evidence.Targets, t):
			k.evidence.Targets = append(k.evidence.Targets, t)
			all = append(all, news{"target " + t.Address, t.State, t.words()})
		case t.State == before:
		case state == elbtypes.TargetHealthStateEnumInitial, state == elbtypes.TargetHealthStateEnumHealthy && before != "":
			all = append(all, news{"target " + t.Address, t.State, t.Detail})
		}
	}
	return all
}

// lacksCheck tells whether the health check is known to fail, and not what it is.
func (k *keeper) lacksCheck() bool {
	return !k.described && (len(k.evidence.Targets) > 0 || slices.ContainsFunc(k.evidence.Stopped, Task.unhealthy))
}

func (k *keeper) addCheck(c Check) { k.described, k.evidence.Check = true, c }

// isNews tells whether the status of a service deployment is. One that had begun before is not evidence: that it is stopped
// is what ours does to it.
func (k *keeper) isNews(d types.ServiceDeploymentBrief) bool {
	arn := aws.ToString(d.ServiceDeploymentArn)
	return !k.older[arn] && k.deployments[arn] != string(d.Status)
}

// begin takes what is deployed, and drops what the service said before the deployment began: it is of the revision before.
func (k *keeper) begin(content Evidence, at time.Time) {
	k.began = true
	k.evidence.Revision, k.evidence.Changes, k.evidence.Filesystems = content.Revision, content.Changes, content.Filesystems
	i := slices.IndexFunc(k.said, func(t time.Time) bool { return !t.Before(at) })
	if i < 0 {
		i = len(k.said)
	}
	k.evidence.Events, k.said = slices.Clone(k.evidence.Events[i:]), k.said[i:]
}

// addDeployments takes one that is news, as it is described.
func (k *keeper) addDeployments(d types.ServiceDeploymentBrief, described []types.ServiceDeployment) (all []news) {
	k.deployments[aws.ToString(d.ServiceDeploymentArn)] = string(d.Status)
	for _, in := range described {
		all = append(all, k.addDeployment(in)...)
	}
	return all
}

func (k *keeper) addDeployment(in types.ServiceDeployment) (all []news) {
	d := ServiceDeployment{ID: last(aws.ToString(in.ServiceDeploymentArn)), Status: string(in.Status), Reason: aws.ToString(in.StatusReason)}
	list := slices.Clone(k.evidence.Deployments) // what was handed out stays as it was
	if i := slices.IndexFunc(list, func(o ServiceDeployment) bool { return o.ID == d.ID }); i >= 0 {
		list[i] = d
	} else {
		list = append(list, d)
	}
	k.evidence.Deployments = list
	if in.Alarms == nil {
		return nil
	}
	for _, name := range in.Alarms.TriggeredAlarmNames {
		if !slices.Contains(k.evidence.Alarms, name) {
			k.evidence.Alarms = append(k.evidence.Alarms, name)
			all = append(all, news{"alarm " + name, "ALARM", ""})
		}
	}
	return all
}
