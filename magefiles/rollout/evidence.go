package rollout

import "time"

// Evidence is what was seen of a deployment. It is kept as it appears: a rollback removes the tasks.
type Evidence struct {
	// Revision is what is being deployed, family:revision; empty as long as it was not seen.
	Revision string
	// Changes are the differences to the revision that ran before; none where nothing ran before.
	Changes []Change
	// Filesystems are those of the revision's containers, by name; nil as long as it was not seen.
	Filesystems map[string]Filesystem
	// Events are what the service said, oldest first.
	Events []string
	// Stopped are the tasks that stopped, oldest first.
	Stopped []Task
	// Targets are the targets that were last seen unhealthy.
	Targets []Target
	// Check is what the load balancer asks the targets; its zero value where there is none.
	Check Check
	// Deployments are the service deployments that began meanwhile, oldest first, as they were last seen.
	Deployments []ServiceDeployment
	// Alarms are the names of the deployment alarms that went off.
	Alarms []string
	// Stack is how the stack says that it failed; empty where it did not.
	Stack string
}

// Task is a task that stopped.
type Task struct {
	ID       string
	Revision string // family:revision of its task definition
	Address  string // private IP address; empty where it never had one
	Code     string // stop code, e.g. EssentialContainerExited
	Reason   string // stopped reason
	// Container that what follows is about: the one that failed, the service's own in doubt.
	Container string
	// Sidecar tells that it is not the application's.
	Sidecar bool
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

// Check is a load balancer's health check, and how long the service forgives it.
type Check struct {
	Path    string
	Codes   string // that are healthy, e.g. 200 or 200-299
	Timeout time.Duration
	Grace   time.Duration // the service's health check grace period
}

// ServiceDeployment is what ECS calls a service deployment.
type ServiceDeployment struct {
	ID     string
	Status string // e.g. ROLLBACK_SUCCESSFUL
	Reason string
}
