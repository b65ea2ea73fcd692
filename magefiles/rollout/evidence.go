package rollout

import "time"

// Evidence is what was seen of a deployment. It is kept as it appears: a rollback removes the tasks.
type Evidence struct {
	// Events are what the service said, oldest first.
	Events []string
	// Stopped are the tasks that stopped, oldest first.
	Stopped []Task
	// Targets are the targets that were last seen unhealthy.
	Targets []Target
}

// Task is a task that stopped.
type Task struct {
	ID       string
	Revision string // family:revision of its task definition
	Code     string // stop code, e.g. EssentialContainerExited
	Reason   string // stopped reason
	// Exit code of the container; nil where it never ran.
	Exit *int32
	// Detail is the container's own reason, e.g. CannotPullContainerError….
	Detail string
	// Ran is the time from the container's start to its stop; 0 where unknown.
	Ran time.Duration
	// Log are the last lines of the container.
	Log []string
}

// Target is a target of the load balancer.
type Target struct {
	Address string // ip:port
	State   string
	Reason  string // e.g. Target.ResponseCodeMismatch
	Detail  string // e.g. Health checks failed with these codes: [500]
}
