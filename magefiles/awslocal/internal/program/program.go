package program

import "time"

// Program is what a container runs, as the life of its task sees it. The methods are called inside the transaction, in
// the order in which they stand here but for the probes, and do not wait: what happens later is left to the [Task]. A behaviour embeds
// [Server] and says where it differs.
type Program interface {
	// Provision is called for each need before the program starts. trouble is why AWS cannot give it, in AWS's words;
	// empty where the program has no say in that.
	Provision(c Container, n Need) (trouble string)
	// Pull gets the image, once the container has its secrets. The error's text is the whole stopped reason ("CannotPullContainerError: …"), or its end.
	Pull(c Container) error
	// Start begins to run. A program that listens says so by [Task], and one that ends by itself when.
	Start(c Container)
	// Probe is what it answers health checks at one of its ports with while it listens: an HTTP status, 0 where nothing
	// listens at that one, -1 where it accepts the connection and says nothing.
	Probe(port int) int
	// Check is the result of the container's own health check.
	Check(c Container) Health
	// Signal gives it SIGTERM. ends is how soon it ends in AWS time; 0: that is not known, and it has the stop timeout.
	Signal(c Container) (ends time.Duration)
	// Stop is called when that time is over, where the program has not told its end before: what still runs is killed. It says how
	// the program has ended.
	Stop(c Container) Exit
	// Ended is how it has ended by itself.
	Ended(c Container) Exit
}

// Need is what AWS has to give before a program starts.
type Need int

// The needs, in the order in which Fargate meets them.
const (
	Placement Need = iota // of a task; the trouble is told by a service event, and there is no [Task]
	Address               // in the subnet; there is no [Task] either. From here on the trouble is the task's stopped reason
	Capacity              // of the provider that the program needs
	Secrets               // of the container
	Logs                  // the stream of its log
	Runtime               // the container itself, made by runc
)

// Health is what a container's own health check says.
type Health int

// What a check can say.
const (
	Healthy   Health = iota
	Starting         // not yet, but it may
	Unhealthy        // for good
)

// Exit is how a program has ended.
type Exit struct {
	Code   int
	Reason string // of the container, where ECS gives one
}
