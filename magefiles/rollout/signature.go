package rollout

import (
	"slices"
	"strings"
)

// signature recognises one cause of failure.
type signature struct {
	name string
	// retryable: waiting may help, the configuration is not to blame.
	retryable bool
	// once: a single time is enough to know that the deployment will never get further.
	once bool
	// source that the clue is of; empty where any will do.
	source source
	// says are words of AWS's text, all of which are in it; alternatives are separated by |.
	says []string
	// logs are words of the container's last lines, likewise, in lower case.
	logs []string
	// when is what else must hold; sees says it in words, for people.
	when func(clue) bool
	sees string

	// what is the cause, in words, and detail what is particular about it: AWS's words where it is nil.
	what   string
	detail func(clue) string
	// likely tells of a change whether it can be the cause; nil where none can.
	likely func(clue, Change) bool
	// advice is what to do; {env} stands for the environment. remedy is the same for one clue, where there is more to
	// say of it; nil, or the empty text, leaves it at the advice.
	advice string
	remedy func(clue) string
	// look is the aws command to see it oneself.
	look string
	// page of AWS that documents the text.
	page string
}

// signatures in the order of precedence: the more particular comes first.
var signatures = slices.Concat(imageSignatures, setupSignatures, healthSignatures, programSignatures, placeSignatures, deploymentSignatures)

func (s signature) matches(c clue) bool {
	if s.source != "" && s.source != c.source {
		return false
	}
	return has(c.text, s.says) && has(strings.ToLower(c.log), s.logs) && (s.when == nil || s.when(c))
}

// has tells whether the text has one alternative of each of the words.
func has(text string, words []string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(strings.Split(w, "|"), func(alternative string) bool { return strings.Contains(text, alternative) }) {
			return false
		}
	}
	return true
}

// why is the cause with its particulars. A sidecar is named.
func (s signature) why(c clue) string {
	if c.source == fromTask && c.task.Sidecar {
		return "container " + c.task.Container + ": " + s.cause(c)
	}
	return s.cause(c)
}

func (s signature) cause(c clue) string {
	detail := c.words()
	if s.detail != nil {
		detail = s.detail(c)
	}
	if detail == "" {
		return s.what
	}
	return s.what + ": " + detail
}

// causes are the changes that can be the cause.
func (s signature) causes(c clue) []Change {
	var list []Change
	for _, change := range c.seen.Changes {
		if s.likely != nil && s.likely(c, change) && c.concerns(change) {
			list = append(list, change)
		}
	}
	return list
}

// concerns tells whether a change is of the container that failed, or of none in particular.
func (c clue) concerns(change Change) bool {
	return change.Container == "" || c.task.Container == "" || change.Container == c.task.Container
}

// recognise finds the signature of a clue.
func recognise(c clue) (signature, bool) {
	i := slices.IndexFunc(signatures, func(s signature) bool { return s.matches(c) })
	if i < 0 {
		return signature{}, false
	}
	return signatures[i], true
}

// of tells of changes of these kinds that they are likely.
func of(kinds ...Kind) func(clue, Change) bool {
	return func(_ clue, c Change) bool { return slices.Contains(kinds, c.Kind) }
}

// ofProgram are changes that make a program end: variables and secrets that vanished or became others, and how it is
// run. What is only new seldom breaks anything.
func ofProgram(_ clue, c Change) bool {
	switch c.Kind {
	case Variable, Secret:
		return c.Was
	case Command, EntryPoint, User, RootFilesystem, Architecture, Image:
		return true
	}
	return false
}

// The commands to look oneself. Names in capitals are to be filled in.
const (
	lookTask       = "aws ecs describe-tasks --cluster CLUSTER --tasks TASK --query 'tasks[].[stopCode,stoppedReason,containers[].[name,exitCode,reason]]'"
	lookService    = "aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].events[:10].message'"
	lookDeployment = "aws ecs list-service-deployments --cluster CLUSTER --service SERVICE"
	lookTargets    = "aws elbv2 describe-target-health --target-group-arn TARGET_GROUP"
	lookLog        = "aws logs get-log-events --log-group-name LOG_GROUP --log-stream-name CONTAINER/CONTAINER/TASK --limit 20"
	lookDefinition = "aws ecs describe-task-definition --task-definition REVISION"
	lookStack      = "aws cloudformation describe-stack-events --stack-name STACK"
)

// The pages of AWS that document the texts.
const (
	guide         = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
	pageErrors    = guide + "stopped-task-error-codes.html"
	pagePull      = guide + "task_cannot_pull_image.html"
	pageSetup     = guide + "resource-initialization-error.html"
	pageStart     = guide + "cannot-start-container.html"
	pageMemory    = guide + "out-of-memory.html"
	pageEvents    = guide + "service-event-messages-list.html"
	pageBalancers = guide + "troubleshoot-service-load-balancers.html"
	pageSpot      = guide + "spot-interruption-errors.html"
	pageBreaker   = guide + "deployment-circuit-breaker.html"
	pageAlarms    = guide + "deployment-alarm-failure.html"
	pageStopped   = "https://repost.aws/knowledge-center/ecs-task-stopped"
	pageHealth    = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
)
