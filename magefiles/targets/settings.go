package targets

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// settings are the SPLITECS_ variables.
type settings struct {
	source     string
	cache      string // folder, off, or empty for the user's
	repository string
	tag        string
	image      string
	approve    bool
	timeout    time.Duration // 0: none
	output     console.Mode
	localDir   string
	localPort  int // 0: the usual one, or any
	scenario   string
	task       string        // whose lines: empty is those that run, or stopped, all, an id
	since      time.Duration // how far back lines are shown
	follow     bool
	// withoutLines keeps lines of containers out of what a deployment says.
	withoutLines bool
	speed        float64
	// withoutPrograms leaves programs of environment local to what is assumed of them.
	withoutPrograms bool
	engine          bool   // a container engine may execute them
	localAccount    string // of a new state; empty: a number of its own
	hostPorts       []int  // of this machine, for programs of environment local
	accessLog       bool   // of load balancers of environment local
}

// evidenceOff is the value of SPLITECS_EVIDENCE where logs are public.
const evidenceOff = "off"

// taskPattern is a word or the id of a task.
var taskPattern = lazyregexp.New(`^(all|stopped|[0-9a-f]{32})$`)

// accountPattern is the number of an account.
var accountPattern = lazyregexp.New(`^[0-9]{12}$`)

// settingError says which variables make no sense.
type settingError struct{ err error }

func (e *settingError) Error() string { return e.err.Error() }

// readSettings reads and checks all variables; every problem is told at once. Pure but for getenv.
func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		source: getenv("SPLITECS_SOURCE"), repository: getenv("SPLITECS_REPOSITORY"),
		tag: getenv("SPLITECS_TAG"), image: getenv("SPLITECS_IMAGE"),
		cache: getenv("SPLITECS_CACHE"), localDir: getenv("SPLITECS_LOCAL_DIR"), scenario: getenv("SPLITECS_LOCAL_SCENARIO"),
	}
	var problems []error
	bad := func(name, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s=%q: "+format, append([]any{name, getenv(name)}, args...)...))
	}
	boolean := func(name, otherwise string) bool {
		switch getenv(name) {
		case "", "0":
		case "1":
			return true
		default:
			bad(name, "%s", otherwise)
		}
		return false
	}
	s.approve = boolean("SPLITECS_APPROVE", "use 1 to approve replacements and deletions")
	if s.cache != "" && s.cache != cacheOff && !isFolderPath(s.cache) {
		bad("SPLITECS_CACHE", "use off, or the path of a folder")
	}
	if v := getenv("SPLITECS_TIMEOUT"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			bad("SPLITECS_TIMEOUT", "not a duration above zero; write e.g. 45m")
		}
		s.timeout = d
	}
	s.accessLog = boolean("SPLITECS_LOCAL_ACCESS_LOG", "use 1 to have each request to a load balancer told")
	s.follow = boolean("SPLITECS_FOLLOW", "use 1 to go on until interrupted")
	s.since = time.Hour
	if v := getenv("SPLITECS_SINCE"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			bad("SPLITECS_SINCE", "not a duration above zero; write e.g. 15m")
		}
		s.since = d
	}
	switch getenv("SPLITECS_EVIDENCE") {
	case "":
	case evidenceOff:
		s.withoutLines = true
	default:
		bad("SPLITECS_EVIDENCE", "use off to leave lines of containers out of what a deployment says")
	}
	if s.task = getenv("SPLITECS_TASK"); s.task != "" && !taskPattern.MatchString(s.task) {
		bad("SPLITECS_TASK", "not stopped, all or the id of a task")
	}
	var err error
	if s.output, err = console.ParseMode(getenv("SPLITECS_OUTPUT")); err != nil {
		bad("SPLITECS_OUTPUT", "use auto, plain or json")
	}
	s.speed = awslocal.DefaultSpeed
	if v := getenv("SPLITECS_LOCAL_SPEED"); v != "" {
		if s.speed, err = strconv.ParseFloat(v, 64); err != nil || !(s.speed >= 1 && s.speed <= awslocal.MaxSpeed) {
			bad("SPLITECS_LOCAL_SPEED", "not a factor from 1 to %d", int(awslocal.MaxSpeed))
		}
	}
	if s.localAccount = getenv("SPLITECS_LOCAL_ACCOUNT"); s.localAccount != "" && !accountPattern.MatchString(s.localAccount) {
		bad("SPLITECS_LOCAL_ACCOUNT", "not the 12 digits of an account")
	}
	switch getenv("SPLITECS_LOCAL_PROGRAMS") {
	case "", "on":
	case "off":
		s.withoutPrograms = true
	case "docker":
		s.engine = true
	default:
		bad("SPLITECS_LOCAL_PROGRAMS", "use off to execute no program on the embedded AWS, or docker to allow that a container engine does where nothing else can")
	}
	for v := range strings.SplitSeq(getenv("SPLITECS_LOCAL_HOST_PORTS"), ",") {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		port, err := strconv.ParseUint(v, 10, 16)
		if err != nil || port == 0 {
			bad("SPLITECS_LOCAL_HOST_PORTS", "%q is not a port from 1 to 65535", v)
			continue
		}
		s.hostPorts = append(s.hostPorts, int(port))
	}
	if v := getenv("SPLITECS_LOCAL_PORT"); v != "" {
		port, err := strconv.ParseUint(v, 10, 16)
		if err != nil || port == 0 {
			bad("SPLITECS_LOCAL_PORT", "not a port from 1 to 65535")
		}
		s.localPort = int(port)
	}
	if s.scenario != "" {
		if err := awslocal.CheckScenario(s.scenario); err != nil {
			bad("SPLITECS_LOCAL_SCENARIO", "%v", err)
		}
	}
	if len(problems) > 0 {
		return s, &settingError{errors.Join(problems...)}
	}
	return s, nil
}
