package cfn

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Limits of a container.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
const (
	longestStopTimeout = 120 * time.Second
	longestStartPeriod = 300 * time.Second
	longestDelay       = time.Hour
	mostWritablePaths  = 20
)

var (
	healthPathPattern = lazyregexp.New(`^/[!-~]{0,999}$`)
	userPattern       = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)
)

func (v *validator) container(c Container) {
	if c.Port < 0 || c.Port > 65535 {
		v.add("Port", "%d is not a port: use 1 to 65535", c.Port)
	}
	v.matches("HealthCheckPath", c.HealthCheckPath, healthPathPattern, "a path such as /health: it begins with a slash and has no spaces")
	v.healthCheckCommand(c.HealthCheckCommand)
	v.duration("StartPeriod", c.StartPeriod, longestStartPeriod)
	v.duration("StopTimeout", c.StopTimeout, longestStopTimeout)
	v.duration("DeregistrationDelay", c.DeregistrationDelay, longestDelay)
	v.matches("User", c.User, userPattern, `a user: uid, uid:gid, a name known to the image, or "image"`)
	v.writablePaths(c)
	v.words("Command", c.Command)
	v.variables("Variables", c.Variables)
}

func (v *validator) healthCheckCommand(command []string) {
	if len(command) == 0 {
		return
	}
	switch command[0] {
	case "CMD", "CMD-SHELL":
		if len(command) == 1 {
			v.add("HealthCheckCommand", "has nothing to run after %s", command[0])
		}
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
		if command[0] == "CMD-SHELL" && len(command) > 2 {
			v.add("HealthCheckCommand", "has %d words after CMD-SHELL, of which a shell runs the first alone: write them as one, %q, or use CMD", len(command)-1, strings.Join(command[1:], " "))
		}
	default:
		v.add("HealthCheckCommand[0]", `%q is not "CMD" or "CMD-SHELL", with which ECS wants the command to begin`, command[0])
	}
	v.words("HealthCheckCommand", command)
}

// duration checks a time in whole seconds; zero stands for the default.
func (v *validator) duration(field string, d, longest time.Duration) {
	if d < 0 || d > longest || d%time.Second != 0 {
		v.add(field, "%s is out of range: whole seconds from 1 to %d", d, int(longest.Seconds()))
	}
}

func (v *validator) writablePaths(c Container) {
	if c.WritableRootFilesystem && len(c.WritablePaths) > 0 {
		v.add("WritablePaths", "have no use with a writable root filesystem")
	}
	if len(c.WritablePaths) > mostWritablePaths {
		v.add("WritablePaths", "%d are too many: use at most %d", len(c.WritablePaths), mostWritablePaths)
	}
	volumes := map[string]string{}
	for i, path := range c.WritablePaths {
		at := fmt.Sprintf("WritablePaths[%d]", i)
		if !absolutePathSyntax.MatchString(path) || len(path) > 255 || hasDots(path) {
			v.add(at, "%q is not an absolute path of letters, digits and _.- without a slash at its end", path)
			continue
		}
		name := volumeName(path)
		switch other, taken := volumes[name]; {
		case taken && other == path:
			v.add(at, "%q stands there twice", path)
		case taken:
			v.add(at, "%q gives its volume the same name as %q", path, other)
		}
		volumes[name] = path
	}
}

var dotsPattern = lazyregexp.New(`/\.{1,2}(/|$)`)

// hasDots reports whether a path has an element that is "." or "..".
func hasDots(path string) bool { return dotsPattern.MatchString(path) }
