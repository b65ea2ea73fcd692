package awslocal

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong with a call, whatever the state of the simulated world.
type Fault struct {
	// Operation that is hit: service and action, such as "ecs:UpdateService"; "ecs:*" for all of a service. The
	// registry's are its HTTP methods: "registry:PUT". Empty: every operation. Services have the names that
	// permissions know: cloudformation, ecs, ecr, elasticloadbalancing, logs, application-autoscaling, sts, ec2, iam,
	// secretsmanager, ssm.
	Operation string
	// Call is which of the calls of the operation is hit, from 1, counted since the fault was given. 0: each. With that
	// call Stale begins, and ends Delay later; Missing and LateLogs begin, and go on.
	Call int
	// Kind of the fault. It may be empty where there is a Do.
	Kind FaultKind
	// After lets the operation be carried out first, so that only its answer is lost or late. It goes with
	// InternalError, ConnectionReset, Latency, Crash, Interrupt and Terminate: the others are refusals, which AWS
	// makes before.
	After bool
	// Delay, in AWS time, passes before the fault. A clock that is moved by hand moves by it. Of Stale and LateLogs it is how
	// long answers lag behind.
	Delay time.Duration
	// Times is how often a task is Missing.
	Times int
	// Do is called at the moment of the fault, before what Kind says: the number of the call among all calls
	// since the server started, from 1, and its operation.
	Do func(call int, operation string)
}

// FaultKind is what goes wrong.
type FaultKind string

// Kinds of faults. The codes, texts and HTTP statuses are those that the called service has for them.
const (
	// Throttle refuses the call, because there were too many.
	Throttle FaultKind = "throttle"
	// InternalError is AWS's own: HTTP status 500.
	InternalError FaultKind = "error"
	// AccessDenied refuses the call, because the caller has not the permission. It does not hit
	// sts:GetCallerIdentity, which needs none.
	AccessDenied FaultKind = "denied"
	// ExpiredToken refuses the call, because the caller's credentials have run out.
	ExpiredToken FaultKind = "expired"
	// ConnectionReset cuts the connection without an answer.
	ConnectionReset FaultKind = "reset"
	// Latency lets Delay pass, and nothing else.
	Latency FaultKind = "latency"
	// Crash ends the process that serves, as kill -9 does.
	Crash FaultKind = "crash"
	// Interrupt sends SIGINT to the process that serves, as Ctrl-C does, and answers the call. Not on Windows.
	Interrupt FaultKind = "interrupt"
	// Terminate sends SIGTERM to the process that serves, as CI systems do, and answers the call. Not on Windows.
	Terminate FaultKind = "terminate"
	// Stale lets reads answer with what they answered before the last write to the service, until Delay has passed since
	// that: AWS is eventually consistent. What was not asked before is answered as it is.
	Stale FaultKind = "stale"
	// Missing lets ECS not know of tasks yet, the first Times that it is asked for them.
	Missing FaultKind = "missing"
	// LateLogs lets CloudWatch Logs show a line only when Delay has passed since it was taken.
	LateLogs FaultKind = "late-logs"
)

// kinds of faults, and whether they can come after the operation.
var kinds = map[FaultKind]bool{
	Throttle: false, InternalError: true, AccessDenied: false, ExpiredToken: false, ConnectionReset: true, Latency: true, Crash: true,
	Interrupt: true, Terminate: true, Stale: false, Missing: false, LateLogs: false,
}

// lags are kinds that change answers, and refuse none.
func (k FaultKind) lags() bool { return k == Stale || k == Missing || k == LateLogs }

// faultPrefix tells a fault from the behaviour of a program in SPLITECS_LOCAL_SCENARIO.
const faultPrefix = "fault:"

// whoami needs no permission, and cannot be denied:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
const whoami = "sts:GetCallerIdentity"

// ParseFault reads the text of a fault:
//
//	fault:OPERATION:KIND[:CALL]
//	fault:OPERATION:latency:DURATION[:CALL]
//	stale:DURATION[:CALL], missing:TIMES[:CALL], late-logs:DURATION[:CALL]
//
// OPERATION is SERVICE:ACTION, SERVICE:* or *. KIND is throttle, error, denied, expired, reset, latency, crash,
// interrupt or terminate; error-after, reset-after, latency-after, crash-after, interrupt-after and terminate-after
// let the operation be carried out first. So fault:ecs:UpdateService:throttle:2 throttles the second call of
// UpdateService. The last three are of every operation that they can be of. A kind that this system does not have (signals, on Windows) is refused.
func ParseFault(text string) (Fault, error) {
	f, err := parseFault(text)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

func parseFault(text string) (f Fault, err error) {
	if kind, value, ok := strings.Cut(text, ":"); ok && FaultKind(kind).lags() {
		return parseLag(FaultKind(kind), value)
	}
	rest, ok := strings.CutPrefix(text, faultPrefix)
	if !ok {
		return f, fmt.Errorf("does not begin with %s", faultPrefix)
	}
	parts := strings.Split(rest, ":")
	next := func() (part string) {
		if len(parts) > 0 {
			part, parts = parts[0], parts[1:]
		}
		return part
	}
	if f.Operation = next(); f.Operation == "*" {
		f.Operation = ""
	} else {
		f.Operation += ":" + next()
	}
	kind, after := strings.CutSuffix(next(), "-after")
	f.Kind, f.After = FaultKind(kind), after
	if kind == "" {
		return f, fmt.Errorf("there is no kind; there are: %s", kindNames())
	}
	if f.Kind == Latency {
		if f.Delay, err = time.ParseDuration(next()); err != nil {
			return f, fmt.Errorf("%s needs a duration, such as 30s", Latency)
		}
	}
	if len(parts) > 0 {
		if f.Call, err = parseCall(next()); err != nil {
			return f, err
		}
	}
	if len(parts) > 0 {
		return f, fmt.Errorf("%q is too much", strings.Join(parts, ":"))
	}
	return f, nil
}

// parseLag reads what follows the name of a lag.
func parseLag(kind FaultKind, text string) (f Fault, err error) {
	value, call, numbered := strings.Cut(text, ":")
	f.Kind = kind
	if kind == Missing {
		f.Times, err = strconv.Atoi(value)
	} else {
		f.Delay, err = time.ParseDuration(value)
	}
	if err != nil {
		return f, fmt.Errorf("%q is neither a duration nor a number, as it has to be", value)
	}
	if numbered {
		f.Call, err = parseCall(call)
	}
	return f, err
}

func parseCall(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errors.New("the number of the call is not a number from 1")
	}
	return n, nil
}

// String is the text that [ParseFault] reads. It lacks Do, and the Delay of other kinds than Latency.
func (f Fault) String() string {
	text := f.text()
	if f.Call > 0 {
		text += ":" + strconv.Itoa(f.Call)
	}
	return text
}

// text is that without the number of a call.
func (f Fault) text() string {
	switch f.Kind {
	case Stale, LateLogs:
		return string(f.Kind) + ":" + f.Delay.String()
	case Missing:
		return string(f.Kind) + ":" + strconv.Itoa(f.Times)
	}
	operation, kind := f.Operation, string(f.Kind)
	if operation == "" {
		operation = "*"
	}
	if f.After {
		kind += "-after"
	}
	text := faultPrefix + operation + ":" + kind
	if f.Kind == Latency {
		text += ":" + f.Delay.String()
	}
	return text
}

// check finds what makes no sense.
func (f Fault) check() error {
	after, known := kinds[f.Kind]
	switch {
	case f.Kind == "" && f.Do == nil:
		return fmt.Errorf("there is no kind; there are: %s", kindNames())
	case f.Kind != "" && !known:
		return fmt.Errorf("%q is not a kind; there are: %s", f.Kind, kindNames())
	case f.Kind != "" && f.After && !after:
		return fmt.Errorf("%s cannot come after the operation: AWS refuses before", f.Kind)
	case f.Call < 0:
		return fmt.Errorf("call %d is not a number from 1", f.Call)
	case f.Kind == Missing && f.Times < 1:
		return fmt.Errorf("%d times are not above zero", f.Times)
	case f.Delay < 0 || (f.Kind == Latency || f.Kind == Stale || f.Kind == LateLogs) && f.Delay == 0:
		return fmt.Errorf("a delay of %s is not above zero", f.Delay)
	case f.Kind == AccessDenied && f.Operation == whoami:
		return fmt.Errorf("%s needs no permission and cannot be denied", whoami)
	case f.Operation != "" && !slices.ContainsFunc(operations(), f.matches):
		return fmt.Errorf("the embedded AWS does not serve %s", f.Operation)
	}
	return f.Kind.sendable(runtime.GOOS)
}

func kindNames() string {
	var names []string
	for k := range kinds {
		names = append(names, string(k))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// matches tells whether an operation is meant.
func (f Fault) matches(operation string) bool {
	if service, all := strings.CutSuffix(f.Operation, ":*"); all {
		return strings.HasPrefix(operation, service+":")
	}
	return f.Operation == "" || f.Operation == operation
}
