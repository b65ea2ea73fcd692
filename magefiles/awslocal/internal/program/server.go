package program

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/argv"
)

// Simulated is how the line begins by which a program says that it is not executed.
const Simulated = mark + "program started (simulated"

// mark is how the lines begin that stand for a program's own.
const mark = "[embedded AWS] "

// How long programs take, in AWS time.
const (
	toExit      = time.Second      // one ends that has nothing to do
	toFinish    = 10 * time.Second // a command has done its work
	toKill      = 3 * time.Second  // one has used up its memory
	toTerminate = 2 * time.Second  // one ends that handles SIGTERM
)

// say writes a line that stands for one of the program's own.
func say(c Container, format string, args ...any) { c.Output(mark + fmt.Sprintf(format, args...)) }

// Begin says that the program is not executed, and what would be where that is not plain.
func Begin(c Container) {
	c.Output(Simulated + ": the image is not executed)")
	if len(c.Vector) > 0 && (c.Asked || c.OneOff) {
		say(c, "would run: %s", argv.Quote(c.Vector))
	}
}

// Server is a program that gets what it needs, listens, answers with 200 and ends soon after SIGTERM with exit code 0.
type Server struct{}

// Provision implements [Program], as do the other methods.
func (Server) Provision(Container, Need) string { return "" }

// Pull gets the image.
func (Server) Pull(Container) error { return nil }

// Start listens.
func (Server) Start(c Container) {
	Begin(c)
	c.Listen(0)
}

// Probe is 200.
func (Server) Probe(int) int { return 200 }

// Check is good, but for one that asks the loopback address of a program that does not listen there.
func (Server) Check(c Container) Health {
	words := strings.Join(c.HealthCheck, " ")
	if c.Alone && (strings.Contains(words, "127.0.0.1") || strings.Contains(words, "localhost") || strings.Contains(words, "[::1]")) {
		return Unhealthy
	}
	return Healthy
}

// Signal is obeyed.
func (Server) Signal(c Container) time.Duration {
	say(c, "received SIGTERM, stopping")
	return toTerminate
}

// Stop is well.
func (Server) Stop(Container) Exit { return Exit{} }

// Ended is as a command does that has done its work.
func (Server) Ended(c Container) Exit {
	say(c, "the command has ended (simulated: it was not executed)")
	return Exit{}
}

// worker is a server that does the work of a command in a task of no service.
type worker struct{ Server }

func (worker) Start(c Container) {
	Begin(c)
	c.Listen(0)
	work(c)
}

// work ends a task of no service, but for the image's own program.
func work(c Container) {
	switch {
	case !c.OneOff:
	case c.Endless:
		say(c, "that is the image's own program: it goes on, as a server does")
	default:
		c.End(toFinish)
	}
}

// ordinary is the program of no behaviour in particular: a command serves nobody.
type ordinary struct{ worker }

func (ordinary) Start(c Container) {
	Begin(c)
	if command := c.OneOff && c.Asked && !c.Endless; !command {
		c.Listen(0)
	}
	work(c)
}

// silent is a program that listens on no port.
type silent struct{ Server }

func (silent) Start(c Container) {
	Begin(c)
	c.Silence()
}

func (silent) Probe(int) int { return 0 }
