package program

import (
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
)

// Container is what a program is told of the container that it runs in.
type Container struct {
	Account      account.Account
	Name         string
	Image        string   // its reference
	Architecture string   // that the task runs on, as images name it
	Role         string   // ARN of the task's execution role
	User         string   // as the task definition says; empty: the image's
	Subnet       string   // of the task
	Secrets      []string // where they come from, as the task definition says
	LogGroup     string
	HealthCheck  []string // the command of its health check
	Ports        []int
	Foreign      []string // programs of the task that are made for another architecture than its own
	OneOff       bool     // the task is of no service
	Balanced     bool     // a load balancer asks it too
	Execution
	Task
}

// Execution is what a container executes, as far as the image and the task say it.
type Execution struct {
	Vector []string // none where the image is not known, or says nothing
	// Asked: somebody asked for a command in place of the image's own.
	Asked bool
	// Endless: it is the image's own program, a server, whatever words stand behind it.
	Endless bool
	// Alone: it listens on the task's own address, and not on the loopback address.
	Alone bool
}

// File is what is executed first.
func (c Container) File() string {
	if len(c.Vector) > 0 {
		return c.Vector[0]
	}
	return "/" + c.Name
}

// Task is what a program can do in the task that it runs in. Durations are AWS time; what is to happen later does where
// the container still runs then.
type Task interface {
	// Output writes a line to the container's log.
	Output(line string)
	// Listen makes the ports answer as [Program.Probe] says, at once or after a while.
	Listen(after time.Duration)
	// Silence makes the ports refuse connections.
	Silence()
	// End lets the program end by itself; [Program.Ended] says how.
	End(after time.Duration)
	// Lived tells whether it has run for so long.
	Lived(d time.Duration) bool
	// UseSpot lets Fargate Spot run the task; ok is false where it may not.
	UseSpot() (ok bool)
	// Interrupt lets Fargate Spot take the task back.
	Interrupt(after time.Duration)
	// Supersede deploys the last good revision of the task's service, as somebody would who does not know of the deployment
	// under way; ok is false where there is none, or none under way that the task is of.
	Supersede() (ok bool)
}
