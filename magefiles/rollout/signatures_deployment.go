package rollout

import (
	"slices"
	"strings"
)

// deploymentSignatures are deployments that end, or do not, for another reason than their tasks.
var deploymentSignatures = []signature{
	{
		name: "deadlocked", once: true, source: fromEvent, says: []string{"unable to stop or start tasks during a deployment because of the service deployment configuration"},
		what:   "minimum and maximum healthy percent leave no way on: no task may stop, and none may start",
		advice: "set the service's deployment configuration to 100 and 200 percent, or raise the number of tasks",
		look:   lookService, page: pageEvents,
	},
	{
		name: "alarm", when: func(c clue) bool { return c.source == fromDeployment && len(c.seen.Alarms) > 0 }, sees: "a deployment alarm is in ALARM",
		what:   "a deployment alarm went off",
		detail: func(c clue) string { return strings.Join(c.seen.Alarms, ", ") }, likely: ofProgram,
		advice: "look at the alarm's metric: aws cloudwatch describe-alarm-history --alarm-name ALARM",
		look:   lookDeployment, page: pageAlarms,
	},
	{
		name: "superseded", source: fromDeployment, when: superseded, sees: "a service deployment is STOPPED, and another one began",
		what:   "another deployment took this one's place",
		advice: "see who else deploys, then deploy again: go tool mage service:status {env}",
		look:   lookDeployment, page: guide + "service-deployment.html",
	},
	{
		name: "recalled", source: fromDeployment, says: []string{"stop request|rollback was requested|ROLLBACK_REQUESTED|STOP_REQUESTED"},
		what:   "somebody stopped the deployment",
		advice: "see who stopped it, then deploy again",
		look:   lookDeployment, page: guide + "stop-service-deployment.html",
	},
	{
		name: "tasks-failed", source: fromDeployment, says: []string{"circuit breaker"},
		when:   func(c clue) bool { return !slices.ContainsFunc(c.seen.Stopped, Task.failed) },
		what:   "tasks failed to start, and what they said was not seen",
		likely: ofProgram,
		advice: "look at the stopped tasks while ECS remembers them, for an hour: aws ecs list-tasks --cluster CLUSTER --family FAMILY --desired-status STOPPED",
		look:   lookDeployment, page: pageBreaker,
	},
}

// superseded: the deployment was stopped, and a later one was seen.
func superseded(c clue) bool {
	list := c.seen.Deployments
	return strings.HasPrefix(c.text, "STOPPED ") && len(list) > 1 && c.text != list[len(list)-1].words()
}
