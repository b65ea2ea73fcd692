package preflight

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var serviceChecks = []check{
	{Description{Name: "task size", Finds: "CPU and memory that Fargate does not offer together"}, checkSize},
	{Description{
		Name: "deployment", Finds: "healthy percentages with which a deployment can neither start a task nor stop one",
	}, checkPercentages},
	{Description{
		Name: "target group", Finds: "a target group that is not there, is of another VPC, or is not of type ip and protocol HTTP or HTTPS",
		Permissions: []string{"elasticloadbalancing:DescribeTargetGroups"},
	}, checkTargetGroup},
	{Description{
		Name: "health check", Finds: "a health check that gives a task up before it had its time to start; another path, port or success code than the application's (warning)",
		Permissions: []string{"elasticloadbalancing:DescribeTargetGroups"},
	}, checkHealth},
}

func checkSize(f Facts) []Finding {
	if f.Wanted.SizeProblem == "" {
		return nil
	}
	return []Finding{{Level: Error, What: "task size", Why: f.Wanted.SizeProblem, Next: "set Environment.CPU and Environment.Memory in the magefile"}}
}

// checkPercentages computes, as ECS does, how many tasks a deployment may stop and start: the lower bound is rounded up,
// the upper one down. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func checkPercentages(f Facts) []Finding {
	for desired := max(f.Wanted.MinTasks, 1); desired <= f.Wanted.MaxTasks; desired++ {
		least := (desired*f.Wanted.MinimumHealthyPercent + 99) / 100
		most := desired * f.Wanted.MaximumPercent / 100
		if least >= desired && most <= desired {
			return []Finding{{
				Level: Error, What: "deployment",
				Why: fmt.Sprintf("at a desired count of %d, a minimum of %d %% healthy keeps %d and a maximum of %d %% allows %d: no task can be stopped and none started",
					desired, f.Wanted.MinimumHealthyPercent, least, f.Wanted.MaximumPercent, most),
				Next: "use 100 and 200",
			}}
		}
	}
	return nil
}

func checkTargetGroup(f Facts) []Finding {
	what := "target group " + nameOf(f.Wanted.TargetGroup)
	if f.TargetGroup.State == Absent {
		return []Finding{{Level: Error, What: what, Why: "is not there", Next: f.Wanted.infraDeploy()}}
	}
	if f.TargetGroup.State != Known {
		return f.TargetGroup.unknown(what)
	}
	g := f.TargetGroup.Value
	var all []Finding
	wrong := func(format string, args ...any) {
		all = append(all, Finding{Level: Error, What: what, Why: fmt.Sprintf(format, args...), Next: f.Wanted.infraDeploy()})
	}
	if g.Type != "ip" {
		wrong("takes targets of type %s; tasks on Fargate register as ip", g.Type)
	}
	if g.Protocol != "HTTP" && g.Protocol != "HTTPS" {
		wrong("speaks %s with its targets, and the application HTTP", g.Protocol)
	}
	if f.Wanted.VPC != "" && g.VPC != f.Wanted.VPC {
		wrong("is in %s, and the tasks in %s", g.VPC, f.Wanted.VPC)
	}
	return all
}

// nameOf a target group or load balancer, of its ARN.
func nameOf(arn string) string {
	if parts := strings.Split(arn, "/"); len(parts) >= 3 {
		return parts[len(parts)-2]
	}
	return arn
}

// checkHealth: a target is given up after so many failures in a row, and ECS then stops the task unless its grace period
// lasts. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
func checkHealth(f Facts) []Finding {
	if f.TargetGroup.State != Known {
		return nil // told by the check of the target group
	}
	g, w := f.TargetGroup.Value, f.Wanted
	what := "health check of target group " + nameOf(w.TargetGroup)
	var all []Finding
	add := func(level Level, format string, args ...any) {
		all = append(all, Finding{Level: level, What: what, Why: fmt.Sprintf(format, args...), Next: w.infraDeploy()})
	}
	if sick := time.Duration(g.SickAfter) * g.Interval; max(sick, w.GracePeriod) < w.StartPeriod {
		level := Warning
		if w.GracePeriod == 0 {
			level = Error
		}
		add(level, "gives a task up after %s (%d × %s), or after the grace period of %s; the application may take %s to start",
			sick, g.SickAfter, g.Interval, w.GracePeriod, w.StartPeriod)
	}
	if g.Path != w.HealthCheckPath {
		add(Warning, "asks for %s, and the application is configured with %s", g.Path, w.HealthCheckPath)
	}
	if !success(g.Matcher, 200) {
		add(Warning, "takes %s for health, and the application answers 200", g.Matcher)
	}
	if g.Port != "traffic-port" && g.Port != strconv.Itoa(w.Port) {
		add(Warning, "asks on port %s, and the application listens on %d", g.Port, w.Port)
	}
	return all
}

// success tells whether a matcher ("200", "200,302", "200-299") takes a status for health.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
func success(matcher string, status int) bool {
	for part := range strings.SplitSeq(matcher, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		from, errFrom := strconv.Atoi(low)
		to, errTo := strconv.Atoi(high)
		if errFrom == nil && errTo == nil && from <= status && status <= to {
			return true
		}
	}
	return false
}
