package ecs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scenarios are the forms that [ParseScenario] takes, for help texts.
var Scenarios = []string{
	"exit[:CODE]", "exit-after:DURATION[:CODE]", "crash:TEXT", "oom", "exec-format", "unhealthy[:STATUS]", "hang", "sick", "deaf",
	"loopback", "port:PORT", "slow:DURATION", "no-pull[:WHY]", "no-secret[:WHY]", "no-logs[:WHY]", "no-start[:WHY]",
	"no-place[:WHY]", "no-role", "spot[:DURATION]", "superseded", "stubborn", "stop[:CODE]",
}

// ScenarioVariable is the environment variable of a container that rehearses a failure; ScenarioLabel is the
// image label that does the same where the variable is absent.
const (
	ScenarioVariable = "SPLITECS_LOCAL_SCENARIO"
	ScenarioLabel    = "splitecs.local.scenario"
)

// Scenario is what a container's program does in place of running and answering. The zero value is a program
// that does just that, and that ends with exit code 0 soon after SIGTERM.
type Scenario struct {
	Name   string
	After  time.Duration // AWS time from the start to the exit (exit-after) or to listening (slow)
	Code   int           // exit code
	Status int           // HTTP status that health checks get
	Port   int           // that it listens on (port)
	Why    string        // of what does not work (no-pull, no-secret, no-logs, no-start, no-place)
	Text   string        // that it writes (crash)
}

// ParseScenario reads one of [Scenarios]:
//
//	exit[:CODE]                 exits at once; the default code is 1
//	exit-after:DURATION[:CODE]  runs for a while, then exits: with a short while, a loop of crashes
//	crash:TEXT                  writes the text, of several lines where it has a | in it, and exits with code 1
//	oom                         is killed for its use of memory: exit code 137
//	exec-format                 is made for another processor architecture
//	unhealthy[:STATUS]          answers health checks with this status, by default 503
//	hang                        accepts connections and never answers
//	sick                        fails the container's own health check, and answers the load balancer's with 200
//	deaf                        listens on no port
//	loopback                    listens on the container's loopback address only
//	port:PORT                   listens on this port only, whatever the task definition says
//	slow:DURATION               listens only after this time
//	no-pull[:WHY]               the image cannot be pulled: missing, denied, dns, disk, layers, limit, platform, route
//	no-secret[:WHY]             a secret cannot be read: missing, denied, key, kms, route, value
//	no-logs[:WHY]               logs cannot be written: missing, denied, route
//	no-start[:WHY]              the program cannot be started: missing, denied, user
//	no-place[:WHY]              no task can be placed: capacity, addresses, quota, size
//	no-role                     ECS cannot assume the execution role
//	spot[:DURATION]             Fargate Spot interrupts the task after this time, by default 5s
//	superseded                  somebody deploys the last good revision while this one is under way
//	stubborn                    ignores SIGTERM, and is killed after the stop timeout: exit code 137
//	stop[:CODE]                 ends at SIGTERM with this code, by default 143
//
// The first WHY of each list is the default. Durations are Go's (30s, 2m) and mean time in AWS. The empty text is the zero scenario.
//
// A container's own health check is not executed; it says what the program would. It fails with sick; with slow, for
// as long; and, where the service has no load balancer, with unhealthy and deaf. Where there is one these two, and
// port always, are for the load balancer to notice, so that a test can tell the two ways apart.
func ParseScenario(text string) (Scenario, error) {
	if text == "" {
		return Scenario{}, nil
	}
	if lines, is := strings.CutPrefix(text, "crash:"); is && lines != "" {
		return Scenario{Name: "crash", Text: lines, Code: 1}, nil
	}
	parts := strings.Split(text, ":")
	sc, args := Scenario{Name: parts[0]}, parts[1:]
	var err error
	if known := reasons(sc.Name); known != nil {
		sc.Why = known[0]
		if len(args) > 0 {
			sc.Why, args = args[0], args[1:]
		}
		if !slices.Contains(known, sc.Why) {
			err = fmt.Errorf("scenario %q: %q is unknown; there are: %s", text, sc.Why, strings.Join(known, ", "))
		}
	}
	number := func(low, high, standard int) int {
		if len(args) == 0 {
			return standard
		}
		n, e := strconv.Atoi(args[0])
		if e != nil || n < low || n > high {
			err = fmt.Errorf("scenario %q: %q is not a number from %d to %d", text, args[0], low, high)
		}
		args = args[1:]
		return n
	}
	duration := func() time.Duration {
		if len(args) == 0 {
			err = fmt.Errorf("scenario %q: needs a duration, such as %s:30s", text, sc.Name)
			return 0
		}
		d, e := time.ParseDuration(args[0])
		if e != nil || d <= 0 {
			err = fmt.Errorf("scenario %q: %q is not a duration such as 30s", text, args[0])
		}
		args = args[1:]
		return d
	}
	switch sc.Name {
	case "exit":
		sc.Code = number(0, 255, 1)
	case "exit-after":
		sc.After = duration()
		sc.Code = number(0, 255, 1)
	case "oom":
		sc.Code = 137
	case "unhealthy":
		sc.Status = number(100, 599, 503)
	case "slow":
		sc.After = duration()
	case "port":
		if len(args) == 0 {
			return Scenario{}, fmt.Errorf("scenario %q: needs a port, such as port:8080", text)
		}
		sc.Port = number(1, 65535, 0)
	case "stubborn":
		sc.Code = 137
	case "stop":
		sc.Code = number(0, 255, 143)
	case "spot":
		sc.After = 5 * time.Second
		if len(args) > 0 {
			sc.After = duration()
		}
	case "exec-format":
		sc.Code = 255
	case "crash":
		return Scenario{}, fmt.Errorf("scenario %q: needs a text, such as crash:Error: boom", text)
	case "sick", "deaf", "hang", "loopback", "no-pull", "no-secret", "no-logs", "no-start", "no-place", "no-role", "superseded":
	default:
		return Scenario{}, fmt.Errorf("scenario %q is unknown; there are: %s", text, strings.Join(Scenarios, ", "))
	}
	if err == nil && len(args) > 0 {
		err = fmt.Errorf("scenario %q: %q is too much", text, strings.Join(args, ":"))
	}
	if err != nil {
		return Scenario{}, err
	}
	return sc, nil
}

// reasons are what can be the matter with a scenario of something that does not work; nil for another one.
func reasons(name string) []string {
	switch name {
	case "no-pull":
		return []string{"missing", "denied", "dns", "disk", "layers", "limit", "platform", "route"}
	case "no-secret":
		return []string{"missing", "denied", "key", "kms", "route", "value"}
	case "no-logs":
		return []string{"missing", "denied", "route"}
	case "no-start":
		return []string{"missing", "denied", "user"}
	case "no-place":
		return []string{"capacity", "addresses", "quota", "size"}
	}
	return nil
}

// answer is what the program answers health checks at one of its ports with, once it has started; 0 where nothing
// listens, and -1 where it accepts the connection and says nothing.
func (sc Scenario) answer(port int) int {
	switch sc.Name {
	case "unhealthy":
		return sc.Status
	case "hang":
		return -1
	case "deaf", "loopback", "slow", "exit", "crash", "oom", "exec-format":
		return 0
	case "port":
		if port != sc.Port {
			return 0
		}
	}
	return 200
}

// scenarioOf a container: its environment decides, else its image's label.
func scenarioOf(environment []keyValuePair, labels map[string]string) (Scenario, error) {
	for _, v := range environment {
		if v.Name == ScenarioVariable {
			return ParseScenario(v.Value)
		}
	}
	return ParseScenario(labels[ScenarioLabel])
}
