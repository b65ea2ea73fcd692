package program

import "time"

// Variable is the environment variable of a container that says what to rehearse; Label is the image's label that does
// the same where the variable is absent.
const (
	Variable = "SPLITECS_LOCAL_SCENARIO"
	Label    = "splitecs.local.scenario"
)

// Scenario is the behaviour of a program with its arguments, as it is kept with the task. The zero value is no
// behaviour in particular.
type Scenario struct {
	Name   string
	After  time.Duration // AWS time from the start to what happens then
	Code   int           // exit code
	Status int           // HTTP status that health checks get
	Port   int           // that it listens on, beside those of the task definition
	Why    string        // what is the matter
	Text   string        // that it writes
}
